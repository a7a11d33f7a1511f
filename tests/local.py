"""httpx for servers on this machine: reading all certificates would take longer than a request here."""

from __future__ import annotations

import ssl
from functools import partial

import httpx

_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

request = partial(httpx.request, verify=_NOBODY, trust_env=False)
stream = partial(httpx.stream, verify=_NOBODY, trust_env=False)
get = partial(request, "GET")
post = partial(request, "POST")
put = partial(request, "PUT")
delete = partial(request, "DELETE")
Client = partial(httpx.Client, verify=_NOBODY, trust_env=False)
AsyncClient = partial(httpx.AsyncClient, verify=_NOBODY, trust_env=False)
