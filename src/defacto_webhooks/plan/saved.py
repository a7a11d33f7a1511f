"""A saved plan, which `apply PLANFILE` is bound to.

It holds no secret: the redacted plan as it was shown, a keyed fingerprint for each step and for the account,
and a keyed MAC over everything: so an edited file and one made with another key are told from a good one.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from defacto_webhooks.errors import UserError
from defacto_webhooks.plan import Plan
from defacto_webhooks.plan.document import plan_document
from defacto_webhooks.plan.fingerprints import of_account
from defacto_webhooks.redaction import Secret, SecretUrl, keyed_fingerprint
from defacto_webhooks.redaction.printable import json_text
from defacto_webhooks.settings import NAMELESS, Nameless

_KIND: Final = "defacto-webhooks-plan/"
FORMAT: Final = f"{_KIND}2"  # docs/compatibility.md says when it counts up
_FIELDS: Final = {
    "format": str,
    "environment": str | None,
    "api_url": str,
    "targets": list,
    "account": str,
    "plan": dict,
    "shown": dict,
    "steps": list,
    "mac": str,
}
_AGAIN: Final = "make a new one with `defacto-webhooks plan --out FILE` and have it reviewed"


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan as somebody reviewed it. Anybody may have edited it until `verify` says that nobody did."""

    environment: str
    api_url: str
    targets: tuple[str, ...]
    steps: frozenset[str]
    content: dict[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """The plan as plain data."""
        return dict(self.content["plan"])

    def text(self, format_: str) -> str:
        """The plan as it was shown in that format."""
        return str(self.content["shown"].get(format_, ""))

    def verify(self, environment: str, api_url: SecretUrl | str, key: Secret) -> None:
        """Raise UserError unless the file is as it was written, with this API key and for this account."""
        mac = self.content["mac"].encode(errors="surrogatepass")
        if not hmac.compare_digest(_mac(self.content, key).encode(), mac):
            why = "was edited, or made with another API key"
        elif (environment, type(environment)) != (self.environment, type(self.environment)):
            why = f"is for {_called(self.environment)}, not for {_called(environment)}"
        elif of_account(api_url, key) != self.content["account"]:
            is_shown = str(api_url) != self.api_url
            now = f"{api_url} now" if is_shown else "not the same in a part that is hidden"
            why = f"is for {self.api_url}, and the environment's api_url is {now}"
        else:
            return
        raise UserError(f"the plan file {why}; nothing was done", _AGAIN)


def dump(plan: Plan, key: Secret, shown: Mapping[str, str] = MappingProxyType({})) -> str:
    """The text of a plan file; `key` is the API key of its environment.

    `shown` is the plan as it is shown, in each format for people.
    """
    content: dict[str, Any] = {
        "format": FORMAT,
        # null: of a file without `environments`, which is not one that the file calls "default".
        "environment": None if isinstance(plan.environment, Nameless) else plan.environment,
        "api_url": plan.api_url,
        "account": plan.account,
        "targets": list(plan.targets),
        "plan": plan_document(plan),
        "shown": dict(shown),
        "steps": list(plan.step_fingerprints),
    }
    content["mac"] = _mac(content, key)
    return json_text(content) + "\n"


def load(text: str) -> SavedPlan:
    """Read a plan file; `verify` it before it is trusted. Raises UserError."""
    try:
        content = json.loads(text, object_pairs_hook=_each_key_once)
    except (ValueError, RecursionError):
        content = None
    told = str(content.get("format")) if isinstance(content, dict) else ""
    if told.startswith(_KIND) and told != FORMAT:
        raise UserError(
            "the plan file was made by another version of defacto-webhooks, and this one can't read it",
            _AGAIN,
        )
    good = isinstance(content, dict) and all(
        k in content and isinstance(content[k], t) for k, t in _FIELDS.items()
    )
    if not good or content["format"] != FORMAT:
        raise UserError(
            "this is not a plan file",
            "`defacto-webhooks plan --out FILE` writes one",
        )
    return SavedPlan(
        environment=NAMELESS if content["environment"] is None else content["environment"],
        api_url=content["api_url"],
        targets=tuple(map(str, content["targets"])),
        steps=frozenset(map(str, content["steps"])),
        content=content,
    )


def _called(environment: str) -> str:
    nameless = "a file without `environments`"
    return nameless if isinstance(environment, Nameless) else f"environment {environment!r}"


def _each_key_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key that is there twice, other readers show the first value; the MAC would cover the last."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


def _mac(content: dict[str, Any], key: Secret) -> str:
    signed = {name: value for name, value in content.items() if name != "mac"}
    return keyed_fingerprint(key, json.dumps(signed, sort_keys=True, separators=(",", ":")))
