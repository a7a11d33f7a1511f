"""Secrets in every place that a URL has, on both sides and in the server's words: every command, format and
failure is run, and nothing of them may be in anything that is printed, logged or written.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

from defacto_webhooks.api import Timing, client
from defacto_webhooks.apply import engine
from defacto_webhooks.cli import errors as boundary, run as run_here
from defacto_webhooks.cli.app import group
from defacto_webhooks.diagnostics import InvalidConfig
from defacto_webhooks.errors import UserError, explained
from tests import local
from tests.canary import canary, leaks
from tests.faulty_server import (
    Call,
    CutOff,
    Fault,
    FaultyServer,
    ForeignPage,
    HalfJson,
    Hang,
    Html,
    Late,
    LyingCount,
    On,
    PageLoop,
    Redirect,
    Reset,
    SecondWriter,
    Short,
    Status,
    Stored,
    StoresOther,
    WrongType,
    adds_slash,
    cuts_name,
    drops_event,
    stored,
)
from tests.process import run, serving

LOWER = "abcdefghijklmnopqrstuvwxyz"  # where an account's path segment would be shown if nobody knew better
VARIABLES = {
    name: canary(alphabet=LOWER) if name in {"SEGMENT", "QUERY_KEY"} else canary()
    for name in ("TOKEN", "BARE", "QUERY_KEY", "USER", "PASSWORD", "FRAGMENT", "SEGMENT", "TRIGGER")
}
VARIABLES["ENCODED"] = "".join(f"%{ord(character):02X}" for character in VARIABLES["TOKEN"])
LITERAL = [canary() for _ in range(4)]
ACCOUNT = [canary() for _ in range(12)]
KEY = canary(30)
PACE = engine.Pace(settle_s=0.001)
ALL = [*VARIABLES.values(), *LITERAL, *ACCOUNT, KEY]

FILE = f"""\
version: 1
settings: {{prune: true, update: @update, scope: {{ignore: ["manual*"]}}}}
webhooks:
- {{name: a, to_url: "@host/defacto?token=${{TOKEN}}&x=${{ENCODED}}", event_types: [Loan.CLOSED]}}
- {{name: b, to_url: "@host/${{SEGMENT}}/x?${{BARE}}", event_types: ["Payment.*"]}}
- {{name: c, to_url: "@host/c?${{QUERY_KEY}}=1#${{FRAGMENT}}", event_types: [Loan.CLOSED]}}
- {{name: d, to_url: "@userinfo/d", event_types: [Loan.CLOSED]}}
- {{name: e, to_url: "@host/e?token={LITERAL[0]}", event_types: [Loan.CLOSED]}}
- {{name: f, to_url: "@host/f?{LITERAL[1]}#{LITERAL[2]}", event_types: [Loan.CLOSED]}}
- name: "g-{{status}}"
  one_per: event_type
  to_url: "@host/{{status}}/${{SEGMENT}}?token=${{TOKEN}}"
  event_types: [Invoice.VERIFIED, Invoice.SUBMITTED]
"""
SLACK = f"""\
- {{name: s, to_url: "https://hooks.slack.com/triggers/${{TRIGGER}}", event_types: [Loan.CLOSED]}}
- {{name: t, to_url: "https://hooks.slack.com/workflows/{LITERAL[3]}", event_types: [Loan.CLOSED]}}
"""


def account(host: str) -> list[Stored]:
    """What stands there already: it differs, is a twin, is nobody's, is ignored, or is no URL at all."""
    urls = {
        "a": [f"{host}/defacto?token={ACCOUNT[0]}", f"{host}/old?{ACCOUNT[1]}"],
        "b": [f"{host}/{VARIABLES['SEGMENT']}/x?{ACCOUNT[2]}={ACCOUNT[3]}"],
        "c": [f"{host}/c?{VARIABLES['QUERY_KEY']}=1#{ACCOUNT[4]}"],
        "d": [f"https://{ACCOUNT[5]}@hooks.example.com/d"],
        "stranger": [f"{host}/{ACCOUNT[6]}/x", f"https://hooks.slack.com/services/{ACCOUNT[7]}"],
        "other": [f"no url {ACCOUNT[8]}", f"https://u:{ACCOUNT[9]}/@hooks.example.com", f"ftp://{ACCOUNT[10]}/"],
        "manual1": [f"{host}/x?key={ACCOUNT[11]}"],
        "renamed": [f"{host}/c?{VARIABLES['QUERY_KEY']}=1#{VARIABLES['FRAGMENT']}x"],
    }  # fmt: skip
    rows = [(name, url) for name, several in urls.items() for url in several]
    return [stored(str(n), name, url, "Loan.CLOSED") for n, (name, url) in enumerate(rows, 1)]


