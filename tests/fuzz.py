"""`make fuzz`: random and mutated files and answers of the API for as long as you like, then figures.

`WEBHOOKS_FUZZ_MINUTES` says how long (default 5), `WEBHOOKS_FUZZ_SEED` makes a run repeatable. It stops at
the first file or answer that ends in anything but findings or an error with words, that takes longer than
a second, or that lets a secret out; that one is kept and named.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from defacto_webhooks.api import wire
from defacto_webhooks.api.errors import Translator
from defacto_webhooks.config import load
from defacto_webhooks.diagnostics import InvalidConfig
from defacto_webhooks.errors import UserError
from defacto_webhooks.events import EVENT_TYPES
from defacto_webhooks.redaction import KnownUrls, Secret, SecretUrl
from defacto_webhooks.render import formats_of, render
from defacto_webhooks.render.style import Style
from defacto_webhooks.render.views import Diagnostics
from tests.canary import canary, leaks

LIMIT_S = 1.0
SECRETS = [canary() for _ in range(3)]
ENVIRON = {
    "DEFACTO_API_URL": "https://api.getdefacto.com",
    "DEFACTO_API_KEY": SECRETS[0],
    "TOKEN": SECRETS[1],
    "CALLBACK_TOKEN": SECRETS[1],
    "EMPTY": "",
}
CONFIGS = sorted((Path(__file__).parent / "configs").glob("*.yaml"))
WHOLE = f"""\
version: 1
default_environment: production
environments:
  local: {{api_url: embedded}}
  production: {{api_url: "https://api.getdefacto.com", api_key: "${{TOKEN}}", variables: {{HOST: h.example.com}}}}
settings: {{prune: true, scope: {{name_prefix: "", ignore: ["manual-*"]}}, max_delete_percent: 30}}
webhooks:
  - name: invoices
    to_url: https://${{HOST}}/defacto?token={SECRETS[2]}&x=${{TOKEN:-{SECRETS[2]}}}  # a comment
    event_types: [Invoice.SUBMITTED, "Loan.*"]
    environments: [production]
  - {{name: "l-{{status}}", one_per: event_type, to_url: 'https://h.example.com/${{TOKEN}}#{SECRETS[2]}', event_types: ["*"]}}
  - name: block
    to_url: >-
      https://h.example.com/?{SECRETS[2]}
    event_types:
    - Payment.PAID
