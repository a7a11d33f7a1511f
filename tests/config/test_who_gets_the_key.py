"""Who writes the file does not decide where a secret goes: neither the API key nor what the runner has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from defacto_webhooks.config import Config, load
from defacto_webhooks.diagnostics import InvalidConfig
from defacto_webhooks.errors import UserError
from defacto_webhooks.redaction import SecretUrl

KEY = "k3y-of-the-account"
ENVIRON = {"KEY": KEY, "TOKEN": "t0ken", "TENANT": "acme", "PATH_": "hidden/path", "DEFACTO_API_KEY": KEY}


@pytest.fixture
def loaded(tmp_path: Path) -> Any:
    def loading(text: str, environ: Mapping[str, str] = ENVIRON, **how: Any) -> Config:
        path = tmp_path / "webhooks.yaml"
        path.write_text(text)
        return load([path], environ=environ, **how)

    return loading


def file(api_url: str, api_key: str = "${KEY}", rest: str = "") -> str:
    return f'version: 1\nenvironments:\n  p: {{api_url: "{api_url}", api_key: "{api_key}"}}\n{rest}'


def webhook(to_url: str) -> str:
    return f'webhooks: [{{name: a, to_url: "{to_url}", event_types: [Loan.CLOSED]}}]\n'


def codes(loading: Any, *args: Any, **how: Any) -> list[str]:
    """What is found, none of which shows a value; it does not matter whether there is a key at hand."""
    found = []
    for offline in (False, True):
        try:
            diagnostics = loading(*args, check_only=offline, **how).diagnostics
        except InvalidConfig as invalid:
            diagnostics = invalid.diagnostics
        assert not any(value in repr(diagnostics) for value in ("k3y", "t0ken", "acme", "hidden"))
        found.append([one.code for one in diagnostics])
    assert found[0] == found[1]
    return found[0]


UNTRUSTED = (
    "https://evil.example",
    "https://api.getdefacto.com.evil.example",
    "https://getdefacto.com",
    "https://127.0.0.1.evil.example",
    "https://api.localhost",
    "https://localhost.",
    "https://0x7f.1",
    "https://[::ffff:127.0.0.1]",
    "https://10.0.0.1",
    "https://api.getdefacto.com.",
    "https://${TENANT}.example",
    "https://xn--getdefcto-66a.com",
)


@pytest.mark.parametrize("api_url", UNTRUSTED)
def test_a_host_that_the_file_names_does_not_get_the_key(loaded: Any, api_url: str) -> None:
    assert codes(loaded, file(api_url)) == ["untrusted-host"]
    assert codes(loaded, file(f"{api_url}:8443/x/")) == ["untrusted-host"]
    comment = "  # defacto-webhooks: ignore[untrusted-host]"
    assert codes(loaded, file(api_url).rstrip() + comment + "\n") == ["untrusted-host", "invalid-ignore"]


@pytest.mark.parametrize(
    "api_url", ["http://evil.example", "http://api.getdefacto.com", "http://api.localhost"]
)
def test_no_comment_makes_plain_http_good_enough_for_the_key(loaded: Any, api_url: str) -> None:
    comment = "  # defacto-webhooks: ignore[insecure-url]"
    with pytest.raises(InvalidConfig) as caught:
        loaded(file(api_url).rstrip() + comment + "\n")
    assert [one.code for one in caught.value.diagnostics] == ["insecure-url"]


@pytest.mark.parametrize(
    "api_url",
    [
        "https://api.getdefacto.com",
        "https://API.GetDefacto.com:443/",
        "https://api-sandbox.getdefacto.com/v1",
        "http://localhost:8025",
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "https://[::1]:1",
    ],
)
def test_defacto_and_this_machine_get_the_key(loaded: Any, api_url: str) -> None:
    assert codes(loaded, file(api_url)) == []


def test_the_file_can_not_trust_a_host_but_who_runs_the_command_can(loaded: Any) -> None:
    text = file("https://gateway.example.com:8443/defacto")
    assert codes(loaded, text, trusted=["gateway.example.com"]) == []
    assert (
        codes(loaded, text, {**ENVIRON, "DEFACTO_WEBHOOKS_TRUSTED_HOSTS": "a.example GATEWAY.example.com"})
        == []
    )
    assert codes(loaded, text, trusted=["example.com"]) == ["untrusted-host"]
    own = "version: 1\nenvironments:\n  p:\n    api_url: https://gateway.example.com\n    api_key: ${KEY}\n"
    own += "    variables: {DEFACTO_WEBHOOKS_TRUSTED_HOSTS: gateway.example.com}\n"
    assert codes(loaded, own) == ["untrusted-host"]


@pytest.mark.parametrize(
    "path",
    ["/..", "/a/../b", "/a/./b", "/.", "/a/%2e%2E/b", "/a%2F..%2Fb", "//", "//a", "/a//b", "/a//", "/%2e/"],
)
def test_the_path_of_an_api_s_url_is_where_a_request_goes(loaded: Any, path: str) -> None:
    """Not where somebody on the way takes it for."""
    assert codes(loaded, file(f"https://api.getdefacto.com{path}")) == ["invalid-url"]
    environ = {**ENVIRON, "DOTS": path.removeprefix("/")}
    assert codes(loaded, file("https://api.getdefacto.com/${DOTS}"), environ) == ["invalid-url"]


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1.2/...", "/a..b/.c", "/a%20b"])
def test_other_paths_are_fine(loaded: Any, path: str) -> None:
    assert codes(loaded, file(f"https://api.getdefacto.com{path}")) == []


@pytest.mark.parametrize(
    "host",
    [
        "api.getdefacto\u3002com",
        "\uff41pi.getdefacto.com",
        "api.get\u00addefacto.com",
        "api.get\u200bdefacto.com",
        "api.getdefacto.com\u2060:443",
        "\uff4cocalhost",
        "local\u200bhost",
        "127\uff0e0.0.1",
        "\u2460\u2461\u2466.0.0.1",
        "m\u00fcller.example",
    ],
)
def test_a_host_that_gets_the_key_is_written_so(loaded: Any, host: str) -> None:
    trusted = ["xn--mller-kva.example"]
    for scheme in ("https", "http"):
        assert "invalid-url" in codes(loaded, file(f"{scheme}://{host}/v1"), trusted=trusted)
        with pytest.raises(InvalidConfig) as caught:
            loaded(file(f"{scheme}://${{HOST}}/v1"), {**ENVIRON, "HOST": host}, trusted=trusted)
        assert "invalid-url" in [one.code for one in caught.value.diagnostics]


def test_an_env_file_trusts_nobody(loaded: Any, tmp_path: Path) -> None:
    (tmp_path / "x.env").write_text("DEFACTO_WEBHOOKS_TRUSTED_HOSTS=gateway.example.com\n")
    env_files = [tmp_path / "x.env"]
    assert codes(loaded, file("https://gateway.example.com"), env_files=env_files) == ["untrusted-host"]


@pytest.mark.parametrize("named", [{"api_url": "https://evil.example"}, {}])
def test_the_account_of_a_file_without_environments_is_checked_too(
    loaded: Any, named: dict[str, str]
) -> None:
    environ = {**ENVIRON, "DEFACTO_API_URL": "https://evil.example/hidden"}
    with pytest.raises(UserError) as caught:
        loaded("version: 1\n", environ, **named)
    assert "not one of Defacto's" in caught.value.message
    assert "--trust-host" in caught.value.hint
    assert loaded("version: 1\n", environ, trusted=["evil.example"], **named).environment.api_key


def test_the_hosts_of_other_accounts_need_not_be_trusted_but_are_found_offline(loaded: Any) -> None:
    text = (
        file("https://api.getdefacto.com")
        + '  g: {api_url: "https://gateway.example.com", api_key: "${KEY}"}\n'
    )
    assert loaded(text, environment="p").diagnostics == ()
    with pytest.raises(InvalidConfig, match="1 error"):
        loaded(text, environment="p", check_only=True)


@pytest.mark.parametrize("name", ["KEY", "DEFACTO_API_KEY"])
@pytest.mark.parametrize(
    "url", ["https://${@}.evil.example/", "https://h.example/${@:-x}", "https://h.example?t=x${@}"]
)
def test_the_key_s_variable_is_in_no_url(loaded: Any, url: str, name: str) -> None:
    url = url.replace("@", name)
    text = file("https://api.getdefacto.com", rest=webhook(url))
    assert codes(loaded, text) == codes(loaded, text, without_variables=True) == ["key-in-url"]
    assert "key-in-url" in codes(loaded, file(url.replace("h.example", "api.getdefacto.com")))


@pytest.mark.parametrize("name", ["DEFACTO_SANDBOX_API_KEY", "DEFACTO_EU_2_API_KEY", "DEFACTO_API_KEY"])
@pytest.mark.parametrize("api_key", ["${KEY}", "another-key", "${OWN}"])
def test_what_is_called_a_key_of_defacto_s_is_one_whatever_the_file_says(
    loaded: Any, name: str, api_key: str
) -> None:
    for text in (
        file("https://api.getdefacto.com", api_key, webhook(f"https://h.example?t=${{{name}}}")),
        file(f"https://api.getdefacto.com/${{{name}:-x}}", api_key),
    ):
        text = text.replace(f'"{api_key}"}}', f'"{api_key}", variables: {{OWN: another-key}}}}')
        assert "key-in-url" in codes(loaded, text, {**ENVIRON, name: "t0ken"})
        assert "key-in-url" in codes(loaded, text, without_variables=True)
    assert codes(loaded, file("https://api.getdefacto.com", f"${{{name}}}"), {name: KEY}) == []


@pytest.mark.parametrize("name", ["DEFACTO_TOKEN", "MY_DEFACTO_API_KEY", "DEFACTO_API_KEY_ID", "API_KEY"])
def test_other_names_with_a_key_in_them_are_anybody_s(loaded: Any, name: str) -> None:
    text = file("https://api.getdefacto.com", rest=webhook(f"https://h.example?t=${{{name}}}"))
    assert codes(loaded, text, {**ENVIRON, name: "t0ken"}) == []


WRITTEN_KEYS = (
    "another-key",
    "another${KEY}",
    "${KEY}-key",
    "${KEY}$$",
    "another-key${NOT_SET:-}",
    "another-key${SHLVL}",
    "${NOT_SET:-another-key}",
    "${KEY:-another-key}",
    "${NOT_SET:-another}${KEY}",
    "${OWN}",
    "${KEY}${OWN}",
    "${OWN:-x}",
)


@pytest.mark.parametrize("api_key", WRITTEN_KEYS)
def test_a_key_of_which_the_file_has_a_part_is_written_into_it(loaded: Any, api_key: str) -> None:
    text = file("https://api.getdefacto.com", api_key)
    text = text.replace(f'"{api_key}"}}', f'"{api_key}", variables: {{OWN: another-key}}}}')
    environ = {**ENVIRON, "SHLVL": "1"}
    assert codes(loaded, text, environ) == ["literal-secret"]
    assert codes(loaded, text, without_variables=True) == ["literal-secret"]
    ignored = text.rstrip() + "  # defacto-webhooks: ignore[literal-secret]\n"
    for one in (text, ignored):
        assert loaded(one, environ).environment.has_written_key
    other = text + '  q: {api_url: "https://api.getdefacto.com", api_key: "${KEY}"}\n'
    assert codes(loaded, other, environ, environment="q") == ["literal-secret"]
    assert not loaded(other, environ, environment="q").environment.has_written_key


def test_a_given_key_is_not_from_the_environment_either(loaded: Any) -> None:
    text = file("https://api.getdefacto.com")
    assert codes(loaded, text, given={"KEY": "another-key"}) == ["literal-secret"]
    assert codes(loaded, text, given={"KEY": "another-key"}, without_variables=True) == ["literal-secret"]


@pytest.mark.parametrize("api_key", ["${KEY}", "${KEY:-}", "${NOT_SET:-}${KEY}", "${TENANT}${KEY}"])
def test_a_key_from_the_environment_or_an_env_file_is_not_written(
    loaded: Any, api_key: str, tmp_path: Path
) -> None:
    (tmp_path / "x.env").write_text(f"KEY={KEY}\n")
    text = file("https://api.getdefacto.com", api_key)
    assert codes(loaded, text) == codes(loaded, text, without_variables=True) == []
    assert codes(loaded, text, {"TENANT": "acme"}, env_files=[tmp_path / "x.env"]) == []
    assert not loaded(text).environment.has_written_key


def test_an_empty_key_is_none(loaded: Any) -> None:
    for text in (
        file("https://api.getdefacto.com", "${NOT_SET:-}"),
        file("https://api.getdefacto.com", "${OWN}").replace('}"}', '}", variables: {OWN: ""}}'),
    ):
        with pytest.raises(InvalidConfig) as caught:
            loaded(text)
        assert [one.code for one in caught.value.diagnostics] == ["missing-api-key"]


def test_the_key_of_a_file_without_environments_is_in_no_url(loaded: Any) -> None:
    text = "version: 1\n" + webhook("https://h.example?t=${DEFACTO_API_KEY}")
    assert codes(loaded, text, api_url="https://api.getdefacto.com") == ["key-in-url"]


def test_the_key_of_another_account_is_in_no_url_either(loaded: Any) -> None:
    text = (
        file("https://api.getdefacto.com")
        + "  o: {api_url: embedded}\n"
        + webhook("https://h.example?t=${KEY}")
    )
    assert codes(loaded, text, environment="o") == ["key-in-url"]


def test_the_key_by_another_name_is_found_where_it_is_known(loaded: Any) -> None:
    text = file("https://api.getdefacto.com", rest=webhook("https://${COPY}.evil.example/"))
    encoded = f"%{ord(KEY[0]):02x}{KEY[1:]}"
    path = text.replace(".evil.example/", "")  # what is not in a host may be percent-encoded
    path = path.replace("https://${COPY}", "https://evil.example/?${COPY}=x")
    for where, copy in ((text, KEY), (text, KEY.upper()), (text, f"x{KEY}"), (path, KEY), (path, encoded)):
        with pytest.raises(InvalidConfig) as caught:
            loaded(where, {**ENVIRON, "COPY": copy})
        assert [one.code for one in caught.value.diagnostics] == ["key-in-url"]
        with pytest.raises(InvalidConfig):
            loaded(where, given={"COPY": copy})


@pytest.mark.parametrize(
    "name",
    [
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "GITHUB_X",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "RUNNER_TEMP",
        "INPUT_ENV_FILE",
        "GH_ENTERPRISE_TOKEN",
        "CI_JOB_TOKEN",
        "CI_JOB_JWT_V2",
        "CI_REGISTRY_PASSWORD",
        "CI_REPOSITORY_URL",
    ],
)
def test_what_the_runner_has_is_sent_nowhere(loaded: Any, name: str) -> None:
    reference = f"${{{name}:-default}}"
    for text in (
        file("https://api.getdefacto.com", rest=webhook(f"https://{reference}.evil.example/")),
        file("https://api.getdefacto.com", rest=webhook(f"https://h.example/?t={reference}")),
        file("https://api.getdefacto.com", reference),
        file(f"https://api.getdefacto.com/{reference}"),
    ):
        assert "reserved-variable" in codes(loaded, text, {**ENVIRON, name: "t0ken"})
        assert "reserved-variable" in codes(loaded, text, {**ENVIRON, name: "t0ken"}, given={name: "x"})


@pytest.mark.parametrize(
    "name", ["GH_TOKENS", "GITHUB", "MY_GITHUB_TOKEN", "RUNNERS_TOKEN", "INPUTS", "CI_PROJECT_ID"]
)
def test_other_names_are_anybody_s(loaded: Any, name: str) -> None:
    text = file("https://api.getdefacto.com", rest=webhook(f"https://h.example/?t=${{{name}}}"))
    assert codes(loaded, text, {**ENVIRON, name: "t0ken"}) == []


def test_the_api_s_url_shows_its_host_and_nothing_else_of_a_variable(loaded: Any) -> None:
    def shown(api_url: str, **how: Any) -> str:
        url = loaded(file(api_url), **how).environment.api_url
        assert isinstance(url, SecretUrl)
        return str(url)

    assert shown("https://api.getdefacto.com/v1/") == "https://api.getdefacto.com/v1"
    assert shown("https://api.getdefacto.com/v1/${PATH_}/x") == "https://api.getdefacto.com/v1/***/x"
    assert shown("https://${TENANT}.example.com/", trusted=["acme.example.com"]) == "https://acme.example.com"
    environ = {**ENVIRON, "DEFACTO_API_URL": "https://api.getdefacto.com/hidden/"}
    assert str(loaded("version: 1\n", environ).environment.api_url) == "https://api.getdefacto.com/***"


def test_a_given_variable_is_shown_and_stands_between_the_file_and_the_process(loaded: Any) -> None:
    text = "version: 1\nenvironments: {p: {api_url: embedded, variables: {OWN: own}}}\n" + webhook(
        "https://h.example/${OWN}/${TENANT}/${TOKEN}"
    )
    config = loaded(text, given={"OWN": "given", "TENANT": "Given1"})
    assert str(config.webhooks[0].to_url) == "https://h.example/own/Given1/***"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("t0ken\u200b", "U+200B"),
        ("\ufefft0ken", "U+FEFF"),
        ("t0\xa0ken", "U+00A0"),
        ("t0ken\n", "U+000A"),
        ("t0ken\r", "U+000D"),
        ("t0ken ", "begins or ends with a space"),
        ("caf\udce9", "U+DCE9"),
        ("\u3164", "U+3164"),
    ],
)
def test_a_value_that_only_looks_right_is_named(loaded: Any, value: str, words: str) -> None:
    for url in ("https://h.example/?t=${ODD}", "https://h.example/${ODD}/x", "https://u:${ODD}@h.example/"):
        try:
            found = loaded(
                file("https://api.getdefacto.com", rest=webhook(url)), {**ENVIRON, "ODD": value}
            ).diagnostics
        except InvalidConfig as invalid:
            found = invalid.diagnostics
        [named] = [one for one in found if one.code == "invisible-character"]
        assert "the value of ODD" in named.message
        assert words in named.message
        assert "t0" not in repr(found)
