"""Certificates of an authority that only the tests know."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import trustme


@dataclass
class Certificate:
    """For this machine, or for `hosts`, valid for another `days`. `authority` is the file that SSL_CERT_FILE
    may name.
    """

    folder: Path
    days: float = 90
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    authority: Path = field(init=False)
    server: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        authority, now = trustme.CA(), datetime.now(UTC)
        certificate = authority.issue_cert(
            *self.hosts,
            not_before=now - timedelta(days=30),
            not_after=now + timedelta(days=self.days),
        )
        self.authority = self.folder / f"{uuid4()}.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self.server)

    @property
    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))
