"""The JSON Schema says what the loader says, as far as a schema can, and documents every field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st
from jsonschema import Draft202012Validator
from pydantic_core import to_jsonable_python

import defacto_webhooks
from defacto_webhooks.config import load
from defacto_webhooks.config.document import read
from defacto_webhooks.config.schema import MODELS, WebhookEntry, json_schema
from defacto_webhooks.diagnostics import InvalidConfig
from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.settings import StrictModel
from tests.config.test_bad_files import CONFIGS, ENVIRON
from tests.config.test_diagnostics_page import entries
from tests.docs.walking import OWN_TEST, PAGES, ROOT, blocks, whole_file

NO_YAML = "it is no YAML, or holds nothing, which the editor shows by itself"
BESIDE = "a file beside it may add event types"
COMPARES = "it compares parts of the file, or files, with each other"
IGNORABLE = "a comment can silence it, which a schema can't read"
ENVIRONMENT = "it depends on the variables or on the chosen environment"
A_SCHEMA_CAN_NOT_SAY = {
    "duplicate-key": NO_YAML,
    "duplicate-key-deep": NO_YAML,
    "duplicate-name": COMPARES,
    "duplicate-name-alias": COMPARES,
    "duplicate-name-one-per": COMPARES,
    "empty-file": NO_YAML,
    "empty-glob": BESIDE,
    "empty-variable": ENVIRONMENT,
    "insecure-url": IGNORABLE,
    "invisible-character": IGNORABLE,
    "invalid-ignore": "it is about a comment",
    "invalid-url": "a port above 65535; a schema checks the form, not the numbers",
    "invalid-url-host": "a host in punycode; a schema checks the form only",
    "key-in-url": COMPARES,
    "known-event-type": IGNORABLE,
    "literal-secret": IGNORABLE,
    "literal-secret-key": IGNORABLE,
    "literal-secret-place": IGNORABLE,
    "missing-variable": ENVIRONMENT,
    "out-of-scope": COMPARES,
    "retired-event-type": IGNORABLE,
    "retired-event-type-extra": IGNORABLE,
    "overlapping-subscriptions": COMPARES,
    "slack-incoming-webhook": IGNORABLE,
    "unknown-environment": COMPARES,
    "unknown-event-type": BESIDE,
    "unreachable-url": IGNORABLE,
    "untrusted-host": ENVIRONMENT,
    "unused-placeholder": IGNORABLE,
    "yaml-syntax-bracket": NO_YAML,
    "yaml-syntax-glob": NO_YAML,
    "yaml-syntax-quote": NO_YAML,
    "yaml-syntax-tab": NO_YAML,
    "yaml-syntax-two-documents": NO_YAML,
    "yaml-tag": NO_YAML,
}


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def refusals(text: str) -> list[str]:
    document, found = read(text.encode(), "webhooks.yaml")
    if found:
        return []
    return [f"{error.json_path}: {error.message}" for error in validator().iter_errors(document.data)]


def described(model: type[Any]) -> dict[str, Any]:
    schema = json_schema()
    found: dict[str, Any] = {**schema, **schema["$defs"]}.get(model.__name__, schema)
    return found


def good_files() -> Iterator[tuple[str, str]]:
    starter = Path(defacto_webhooks.__file__).parent / "cli/starter/webhooks.yaml"
    for file in (ROOT / "webhooks.yaml", starter):
        yield file.name, file.read_text()
    for page in (page for page in PAGES if page.name not in OWN_TEST):
        for block in blocks(page.read_text()):
            text = whole_file(block.text) if block.language == "yaml" else None
            if text is not None:
                yield f"{page.name}:{block.line}", text
    for code, entry in entries().items():
        for block in blocks(entry.partition("Instead:")[2]):
            yield f"instead of {code}", block.text


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(("where", "text"), list(good_files()))
def test_a_good_file_passes(where: str, text: str) -> None:
    assert refusals(text) == [], where


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_bad_file_is_refused_or_the_reason_is_known(path: Path) -> None:
    found = refusals(path.read_text())
    assert bool(found) is (path.stem not in A_SCHEMA_CAN_NOT_SAY), found


def test_every_reason_has_its_file() -> None:
    assert set(A_SCHEMA_CAN_NOT_SAY) <= {path.stem for path in CONFIGS.glob("*.yaml")}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_has_a_description_an_example_and_its_default(model: type[StrictModel]) -> None:
    properties = described(model)["properties"]
    assert described(model)["description"] == model.__doc__
    assert list(properties) == list(model.model_fields)
    for name, field in model.model_fields.items():
        said = properties[name]
        assert said["description"].endswith("."), name
        for given_ in said["examples"]:
            part = Draft202012Validator({**said, "$defs": json_schema()["$defs"]})
            assert not list(part.iter_errors(given_)), (name, given_)
        if field.default is None or field.is_required():
            assert "default" not in said
        else:
            assert said["default"] == to_jsonable_python(field.default)


def test_event_types_are_completed_each_with_its_meaning() -> None:
    choices = described(WebhookEntry)["properties"]["event_types"]["items"]["anyOf"][0]
    assert set(EVENT_TYPES) < set(choices["enum"])
    assert {"*", "Loan.*"} <= set(choices["enum"])
    assert len(choices["enum"]) == len(choices["enumDescriptions"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to_url", "hooks.example.com"),
        ("to_url", "ftp://hooks.example.com"),
        ("to_url", "https://hooks.example.com/a b"),
        ("to_url", "https://hooks.example.com/${TOKEN"),
        ("to_url", "https://hooks.example.com/${A-B}"),
        ("to_url", "https://hooks.example.com/?token=***"),
        ("event_types", []),
        ("event_types", ["loan.closed"]),
        ("event_types", "Loan.CLOSED"),
        ("name", ""),
        ("name", "a\tb"),
        ("one_per", "status"),
        ("environment", "local"),
    ],
)
def test_what_the_loader_refuses_is_marked_in_the_editor(field: str, value: object, tmp_path: Path) -> None:
    entry = {"name": "a", "to_url": "https://hooks.example.com", "event_types": ["Loan.CLOSED"], field: value}
    text = json.dumps({"version": 1, "webhooks": [entry]})
    (tmp_path / "webhooks.yaml").write_text(text)
    with pytest.raises(InvalidConfig):
        load([tmp_path / "webhooks.yaml"], environ=ENVIRON)
    assert refusals(text)


PIECES = [
    "https://",
    "HTTP://",
    "h.example.com",
    "/",
    "${TOKEN}",
    "${A:-x}",
    "$$",
    "$",
    "{",
    "}",
    "{status}",
    "*",
]
texts = st.lists(st.sampled_from([*PIECES, "é", " ", "?a=", "[::1]", "***"]), min_size=1, max_size=6).map(
    "".join
)
urls = st.one_of(texts, texts.map("https://h.example.com/{}".format))


@given(
    name=texts,
    to_url=urls,
    event_type=st.sampled_from(["*", "?oan.*", "[LP]*", "Loan.CLOSED", "NewThing", "New.T_2"]),
    one_per=st.sampled_from([None, "event_type", "entity"]),
    api_url=st.sampled_from(["embedded", "https://h.example.com/x", "http://localhost:1", "${TOKEN}", "x"]),
)
@example(
    name="{status}",
    to_url="https://$${TOKEN}{status}/$",
    event_type="*",
    one_per="entity",
    api_url="embedded",
)
def test_the_schema_refuses_nothing_that_the_loader_takes(
    tmp_path: Path, name: str, to_url: str, event_type: str, one_per: str | None, api_url: str
) -> None:
    environment = (
        {"api_url": api_url} if api_url == "embedded" else {"api_url": api_url, "api_key": "${TOKEN}"}
    )
    entry = {"name": name, "to_url": to_url, "event_types": [event_type], "one_per": one_per}
    data = {
        "version": 1,
        "environments": {"one": environment},
        "settings": {"extra_event_types": ["NewThing", "New.T_2"]},
        "webhooks": [entry],
    }
    (tmp_path / "webhooks.yaml").write_text(json.dumps(data))
    try:
        load([tmp_path / "webhooks.yaml"], environ=ENVIRON)
    except InvalidConfig:
        return
    assert not refusals(json.dumps(data))