@dataclass
class Watched:
    """Runs the command here, and looks at everything that comes out of it."""

    folder: Path
    captured: pytest.CaptureFixture[str]
    logged: pytest.LogCaptureFixture
    errors: list[BaseException] = field(default_factory=list)
    runs: int = 0

    def run(self, *arguments: str) -> int:
        self.errors.clear()
        self.logged.clear()
        code = run_here(list(arguments))
        out, err = self.captured.readouterr()
        self.runs += 1
        shown = f"{' '.join(arguments)} → {code}\n{out}\n{err}"
        assert "this is a bug in defacto-webhooks" not in err, shown
        assert not leaks(shown, ALL), shown
        assert not leaks(self.logged.text, ALL), self.logged.text
        for error in self.errors:
            self._look_at(error)
        for path in self.folder.rglob("*"):
            if (
                path.is_file()
                and path.name not in {"webhooks.yaml", "secrets.env"}
                and ".db" not in path.name
            ):
                assert not leaks(path.read_text(), ALL), path
        return code

    def _look_at(self, error: BaseException) -> None:
        """As a crash reporter would: its arguments, its causes, and the local variables of its frames."""
        # The loader holds the whole environment, as any crash reporter does.
        with_locals = not isinstance(error, InvalidConfig)
        report = traceback.TracebackException.from_exception(error, capture_locals=with_locals)
        told = "".join(report.format())
        assert not leaks(told, ALL), told
        seen: BaseException | None = error
        while seen is not None:
            assert not leaks(f"{seen!r} {seen} {seen.args} {vars(seen)}", ALL)
            seen = seen.__cause__ or seen.__context__


