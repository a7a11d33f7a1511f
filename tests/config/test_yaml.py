"""What YAML makes of a text: values and their places, and words for what is not YAML."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from defacto_webhooks.config import document
from defacto_webhooks.config.document import read
from defacto_webhooks.config.wrong import WRONG
from tests.config.test_bad_files import diagnose

START = "version: 1\nwebhooks:\n- name: a\n"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12), ("+12", 12), ("-1", -1), ("012", 12), ("0o17", 15), ("0x1F", 31),
        ("1" * 50, int("1" * 50)), ("1" * 5000, float("inf")), ("1.5", 1.5), ("1e3", 1000.0),
        ("1e999", float("inf")), (".inf", float("inf")), ("-.INF", float("-inf")), ("+.Inf", float("inf")),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("no", "no"), ("yes", "yes"), ("=", "="), ("<<", "<<"), (".", "."),
        ("2026-11-25", "2026-11-25"), ("2026-11-25 10:00:00", "2026-11-25 10:00:00"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"), ("-0x1", "-0x1"), (".Nan", ".Nan"), ("0b11", "0b11"), ("1.2.3", "1.2.3"),
        ("'12'", "12"), ('"true"', "true"),
    ],
)  # fmt: skip
def test_plain_values_are_those_of_yaml_1_2(written: str, value: object) -> None:
    read_as, found = read(f"a: {written}".encode(), "x")
    assert (read_as.data, found) == ({"a": value}, [])
    assert type(read_as.data["a"]) is type(value)


@pytest.mark.parametrize("written", [".nan", ".NAN", ".NaN", ".inf", "-.inf", "1e999", "12", "true", "1.0"])
@pytest.mark.parametrize("field", ["name", "to_url", "one_per", "event_types", "environments"])
def test_a_value_that_is_no_text_is_a_finding_with_its_place(
    tmp_path: Path, written: str, field: str
) -> None:
    entry = {"name": "a", "to_url": "https://h.example.com", "event_types": "['*']", field: written}
    fields = "".join(f"  {name}: {value}\n" for name, value in entry.items())
    (tmp_path / "a.yaml").write_text(f"version: 1\nwebhooks:\n-{fields[1:]}")
    [found] = diagnose(tmp_path / "a.yaml")
    assert found.code == "wrong-type"
    assert found.span.line == 3 + list(entry).index(field)


@pytest.mark.parametrize("version", ["true", "1.0", "2", "0", "'1'", "[1]", ".inf", "~", "1e0", "{a: 1}"])
def test_the_version_is_the_number_one(tmp_path: Path, version: str) -> None:
    (tmp_path / "a.yaml").write_text(f"version: {version}\n")
    [found] = diagnose(tmp_path / "a.yaml")
    assert (str(found.code), found.hint) == ("unsupported-version", "write `version: 1`")


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\u2028\x85"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_what_no_editor_takes_for_a_line_end_is_none(tmp_path: Path, separator: str, line_end: str) -> None:
    lines = ["version: 1", f"# one{separator}line", "webhooks:", f"- name: 'a{separator}b'", "  to_url: 12"]
    raw = line_end.join(lines).encode()
    (tmp_path / "a.yaml").write_bytes(raw)
    [wrong] = [found for found in diagnose(tmp_path / "a.yaml") if found.message.startswith("`to_url`")]
    assert (wrong.span.line, wrong.span.column) == (5, 11)
    assert wrong.snippet
    assert wrong.snippet.line == "  to_url: ***"
    assert read(raw, "x")[0].data["webhooks"][0]["name"] == f"a{separator}b"


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("  name: @team", (4, 9), "put the value in quotes"),
        ("  name: `team`", (4, 9), "put the value in quotes"),
        ("  name: %team", (4, 9), "put the value in quotes"),
        ("  name: , team", (4, 9), "put the value in quotes"),
        ("  name: }", (4, 9), "put the value in quotes"),
        ("  name: - a", (4, 9), "put the value in quotes"),
        ("  name: ? a", (4, 9), "put the value in quotes"),
        ("  name: |team", (4, 9), "put the value in quotes"),
        ("\tto_url: x", (4, 1), "spaces"),
        ("  event_types: [*]", (4, 17), '["*"]'),
        ("  event_types: [*.CLOSED]", (4, 17), '["*"]'),
        ("  event_types: [Loan.CLOSED", (4, 16), "close it"),
        ("  event_types: {Loan.CLOSED", (4, 16), "close it"),
        ("  to_url: 'https://h.example.com", (4, 11), "close it"),
        ("  to_url: \"C:\\dir\"", (4, 14), "single quotes"),
        ("  to_url: a: b", (4, 12), "in quotes"),
        ("  to_url:x\n  event_types: []", (4, 3), "a colon and a space"),
        (" to_url: x", (4, 2), "indentation"),
        ("  name: 'it's'", (4, 13), "the other kind of quotes"),
        ("---", (4, 1), "one document"),
        ("...\nversion: 1", (5, 1), "remove the `...`"),
        ("  to_url: &x a\n  one_per: &x b", (5, 12), "already used above"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_a_slip_is_told_in_words_and_with_what_to_do(
    line: str, place: tuple[int, int], words: str, loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "_LOADER", getattr(yaml, loader))
    broken, [found] = read(f"{START}{line}\n".encode(), "x")
    assert broken.data is WRONG
    assert (found.span.line, found.span.column) == place or loader == "SafeLoader"
    assert words in f"{found.message} {found.hint}"


def test_the_parser_in_python_gives_up_on_deep_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_LOADER", yaml.SafeLoader)
    _, [found] = read(b"- " * 2_000, "x")
    assert "levels deep" in found.message


@pytest.mark.parametrize("line", ["%YAML 3.0", "%YAML x", "%FOO bar", "%TAG"])
@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_a_directive_is_told_to_be_removed(line: str, loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_LOADER", getattr(yaml, loader))
    _, found = read(f"{line}\n---\nversion: 1\n".encode(), "x")
    assert [one.hint for one in found] in ([], ["remove the line"])  # the parser in Python takes what it can


@pytest.mark.parametrize(
    ("rest", "message", "hint"),
    [
        ("settings: {prune: yes}", "`prune` must be true or false, not text", "`prune: true` or"),
        ("settings: {prune: 'false'}", "`prune` must be true or false, not text", "without quotes"),
        ("settings: {max_delete_percent: 30.5}", "must be a whole number from 0 to 100", ""),
        ("settings: {max_delete_percent: 1e999}", "must be a whole number from 0 to 100", ""),
        ("settings: {max_delete_percent: 101}", "must be a whole number from 0 to 100", ""),
        ("settings: {max_delete_percent: 30%}", "must be a whole number from 0 to 100, not text", ""),
        ("webhooks: {a: {to_url: x}}", "`webhooks` must be a list, not a mapping", "`- name: …`"),
        ("webhooks: a", "`webhooks` must be a list, not text", "`- name: …`"),
        ("webhooks:", "`webhooks` must be a list, not empty", "write `webhooks: []` for none"),
        ("webhooks: [{name: a, to_url: 'https://h.example', event_types: }]", "not empty", '["*"] for all'),
    ],
)  # fmt: skip
def test_what_a_field_takes_is_said_and_how_it_is_written(
    tmp_path: Path, rest: str, message: str, hint: str
) -> None:
    (tmp_path / "a.yaml").write_text(f"version: 1\n{rest}\n")
    [found] = diagnose(tmp_path / "a.yaml")
    assert found.message.endswith(message)
    assert hint in found.hint


@pytest.mark.parametrize(
    ("name", "words"), [("''", "is empty"), ('"local\\u200b"', "U+200B"), ('"a\\nb"', "U+000A")]
)
def test_an_environment_has_a_name_that_can_be_read(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "a.yaml").write_text(f"version: 1\nenvironments:\n  {name}: {{api_url: embedded}}\n")
    [found] = diagnose(tmp_path / "a.yaml")
    assert (str(found.code), found.span.line, found.span.column) == ("wrong-type", 3, 3)
    assert words in found.message
