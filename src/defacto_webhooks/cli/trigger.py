"""`trigger invoice`: one invoice, from the generator to the end of its verification."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from defacto_webhooks.cli.console import Console
from defacto_webhooks.cli.invocation import Invocation
from defacto_webhooks.cli.loading import load_account
from defacto_webhooks.cli.options import AccountOptions, account_options, command
from defacto_webhooks.config import Config, Environment
from defacto_webhooks.errors import Interrupted, NotSent, RequestError, Unfinished, UserError
from defacto_webhooks.events import expand
from defacto_webhooks.hosts import SANDBOX_HOST, is_loopback
from defacto_webhooks.invoice import Invoice
from defacto_webhooks.phrases import plural
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.redaction.printable import line
from defacto_webhooks.session import Session, open_session
from defacto_webhooks.signals import Signals

if TYPE_CHECKING:  # its packages are an optional extra
    from defacto_webhooks.local_api import Delivery

_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 5.0
_REMIND_S: Final = 15.0
# What the scenarios but SUCCESS do to an invoice is not documented: any of these is fine.
_ANY_END: Final = ("TO_EDIT", "DECLINED", "VERIFIED")
_GOOD_ENDS: Final = {
    "SUCCESS": ("VERIFIED",),
    "SUCCESS_ONE_DAY_LATER": ("VERIFIED",),
    "REJECT": _ANY_END,
    "FAIL": _ANY_END,
    "CANCEL": _ANY_END,
}
_UNDER_WAY: Final = ("TO_SUBMIT", "SUBMITTED")


@command()
@click.argument("what", type=click.Choice(["invoice"]), metavar="invoice", expose_value=False)
@click.option(
    "--scenario",
    type=click.Choice(list(_GOOD_ENDS)),
    default="SUCCESS",
    show_default=True,
    help="How it ends: VERIFIED at once or a day later, TO_EDIT, or DECLINED.",
)
@click.option("--wait", is_flag=True, help="Wait until it is VERIFIED, TO_EDIT or DECLINED.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    metavar="S",
    help="How many seconds to wait at most.",
)
@account_options
def trigger(
    invocation: Invocation, account: AccountOptions, scenario: str, wait: bool, timeout: float
) -> None:
    """Create a sandbox invoice, so that notifications are sent.

    Defacto's invoice generator makes one up, and this command submits it. It
    works with the embedded API, one on this machine, and Defacto's sandbox, and
    refuses production. With the embedded API it always waits, and shows what
    was delivered.

    Exits with 3 if the invoice was created, or may have been, and did not
    become VERIFIED while it watched.

    \b
    Example:
      defacto-webhooks trigger invoice -e sandbox --wait
    """
    config = load_account(invocation, account)
    _check_harmless(config.environment)
    wait = wait or config.environment.is_embedded
    _Trigger(config, scenario, invocation.console, wait=wait, timeout_s=timeout).run()


def _check_harmless(environment: Environment) -> None:
    """Raises UserError unless an invoice there is nobody's real one."""
    url = environment.api_url
    host = url.host if isinstance(url, SecretUrl) else ""
    if environment.is_embedded or is_loopback(host) or host == SANDBOX_HOST:
        return
    raise UserError(
        f"{line(host)} is not a sandbox, so no invoice is created there",
        f"this works with the embedded API, one on this machine, and {SANDBOX_HOST};"
        " choose such an environment with -e",
    )