@pytest.fixture
def watched(
    server: FaultyServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Watched]:
    """A folder with the file, the variables of the environment, and quick retries."""
    write(tmp_path, "https://hooks.example.com", SLACK)
    monkeypatch.chdir(tmp_path)
    for name, value in {**VARIABLES, "DEFACTO_API_KEY": KEY, "DEFACTO_API_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    timing = Timing(answer_s=0.2, attempts=2, backoff_base_s=0.001, backoff_cap_s=0.001)
    monkeypatch.setattr(client, "Timing", lambda: timing)
    monkeypatch.setattr(engine, "Pace", lambda: PACE)
    it = Watched(tmp_path, capfd, caplog)

    def seen(error: BaseException) -> UserError:
        it.errors.append(error)
        return explained(error)

    monkeypatch.setattr(boundary, "explained", seen)
    with caplog.at_level(logging.DEBUG):
        yield it


def write(folder: Path, host: str, more: str = "", update: str = "replace") -> None:
    userinfo = host.replace("://", "://${USER}:${PASSWORD}@")
    text = FILE.replace("@host", host).replace("@userinfo", userinfo).replace("@update", update)
    (folder / "webhooks.yaml").write_text(text + more)


def reset(server: FaultyServer, host: str = "https://hooks.example.com", *faults: On) -> None:
    server.reset(account(host), list(faults), key=KEY)


def every_format(name: str, *arguments: str) -> list[list[str]]:
    """The command in each format that it has."""
    command = group.get_command(click.Context(group), name)
    assert command is not None
    runs = [[name, *arguments]]
    for option in command.params:
        if "--format" in option.opts and isinstance(option.type, click.Choice):
            runs = [[name, *arguments, "--format", str(choice)] for choice in option.type.choices]
    return runs


READS = [
    *every_format("plan"),
    ["plan", "--show-unchanged", "--debug"],
    ["plan", "--out", "saved.plan"],
    *every_format("show", "saved.plan"),
    *every_format("list"),
    ["list", "--debug"],
    *every_format("apply", "-y", "--allow", "mass-delete", "--allow", "delete-all"),
]
"""Every command that reads an account, ways in which a read goes wrong make them all fail."""
OTHERS = {
    "validate": [*every_format("validate"), ["validate", "--strict", "--no-env", "--debug"]],
    "events": every_format("events"),
    "schema": [["schema"]],
    "init": [["init"], ["init", "--debug"]],
    "completion": [["completion", shell] for shell in ("bash", "zsh", "fish")],
    "doctor": [["doctor"], ["doctor", "--debug"]],
}
# Each has a test of its own below, or nothing to do with anybody's URL.
ELSEWHERE = {"plan", "show", "apply", "list", "export", "trigger", "demo", "listen", "sandbox"}


def test_every_command_is_looked_at() -> None:
    assert set(group.list_commands(click.Context(group))) == ELSEWHERE | set(OTHERS)


def test_every_command_and_format(watched: Watched, server: FaultyServer) -> None:
    for arguments in [*READS, *(one for runs in OTHERS.values() for one in runs)]:
        reset(server)
        assert watched.run(*arguments) == 0 or arguments[0] == "doctor" or "--strict" in arguments
    assert (watched.folder / "saved.plan").exists()
    reset(server)
    assert watched.run("apply", "saved.plan", "--allow", "mass-delete", "--format", "json") == 0
    write(watched.folder, "https://hooks.example.com", "", "patch")
    reset(server)
    assert watched.run("apply", "-y", "--allow", "mass-delete") == 0


def test_an_account_that_is_taken_over(watched: Watched, server: FaultyServer) -> None:
    """`export` knows nothing but the account; what it writes to the env file it writes nowhere else."""
    words = (VARIABLES["SEGMENT"], VARIABLES["QUERY_KEY"])  # to who sees only the account, words like others
    rows = [row for row in account("https://hooks.example.com") if not any(w in row.to_url for w in words)]
    for arguments in ([], ["--debug"], ["-o", "new.yaml", "--write-env", "secrets.env"]):
        server.reset(rows, key=KEY)
        assert watched.run("export", *arguments) == 0
    assert ACCOUNT[0] in (watched.folder / "secrets.env").read_text()
    for fault in READ_FAULTS:
        server.reset(rows, [On(Call.ANY, 1, fault, times=99)], key=KEY)
        watched.run("export", "--debug")


QUOTING = f'{{"data": [{{"id": 1, "name": 3, "to_url": "https://h.example/?t={ACCOUNT[0]}"}}], "{KEY}": 1}}'
READ_FAULTS: list[Fault] = [
    *(Status(code, echo=True) for code in (400, 401, 402, 403, 404, 422, 500, 503, 504)),
    Status(422, echo=True, html=True),
    Status(502, echo=True, html=True),
    Status(429, echo=True, retry_after=1000),
    Html(), HalfJson(), CutOff(), Reset(), Hang(seconds=0.3), Redirect(), WrongType(QUOTING),
    WrongType(f'["https://h.example/?t={ACCOUNT[0]}"]'), WrongType(f'"{KEY}"'), WrongType(f"{KEY} {KEY}"),
    Short(), LyingCount(), PageLoop(), ForeignPage(),
]  # fmt: skip


@pytest.mark.parametrize("fault", READ_FAULTS, ids=lambda fault: fault.kind)
def test_every_failure_of_a_read(watched: Watched, server: FaultyServer, fault: Fault) -> None:
    for arguments in [["plan", "--debug"], *every_format("plan")[1:], *every_format("list"), ["doctor"],
                      *every_format("apply", "-y", "--debug")]:  # fmt: skip
        reset(server, "https://hooks.example.com", On(Call.ANY, 1, fault, times=99))
        watched.run(*arguments)
    assert server.fired


WRITE_FAULTS: list[Fault] = [
    *(Status(code, echo=True) for code in (400, 401, 404, 422, 500, 504)),
    Status(422, echo=True, field="event_types"),
    Status(500, echo=True, html=True),
    Html(201), HalfJson(), CutOff(), Reset(), Redirect(307), WrongType(QUOTING), Late(), Hang(seconds=0.3),
    *(StoresOther(how, hides) for how in (cuts_name, adds_slash, drops_event) for hides in (False, True)),
    SecondWriter(act=lambda account: account.create("new", f"https://h.example/{ACCOUNT[6]}", ["X.Y"])),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        pytest.param(call, fault, id=f"{call}-{fault.kind}")
        for call in (Call.CREATE, Call.PATCH, Call.DELETE)
        for fault in WRITE_FAULTS
        if call in fault.calls
    ],
)
def test_every_failure_of_a_change(watched: Watched, server: FaultyServer, fault: Fault, call: Call) -> None:
    write(watched.folder, "https://hooks.example.com", SLACK, "patch" if call is Call.PATCH else "replace")
    for arguments in every_format("apply", "-y", "--allow", "mass-delete", "--debug"):
        reset(server, "https://hooks.example.com", On(call, 1, fault, times=99))
        watched.run(*arguments)
    assert server.fired or call is Call.DELETE


def test_the_callbacks_themselves(watched: Watched, server: FaultyServer) -> None:
    """`doctor --probe` calls each URL of the file; the loggers of httpx and httpcore look on."""
    write(watched.folder, server.url)
    reset(server, server.url)
    assert watched.run("doctor", "--probe") == 1  # the server takes no notifications
    assert VARIABLES["TOKEN"] in "".join(request.target for request in server.log)


