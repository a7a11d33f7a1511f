"""Whose certificates are trusted.

Those of SSL_CERT_FILE and SSL_CERT_DIR where they are set, else certifi's.
"""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path

import certifi  # as httpx, which brings it

from defacto_webhooks.errors import UserError, find_cause
from defacto_webhooks.redaction.printable import line


def nobody_is_trusted() -> ssl.SSLContext:
    """For connections without TLS: it is quick to make, and refuses every certificate."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def trusted() -> ssl.SSLContext:
    """Raises UserError, which names the variable, where one of them is wrong."""
    file, folders = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    for folder in filter(None, folders.split(os.pathsep)):
        if not Path(folder).is_dir():
            raise _wrong("SSL_CERT_DIR", folder, "which is not a folder")
    # As `ssl.create_default_context`, which also writes the keys of all connections to SSLKEYLOGFILE.
    context = nobody_is_trusted()
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(file or (None if folders else certifi.where()), folders or None)
    except ssl.SSLError:
        raise _wrong("SSL_CERT_FILE", file, "which holds no certificate in PEM format") from None
    except (OSError, ValueError) as error:
        why = str(getattr(error, "strerror", None) or "not a valid file name").lower()
        raise _wrong("SSL_CERT_FILE", file, f"which can't be read: {why}") from None
    return context


def why_not_trusted(error: BaseException) -> str:
    """What was wrong with a certificate; empty where nothing was. The host that was asked may be a secret, so
    it is left out.
    """
    cause = find_cause(error, ssl.SSLCertVerificationError)
    return cause.verify_message.partition(", certificate is not valid for")[0] if cause else ""


def _wrong(variable: str, path: str, why: str) -> UserError:
    return UserError(f"the variable {variable} names {line(path)}, {why}", f"correct it, or unset {variable}")
