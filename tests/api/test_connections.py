"""The transport under the client: which connections it keeps, which it drops, and whom it trusts."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from defacto_webhooks.api import DefactoApi, Timing
from defacto_webhooks.errors import RequestError
from defacto_webhooks.redaction import Secret

EMPTY = b'{"data": []}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(EMPTY), EMPTY)
KEEPS_IT = 99


class Server:
    """Answers each request of a connection with the next of `answers`, and closes after `per_connection`."""

    def __init__(self, answers: list[bytes], per_connection: int = KEEPS_IT) -> None:
        self.answers = iter(answers)
        self.per_connection = per_connection
        self.connections = 0
        self.heads: list[bytes] = []

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            for _ in range(self.per_connection):
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(next(self.answers))
        except (asyncio.IncompleteReadError, ConnectionError, StopIteration):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def client(server: Server, tls: ssl.SSLContext | None = None) -> AsyncIterator[DefactoApi]:
    async with await asyncio.start_server(server.connected, "127.0.0.1", 0, ssl=tls) as listening:
        port = listening.sockets[0].getsockname()[1]
        url = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
        timing = Timing(connect_s=5, answer_s=2, attempts=1)
        async with DefactoApi(
            url, Secret("k"), environment="test", key_source="DEFACTO_API_KEY", timing=timing
        ) as api:
            yield api


def read(server: Server, times: int, tls: ssl.SSLContext | None = None, pause_s: float = 0) -> None:
    async def run() -> None:
        async with client(server, tls) as api:
            for _ in range(times):
                assert await api.list_subscriptions() == ()
                await asyncio.sleep(pause_s)

    asyncio.run(run())


@pytest.mark.parametrize(
    "answer",
    [
        WHOLE,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + WHOLE,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n%b\r\n7\r\n%b\r\n0\r\n\r\n"
        % (EMPTY[:5], EMPTY[5:]),
    ],
    ids=["length", "hints before it", "chunks"],
)
def test_a_connection_is_kept_for_the_next_request(answer: bytes) -> None:
    server = Server([answer] * 3)
    read(server, 3)
    assert (server.connections, len(server.heads)) == (1, 3)
    assert server.heads[0].count(b"Bearer k") == 1


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    server = Server([WHOLE] * 3, per_connection=1)
    read(server, 3, pause_s=0.05)
    assert server.connections == 3


def test_a_server_that_says_it_closes_is_believed() -> None:
    server = Server([WHOLE.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")] * 2)
    read(server, 2)
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"HTTP/1.1 200"],
    ids=["nothing", "another protocol", "half a body", "half a head"],
)
def test_what_is_no_whole_answer_is_an_error(answer: bytes) -> None:
    with pytest.raises(RequestError, match="broke before the answer"):
        read(Server([answer], per_connection=1), 1)


def test_a_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Server([WHOLE])

    async def run() -> None:
        async with await asyncio.start_server(proxy.connected, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
            monkeypatch.delenv("NO_PROXY", raising=False)
            async with DefactoApi(
                "http://api.example",
                None,
                environment="test",
                key_source="",
                timing=Timing(attempts=1),
            ) as api:
                assert await api.list_subscriptions() == ()

    asyncio.run(run())
    assert proxy.heads[0].startswith(b"GET http://api.example/webhooks ")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_only_a_certificate_that_is_trusted_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    make += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    with pytest.raises(RequestError, match=r"TLS certificate of localhost:[0-9]+ is not valid") as caught:
        read(Server([WHOLE]), 1, tls)
    assert "SSL_CERT_FILE" in caught.value.hint
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = Server([WHOLE] * 2)
    read(server, 2, tls)
    assert server.connections == 1
