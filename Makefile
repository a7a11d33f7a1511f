# Every target makes its own virtual environment first; nothing else has to be typed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
STARTER := src/defacto_webhooks/ci/github/starter/*.yml

.PHONY: demo test pythons lowest newest lint act lock wheel dist docs chaos fuzz bench bench-tools clean
demo: $(READY)
	$(BIN)/defacto-webhooks demo

# Half of the time is spent waiting for commands and servers, so four at once suit two cores. Each begins with the tests of
# other rooms, so that few of them start a browser or the same servers, and takes from the others when it has none left.
# What is compiled is kept, also where the environment would not: to compile takes each of them ten seconds.
test: $(READY)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --dist worksteal

# What depends on the Python and on the libraries, without a warning, in an environment of its own: NAME, PYTHON, OPTIONS.
CORE := tests/config tests/plan tests/api tests/apply tests/render tests/local_server tests/local_api tests/cli
define core
$(BIN)/uv venv --quiet --clear --python $(2) build/$(1)
$(BIN)/uv pip install --quiet --python build/$(1)/bin/python --editable '.[sandbox]' --group dev $(3)
build/$(1)/bin/python -X dev -W error -m pytest -n auto $(CORE)
endef

# On every Python that is here, on PATH or pyenv's; PYTHONS="3.13 3.14" make pythons
PYTHONS ?= 3.11 3.12 3.13 3.14
pythons: $(PYTHONS:%=python-%)
python-%: $(READY)
	$(if $(call found,$*),$(call core,$@,$(call found,$*)),@echo "Python $* was not found: not run")
found = $(firstword $(foreach one,python$(1) $(wildcard $(HOME)/.pyenv/versions/$(1).*/bin/python$(1)), \
	$(shell $(one) -c 'import sys; print(sys.executable)' 2>/dev/null)))

# With the lowest version of each library that pyproject.toml allows, and with the newest that there is, allowed or not.
DIRECT := $(BIN)/uv pip compile --quiet --no-deps --no-header --no-annotate --python-version 3.11 --extra sandbox
lowest: $(READY)
	mkdir -p build
	$(DIRECT) --resolution lowest-direct --output-file build/lowest.txt pyproject.toml >/dev/null
	cat build/lowest.txt
	$(call core,lowest,$(BIN)/python,--constraints build/lowest.txt)
newest: $(READY)
	mkdir -p build
	$(DIRECT) pyproject.toml | sed 's/==.*//' >build/newest.txt
	$(call core,newest,$(BIN)/python,--upgrade --overrides build/newest.txt)
	$(BIN)/uv pip list --python build/newest/bin/python

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/windows src
	$(BIN)/python -m tests.type_checkers
	$(BIN)/zizmor --offline --persona=auditor --quiet --no-progress --config .github/zizmor.yml .github action.yml $(STARTER)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml $(STARTER)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/pre-commit validate-manifest
	$(BIN)/python -m tests.ci.shellcheck

# The starter workflows: actionlint over them, and on nektos/act in host mode. Both are built with Go, where it is there.
GO := $(firstword $(shell command -v go) $(wildcard /usr/local/go/bin/go))
TOOLS := build/go
act: $(READY)
ifeq ($(GO),)
	@echo "make act: Go is not installed, so the workflows are not run"
else
	GOBIN=$(abspath $(TOOLS)) $(GO) install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
	GOBIN=$(abspath $(TOOLS)) $(GO) install github.com/nektos/act@v0.2.89
	$(TOOLS)/actionlint -shellcheck= -pyflakes= .github/workflows/*.yml $(STARTER)
	$(BIN)/python -m tests.ci.act $(TOOLS)/act
endif

# What the action installs: every library with its hashes, for all systems and Pythons.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command 'make lock'
lock: $(READY)
	$(LOCK) --upgrade --output-file requirements/action.txt pyproject.toml
	$(LOCK) --upgrade --output-file requirements/action-sandbox.txt --extra sandbox pyproject.toml

# The wheel as a user gets it: in an environment of its own, its tests with src out of the way.
WHEEL := build/wheel
WHEEL_TESTS ?= tests
wheel: $(READY)
	rm -rf $(WHEEL) && mkdir -p $(WHEEL)/tree
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir $(WHEEL) .
	$(PYTHON) -m venv $(WHEEL)/venv
	$(WHEEL)/venv/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(WHEEL)/venv/bin/python -m pip install --quiet "$$(ls $(WHEEL)/*.whl)[sandbox]" --group dev
	git archive HEAD | tar -x -C $(WHEEL)/tree && rm -rf $(WHEEL)/tree/src
	cd $(WHEEL)/tree && ../venv/bin/python -m pytest -n auto $(WHEEL_TESTS)

# What a release uploads.
dist: $(READY)
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python -m tests.packages dist

# What of the documentation is written by a program.
docs: $(READY)
	$(BIN)/python -m tests.docs

# The promises under random faults; WEBHOOKS_CHAOS_MINUTES=30 make chaos
chaos: $(READY)
	$(BIN)/python -m tests.chaos

# Random and mutated files and answers; WEBHOOKS_FUZZ_MINUTES=10 make fuzz
fuzz: $(READY)
	$(BIN)/python -m tests.fuzz

# Each command next to its floor, and to what a user would take instead, where that is installed. It takes the machine for a while.
bench: $(READY)
	$(BIN)/python -m benchmarks
# Installs Ansible and, with Go, the REST provider for OpenTofu for it, below build/.
PROVIDER := github.com/Mastercard/terraform-provider-restapi
bench-tools: $(READY)
	$(BIN)/uv venv --quiet --clear build/ansible
	$(BIN)/uv pip install --quiet --python build/ansible/bin/python ansible-core
	rm -rf build/restapi && mkdir -p build/restapi
	printf 'module none\ngo 1.23\nrequire $(PROVIDER) v1.20.0\n' >build/restapi/go.mod
	cd build/restapi && GOFLAGS=-mod=mod $(GO) build -buildvcs=false -o ../go/terraform-provider-restapi $(PROVIDER)

clean:
	rm -rf $(VENV)

# pip 25.1 is the first that knows dependency groups.
$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[sandbox]' --group dev
	touch $@
