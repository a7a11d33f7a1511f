"""Which proxy a request goes through, from the environment alone."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import httpx
import pytest

from defacto_webhooks.errors import UserError
from defacto_webhooks.transport.proxies import proxy_for

Variable = Callable[..., str]
KINDS = ("http", "https", "all", "no")
NAMES = [*(f"{kind}_proxy" for kind in KINDS), *(f"{kind}_PROXY".upper() for kind in KINDS)]
PROXY = "http://proxy.example:3128"
API = "https://api.getdefacto.com/webhooks"


@pytest.fixture
def variable(monkeypatch: pytest.MonkeyPatch) -> Variable:
    """The variable whose proxy is used for a URL in an environment; empty: none is."""

    def used(url: str, **environ: str) -> str:
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        proxy = proxy_for(httpx.URL(url))
        return "" if proxy is None else proxy.variable

    return used


@pytest.mark.parametrize(
    ("url", "environ", "used"),
    [
        (API, {}, ""),
        (API, {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        (API, {"https_proxy": PROXY, "HTTPS_PROXY": "nonsense:nonsense"}, "https_proxy"),
        (API, {"https_proxy": "", "HTTPS_PROXY": PROXY}, ""),
        (API, {"HTTP_PROXY": PROXY}, ""),
        (API, {"ALL_PROXY": PROXY, "HTTP_PROXY": "x:y"}, "ALL_PROXY"),
        (API, {"all_proxy": PROXY}, "all_proxy"),
        (API, {"ALL_PROXY": "socks9://x", "HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        (API, {"HTTPS_PROXY": "  "}, ""),
        ("http://hooks.example.com/", {"http_proxy": PROXY, "https_proxy": "x:y"}, "http_proxy"),
        ("http://hooks.example.com/", {"HTTPS_PROXY": PROXY}, ""),
    ],
)
def test_the_variable_of_the_scheme_then_that_for_all(
    variable: Variable, url: str, environ: dict[str, str], used: str
) -> None:
    assert variable(url, **environ) == used


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("value", [PROXY, "socks9://x", "http://u:p/w@x:1"])
def test_this_machine_is_called_without_whatever_the_variables_say(
    variable: Variable, host: str, scheme: str, value: str
) -> None:
    environ = {name: value for name in NAMES if name.lower() != "no_proxy"}
    assert variable(f"{scheme}://{host}:8025/", **environ) == ""


@pytest.mark.parametrize("host", ["api.localhost", "127.0.0.1.example.com", "0x7f.1", "localhost.example"])
def test_what_only_looks_like_this_machine_is_another(variable: Variable, host: str) -> None:
    assert variable(f"http://{host}/", http_proxy=PROXY) == "http_proxy"


EXCEPTIONS = [
    ("api.getdefacto.com", "api.getdefacto.com"),
    ("getdefacto.com", "api.getdefacto.com"),
    (".getdefacto.com", "api.getdefacto.com"),
    ("*.getdefacto.com", "api.getdefacto.com"),
    ("GetDefacto.COM", "api.getdefacto.com"),
    ("*", "api.getdefacto.com"),
    ("x.example, api.getdefacto.com", "api.getdefacto.com"),
    ("x.example api.getdefacto.com", "api.getdefacto.com"),
    ("api.getdefacto.com:443", "api.getdefacto.com"),
    ("api.getdefacto.com:8443", "api.getdefacto.com:8443"),
    ("getdefacto.com.", "api.getdefacto.com"),
    ("10.1.2.3", "10.1.2.3"),
    ("10.1.2.3:443", "10.1.2.3"),
    ("10.0.0.0/8", "10.1.2.3"),
    ("10.9.9.9/8", "10.1.2.3"),
    ("fe80::/10", "[fe80::1]"),
    ("[2001:db8::1]", "[2001:DB8::1]"),
    ("[2001:db8::1]:443", "[2001:db8::1]"),
    ("2001:db8::1", "[2001:db8:0::1]"),
    ("localhost,[::1],2001:db8::/32", "[2001:db8::7]"),
]
NO_EXCEPTIONS = [
    ("", "api.getdefacto.com"),
    (",", "api.getdefacto.com"),
    (".", "api.getdefacto.com"),
    ("facto.com", "api.getdefacto.com"),
    ("api.getdefacto.com.evil.example", "api.getdefacto.com"),
    ("x.api.getdefacto.com", "api.getdefacto.com"),
    ("api.getdefacto.com:80", "api.getdefacto.com"),
    ("localhost,[::1]", "api.getdefacto.com"),
    ("fe80::/10", "api.getdefacto.com"),
    ("10.0.0.0/99", "10.1.2.3"),
    ("10.1.2", "10.1.2.3"),
    ("11.0.0.0/8", "10.1.2.3"),
    ("[2001:db8::1]:80", "[2001:db8::1]"),
    ("http://api.getdefacto.com/", "api.getdefacto.com"),
]


@pytest.mark.parametrize(("listed", "host"), EXCEPTIONS)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_no_proxy_lists_it(variable: Variable, name: str, listed: str, host: str) -> None:
    # What is not used may be wrong.
    assert variable(f"https://{host}/", **{name: listed, "https_proxy": "socks9://x"}) == ""


@pytest.mark.parametrize(("listed", "host"), NO_EXCEPTIONS)
def test_no_proxy_lists_it_not(variable: Variable, listed: str, host: str) -> None:
    assert variable(f"https://{host}/", NO_PROXY=listed, https_proxy=PROXY) == "https_proxy"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("proxy.example", "http://proxy.example"),
        ("user:s3cr%2Ft@proxy.example:1/", "http://user:s3cr%2Ft@proxy.example:1/"),
        ("https://proxy.example", "https://proxy.example"),
        ("HTTP://proxy.example", "http://proxy.example"),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128"),
        (" http://proxy.example\n", "http://proxy.example"),
        ("socks5://proxy.example:1080", "socks5://proxy.example:1080"),
    ],
)
def test_how_a_proxy_is_written(variable: Variable, value: str, url: str) -> None:
    variable(API, HTTPS_PROXY=value)
    proxy = proxy_for(httpx.URL(API))
    assert proxy is not None
    assert proxy.url.reveal() == url
    assert "s3cr" not in repr(proxy)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    "value",
    [
        "http://user:s3cr/t@proxy.example:3128",
        "http://user:s3cr#t@proxy.example:3128",
        "http://user:s3cr?t@proxy.example:3128",
        "http://user:1/s3cr@proxy.example",
        "http://user:1#s3cr@proxy.example",
        "user:s3cr@t:3128x",
        "http://s3cr.example:99999",
        "http://s3cr.example:0",
        "http://s3cr.example:port",
        "http://",
        "http://:3128",
        "http://s3cr.example/path",
        "socks://s3cr.example",
        "socks4://s3cr.example:1080",
        "ftp://s3cr.example",
        "s3cr://x",
        "http://caf\udce9:s3cr@proxy.example\udce9",
    ],
)
def test_a_variable_that_is_wrong_is_named_and_not_shown(variable: Variable, name: str, value: str) -> None:
    with pytest.raises(UserError) as caught:
        variable(API, **{name: value})
    error = caught.value
    assert f"the variable {name} " in error.message
    assert "s3cr" not in error.message + error.hint
    own = [
        frame for frame, _ in traceback.walk_tb(error.__traceback__) if "/src/" in frame.f_code.co_filename
    ]
    assert own
    assert not any("s3cr" in repr(frame.f_locals) for frame in own)
    assert error.__context__ is None