"""  # noqa: E501 - one line of YAML
SCRAPS = [
    *"[]{}:,-#&*!|>'\"%@`?\t\n\r $\\~",
    *("${", "${TOKEN}", "$$", "***", "---\n", "...", "<<", "&a ", "*a", "!!python/x ", "{status}", "\ufeff"),
    *("\x00", "\x1b[31m", "\u2028", "\x85", "é", "名", "\U0001f600", "true", "null", "1e999", "0x", "no"),
    *("webhooks:", "name: ", "to_url: ", "event_types: ", "one_per: entity\n", "https://", "http://[::1]:0/"),
    *(f"# defacto-webhooks: ignore[{code}]" for code in ("literal-secret", "nothing", "")),
    *EVENT_TYPES[:3],
]


def mutated(text: str, dice: random.Random) -> str:
    """`text` with a few characters, words or lines lost, doubled, swapped or put in."""
    for _ in range(dice.choice([1, 1, 2, 3, 8])):
        at = dice.randrange(len(text) + 1)
        end = min(len(text), at + dice.choice([0, 1, 1, 3, 20]))
        kind = dice.randrange(5)
        if kind == 0:
            text = text[:at] + text[end:]
        elif kind == 1:
            text = text[:at] + text[at:end] * 2 + text[end:]
        elif kind == 2:
            text = text[:at] + dice.choice(SCRAPS) + text[end:]
        elif kind == 3:
            lines = text.split("\n")
            dice.shuffle(lines) if dice.random() < 0.1 else lines.insert(
                dice.randrange(len(lines) + 1), dice.choice(lines)
            )
            text = "\n".join(lines)
        else:
            text = text[:at] + dice.choice(SCRAPS) * dice.choice([1, 2, 60]) + text[at:]
    return text


def a_file(dice: random.Random) -> bytes:
    kind = dice.random()
    if kind < 0.15:
        return "".join(dice.choices(SCRAPS, k=dice.randrange(60))).encode("utf-8", "replace")
    if kind < 0.2:
        return dice.randbytes(dice.randrange(200))
    text = WHOLE if kind < 0.7 else dice.choice(CONFIGS).read_text()
    raw = mutated(text, dice).encode("utf-8", "replace")
    if dice.random() < 0.05:
        at = dice.randrange(len(raw) + 1)
        raw = raw[:at] + dice.randbytes(2) + raw[at:]
    return raw


def try_a_file(raw: bytes, folder: Path, counts: Counter[str]) -> str:
    """Load it; everything that could be printed."""
    path = folder / "webhooks.yaml"
    path.write_bytes(raw)
    try:
        found = load([path], environ=ENVIRON).diagnostics
        counts["files that are good, or have warnings only"] += 1
    except InvalidConfig as invalid:
        found = invalid.diagnostics
        counts["files with errors"] += 1
        assert found
    except UserError as error:
        counts["files refused with one message"] += 1
        return f"{error.message}\n{error.hint}"
    counts["findings"] += len(found)
    for finding in found:
        assert finding.span.line >= 1
        assert finding.span.column >= 1
    findings = Diagnostics(tuple(found))
    shown = [
        render(findings, format_, Style(color=True, width=width))
        for format_ in formats_of(Diagnostics)
        for width in (40, 200)
    ]
    return "\n".join([*shown, repr(found)])


def an_answer(dice: random.Random) -> bytes:
    row = {
        "id": dice.choice(["1", "1", 1, 1, None, "", [1]]),
        "name": dice.choice(["a", "b", "", 3, "\x1b[31m", "x" * 999]),
        "to_url": f"https://h.example/?t={SECRETS[2]}",
        "event_types": dice.choice([["Loan.CLOSED"], ["New.TYPE"], [], None, "Loan.CLOSED", [1]]),
    }
    page: Any = {
        "count": dice.choice([1, 2, None, "1"]),
        "next_page": dice.choice([None, "/x", 7]),
        "data": [row],
    }
    problem = {
        "title": dice.choice(["Bad", None, 5, {"a": SECRETS[2]}]),
        "detail": f"{dice.choice(SCRAPS)}https://h.example/?t={SECRETS[2]} {SECRETS[0]}",
        "invalid_params": dice.choice([[{"name": "to_url", "reason": SECRETS[2]}], None, [1], {}]),
    }
    text = json.dumps(dice.choice([page, problem, [row], [page], problem]))
    return mutated(text, dice).encode("utf-8", "replace") if dice.random() < 0.7 else text.encode()


def try_an_answer(raw: bytes, dice: random.Random, counts: Counter[str]) -> str:
    """Read it as a page and as an error; everything that could be printed."""
    body, shown = wire.Body(raw), []
    translator = Translator(
        "production", "DEFACTO_API_KEY", "api.getdefacto.com", Secret(SECRETS[0]), KnownUrls({})
    )
    translator.learn([SecretUrl.from_account(f"https://h.example/?t={SECRETS[2]}")])
    try:
        remotes = wire.subscriptions([wire.page(body)], KnownUrls({}))
        counts["answers that were taken for a list"] += 1
        shown += [str(remote.content.to_url) for remote in remotes]
    except UserError as error:
        counts["answers refused as a list"] += 1
        shown.append(f"{error.message} {error.hint}")
    wire.subscription(body, KnownUrls({}))
    status = dice.choice([400, 401, 404, 422, 500])
    refused = translator.refusal(status, httpx.Headers({"content-type": "text/html"}), body, "POST")
    return "\n".join([*shown, f"{refused.message} {refused.hint} {refused.invalid_params!r}"])


def hidden_in(raw: bytes) -> list[str]:
    """What must not be shown: not what was moved to where it is no secret, such as the host of a URL."""
    text = raw.decode("utf-8", "replace")
    rest = re.sub(rf"(?:\?(?:t|token)=|:-|#|\?){SECRETS[2]}", "", text)
    token_is_host = re.search(r"//[^/?#\s]*\$\{TOKEN", text)
    literal_is_elsewhere = leaks(rest, SECRETS[2:])
    known = [SECRETS[0]] if token_is_host else SECRETS[:2]
    return known if literal_is_elsewhere else [*known, SECRETS[2]]


def main() -> int:
    minutes = float(os.environ.get("WEBHOOKS_FUZZ_MINUTES", "5"))
    seed = int(os.environ.get("WEBHOOKS_FUZZ_SEED") or random.SystemRandom().randrange(1 << 32))
    dice, counts, slowest = random.Random(seed), Counter[str](), 0.0
    until = time.monotonic() + minutes * 60
    print(f"{minutes:g} minutes, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        while time.monotonic() < until:
            is_file = dice.random() < 0.7
            raw = a_file(dice) if is_file else an_answer(dice)
            counts["files" if is_file else "answers"] += 1
            begun = time.perf_counter()
            try:
                shown = try_a_file(raw, folder, counts) if is_file else try_an_answer(raw, dice, counts)
                took = time.perf_counter() - begun
                assert took < LIMIT_S, f"it took {took:.1f} s"
                assert not (found := leaks(shown, hidden_in(raw))), f"{found} got out"
                assert "\x00" not in shown
            except Exception:
                kept = Path(tempfile.gettempdir()) / f"fuzz-{seed}-{counts.total()}.bin"
                kept.write_bytes(raw)
                print(f"This one is kept in {kept}", file=sys.stderr)
                raise
            slowest = max(slowest, took)
            counts["bytes that were looked through for secrets"] += len(shown)
    for what, count in sorted(counts.items()):
        print(f"{count:12,}  {what}")
    print(f"{slowest * 1000:12,.0f}  ms for the slowest")
    return 0


if __name__ == "__main__":
    sys.exit(main())
