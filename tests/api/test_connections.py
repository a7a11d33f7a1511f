"""The transport under the client: which connections it keeps, which it drops, and whom it trusts."""

from __future__ import annotations

import asyncio

import pytest

from defacto_webhooks.api import DefactoApi
from defacto_webhooks.errors import RequestError
from tests.certificate import Certificate
from tests.client import ONE_TRY, ask
from tests.faulty_server import Call, Fault, FaultyServer, On, Raw, Says

EMPTY = b'{"data": []}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(EMPTY), EMPTY)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n%b\r\n7\r\n%b\r\n0\r\n\r\n" % (
    EMPTY[:5],
    EMPTY[5:],
)


def read(server: FaultyServer, times: int) -> None:
    """So many reads by one client; before each, all that the server closed is seen to be closed."""

    async def run(api: DefactoApi) -> None:
        for _ in range(times):
            assert await api.list_subscriptions() == ()
            server.settle()
            await asyncio.sleep(0.01)

    ask(server, run, timing=ONE_TRY)


def answers(server: FaultyServer, fault: Fault) -> None:
    server.reset(faults=[On(Call.LIST, 1, fault, times=9)])


@pytest.mark.parametrize(
    "answer",
    [WHOLE, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + WHOLE, CHUNKED],
    ids=["length", "hints before it", "chunks"],
)
def test_a_connection_is_kept_for_the_next_request(server: FaultyServer, answer: bytes) -> None:
    answers(server, Raw(answer))
    read(server, 3)
    assert (server.connections, len(server.log)) == (1, 3)


@pytest.mark.parametrize(
    "fault",
    [Raw(WHOLE, ends=True), Says(200, EMPTY, (("Connection", "close"),))],
    ids=["it is closed", "it says so"],
)
def test_a_connection_that_was_closed_meanwhile_is_not_used(server: FaultyServer, fault: Fault) -> None:
    answers(server, fault)
    read(server, 3)
    assert server.connections == 3


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"HTTP/1.1 200"],
    ids=["nothing", "another protocol", "half a body", "half a head"],
)
def test_what_is_no_whole_answer_is_an_error(server: FaultyServer, answer: bytes) -> None:
    answers(server, Raw(answer, ends=True))
    with pytest.raises(RequestError, match="broke before the answer"):
        read(server, 1)


def test_only_a_certificate_that_is_trusted_is_taken(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyServer(certificate.server) as server:
        with pytest.raises(RequestError, match=r"TLS certificate of 127.0.0.1:[0-9]+ is not valid") as caught:
            read(server, 1)
        assert "SSL_CERT_FILE" in caught.value.hint
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
        server.reset()
        read(server, 2)
        assert server.connections == 1
