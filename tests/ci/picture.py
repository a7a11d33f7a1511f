"""`python -m tests.ci.picture`: the comment of a real plan, as GitHub shows it, for docs/ci.md."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from markdown_it import MarkdownIt
from playwright.sync_api import sync_playwright

from defacto_webhooks.ci import report
from defacto_webhooks.settings import Settings
from tests.accounts import plan_of, remote, subscription

PICTURE = Path(__file__).parent.parent.parent / "docs/images/ci-comment.png"
HOOKS = "https://hooks.example.com/defacto"
PAGE = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; padding: 24px; background: #fff; color: #1f2328; width: 1010px;
  font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif }
.box { border: 1px solid #d1d9e0; border-radius: 6px }
.head { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e;
  border-radius: 6px 6px 0 0 }
.head b { color: #1f2328 } .head i { font-style: normal; border: 1px solid #d1d9e0; border-radius: 2em;
  padding: 0 7px; font-size: 12px }
.body { padding: 16px } h3 { font-size: 1.25em; margin: 0 0 16px } p { margin: 0 0 16px }
code { background: #818b981f; border-radius: 6px; padding: .2em .4em; font: 85% monospace }
table { border-collapse: collapse; margin-bottom: 16px } h3 code { font-size: 90% }
td, th { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left; vertical-align: top }
tr:nth-child(2n) td { background: #f6f8fa } sub { font-size: 12px; color: #59636e } a { color: #0969da }
blockquote { margin: 0 0 16px; padding: 0 1em; border-left: .25em solid } blockquote p { margin: 4px 0 }
.caution { border-color: #cf222e } .caution b { color: #cf222e }
.warning { border-color: #9a6700 } .warning b { color: #9a6700 }
</style><div class="box"><div class="head"><b>github-actions</b> <i>bot</i> commented 2 minutes ago</div>
<div class="body">COMMENT</div></div>"""


def comment() -> str:
    """What a plan with one of each looks like; only the names are made up."""
    account = [
        remote("1", "invoices", f"{HOOKS}/invoices?token=old", "Invoice.SUBMITTED", "Invoice.VERIFIED"),
        remote(
            "2", "billing-legacy", "https://old.example.com/billing?token=x", "Payment.PAID", "Payment.FAILED"
        ),
        remote("3", "loans-closed", f"{HOOKS}/loans?token=x", "Loan.CLOSED"),
        remote("4", "credit", f"{HOOKS}/credit?token=x", "CreditLimit.UPDATED"),
    ]
    desired = [
        subscription("invoices", f"{HOOKS}/invoices?token=new", "Invoice.SUBMITTED", "Invoice.TO_EDIT"),
        subscription("payments-paid", f"{HOOKS}/payments/paid?token=x", "Payment.PAID"),
        subscription("loans-closed", f"{HOOKS}/loans?token=x", "Loan.CLOSED"),
    ]
    plan = replace(
        plan_of(desired, account, Settings(protect=("billing-*",))),
        environment="production",
        api_url="https://api.getdefacto.com",
    )
    marker = report.marker("production")
    return report.planned(marker, plan, "4f2c9b1e0d", "https://github.com/acme/hooks/actions/runs/1")


def page(markdown: str) -> str:
    html = str(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
    html = re.sub(
        r"<blockquote>\s*<p>\[!(CAUTION|WARNING)\]",
        lambda match: f'<blockquote class="{match[1].lower()}"><p><b>{match[1].title()}</b><br>',
        html,
    )
    return PAGE.replace("COMMENT", html)


def main() -> int:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        window = browser.new_page(viewport={"width": 1060, "height": 400}, device_scale_factor=1.5)
        window.set_content(page(comment()))
        window.screenshot(path=str(PICTURE), full_page=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
