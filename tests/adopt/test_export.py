"""Whatever an account holds: its export reads back as the account, and the plan for it is empty."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

import pytest
from dotenv import dotenv_values
from hypothesis import example, given, strategies as st

from defacto_webhooks.adopt.export import Export, export
from defacto_webhooks.config import NAMELESS, Config, Environment, load_text
from defacto_webhooks.config.env_file import env_text
from defacto_webhooks.errors import UserError
from defacto_webhooks.events import expand
from defacto_webhooks.globs import matches
from defacto_webhooks.plan import Plan, make_plan
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.redaction.printable import is_visible
from defacto_webhooks.settings import Scope, Settings, UpdateMode
from defacto_webhooks.subscription import RemoteSubscription, Subscription

KEY = Secret("the-key")
REAL = Environment(NAMELESS, SecretUrl.from_account("https://api.getdefacto.com"), KEY, "DEFACTO_API_KEY")
NO_CONTROL = st.characters(exclude_categories=["Cs", "Cc"])
NAMES = st.one_of(
    st.sampled_from(
        [
            "no",
            "123",
            "- x: y",
            "${HOME}",
            "{status}",
            "🎉 gr\u200dün",
            "a'b\"c\\d",
            " x ",
            "null",
            "1e5",
            "0o17",
            "# defacto-webhooks: ignore[insecure-url]",
            "a: b",
            "%x",
            "@y",
            "`z`",
            "\u2028",
            "[*]",
            "",
            "a\x07b",
            "~",
        ]
    ),
    st.text(max_size=8),
)
HOSTS = st.sampled_from(
    [
        "hooks.example.com",
        "hooks.slack.com",
        "10.0.0.1",
        "[::1]:8080",
        "127.0.0.1",
        "Grün.Example.com:443",
        "x",
    ]
)
PATHS = st.sampled_from(
    ["", "/", "/defacto/invoices", "/services/T0/B0/xyz", "//a/Ab9/../%7e", "/v2/x-y_z", "/a$b"]
)
TOKENS = st.one_of(
    st.text(NO_CONTROL, max_size=6), st.sampled_from(["s3cr3t", "a'b", "#", "$$", "${X}", "***", "="])
)
QUERIES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["token", "api-key", "Token", "v", ""]), TOKENS).map("=".join), TOKENS
    ),
    max_size=3,
).map("&".join)
URLS = st.one_of(
    st.builds(
        "{}://{}{}{}?{}{}".format,
        st.sampled_from(["https", "http", "HTTPS"]),
        st.sampled_from(["", "user:pass@", "@"]),
        HOSTS,
        PATHS,
        QUERIES,
        st.sampled_from(["", "#", "#frag"]),
    ),
    st.sampled_from(["", "not a url", "ftp://x/y", "https://x/\n"]),
)
EVENTS = st.lists(
    st.sampled_from(
        [
            *(f"Invoice.{status}" for status in ("SUBMITTED", "TO_EDIT", "VERIFIED", "DELETED", "NEW", "*")),
            *("Loan.CLOSED", "CreditLine.CREATED", "CreditLimit.UPDATED", "BorrowerCreated", "odd thing"),
        ]
    ),
    max_size=8,
)
ACCOUNTS = st.lists(
    st.builds(
        lambda name, url, event_types: Subscription.of(name, SecretUrl.from_account(url), event_types),
        NAMES,
        URLS,
        EVENTS,
    ),
    max_size=5,
).map(lambda contents: [RemoteSubscription(str(n), content) for n, content in enumerate(contents)])
SETTINGS = st.sampled_from(
    [
        Settings(),
        Settings(
            scope=Scope(ignore=("x*",)),
            protect=("no", "*"),
            unwatched=("Loan.*",),
            extra_event_types=("Loan.NEW", "Loan.CLOSED"),
        ),
        Settings(scope=Scope(name_prefix="x"), update=UpdateMode.PATCH, max_delete_percent=0),
        Settings(prune=False),
    ]
)


def remote(id_: str, name: str, url: str, *event_types: str) -> RemoteSubscription:
    return RemoteSubscription(
        id_, Subscription.of(name, SecretUrl.from_account(url), event_types or ("Loan.CLOSED",))
    )


def can_be_written(remote: RemoteSubscription, settings: Settings) -> bool:
    name, url = remote.content.name, remote.content.to_url
    event_types = remote.content.event_types
    return (
        name.startswith(settings.scope.name_prefix)
        and name != ""
        and not matches(name, settings.scope.ignore)
        and is_visible(name)
        and url.scheme != ""
        and "***" not in url.reveal()
        and event_types != ()
        and not {"odd thing", "Invoice.*"}.intersection(event_types)
    )


def loaded(exported: Export, environ: Mapping[str, str]) -> Config:
    """As `plan --env-file` would read it."""
    values = dotenv_values(stream=io.StringIO(exported.env_text), interpolate=False)
    process = {name: value for name, value in values.items() if value is not None} | dict(environ)
    return load_text(exported.text, "webhooks.yaml", process, ())


def planned(account: Sequence[RemoteSubscription], exported: Export, environ: Mapping[str, str]) -> Plan:
    config = loaded(exported, environ)
    return make_plan(
        config.webhooks,
        account,
        config.settings,
        environment=config.environment.name,
        api_url=str(config.environment.api_url),
        fingerprint_key=KEY,
    )


ODD = Subscription.of(
    "odd", SecretUrl.from_account("https://x.io/a$$b/{status}/${Y}?t='#$$\u00e9${Z}`"), ["Loan.CLOSED"]
)


def shape(url: SecretUrl) -> str:
    """What is shown; several hidden stretches may be one variable of the file."""
    return re.sub(r"\*{3}(?:[/=]\*{3})+", "***", str(url))


@example(account=[RemoteSubscription("1", ODD)], settings=Settings(), reveal=True)
@example(account=[RemoteSubscription("1", ODD)], settings=Settings(), reveal=False)
@given(account=ACCOUNTS, settings=SETTINGS, reveal=st.booleans())
def test_an_export_plans_to_nothing_but_the_twins_and_the_nameless(
    account: list[RemoteSubscription], settings: Settings, reveal: bool
) -> None:
    environ = {"HOOKS_EXAMPLE_COM_TOKEN": "something else", "X_QUERY": ""}
    exported = export(account, REAL, settings, environ, reveal=reveal)
    plan = planned(account, exported, environ)
    assert all(change.twin_of for change in plan.changes)
    assert exported == export(account[::-1], REAL, settings, environ, reveal=reveal)
    if not reveal:  # what a plan of the account hides is no literal of the file
        shown = {shape(remote.content.to_url) for remote in account}
        assert {shape(webhook.to_url) for webhook in loaded(exported, environ).webhooks} <= shown
    twins = len({remote.content.name for remote in account}) < len(account)
    assert plan.is_empty or twins
    listed = {remote.content.name for remote in plan.unchanged}
    assert listed == {remote.content.name for remote in account if can_be_written(remote, settings)}


def test_names_tell_values_apart_and_are_no_longer_than_that() -> None:
    account = [
        remote("1", "a", "https://hooks.example.com/defacto/loans?token=one"),
        remote("2", "b", "https://hooks.example.com/defacto/loans?token=two"),
        remote("3", "c", "https://hooks.example.com/x?token=one"),
        remote("4", "d", "https://other.example.com/?token=one&api-key=k"),
        remote("5", "e", "https://hooks.slack.com/triggers/T0/1/abc"),
        remote("6", "f", "https://u:p@10.1.2.3/#f"),
        remote("7", "g", "https://github.acme.com/?token=g"),
    ]
    exported = export(account, REAL, Settings(), {"OTHER_EXAMPLE_COM_TOKEN": "not this one"})
    assert {variable.name: variable.value.reveal() for variable in exported.variables} == {
        "DEFACTO_API_KEY": "the-key",
        "HOOKS_EXAMPLE_COM_DEFACTO_LOANS_TOKEN": "one",
        "HOOKS_EXAMPLE_COM_DEFACTO_LOANS_TOKEN_2": "two",
        "OTHER_EXAMPLE_COM_TOKEN_2": "one",
        "OTHER_EXAMPLE_COM_QUERY": "api-key=k",
        "HOOKS_SLACK_COM_PATH": "T0/1/abc",
        "HOST_10_1_2_3_USERINFO": "u:p",
        "HOST_10_1_2_3_FRAGMENT": "f",
        "HOST_GITHUB_ACME_COM_TOKEN": "g",
    }


def test_what_the_text_looks_like() -> None:
    account = [
        remote("10", "twin", "https://hooks.example.com/t?token=b"),
        remote("9", "twin", "https://hooks.example.com/t?token=a"),
        remote("11", "twin", "https://hooks.example.com/t?token=b"),
        remote(
            "2",
            "no",
            "http://10.0.0.7/x",
            *(f"Invoice.{s}" for s in ("SUBMITTED", "TO_EDIT", "VERIFIED", "DECLINED", "DELETED")),
        ),
        remote("3", "a\x07b", "https://hooks.example.com/v2/Ab9"),
        remote("4", "later", "https://hooks.example.com/v2/x", "Loan.NEW", "CreditLine.CREATED"),
    ]
    exported = export(account, REAL, Settings(), {})
    assert (
        exported.text
        == """\
