r"""Does what a page of the documentation says: writes its files, types its commands, compares the output.

How a page is read, from top to bottom, in a fresh folder that holds the `webhooks.yaml` of this repository:

- console: lines that begin with `$ ` are commands (a `\` at the end continues one). The lines below one are
  all that it prints, on both streams; `…` stands for anything in a line, and alone in a line for any lines.
  With nothing below, nothing is compared. A command must end with exit code 0: write
  `… || echo "exit code $?"` where another one is the point. What serves goes on until the page ends.
- `export NAME=value` and `cd` last until the page ends. A value with a `…` is the reader's own: `OWN_VALUES`
  has one for it.
- A comment `<!-- $ command -->` is typed too, for what a page needs and no reader wants to see.
- yaml: a block that begins with `version:` is the `webhooks.yaml` from there on; one that begins with a
  comment that names a file (`# teams/loans.yaml`) is that file; any other is a part of a file, unless it
  has a key of `OTHER_PROGRAMS`. `validate` checks the first and the last.
- python: a block that begins with a comment that names a file (`# callback.py`) is that file, and
  `python callback.py` goes on until the page ends, or until it is started again.
- Defacto's two hosts are a local API each, and the ports 8025 to 8027 and 3000 free ones.
- json must be JSON, python Python; `text`, `toml` and `html` are only looked at.
"""

from __future__ import annotations