class _Trigger:
    """One run of the command."""

    def __init__(
        self, config: Config, scenario: str, console: Console, *, wait: bool, timeout_s: float
    ) -> None:
        self._config = config
        self._scenario = scenario
        self._console = console
        self._waits = wait
        self._timeout_s = timeout_s
        self._signals = Signals(console.note)
        self._began = 0.0
        self._known: Invoice | None = None

    def run(self) -> None:
        """Raises UserError; Unfinished where an invoice may exist all the same."""
        try:
            self._signals.run(self._work())
        except UserError as error:
            if self._known is None or isinstance(error, Unfinished):
                raise
            raise self._unfinished(self._known, error.message, error.hint) from error

    async def _work(self) -> None:
        async with open_session(self._config, say=self._console.note) as session:
            await self._warn_if_nobody_listens(session)
            tried_before = len(session.embedded.deliveries()) if session.embedded else 0
            invoice = await self._create(session)
            if self._waits:
                invoice = await self._wait(session, invoice)
            style = self._console.style()
            status = style.paint(line(invoice.status), "green", bold=True)
            took = f" after {self._elapsed():.1f} s" if self._waits else ""
            self._console.result(f"{invoice.title}, id {line(invoice.id)}: {status}{took}.")
            if session.embedded is not None:
                await session.embedded.run_due()
                self._show(session.embedded.deliveries()[tried_before:])
            elif not self._waits:
                self._console.note("It is verified next; --wait waits for that.")

    async def _warn_if_nobody_listens(self, session: Session) -> None:
        """The read also proves the key before anything is created."""
        current = await session.api.list_subscriptions()
        wanted = {event_type for remote in current for event_type in remote.content.event_types}
        if wanted.isdisjoint(expand("Invoice.*")):
            self._console.note(
                "Nobody will be notified: no subscription in this account receives invoice events."
                " `defacto-webhooks apply` creates the ones in the file."
            )

    async def _create(self, session: Session) -> Invoice:
        payload = await session.api.generate_invoice(self._scenario)
        self._signals.from_now_on_stop(session.stop)
        self._began = asyncio.get_running_loop().time()
        try:
            invoice = await session.api.create_invoice(payload)
        except NotSent:
            if not session.stop.is_set():
                raise
            raise Interrupted("interrupted; nothing was created") from None
        except RequestError as error:
            if not error.outcome_unknown:
                raise
            number = line(str(payload.get("invoice_number", "without a number")))[:60]
            raise Unfinished(
                f"invoice {number} may or may not have been created: {error.message}",
                "it was sent only once; if it was created, its notifications will come",
            ) from error
        self._tell(invoice)
        if invoice.status == "TO_SUBMIT":  # the generator's payload was a draft
            invoice = await session.api.submit_invoice(invoice.id)
            self._tell(invoice)
        return invoice

    async def _wait(self, session: Session, invoice: Invoice) -> Invoice:
        """Until the status is a last one. Raises Unfinished."""
        loop = asyncio.get_running_loop()
        until, pause, reminded = loop.time() + self._timeout_s, _FIRST_PAUSE_S, loop.time()
        while invoice.status in _UNDER_WAY:
            if session.embedded is not None:
                await session.embedded.run_due()
                if self._scenario == "SUCCESS_ONE_DAY_LATER":
                    self._console.note(
                        "  In a day it becomes VERIFIED, when a command next uses the embedded API."
                    )
                    return invoice
            left = until - loop.time()
            if left <= 0:
                raise self._unfinished(invoice, f"it was not verified within {self._timeout_s:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(session.stop.wait(), min(pause, left))
            if session.stop.is_set():
                raise self._unfinished(invoice, "interrupted")
            found = await session.api.invoice(invoice.id)
            if found.status != invoice.status:
                self._tell(found)
                reminded = loop.time()
            elif loop.time() - reminded > _REMIND_S:
                self._console.note(f"  still {line(found.status)} after {self._elapsed():.0f} s")
                reminded = loop.time()
            invoice = found
            if session.embedded is None:
                pause = min(pause * 1.5, _LONGEST_PAUSE_S)
        if invoice.status not in _GOOD_ENDS[self._scenario]:
            raise self._unfinished(invoice, "it will not be verified")
        return invoice

    def _tell(self, invoice: Invoice) -> None:
        """Progress."""
        if self._known is None:
            self._console.note(f"{invoice.title} created")
        self._known = invoice
        self._console.note(f"  {line(invoice.status)} after {self._elapsed():.1f} s")

    def _show(self, deliveries: Sequence[Delivery]) -> None:
        """What became of the notifications; only the embedded API knows."""
        if not deliveries:
            return
        style, known = self._console.style(), self._config.known_urls()
        for one in deliveries:
            to_url = known.from_account("", one.to_url.reveal())
            good = one.state == "delivered"
            state = style.paint(f"{one.state:<9}", "green" if good else "red", bold=not good)
            why = "" if one.reason is None else f"  {one.reason}"
            self._console.result(f"  {state}  {one.event_type:<17}  {to_url}{why}")
        lost = sum(one.state != "delivered" for one in deliveries)
        if lost:
            self._console.note(
                f"{plural(lost, 'notification')} not delivered, and not sent again."
                " `defacto-webhooks listen` starts a receiver; `doctor --probe` checks the addresses."
            )

    def _elapsed(self) -> float:
        return asyncio.get_running_loop().time() - self._began

    @staticmethod
    def _unfinished(known: Invoice, why: str, hint: str = "") -> Unfinished:
        return Unfinished(
            f"{known.title} was created (id {line(known.id)}) and is {line(known.status)}: {why}",
            hint or "its notifications will still come when its status changes",
        )
