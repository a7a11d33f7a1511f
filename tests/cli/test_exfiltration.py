"""Whoever may edit webhooks.yaml, or answers in the API's place, gets neither the key nor a token.

Everything that leaves this machine goes to a proxy that notes it, and whatever is on this machine listens:
what would be sent is seen. It gets nothing, and nothing is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.canary import canary, leaks
from tests.faulty_server import Call, FaultyServer, On, Says, stored
from tests.faulty_server.messages import Answer
from tests.process import Ended, run, start
from tests.proxy import Proxy, proxying
from tests.receiver import Receiver, receiving

KEY, TOKEN, GITHUB = canary(30), canary(), canary()
SECRETS = (KEY, TOKEN, GITHUB)
VARIABLES = {"KEY": KEY, "TOKEN": TOKEN, "GITHUB_TOKEN": GITHUB, "GH_TOKEN": GITHUB, "INPUT_ENV_FILE": TOKEN}
COMMANDS = [
    ["plan"],
    ["plan", "--all-environments", "--format", "json"],
    ["apply", "-y", "--debug"],
    ["list"],
    ["export"],
    ["events", "--subscribed"],
    ["doctor", "--probe"],
    ["trigger", "invoice"],
    ["init", "--from-account"],
]


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with proxying(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b'{"data":[]}') as it:
        yield it


@pytest.fixture
def recorder() -> Iterator[Receiver]:
    with receiving() as it:
        it.answers = {"/webhooks": Answer(200, b'{"data": []}'), "/hello": Answer(200)}
        yield it


def tried(folder: Path, proxy: Proxy, command: list[str], **variables: str) -> Ended:
    proxies = dict.fromkeys(("HTTPS_PROXY", "http_proxy", "ALL_PROXY"), proxy.url)
    ended = start(command, folder, None, 10, **VARIABLES, **proxies, **variables).ended()
    assert not leaks(ended.both, SECRETS), ended.both
    assert "bug in defacto-webhooks" not in ended.both, ended.both
    for path in folder.rglob("*"):
        assert not path.is_file() or path.name == "secrets.env" or not leaks(path.read_text(), SECRETS)
    return ended


def file(
    folder: Path, api_url: str, to_url: str = "https://hooks.example.com/?t=${TOKEN}", more: str = ""
) -> None:
    text = (
        f"version: 1\nenvironments:\n  p:\n    api_url: {json.dumps(api_url)}\n    api_key: ${{KEY}}\n{more}"
        f"webhooks:\n- {{name: a, to_url: {json.dumps(to_url)}, event_types: [Loan.CLOSED]}}\n"
    )
    (folder / "webhooks.yaml").write_text(text)


ELSEWHERE = [
    "https://evil.example",
    "https://api.getdefacto.com.evil.example",
    "https://evil.example/api.getdefacto.com",
    "https://api.getdefacto.com@evil.example",
    "https://api.getdefacto.com:443@evil.example/",
    "https://api.getdefacto.com%2F@evil.example",
    "https://evil.example\\@api.getdefacto.com",
    "https://evil.example#@api.getdefacto.com",
    "https://evil.example?@api.getdefacto.com",
    "https://api.getdefacto.com%00.evil.example",
    "https://api.getdefacto.com\t.evil.example",
    "https://api.getdefacto.com。evil.example",
    "https://\u0430pi.getdefacto.com",
    "https://api.getdefacto.com.",
    "https://${HOST}",
    "https://api.getdefacto.com${REST}",
    "https://${GITHUB_TOKEN}.evil.example",
    "https://${KEY}.evil.example",
    "https://api.getdefacto.com/${KEY}",
    "http://evil.example",
    "http://api.getdefacto.com",
    "HTTP://API.GETDEFACTO.COM",
    "//api.getdefacto.com",
    "ftp://api.getdefacto.com",
    "https://[2001:db8::1]",
]
ON_THIS_MACHINE = [  # where the resolver or the kernel would find the recorder
    "http://api.localhost:@",
    "http://localhost.:@",
    "http://0.0.0.0:@",
    "http://0:@",
    "http://[::ffff:127.0.0.1]:@",
    "http://[::ffff:7f00:1]:@",
    "http://[::]:@",
    "http://2130706433:@",
    "http://0x7f.1:@",
    "http://127.1:@",
    "http://0177.0.0.1:@",
    "http://127.0.0.1.:@",
    "http://localhost@api.localhost:@",
]


@pytest.mark.parametrize("api_url", ELSEWHERE + ON_THIS_MACHINE)
@pytest.mark.parametrize("command", [["apply", "-y", "--debug"], ["doctor", "--probe"]], ids=" ".join)
def test_the_file_can_not_send_the_key_elsewhere(
    tmp_path: Path, proxy: Proxy, recorder: Receiver, api_url: str, command: list[str]
) -> None:
    url = api_url.replace(":@", f":{recorder.url.rpartition(':')[2]}") if ":@" in api_url else api_url
    file(tmp_path, url, more="    variables: {HOST: evil.example, REST: .evil.example}\n")
    ended = tried(tmp_path, proxy, command)
    assert ended.code == 1, ended.both
    assert not proxy.received
    assert not recorder.requests


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_does(tmp_path: Path, proxy: Proxy, command: list[str]) -> None:
    file(tmp_path, "https://evil.example")
    arguments = [*command, "--api-url", "https://evil.example"] if command[0] == "init" else command
    if command[0] == "init":
        (tmp_path / "webhooks.yaml").unlink()
    assert tried(tmp_path, proxy, arguments, DEFACTO_API_KEY=KEY).code == 1
    assert not proxy.received


@pytest.mark.parametrize(
    "own",
    [
        "HTTPS_PROXY: '@'",
        "ALL_PROXY: '@', NO_PROXY: ''",
        "SSL_CERT_FILE: ca.pem",
        "DEFACTO_WEBHOOKS_TRUSTED_HOSTS: evil.example",
    ],
)
def test_neither_the_file_nor_an_env_file_has_a_say_in_the_way(
    tmp_path: Path, proxy: Proxy, own: str
) -> None:
    with proxying(answer=b"") as evil:
        line = own.replace("@", evil.url)
        file(tmp_path, "https://api.getdefacto.com", more=f"    variables: {{{line}}}\n")
        lines = "\n".join(one.replace(": ", "=") for one in line.split(", "))
        (tmp_path / "secrets.env").write_text(f"{lines}\nTOKEN={TOKEN}\n")
        ended = tried(tmp_path, proxy, ["plan", "--env-file", "secrets.env"])
        assert ended.code == 1
        assert not evil.received
    assert {head.split("\r\n")[0] for head in proxy.heads} == {"CONNECT api.getdefacto.com:443 HTTP/1.1"}
    assert not leaks(proxy.received, SECRETS)


@pytest.mark.parametrize(
    "to_url",
    [
        "https://${KEY}.evil.example/",
        "@/${KEY}",
        "@/?t=${KEY:-x}",
        "@/?t=${GITHUB_TOKEN}",
        "@/?t=${GH_TOKEN}",
        "@/?t=${INPUT_ENV_FILE}",
        "@/?t=${ACTIONS_ID_TOKEN_REQUEST_TOKEN:-x}",
        "@/?t=${COPY}",
    ],
)
@pytest.mark.parametrize("command", [["apply", "-y"], ["doctor", "--probe"]], ids=" ".join)
def test_no_callback_gets_the_key_or_what_the_runner_has(
    server: FaultyServer, tmp_path: Path, proxy: Proxy, recorder: Receiver, to_url: str, command: list[str]
) -> None:
    server.reset(key=KEY)
    file(tmp_path, server.url, to_url.replace("@", recorder.url))
    ended = tried(tmp_path, proxy, command, COPY=f"x{KEY}")
    assert ended.code == 1
    assert not proxy.received
    assert not recorder.requests
    assert not server.count(Call.CREATE)
    arguments = [*command, "--var", f"COPY={KEY}"]  # whoever types it may not, either
    assert tried(tmp_path, proxy, arguments).code == 1
    assert not recorder.requests


@pytest.mark.parametrize("to_url", ["@/?t=${DEFACTO_SANDBOX_API_KEY}", "@/${DEFACTO_EU_API_KEY:-x}"])
@pytest.mark.parametrize(
    "api_key",
    ["an0ther-key", "an0ther-key${NOPE:-}", "an0ther${SHLVL}", "${NOPE:-an0ther-key}", "${K}", "${GIVEN}"],
)
@pytest.mark.parametrize("command", [["apply", "-y"], ["doctor", "--probe"]], ids=" ".join)
def test_a_file_that_names_another_account_frees_no_key(
    server: FaultyServer,
    tmp_path: Path,
    proxy: Proxy,
    recorder: Receiver,
    to_url: str,
    api_key: str,
    command: list[str],
) -> None:
    """Defacto is trusted, and anyone may have an account there: the key of the file is not the real one."""
    file(tmp_path, server.url, to_url.replace("@", recorder.url), more="    variables: {K: an0ther-key}\n")
    path = tmp_path / "webhooks.yaml"
    path.write_text(path.read_text().replace("api_key: ${KEY}", f"api_key: {api_key}"))
    keys = {"DEFACTO_SANDBOX_API_KEY": KEY, "DEFACTO_EU_API_KEY": KEY, "SHLVL": "1"}
    arguments = [*command, "--var", "GIVEN=an0ther-key"]
    ended = tried(tmp_path, proxy, arguments, **keys)
    assert ended.code == 1
    assert "key-in-url" in ended.both
    assert not server.log
    assert not proxy.received
    assert not recorder.requests
    strict = tried(tmp_path, proxy, ["validate", "--no-env", "--var", "GIVEN=an0ther-key"], **keys)
    assert "warning[literal-secret]" in strict.both


# `@/` and `:@` are the recorder, `#` its host and port, `&` those of the API.
NEXT_PAGES = [
    "@/webhooks",
    "//#/webhooks",
    "\\\\#/webhooks",
    "http:@",
    " @/x",
    "ht\ttp://#/x",
    "http:\\\\#/",
    "http://&@#/webhooks",
    "http://&:80@#/",
    "https://#/",
    "http://[x",
    "http://&\\@#/",
]


@pytest.mark.parametrize("next_page", NEXT_PAGES)
def test_no_page_leads_elsewhere(
    server: FaultyServer, tmp_path: Path, proxy: Proxy, recorder: Receiver, next_page: str
) -> None:
    own, other = (url.removeprefix("http://") for url in (server.url, recorder.url))
    where = (
        next_page.replace("@#", f"@{other}")
        .replace("@/", f"{recorder.url}/")
        .replace(":@", f":{recorder.url}")
    )
    where = where.replace("#", other).replace("&", own)
    rows = [{"id": "1", "name": "b", "to_url": "https://h.example/", "event_types": ["Loan.CLOSED"]}]
    page = json.dumps({"count": 1, "page_size": 1, "next_page": where, "data": rows})
    for command in (["plan", "--debug"], ["list"], ["apply", "-y"]):
        server.reset(faults=[On(Call.LIST, 1, Says(200, page), times=99)], key=KEY)
        file(tmp_path, server.url)
        assert tried(tmp_path, proxy, command).code == 1
    assert not recorder.requests
    assert not proxy.received


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(
    server: FaultyServer, tmp_path: Path, proxy: Proxy, recorder: Receiver, status: int
) -> None:
    headers = (("location", f"{recorder.url}/webhooks"), ("refresh", f"0; url={recorder.url}"))
    for call, command in ((Call.LIST, "plan"), (Call.HELLO, "doctor"), (Call.CREATE, "apply")):
        server.reset(faults=[On(call, 1, Says(status, b"", headers), times=99)], key=KEY)
        file(tmp_path, server.url)
        assert tried(tmp_path, proxy, [command, *(["-y"] if command == "apply" else [])]).code in {1, 3}
    assert not recorder.requests
    assert not proxy.received


def test_no_redirect_of_a_callback_is_followed(
    server: FaultyServer, tmp_path: Path, proxy: Proxy, recorder: Receiver
) -> None:
    server.reset(key=KEY)
    to = Answer(307, headers=(("location", f"{recorder.url}/{TOKEN}"),))
    with receiving({"/hook": to}) as callback:
        file(tmp_path, server.url, f"{callback.url}/hook?t=${{TOKEN}}")
        assert tried(tmp_path, proxy, ["doctor", "--probe"]).code == 1
        assert len(callback.requests) == 1
    assert not recorder.requests
    assert "authorization" not in callback.requests[0].headers


def test_the_account_s_names_and_urls_send_nothing_either(
    server: FaultyServer, tmp_path: Path, proxy: Proxy, recorder: Receiver
) -> None:
    """What somebody stored there is data, whatever it looks like."""
    server.reset([stored("1", "${KEY}", f"{recorder.url}/${{TOKEN}}", "Loan.CLOSED")], key=KEY)
    file(tmp_path, server.url)
    for command in (
        ["plan"],
        ["list", "--reveal-secrets"],
        ["export", "-o", "new.yaml"],
        ["doctor", "--probe"],
    ):
        tried(tmp_path, proxy, command)
    tried(tmp_path, proxy, ["plan", "-c", "new.yaml"])
    assert not recorder.requests
    assert not leaks(proxy.received, SECRETS)


PLUGIN = """
import pathlib

class Reader:
    def on_enter(self, value, **_):
        with pathlib.Path(__file__).with_name("seen").open("a") as file:
            file.write(repr(value))

class Plugin:
    def new_schema_validator(self, *_, **__):
        return Reader(), Reader(), None

plugin = Plugin()
"""


def test_no_plugin_of_pydantic_reads_the_account(server: FaultyServer, tmp_path: Path) -> None:
    """Any package that is installed beside the command can be one, and pydantic would show it every URL."""
    (tmp_path / "other.py").write_text(PLUGIN)
    information = tmp_path / "other-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[pydantic]\nother = other:plugin\n")
    server.reset([stored("1", "a", f"https://hooks.example.com/?t={TOKEN}", "Loan.CLOSED")])
    ended = run(["list"], tmp_path, server, PYTHONPATH=str(tmp_path))
    assert (ended.code, ended.out[:1]) == (0, "a"), ended.err
    assert not (tmp_path / "seen").exists()
