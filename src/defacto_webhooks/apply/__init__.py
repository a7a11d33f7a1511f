"""Carries a plan out without losing an event; tells the truth about how it went."""

from defacto_webhooks.apply.engine import Pace, carry_out
from defacto_webhooks.apply.report import Outcome, Reason, Report, Result, Status

__all__ = ["Outcome", "Pace", "Reason", "Report", "Result", "Status", "carry_out"]
