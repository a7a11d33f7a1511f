# Every target makes its own virtual environment first; nothing else has to be typed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test lint docs chaos bench clean
demo: $(READY)
	$(BIN)/defacto-webhooks demo

test: $(READY)
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What of the documentation is written by a program.
docs: $(READY)
	$(BIN)/python -m tests.docs.commands
	$(BIN)/python -m tests.docs.picture

# The promises under random faults; WEBHOOKS_CHAOS_MINUTES=30 make chaos
chaos: $(READY)
	$(BIN)/python -m tests.chaos

bench: $(READY)
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.notifications

clean:
	rm -rf $(VENV)

# pip 25.1 is the first that knows dependency groups.
$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[sandbox]' --group dev
	touch $@
