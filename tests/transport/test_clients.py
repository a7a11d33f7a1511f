"""Each client of the package: what goes through a proxy, what never does, and what is said when one fails."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from defacto_webhooks.api import DefactoApi
from defacto_webhooks.ci.github.api import GitHub
from defacto_webhooks.errors import UserError
from defacto_webhooks.inbox import IncomingRequest, Limits, Store
from defacto_webhooks.inbox.incoming import parse_body
from defacto_webhooks.probe import probes
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.sinks.callback import Callback
from defacto_webhooks.sinks.forwarder import Forwarder
from defacto_webhooks.sinks.slack.sink import Slack, slack_url
from tests.certificate import Certificate
from tests.client import ONE_TRY
from tests.faulty_server.messages import Answer
from tests.proxy import Proxy, proxying
from tests.receiver import Receiver, receiving

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
KEY = "k3y-of-the-tests"
ANSWERS = {"/hello": Answer(200), "/repos/o/r/commits/heads/main": Answer(200, b'{"sha": "x"}')}
HOSTS = ("api.getdefacto.com", "hooks.slack.com", "hooks.example.com", "api.github.example")


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch, certificate: Certificate) -> None:
    """And certificates that are quickly read in place of certifi's: nobody here has one of those."""
    monkeypatch.setattr("certifi.where", lambda: str(certificate.authority))
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def ask_the_api(url: str, _: Path) -> str:
    async with DefactoApi(
        SecretUrl.from_account(url), Secret(KEY), environment="e", key_source="", timing=ONE_TRY
    ) as api:
        await api.hello()
    return ""


async def probe(url: str, _: Path) -> str:
    [one] = await probes({SecretUrl.from_account(f"{url}/hook"): "Loan.CLOSED"})
    return one.problem


async def _sent(forwarder: Forwarder[Any], seq: int, item: object) -> str:
    try:
        return (await forwarder.send(seq, item)).error or ""
    finally:
        await forwarder.aclose()


async def tell_slack(url: str, _: Path) -> str:
    slack = Slack(slack_url(f"{url}/services/T/B/x"), lambda *_: None, sleep=no_sleep)
    return await _sent(slack, 1, {"text": "hello"})


async def forward(url: str, folder: Path) -> str:
    store = Store(folder / "inbox.db", Limits())
    request = IncomingRequest("main", 0.0, "127.0.0.1", "/defacto", "", (), b"{}")
    seq = store.add(request, parse_body(b"{}")).seq
    target = SecretUrl.from_account(f"{url}/hook")
    try:
        return await _sent(Callback(target, store, lambda *_: None, sleep=no_sleep), seq, seq)
    finally:
        store.close()


async def no_sleep(_: float) -> None:
    pass


async def ask_github(url: str, _: Path) -> str:
    def read() -> None:
        with GitHub(url, "o/r", Secret(KEY), "bot", pause_s=0) as github:
            github.head("main")

    await asyncio.to_thread(read)
    return ""


CLIENTS = {
    "api": (ask_the_api, "https://api.getdefacto.com"),
    "probe": (probe, "https://hooks.example.com"),
    "slack": (tell_slack, "https://hooks.slack.com"),
    "forward": (forward, "https://hooks.example.com"),
    "github": (ask_github, "https://api.github.example"),
}
Client = Callable[[str, Path], Awaitable[str]]


