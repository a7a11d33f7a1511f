"""One bad file per failure: `# expect: code line:column words` in it says what is found, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from defacto_webhooks.config import load
from defacto_webhooks.diagnostics import Code, Diagnostic, InvalidConfig
from defacto_webhooks.errors import UserError

CONFIGS = Path(__file__).parent.parent / "configs"
EXPECT = re.compile(r"# expect: (\S+) (\d+):(\d+) (.*)")
ENVIRON = {
    "DEFACTO_API_URL": "https://api.getdefacto.com",
    "DEFACTO_API_KEY": "k3y-of-the-tests",
    "KEY": "k3y-of-the-tests",
    "TOKEN": "t0ken-of-the-tests",
    "COPIED": "t0ken-of-the-tests\xa0",
    "EMPTY": "",
}


def diagnose(*paths: Path) -> tuple[Diagnostic, ...]:
    try:
        return load(paths, environ=ENVIRON).diagnostics
    except InvalidConfig as invalid:
        return invalid.diagnostics


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_is_found_named_and_placed(path: Path) -> None:
    expected = EXPECT.findall(path.read_text())
    found = diagnose(path)
    shown = [(d.code, d.span.line, d.span.column) for d in found]
    assert sorted(shown) == sorted((code, int(line), int(column)) for code, line, column, _ in expected)
    for code, line, _, words in expected:
        [one] = [d for d in found if d.code == code and d.span.line == int(line)]
        assert words in f"{one.message} {one.hint}"
    for diagnostic in found:
        assert "abcd1234" not in repr(diagnostic)
        assert "t0ken" not in repr(diagnostic)


def test_every_code_has_its_bad_file() -> None:
    covered = {code for path in CONFIGS.glob("*.yaml") for code, *_ in EXPECT.findall(path.read_text())}
    assert covered | {"split-settings"} == {str(code) for code in Code}


def test_settings_in_two_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("version: 1\nsettings: {prune: false}\n")
    [found] = diagnose(tmp_path)
    assert (found.code, Path(found.span.file).name, found.span.line) == ("split-settings", "b.yaml", 2)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xff\xfev\x00", "UTF-16"),
        (b"version: 1\nwebhooks: \xe9\n", "not UTF-8"),
        (b"version: 1\x00\n", "control character"),
        (b"version: 1\nname: \x1b[31m\n", "control character"),
        (b"[" * 200_000, "levels deep"),
        (b"{a: " * 200_000, "levels deep"),
        (b"- " * 200_000, "levels deep"),
        (b"a: &a [x]\n" + b"".join(b"%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n" % (
            n + 1, n + 1, n, n, n, n, n, n, n, n, n) for n in range(97, 115)), "aliases"),
        (b"version: 1\nwebhooks:\n- &a {name: a, to_url: 'https://h.example.com', event_types: ['*']}\n"
         + b"- *a\n" * 50_000, "aliases"),
    ],
)  # fmt: skip
@pytest.mark.timeout(60)  # for all of it there would be no end
def test_hostile_bytes_are_one_message(tmp_path: Path, raw: bytes, words: str) -> None:
    path = tmp_path / "webhooks.yaml"
    path.write_bytes(raw)
    found = diagnose(path)
    assert any(words in diagnostic.message for diagnostic in found)
    assert not any("\x1b" in diagnostic.message for diagnostic in found)


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(UserError, match="50,000,000 bytes"):
        load([path], environ=ENVIRON)


@pytest.mark.parametrize("text", ["﻿version: 1\n", "version: 1\r\nwebhooks: []\r\n"])
def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path, text: str) -> None:
    path = tmp_path / "webhooks.yaml"
    path.write_bytes(text.encode())
    assert diagnose(path) == ()


def test_words_that_look_like_truth_values_are_names(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    names = ["no", "yes", "on", "off", "y", "~x", '"true"', "'12'"]
    path.write_text(
        "version: 1\nwebhooks:\n"
        + "".join(
            f"- {{name: {name}, to_url: 'https://h{i}.example.com', event_types: ['*']}}\n"
            for i, name in enumerate(names)
        )
    )
    found = load([path], environ=ENVIRON)
    assert {s.name for s in found.webhooks} == {"no", "yes", "on", "off", "y", "~x", "true", "12"}


def test_a_comment_silences_what_may_be_tolerated_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    path.write_text(
        "version: 1\nwebhooks:\n"
        "- name: a\n  to_url: http://hooks.example.com  # defacto-webhooks: ignore[insecure-url]\n"
        "  event_types: [Loan.CLOSED, Nope.X]  # defacto-webhooks: ignore[unknown-event-type]\n"
    )
    assert [diagnostic.code for diagnostic in diagnose(path)] == ["unknown-event-type", "invalid-ignore"]


@pytest.mark.parametrize(
    "url",
    [
        "https://${TOKEN}:${TOKEN}@hooks.example.com/",
        "https://user:${TOKEN}@hooks.example.com/",
        "https://hooks.slack.com/triggers/T0/12/${TOKEN}",
        "https://hooks.example.com/?debug#${TOKEN}",
    ],
)
def test_a_secret_from_a_variable_is_no_literal(tmp_path: Path, url: str) -> None:
    path = tmp_path / "webhooks.yaml"
    text = f"version: 1\nwebhooks: [{{name: a, to_url: '{url}', event_types: ['*']}}]\n"
    path.write_text(text)
    assert diagnose(path) == ()


@pytest.mark.parametrize(("value", "hint"), [('"*"', '["*"]'), ("Loan.CLOSED", "[Loan.CLOSED]")])
def test_the_list_that_a_hint_shows_is_a_list(tmp_path: Path, value: str, hint: str) -> None:
    path = tmp_path / "webhooks.yaml"
    entry = f"- {{name: a, to_url: 'https://hooks.example.com', event_types: {value}}}\n"
    path.write_text(f"version: 1\nwebhooks:\n{entry}")
    [found] = diagnose(path)
    assert found.hint == f"write it as a list: {hint}"


def test_a_merge_key_is_told_how_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    path.write_text("version: 1\nwebhooks:\n- {<<: {name: a}, to_url: 'https://h.example.com'}\n")
    assert any("merge keys" in diagnostic.hint for diagnostic in diagnose(path))


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost.", "LOCALHOST", "a.localhost", "0x7f.1", "0x7f000001", "[::1]", "10.1.2.3"),
        *("[::ffff:10.0.0.1]", "[fe80::1]", "169.254.169.254", "nas", "nas.local", "x.internal.", "a.onion"),
        *("localhost.localdomain", "db.lan", "[fec0::1]", "[64:ff9b:1::a00:1]", "[::]"),
    ],
)
def test_a_host_that_defacto_can_not_reach_is_found_however_it_is_written(tmp_path: Path, host: str) -> None:
    path = tmp_path / "webhooks.yaml"
    entry = f"{{name: a, to_url: 'https://{host}/x', event_types: ['*']}}"
    path.write_text(f"version: 1\nwebhooks: [{entry}]\n")
    assert [found.code for found in diagnose(path)] == ["unreachable-url"]


@pytest.mark.parametrize(
    ("template", "codes"),
    [
        ("${BASE}/defacto", []),
        ("${SCHEME}://h.example.com/", []),
        ("https://${HOST}/", []),
        ("https://${HOST}:${PORT}/x?t=${TOKEN}", []),
        ("https://h.example.com:${PORT}", []),
        ("https://u:${PASSWORD}@h.example.com/", []),
        ("http://${HOST}/", []),
        ("http://h.example.com/${PATH}", ["insecure-url"]),
        ("https://10.0.0.1/${PATH}", ["unreachable-url"]),
        ("https://h.example.com:99999/${PATH}", ["invalid-url"]),
        ("https://hooks.slack.com/services/${PATH}", ["slack-incoming-webhook"]),
        ("https://h.example.com/${PATH}?token=abcd1234", ["literal-secret"]),
    ],
)
def test_without_variables_only_what_is_written_is_judged(
    tmp_path: Path, template: str, codes: list[str]
) -> None:
    path = tmp_path / "webhooks.yaml"
    entry = f"{{name: a, to_url: '{template}', event_types: ['*']}}"
    path.write_text(f"version: 1\nwebhooks: [{entry}]\n")
    try:
        found = load([path], environ=ENVIRON, without_variables=True).diagnostics
    except InvalidConfig as invalid:
        found = invalid.diagnostics
    assert [one.code for one in found] == codes


@pytest.mark.parametrize(
    ("event_type", "hint"),
    [
        ("Loan.RESTRUCTURED", "if Defacto has added it, list it under `settings.extra_event_types`"),
        ("Mortgage.CLOSED", "if Defacto has added it, list it under `settings.extra_event_types`"),
        ("Loan.CLOSD", "did you mean 'Loan.CLOSED'? If it is new"),
        ("loan.closed", "did you mean 'Loan.CLOSED'?"),
        ("Laon.*", "did you mean 'Loan.*'?"),
        ("Mortgage.*", "`defacto-webhooks events` lists them"),
        ("what?", "`defacto-webhooks events` lists them"),
    ],
)
def test_a_suggestion_is_something_near_or_where_to_add_what_is_new(
    tmp_path: Path, event_type: str, hint: str
) -> None:
    path = tmp_path / "webhooks.yaml"
    entry = f"{{name: a, to_url: 'https://h.example.com/', event_types: ['{event_type}']}}"
    path.write_text(f"version: 1\nwebhooks: [{entry}]\n")
    [found] = diagnose(path)
    assert found.hint.startswith(hint)


def test_globs_stand_for_extra_event_types_too_but_not_for_a_retired_one(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    extra = "settings: {extra_event_types: [Loan.NEW, Loan.OVERDUE, Mortgage.CLOSED]}"
    entry = "{name: a, to_url: 'https://h.example.com/', event_types: ['Loan.*', 'M*']}"
    path.write_text(f"version: 1\n{extra}\nwebhooks: [{entry}]\n")
    [webhook] = load([path], environ=ENVIRON).webhooks
    assert {"Loan.NEW", "Mortgage.CLOSED", "Loan.CLOSED"} <= set(webhook.event_types)
    assert "Loan.OVERDUE" not in webhook.event_types


def test_what_may_be_a_secret_is_not_quoted_where_a_name_should_be(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    scope = "settings: {scope: {name_prefix: team-}}"
    entry = "{name: 'https://h.example.com/?abcd1234', event_types: [Loan.CLOSED]}"
    path.write_text(f"version: 1\n{scope}\nwebhooks: [{entry}, {entry}]\n")
    found = diagnose(path)
    assert {one.code for one in found} == {"out-of-scope", "duplicate-name", "missing-field"}
    assert "abcd1234" not in repr(found)


def test_one_name_of_a_family_is_one_finding(tmp_path: Path) -> None:
    path = tmp_path / "webhooks.yaml"
    scope = "settings: {scope: {name_prefix: team-}}"
    entry = "{name: all, one_per: event_type, to_url: 'https://h.example.com/', event_types: ['*']}"
    path.write_text(f"version: 1\n{scope}\nwebhooks: [{entry}]\n")
    assert sorted(one.code for one in diagnose(path)) == ["duplicate-name", "out-of-scope"]