import ast
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests import terminal
from tests.forking import folder_for_path
from tests.process import Running, environment, installed, run

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# The blocks of this page are wrong on purpose, and another test knows how.
OWN_TEST = {"diagnostics.md": "tests/config/test_diagnostics_page.py"}
HOSTS = ("https://api.getdefacto.com", "https://api-sandbox.getdefacto.com")
PORTS = ("8025", "8026", "8027", "3000")
_PORT_BEFORE = r'(127\.0\.0\.1:|localhost:|--port |"127\.0\.0\.1", )'
SECRET = "t0ken-of-the-reader"
OWN_VALUES = {
    "DEFACTO_API_KEY": "defacto-webhooks-local",
    "DEFACTO_SANDBOX_API_KEY": "defacto-webhooks-local",
    "CALLBACK_TOKEN": SECRET,
}
NOT_RUN = {
    r"(pip|pipx|uv|uvx|python -m pip) ": "it installs from a package index",
    r"git clone |cd defacto-webhooks$": "it makes the clone that these tests run in",
    r"gh ": "it needs a repository on GitHub",
    r"make ": "it runs in a clone, and a test says that the target exists",
}
OTHER_PROGRAMS = {
    "jobs": "a GitHub workflow, run by its own tests",
    "repos": "for pre-commit, run by its own",
    "stages": "a GitLab pipeline, run by its own",
}
SERVES = re.compile(r"defacto-webhooks (?:sandbox|listen(?! .*--(?:expect|timeout|resend)))\b")
_FENCE = re.compile(
    r"^```(?P<language>\S*)\n(?P<block>.*?)^```$|^<!-- (?P<hidden>\$ .*?)-->$", re.MULTILINE | re.DOTALL
)
_WHOLE = r"(#.*\n)*version:"
_FILE = re.compile(r"# ([\w./-]+\.ya?ml)$", re.MULTILINE)
_PROGRAM = re.compile(r"# (\w+\.py)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block, and the line of the page that it begins in."""

    language: str
    text: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    for match in _FENCE.finditer(page):
        line = page.count("\n", 0, match.start()) + 1
        if match["hidden"]:
            yield Block("console", match["hidden"], line)
        else:
            yield Block(match["language"], match["block"], line)


def steps(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, with the lines that are shown below it."""
    command, shown = "", list[str]()
    for line in block.splitlines():
        if command.endswith("\\") and not shown:
            command += "\n" + line
        elif line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:], []
        else:
            assert command, f"a console block begins with a line that is no command: {line}"
            shown.append(line)
    yield command, shown


def matches(shown: Sequence[str], output: str) -> bool:
    """Whether `output` is what is shown, but for blank lines around it and blanks at the ends of lines."""
    lines = "\n".join(line.rstrip() for line in output.splitlines()).strip("\n") + "\n"
    patterns = [
        r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r"\n"
        for line in "\n".join(shown).strip("\n").split("\n")
    ]
    return re.fullmatch("".join(patterns), lines) is not None


def whole_file(block: str) -> str | None:
    """What a yaml block shows a part of, as a file to check; None where it is not ours, or names its own."""
    content = yaml.safe_load(block)
    if _FILE.match(block) or (isinstance(content, dict) and content.keys() & OTHER_PROGRAMS.keys()):
        return None
    if re.match(_WHOLE, block):
        return block
    return ("version: 1\nwebhooks:\n" if isinstance(content, list) else "version: 1\n") + block


def refreshed(shown: Sequence[str], output: str) -> list[str] | None:
    """What is to be shown for `output`: lines that fit stay, with their `…`. None where a `…` hides lines."""
    if any(line.strip() == "…" for line in shown):
        return None
    lines = [line.rstrip() for line in output.strip("\n").splitlines()]
    return [next((old for old in shown if "…" in old and matches([old], line)), line) for line in lines]


def why_not_run(command: str) -> str | None:
    return next((why for start, why in NOT_RUN.items() if re.match(start, command)), None)


def free_port() -> str:
    """With four digits, as the port that it stands for, so that columns stay in line."""
    while True:
        port = random.randint(2000, 9999)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return str(port)
        except OSError:
            continue


@dataclass
class Walk:
    """A walk through one page, in a folder below `folder`. `ran` are the commands that were typed.

    With `refreshing`, what is shown is brought up to date in `page` where it differs.
    """

    folder: Path
    page: str
    refreshing: bool = False
    ran: list[str] = field(default_factory=list)
    _lasting: list[str] = field(default_factory=list)
    _programs: dict[str, Running] = field(default_factory=dict)
    _terminals: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.folder /= "defacto-webhooks"
        self.folder.mkdir()
        self._ports = {port: free_port() for port in PORTS}
        self._apis = {host: free_port() for host in HOSTS if host in self.page}
        self._not_started = list(self._apis.values())
        self._variables = environment(
            None,
            PATH=f"{folder_for_path()}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            HTTPS_PROXY="http://127.0.0.1:9",  # nobody is there: nothing leaves this machine
            NO_COLOR="1",
            **OWN_VALUES,
        )
        self._write("webhooks.yaml", self._local((ROOT / "webhooks.yaml").read_text()))

    def _local(self, text: str) -> str:
        """What the page says, with ports that are free here and a local API in place of Defacto's."""
        for port, free in self._ports.items():
            text = re.sub(rf"{_PORT_BEFORE}{port}\b", rf"\g<1>{free}", text)
        for host, free in self._apis.items():
            text = text.replace(host, f"http://127.0.0.1:{free}")
        return text

    def _as_written(self, text: str) -> str:
        """The other way round."""
        for host, free in self._apis.items():
            text = text.replace(f"http://127.0.0.1:{free}", host)
        for port, free in self._ports.items():
            text = re.sub(rf"{_PORT_BEFORE}{free}\b", rf"\g<1>{port}", text)
        return text

    def all(self) -> None:
        with self._terminals:
            for block in blocks(self.page):
                try:
                    self._block(block)
                except AssertionError as error:
                    error.add_note(f"This is the {block.language} block in line {block.line}.")
                    raise

    def _block(self, block: Block) -> None:
        match block.language:
            case "console":
                for command, shown in steps(block.text):
                    self._type(command, shown)
            case "yaml":
                self._file(self._local(block.text))
            case "json":
                json.loads(block.text)
            case "python":
                ast.parse(block.text)
                if named := _PROGRAM.match(block.text):
                    self._write(named[1], self._local(block.text))
            case language:
                assert language in {"text", "toml", "html"}, f"nothing checks a block of {language!r}"
                assert not re.search(r"^\$ ", block.text, re.MULTILINE), "a command stands in a console block"

    # Files

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def _file(self, text: str) -> None:
        named = _FILE.match(text)
        yaml.safe_load(text)
        if named:
            self._write(named[1], text)
        elif re.match(_WHOLE, text):
            self._write("webhooks.yaml", text)
        checked = whole_file(text)
        if checked is None:
            return
        self._write("checked/webhooks.yaml", checked)
        for name in yaml.safe_load(checked).get("environments", [None]):
            chosen = ["-e", name] if name else []
            ended = run(["validate", "--no-env", "-c", "checked/webhooks.yaml", *chosen], self.folder)
            assert ended.code == 0, ended.both

    # Commands

    def _type(self, command: str, shown: Sequence[str]) -> None:
        if why_not_run(command):
            return
        self.ran.append(command)
        command = self._local(command)
        if command.startswith(("export ", "cd ")):
            self._lasting.append(" ".join(word for word in command.split(" ") if "…" not in word))
            return
        while self._not_started:
            port = self._not_started.pop()
            self._serve(f"defacto-webhooks sandbox --port {port} --db {port}/account.db", [])
        if SERVES.match(command):
            self._serve(command, shown)
            return
        if command.startswith("python ") and (self.folder / command.removeprefix("python ")).is_file():
            self._start_again(command)
            return
        code, output = (self._answer if terminal.QUESTION in "\n".join(shown) else self._bash)(command)
        assert code == 0, f"{command}\nends with {code}:\n{output}"
        assert SECRET not in output, command
        output = self._as_written(output)
        if shown and not matches(shown, output):
            self._differs(command, shown, output)

    def _differs(self, command: str, shown: Sequence[str], output: str) -> None:
        now = refreshed(shown, output) if self.refreshing else None
        assert now is not None, f"{command}\nshows\n{output}"
        self.page = self.page.replace("\n".join(shown).strip("\n"), "\n".join(now))

    def _script(self, command: str) -> list[str]:
        return ["bash", "-c", "\n".join(["exec 2>&1", *self._lasting, command, "code=$?; wait; exit $code"])]

    def _bash(self, command: str) -> tuple[int, str]:
        done = subprocess.run(
            self._script(command),
            cwd=self.folder,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    def _answer(self, command: str) -> tuple[int, str]:
        return terminal.answer(self._script(command), self.folder, self._variables, b"yes\n")

    def _start_again(self, command: str) -> None:
        """A program of the page, once it listens; the one that was started before ends."""
        if (before := self._programs.get(command)) is not None:
            before.end(signal.SIGTERM)
        script = ["bash", "-c", "\n".join([*self._lasting, f"exec {command}"])]
        self._programs[command] = it = installed(script, self.folder, self._variables)
        self._terminals.callback(it.ended)
        self._terminals.callback(it.send, signal.SIGTERM)
        [port] = re.findall(r'"127\.0\.0\.1", ([0-9]+)', (self.folder / command.split()[1]).read_text())
        until = time.monotonic() + 20
        while it.process.poll() is None and time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(port))):
                return
            time.sleep(0.02)
        raise AssertionError(f"{command} does not listen: {it.err}")

    def _serve(self, command: str, shown: Sequence[str]) -> None:
        if "--port" not in command:
            command += f" --port {self._ports['8026' if ' sandbox' in command else '8025']}"
        script = ["bash", "-c", "\n".join([*self._lasting, f"exec {command}"])]
        it = self._terminals.enter_context(_in_another_terminal(script, self.folder, self._variables))
        for line in shown or ["http://127.0.0.1:"]:
            if line != "…":
                pattern = ".*".join(map(re.escape, self._local(line).split("…")))
                it.wait_for(pattern, it.err if " listen" in command else it.out)


@contextmanager
def _in_another_terminal(
    script: Sequence[str], folder: Path, variables: Mapping[str, str]
) -> Iterator[Running]:
    it = installed(script, folder, variables)
    try:
        yield it
    except BaseException:
        it.process.kill()
        it.ended()
        raise
    assert it.end() == 0