@pytest.fixture(params=CLIENTS)
def called(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Calls the client, at `url` or else at its real host; what it says about a failure, in one string."""
    client, real = CLIENTS[request.param]

    def call(url: str = "") -> str:
        try:
            return asyncio.run(client(url or real, tmp_path))
        except UserError as error:
            own = "defacto_webhooks/"
            for frame, _ in traceback.walk_tb(error.__traceback__):
                if own in frame.f_code.co_filename:
                    assert KEY not in repr(frame.f_locals)
            return f"{error.message}; {error.hint}"

    return call


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Whom the proxy connects to, whatever host it is asked for."""
    certificate = Certificate(tmp_path, hosts=HOSTS)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    with receiving(ANSWERS, certificate.server) as receiver:
        yield receiver


def asked(proxy: Proxy) -> str:
    return proxy.heads[0].partition("\r\n")[0]


def test_it_goes_through_the_proxy_which_sees_no_more_than_the_host(
    called: Callable[[str], str], server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxying(server.url) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("://", "://user:s3cr%2Ft@"))
        assert called("") == ""
    assert server.requests
    [head] = proxy.heads
    assert head.startswith("CONNECT ")
    assert "Proxy-Authorization: Basic dXNlcjpzM2NyL3Q=" in head
    assert KEY not in proxy.received
    assert all(not name.startswith("proxy") for request in server.requests for name in request.headers)


def test_this_machine_is_called_without(
    called: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxying() as proxy, receiving(ANSWERS) as there:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert called(there.url) == ""
        assert called(there.url.replace("127.0.0.1", "localhost")) == ""
    assert len(there.requests) >= 2
    assert proxy.received == ""


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_it_goes_through_a_socks_proxy(
    called: Callable[[str], str], server: Receiver, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with proxying(server.url) as proxy:
        for user in ("", "user:s3cr%2Ft@"):
            monkeypatch.setenv("ALL_PROXY", proxy.url.replace("http://", f"{scheme}://{user}"))
            assert called("") == ""
    assert server.requests
    assert [head.partition(" SOCKS ")[2] for head in proxy.heads] == ["\r\n", "user:s3cr/t\r\n"]
    assert KEY not in proxy.received


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # httpcore does not close such a connection
@pytest.mark.parametrize(
    "answer", [b"", b"\x05\x02\x00\x01" + bytes(6), b"s3cr", b"\x05", b"HTTP/1.1 407 s3cr\r\n\r\n"]
)
def test_what_a_socks_proxy_does_wrong_is_told_as_the_proxy_s(
    called: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    with proxying(answer=answer) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url.replace("http://", "socks5://user:s3cr@"))
        told = called("")
    gc.collect()
    assert "the proxy of ALL_PROXY failed to connect" in told
    assert "s3cr" not in told


ERROR_PAGE = b"HTTP/1.1 %b\r\nContent-Length: 13\r\nVia: s3cr\r\n\r\n<html>s3cr<p>"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ERROR_PAGE % b"407 s3cr", "the proxy of HTTPS_PROXY rejected the user name and password (407)"),
        (ERROR_PAGE % b"403 s3cr", "the proxy of HTTPS_PROXY refused to connect us (403)"),
        (ERROR_PAGE % b"502 s3cr", "the proxy of HTTPS_PROXY refused to connect us (502)"),
        (b"SSH-2.0-s3cr\r\n", "the proxy of HTTPS_PROXY failed to connect"),
        (b"", "the proxy of HTTPS_PROXY failed to connect"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>s3cr", "the proxy of HTTPS_PROXY failed to connect"),
    ],
    ids=["407", "403", "502", "another protocol", "nothing", "a page for all"],
)
def test_what_the_proxy_does_wrong_is_told_as_the_proxy_s(
    called: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, answer: bytes, says: str
) -> None:
    with proxying(answer=answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        told = called("")
    assert says in told
    assert "s3cr" not in told
    assert KEY not in proxy.received


def test_a_proxy_that_is_not_there(called: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://user:s3cr@127.0.0.1:9")
    told = called("")
    assert "can't reach the proxy of ALL_PROXY: connection refused" in told
    assert "s3cr" not in told


def test_a_proxy_with_tls_whose_certificate_nobody_trusts(
    called: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = Certificate(tmp_path)
    with proxying(tls=certificate.server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        assert "the TLS certificate of the proxy of HTTPS_PROXY is not valid" in called("")
    assert proxy.received == ""


def test_a_server_behind_the_proxy_whose_certificate_nobody_trusts_is_not_the_proxy_s(
    called: Callable[[str], str], server: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(Certificate(tmp_path).authority))
    with proxying(server.url) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        told = called("")
    assert "proxy of" not in told
    assert told
    assert not server.requests


def test_a_certificate_for_another_host_tells_nobody_which_host_was_asked(
    called: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """That may be a secret: of a `to_url` whose host is a variable, or of a proxy."""
    other = Certificate(tmp_path, hosts=("other.example",))
    monkeypatch.setenv("SSL_CERT_FILE", str(other.authority))
    with receiving(ANSWERS, other.server) as server, proxying(server.url) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        server_s = called("")
    with proxying(tls=other.server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("127.0.0.1", "localhost"))
        host_s = called("")
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        address_s = called("")
    assert "ProxyFailed" not in server_s
    assert "the TLS certificate of the proxy of HTTPS_PROXY is not valid: Hostname mismatch" in host_s
    assert "the TLS certificate of the proxy of HTTPS_PROXY is not valid: IP address mismatch" in address_s
    assert not [told for told in (server_s, host_s, address_s) if "valid for" in told]


@pytest.mark.parametrize(
    "value", ["socks9://s3cr.example", "http://user:s3cr#t@h:1", "socks5://s3cr.example"]
)
def test_a_variable_that_is_wrong_is_told_before_anything_is_sent(
    called: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)  # as without the extra of httpx
    monkeypatch.setenv("ALL_PROXY", value)
    told = called("")
    assert "the variable ALL_PROXY " in told
    assert "s3cr" not in told


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("SSL_CERT_FILE", "nowhere.pem", "which can't be read: no such file"),
        ("SSL_CERT_FILE", ".", "which can't be read: is a directory"),
        ("SSL_CERT_FILE", __file__, "which holds no certificate"),
        ("SSL_CERT_DIR", "nowhere", "which is not a folder"),
    ],
)
def test_certificates_that_can_t_be_used_are_named(
    called: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(name, value)
    told = called("")
    assert f"the variable {name} names {value}, {why}" in told


@pytest.mark.parametrize("keys", ["keys.txt", "gone/keys.txt", "."])
@pytest.mark.parametrize("own", [True, False])
def test_no_library_writes_the_keys_of_a_connection(
    called: Callable[[str], str],
    server: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    keys: str,
    own: bool,
) -> None:
    """Nor is anybody else blamed for a variable that we don't read."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / keys))
    if not own:
        monkeypatch.delenv("SSL_CERT_FILE")
    with proxying(server.url) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert (called("") == "") is own
    assert "CONNECT" in proxy.received
    assert not (tmp_path / "keys.txt").exists()


def test_certificates_don_t_matter_where_there_is_no_tls(
    called: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "nowhere.pem")
    with receiving(ANSWERS) as there:
        assert called(there.url) == ""


def test_plain_http_goes_through_a_proxy_too_and_its_407_is_the_proxy_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with receiving() as there, proxying(there.url) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        for client in (probe, forward):
            assert asyncio.run(client("http://hooks.example.com", tmp_path)) == ""
        assert {request.path for request in there.requests} == {"/hook"}
        assert asked(proxy) == "POST http://hooks.example.com/hook HTTP/1.1"
        proxy.answer = ERROR_PAGE % b"407 s3cr"
        for client in (probe, forward):
            assert "rejected the user name" in asyncio.run(client("http://hooks.example.com", tmp_path))


def test_one_probe_goes_each_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as there, proxying(there.url) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        urls = [SecretUrl.from_account(url) for url in (f"{there.url}/here", "http://hooks.example.com/far")]
        found = asyncio.run(probes(dict.fromkeys(urls, "Loan.CLOSED")))
    assert [one.status for one in found] == [204, 204]
    assert len(proxy.heads) == 1


def test_a_folder_of_certificates_is_trusted(
    server: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = Path(os.environ["SSL_CERT_FILE"])
    folder = tmp_path / "certificates"
    folder.mkdir()
    name = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", authority], capture_output=True, text=True, check=True
    ).stdout.strip()
    (folder / f"{name}.0").write_bytes(authority.read_bytes())
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", f"{folder}{os.pathsep}{tmp_path}")
    with proxying(server.url) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        asyncio.run(ask_the_api("https://api.getdefacto.com", tmp_path))
    assert server.requests