def test_what_is_served_here(tmp_path: Path) -> None:
    """The local API and the receiver: subscriptions, notifications and their pages, and what they print."""
    token = canary()
    seen: list[str] = []
    with (
        serving(tmp_path, "listen", DEFACTO_WEBHOOKS_TOKEN=token) as receiver,
        serving(tmp_path, "sandbox") as sandbox,
    ):
        (tmp_path / "webhooks.yaml").write_text(
            "version: 1\nwebhooks:\n"
            f"- {{name: a, to_url: '{receiver.url}/x?token=${{TOKEN}}', event_types: [Invoice.SUBMITTED]}}\n"
            f"- {{name: b, to_url: '{receiver.url}/x?token={LITERAL[0]}', event_types: [Invoice.VERIFIED]}}\n"
        )
        variables = {
            "DEFACTO_API_URL": sandbox.url,
            "DEFACTO_API_KEY": "defacto-webhooks-local",
            "TOKEN": token,
        }
        for arguments in (["apply", "-y", "--debug"], ["trigger", "invoice", "--wait", "--debug"], ["list"]):
            ended = run(arguments, tmp_path, None, **variables)
            assert ended.code == 0, ended.err
            seen.append(ended.both)
        receiver.wait_for("Invoice.SUBMITTED", receiver.out)
        pages = (f"{receiver.url}/", f"{sandbox.url}/", f"{sandbox.url}/nowhere?token={token}")
        seen += [local.get(page).text for page in pages]
        assert local.post(f"{receiver.url}/x?token={LITERAL[0]}", json={"to_url": token}).status_code >= 400
        assert receiver.end() == sandbox.end() == 0
        seen += [*receiver.out, *receiver.err, *sandbox.out, *sandbox.err]
    assert not leaks("\n".join(seen), [token, LITERAL[0]])


# `@@` is the secret: in an entry, in an environment, and anywhere.
ENTRIES = [
    "to_url: https://h.example/?token=@@: [",
    "to_url: 'https://h.example/?token=@@}\n- name: a\n",
    "name: !@@ &@@ x\n  to_url: *@@\n",
    "{name: &@@ a, to_url: !!@@ b, event_types: []} # @@\n",
    "{name: a, to_url: 'h.example/?token=@@', event_types: ['@@', '@@*']}",
    "{name: a, to_url: 'https://@@@h.example:@@/', event_types: @@}",
    "{name: a, to_url: 'https://h.example/?token=@@${', event_types: []}",
    "{name: a, to_url: 'https://h.example/?token=${@@}', event_types: []}",
    "{name: a, to_url: 'https://h.example/?token=${X:-@@}${', event_types: []}",
    '{name: a, to_url: "https://h.example/?token=@@\\x01", event_types: []}',
    "name: a\n  event_types: []\n  to_url: >\n    https://h.example/?token=@@\n    @@\n",
    'name: a\n  event_types: []\n  to_url: "https://h.example/\\\n    ?token=@@\\u0020"\n',
    "{name: a, to_url: 'https://hooks.slack.com/services/@@', event_types: [], x: @@}",
    "{name: a, to_url: 'http://h.example/?a=@@&b=***', event_types: [Loan.CLOSED], one_per: @@}",
    "{name: a, to_url: 'http://h.example/#@@', event_types: ['*'], environments: [@@]}",
]
ENVIRONMENTS = [
    "{api_url: 'https://u:@@@h.example', api_key: '@@'}",
    "{api_url: 'ftp://h/?@@', api_key: '@@ x', variables: {A: [@@]}}",
    "{api_url: 'https://h.example', api_key: '${@@'}",
    "{api_url: 'http://h.example/?@@', api_key: @@***}\ndefault_environment: @@",
    "{api_url: 'https://h.example', api_key: 'sk_@@'}",
]
FILES = [
    *(f"version: 1\nwebhooks:\n- {entry}" for entry in ENTRIES),
    *(f"version: 1\nenvironments:\n  a: {environment}" for environment in ENVIRONMENTS),
    "version: 1\nwebhooks:\n\t- to_url: https://h.example/?token=@@",
    "version: @@", "version: 1\nwebhooks: [@@", "version: 1\nwebhooks: @@]",
    "version: 1\napi_key: @@\n  x: 1", "version: 1\nx: |\n  @@\n @@\n", "version: 1\n%@@\n---\n@@",
    "version: 1\n@@: 1\n@@: 1\n", "version: 1\nhttps://h.example/?token=@@: 1\n",
    "version: 1\napi_token: @@\nsettings: {password: @@}",
    "version: 1\nsettings: {prune: @@, max_delete_percent: @@, update: @@, protect: @@}",
    "version: 1\nsettings: {extra_event_types: ['@@', 'https://h.example/?token=@@']}",
    "@@",
    "- @@", "? @@\n: x", "version: 1\n? [@@]\n: x", "'@@", "%@@", "a: b: @@", "[@@: @@", "\x00@@", "é@@",
]  # fmt: skip


@pytest.mark.parametrize("text", FILES)
def test_every_mistake_in_a_file(watched: Watched, text: str) -> None:
    (watched.folder / "webhooks.yaml").write_bytes(text.replace("@@", LITERAL[0]).encode("latin-1"))
    for arguments in [*every_format("validate"), ["validate", "--no-env"], ["plan", "--debug"], ["list"]]:
        watched.run(*arguments)
