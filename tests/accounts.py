"""Random accounts and files, small enough that names, URLs and event types collide all the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from hypothesis import strategies as st

from defacto_webhooks.plan import Plan, make_plan
from defacto_webhooks.redaction import Secret, SecretUrl
from defacto_webhooks.settings import Scope, Settings, UpdateMode
from defacto_webhooks.subscription import RemoteSubscription, Subscription

KEY = Secret("key-of-the-tests")
NAMES = ("a", "b", "c", "d", "manual-x")
URLS = ("https://one.example.com/?t=1", "https://two.example.com/?t=1", "https://one.example.com/?t=2")
EVENTS = ("Loan.CLOSED", "Loan.TO_REPAY", "Payment.PAID")


def url(text: str) -> SecretUrl:
    return SecretUrl.from_file([text])


def subscription(name: str, to_url: str = URLS[0], *event_types: str) -> Subscription:
    return Subscription.of(name, url(to_url), event_types or EVENTS[:1])


def remote(id_: str, name: str, to_url: str = URLS[0], *event_types: str) -> RemoteSubscription:
    content = Subscription.of(name, SecretUrl.from_account(to_url), event_types or EVENTS[:1])
    return RemoteSubscription(id_, content)


def plan_of(
    desired: Iterable[Subscription],
    current: Sequence[RemoteSubscription],
    settings: Settings | None = None,
    targets: Collection[str] = (),
    *,
    environment: str = "test",
    api_url: SecretUrl | str = "http://127.0.0.1",
) -> Plan:
    return make_plan(
        desired,
        current,
        settings or Settings(),
        environment=environment,
        api_url=api_url,
        fingerprint_key=KEY,
        targets=targets,
    )


subscriptions = st.builds(
    subscription, st.sampled_from(NAMES[:4]), st.sampled_from(URLS), *[st.sampled_from(EVENTS)] * 2
)
files = st.lists(subscriptions, max_size=4, unique_by=lambda s: s.name)
remotes = st.builds(
    remote,
    st.integers(0, 99).map(str),
    st.sampled_from(NAMES),
    st.sampled_from(URLS),
    *[st.sampled_from(EVENTS)] * 2,
)
accounts = st.lists(remotes, max_size=6, unique_by=lambda r: r.id)
settings = st.builds(
    Settings,
    prune=st.booleans(),
    scope=st.sampled_from([Scope(), Scope(ignore=("manual-*",))]),
    update=st.sampled_from(UpdateMode),
)
targets = st.one_of(st.just(()), st.lists(st.sampled_from(NAMES[:4]), max_size=2).map(tuple))