# The webhook subscriptions of this account when it was exported. Next: defacto-webhooks plan
# Each ${…} is a secret, from the environment or an --env-file.
version: 1
environments:
  production:
    api_url: https://api.getdefacto.com
    api_key: ${DEFACTO_API_KEY}
settings:
  scope:
    ignore: ["a\\x07b"]
  extra_event_types: [Loan.NEW]
webhooks:
  - name: later
    to_url: https://hooks.example.com/v2/x
    event_types: [CreditLine.CREATED, Loan.NEW]
  - name: "no"
    to_url: http://10.0.0.7/x  # defacto-webhooks: ignore[insecure-url, unreachable-url]
    event_types: [Invoice.*]
  # The account has copies of it, which a plan deletes: "11"
  # The account has another one of this name, "9", which a plan deletes:
  #   to_url: https://hooks.example.com/t?token=${HOOKS_EXAMPLE_COM_T_TOKEN_2}
  #   event_types: [Loan.CLOSED]
  - name: twin
    to_url: https://hooks.example.com/t?token=${HOOKS_EXAMPLE_COM_T_TOKEN}
    event_types: [Loan.CLOSED]
"""
    )
    assert [change.existing.id for change in planned(account, exported, {}).changes if change.existing] == [
        "11",
        "9",
    ]
    values = {variable.name: variable.value.reveal() for variable in exported.variables}
    assert values["HOOKS_EXAMPLE_COM_T_TOKEN_2"] == "a"  # so that a twin can be brought back
    assert exported.remarks == (
        "'a\\x07b' can't be written in a file, so it belongs in settings.scope.ignore:"
        " the name contains the invisible character U+0007",
        "the account has 'twin' 3 times: a plan deletes all but one, and not all are the same",
        "for settings.extra_event_types, because the built-in catalogue lacks it: 'Loan.NEW'",
        "1 line got an `ignore[insecure-url]` comment, or `validate` would complain",
        "1 line got an `ignore[unreachable-url]` comment, or `validate` would complain",
    )
    assert "=a" not in repr(exported)
    assert "the-key" not in repr(exported)


@pytest.mark.parametrize("key", ["plain", "a'b", "a\\b\\", "$x#", "'a'", "a=b"])
def test_an_env_file_reads_back(key: str) -> None:
    text = env_text({"A": Secret(key), "B": Secret("b")})
    assert dotenv_values(stream=io.StringIO(text), interpolate=False) == {"A": key, "B": "b"}


def test_an_env_file_that_would_not_read_back_is_not_written() -> None:
    with pytest.raises(UserError, match="can't be written to an env file"):
        env_text({"A": Secret("a\\ #b")})


def test_what_a_strict_check_would_warn_of_needlessly_is_ignored() -> None:
    exported = export([remote("1", "{status}", "https://hooks.example.com/x")], REAL, Settings(), {})
    assert 'name: "{status}"  # defacto-webhooks: ignore[unused-placeholder]' in exported.text
    assert load_text(exported.text, "webhooks.yaml", {"DEFACTO_API_KEY": "k"}, ()).diagnostics == ()


def test_not_more_is_said_than_somebody_reads() -> None:
    account = [remote(str(number), f"n{number}", "no URL") for number in range(40)]
    remarks = export(account, REAL, Settings(), {}).remarks
    assert len(remarks) == 11
    assert remarks[-1] == "and 30 more"


def test_a_name_that_is_somebody_else_s_is_not_taken() -> None:
    urls = ["https://defacto/?api_url=x", "https://actions.example.com/?token=y"]
    account = [remote(url, url, url) for url in urls]
    names = [variable.name for variable in export(account, REAL, Settings(), {}).variables]
    assert names == ["DEFACTO_API_KEY", "HOST_ACTIONS_EXAMPLE_COM_TOKEN", "HOST_DEFACTO_API_URL"]


def test_a_glob_stands_only_for_exactly_what_there_is() -> None:
    """A type that the catalogue does not know makes a glob mean more."""
    limits = [f"CounterpartyCreditLimit.{status}" for status in ("CREATED", "UPDATED")]
    url = "https://hooks.example.com/x"
    exported = export(
        [remote("1", "old", url, *limits), remote("2", "new", url, *limits, "CounterpartyCreditLimit.NEW")],
        REAL,
        Settings(),
        {},
    )
    assert "event_types: [CounterpartyCreditLimit.*]" in exported.text
    assert "event_types: [CounterpartyCreditLimit.CREATED, CounterpartyCreditLimit.UPDATED]" in exported.text


def test_a_retired_type_is_written_out_and_nothing_else() -> None:
    """No glob stands for it, and it is not new either. The export reads back as the account, or fails."""
    url = "https://hooks.example.com/x"
    exported = export([remote("1", "a", url, *expand("Loan.*"), "Loan.OVERDUE")], REAL, Settings(), {})
    assert "event_types: [Loan.*, Loan.OVERDUE]" in exported.text
    assert "extra_event_types" not in exported.text
