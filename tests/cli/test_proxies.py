"""The command behind a company's proxy, as a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import local
from tests.certificate import Certificate
from tests.faulty_server import Call, FaultyServer
from tests.inbox.support import notification
from tests.process import run, serving
from tests.proxy import proxying
from tests.receiver import receiving

REAL = "https://api.getdefacto.com"
FILE = """\
version: 1
webhooks:
- {name: a, to_url: "@/hook?token=${TOKEN}", event_types: [Invoice.SUBMITTED, Invoice.VERIFIED]}
"""
KEY = "k3y-of-the-account"
VARIABLES = {"DEFACTO_API_KEY": KEY, "TOKEN": "t0ken-of-the-callback"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "webhooks.yaml").write_text(FILE.replace("@", "https://hooks.example.com"))
    return tmp_path


def test_an_account_behind_a_proxy(folder: Path) -> None:
    certificate = Certificate(folder, hosts=("api.getdefacto.com", "hooks.example.com"))
    with FaultyServer(certificate.server) as server, proxying(server.url) as proxy:
        server.reset(key=KEY)
        variables = {
            **VARIABLES,
            "DEFACTO_API_URL": REAL,
            "HTTPS_PROXY": proxy.url.replace("://", "://user:s3cr3t@"),
            "SSL_CERT_FILE": str(certificate.authority),
        }
        for arguments in (["plan"], ["apply", "-y"], ["list"], ["doctor", "--debug"]):
            ended = run(arguments, folder, None, **variables)
            assert ended.code == 0, ended.both
            assert "s3cr3t" not in ended.both
        assert server.count(Call.CREATE) == 1
    assert {head.partition("\r\n")[0] for head in proxy.heads} == {"CONNECT api.getdefacto.com:443 HTTP/1.1"}


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"HTTPS_PROXY": "http://user:s3cr/3t@127.0.0.1:9"}, "the variable HTTPS_PROXY is not the URL"),
        ({"https_proxy": "http://user:s3cr#3t@127.0.0.1:9"}, "the variable https_proxy is not the URL"),
        ({"ALL_PROXY": "socks4://s3cr"}, "the variable ALL_PROXY names a kind of proxy"),
        ({"HTTPS_PROXY": "http://s3cr@127.0.0.1:9"}, "can't reach the proxy of HTTPS_PROXY"),
        ({"SSL_CERT_FILE": "gone.pem"}, "the variable SSL_CERT_FILE names gone.pem, which can't be read"),
    ],
)
@pytest.mark.parametrize("command", [["plan"], ["list"], ["apply", "-y"], ["doctor"]])
def test_what_is_wrong_is_one_message_that_shows_no_value(
    folder: Path, command: list[str], variables: dict[str, str], says: str
) -> None:
    ended = run(command, folder, None, **VARIABLES, DEFACTO_API_URL=REAL, **variables)
    assert ended.code == 1
    assert says in " ".join(ended.both.split())
    assert "s3cr" not in ended.both
    assert "bug in defacto-webhooks" not in ended.both
    assert "check the api_url" not in ended.both


def test_this_machine_is_called_without_one(folder: Path) -> None:
    with receiving() as callback, proxying() as proxy, serving(folder, "sandbox") as sandbox:
        (folder / "webhooks.yaml").write_text(FILE.replace("@", callback.url))
        variables = {
            "DEFACTO_API_URL": sandbox.url,
            "DEFACTO_API_KEY": "defacto-webhooks-local",
            "TOKEN": VARIABLES["TOKEN"],
            **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), proxy.url),
        }
        for arguments in (["apply", "-y"], ["trigger", "invoice", "--wait"], ["doctor", "--probe"]):
            ended = run(arguments, folder, None, **variables)
            assert ended.code == 0, ended.both
        assert run(["apply", "-y"], folder, None, **{**variables, "DEFACTO_API_URL": "embedded"}).code == 0
        triggered = run(["trigger", "invoice"], folder, None, **{**variables, "DEFACTO_API_URL": "embedded"})
        assert "delivered" in triggered.out
        assert len(callback.requests) == 5  # two a trigger, and the sample
    assert proxy.received == ""


def test_listen_says_at_once_that_slack_is_out_of_reach(tmp_path: Path) -> None:
    variables = {
        "DEFACTO_WEBHOOKS_SLACK_URL": "https://hooks.slack.com/services/T/B/s3cr3t",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    with serving(tmp_path, "listen", port=0, **variables) as it:
        assert local.post(it.url, json=notification("Invoice.SUBMITTED")).status_code == 204
        it.wait_for(r"-> can't reach the proxy of HTTPS_PROXY: connection refused; trying again", it.out)
    assert "s3cr3t" not in "".join(it.out + it.err)
