"""Text for a terminal or a log."""

from __future__ import annotations

from typing import Final

from defacto_webhooks.apply import Report
from defacto_webhooks.plan import Plan
from defacto_webhooks.plan.saved import SavedPlan
from defacto_webhooks.redaction.printable import lines
from defacto_webhooks.render.format import Format
from defacto_webhooks.render.receivers import Receivers
from defacto_webhooks.render.text.account import account
from defacto_webhooks.render.text.catalogue import catalogue
from defacto_webhooks.render.text.findings import findings
from defacto_webhooks.render.text.plan import plan, plans
from defacto_webhooks.render.text.receivers import receivers
from defacto_webhooks.render.text.report import report
from defacto_webhooks.render.views import Account, Catalogue, Diagnostics, Plans

FORMAT: Final = Format(
    {
        Account: account,
        Catalogue: catalogue,
        Diagnostics: findings,
        Plan: plan,
        Plans: plans,
        Receivers: receivers,
        Report: report,
        SavedPlan: lambda saved, _: lines(saved.text("text")),
    }
)
