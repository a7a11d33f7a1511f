"""What a CI provider's log takes for commands, and which provider there is."""

from __future__ import annotations

import json

from defacto_webhooks.ci.github.provider import GitHubLog
from defacto_webhooks.ci.provider import Log
from defacto_webhooks.ci.providers import log
from defacto_webhooks.diagnostics import Severity
from defacto_webhooks.render.format import Syntax
from defacto_webhooks.render.github import annotation
from tests.render.plans import HOSTILE

LOG = GitHubLog()


def test_the_provider_is_known_by_its_variable() -> None:
    assert isinstance(log({"GITHUB_ACTIONS": "true"}), GitHubLog)
    assert type(log({"GITHUB_ACTIONS": "false"})) is Log


def test_nothing_foreign_is_a_command() -> None:
    text = "a\n::error::x\n \t::add-mask::x\n  + ::x\n\u3000::x\nx ##[set-output name=a]b"
    assert LOG.harmless(text) == (
        "a\n\\::error::x\n \t\\::add-mask::x\n  + ::x\n\u3000\\::x\nx #\\#[set-output name=a]b"
    )
    assert LOG.harmless("a::b\n\n") == "a::b\n\n"
    assert LOG.harmless(text, Syntax.COMMANDS) == text


def test_json_stays_the_same_document() -> None:
    document = {"name": "::error::x\n##[set-output name=a]b"}
    shown = LOG.harmless(json.dumps(document, indent=2), Syntax.JSON)
    assert "##[" not in shown
    assert json.loads(shown) == document


def test_a_command_is_one_line() -> None:
    begin, text, end = LOG.group(HOSTILE, "::x").splitlines()
    assert (begin[:9], text, end) == ("::group::", "\\::x", "::endgroup::")
    assert len(annotation(Severity.WARNING, HOSTILE).splitlines()) == 1
