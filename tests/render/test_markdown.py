"""Markdown for a pull request comment: bounded, what is dangerous first, and nothing gets out of its cell."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from defacto_webhooks.plan import Coverage
from defacto_webhooks.redaction import printable
from defacto_webhooks.render import markdown, render
from defacto_webhooks.render.views import Plans
from tests.accounts import plan_of, remote, subscription
from tests.render import plans

LIMIT = 60_000
OURS = re.compile(r"</?(?:code|details|summary)>|<br>")


def cells(row: str) -> list[str]:
    return row.split("|")[1:-1]


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("| <code>")]


def test_a_plan_with_everything() -> None:
    plan = plans.full()
    text = markdown.plan(plan)
    order = [
        text.index(words)
        for words in (
            "### Webhook plan for <code>test</code>",
            "**1 to create, 2 to replace and 3 to delete; 1 unchanged, 1 ignored.**",
            "Refused by the guard <code>protected</code>",
            "No longer received by anyone: <code>Foo.BAR</code>",
            "Received for the first time: <code>New.TYPE</code>",
            "some may arrive twice for a moment",
            "| <code>&#45;</code> | <code>billing-x</code><br>id <code>4</code> |",
            "| <code>&#45;</code> | <code>odd</code>",
            "| <code>&#43;/-</code> | <code>loans</code>",
            "| <code>&#43;/-</code> | <code>old-name → new-name</code>",
            "| <code>&#43;</code> | <code>fresh</code>",
            f"Fingerprint <code>{plan.fingerprint}</code>",
        )
    ]
    assert order == sorted(order)
    assert "token=&#42;&#42;&#42; (value changed)</code>" in text
    assert "<details><summary>18 event types</summary>" in text
    assert {len(cells(row)) for row in rows(text)} == {5}


def test_an_empty_plan_has_no_table() -> None:
    assert markdown.plan(plans.empty()) == (
        "### Webhook plan for <code>test</code> at <code>http&#58;//127.0.0.1</code>\n\n"
        "**No changes: the account matches the file (1 unchanged).**"
    )


def test_reports() -> None:
    text = markdown.report(plans.partial())
    assert text.startswith(
        "### ❌ Webhook apply for <code>production</code>\n\n**Not finished: 1 change made"
    )
    assert "Ask for the right to delete." in text
    assert [cells(row)[2].strip() for row in rows(text)] == ["failed", "skipped", "unknown", "done"]
    assert f"Fingerprint <code>{plans.full().fingerprint}</code>" in text
    assert markdown.report(plans.verified()).startswith("### ✅ Webhook apply for <code>local</code>")


@pytest.mark.parametrize(("count", "length"), [(40, 8), (400, 8), (5_000, 8), (40, 3_000), (3, 90_000)])
def test_the_limit_keeps_totals_guards_and_deletes(count: int, length: int) -> None:
    plan = plans.many(count, length)
    text = markdown.plan(plan)
    assert len(text) < LIMIT
    assert f"**{count:,} to create and {count:,} to delete;" in text
    assert "<code>delete-all</code>" in text
    assert plan.fingerprint in text
    shown = rows(text)
    assert cells(shown[0])[0].strip() == "<code>&#45;</code>"
    cut = 2 * count - len(shown)
    assert (f"{cut:,} more row" in text) is bool(cut)
    assert text.count("<details>") == text.count("</details>")


def test_a_row_that_does_not_fit_hides_no_other() -> None:
    plan = plans.full()
    [huge, *others] = plan.changes
    assert huge.existing
    content = replace(huge.existing.content, event_types=tuple(f"T{n}.X" for n in range(9_000)))
    plan = replace(plan, changes=(replace(huge, existing=replace(huge.existing, content=content)), *others))
    text = markdown.plan(plan)
    assert len(rows(text)) == len(others)
    assert "1 more row doesn't fit here; the log has all of them." in text


@pytest.mark.parametrize("userinfo", ["", f"{'u' * 300}:p@"])
def test_a_host_is_whole_however_long_it_is(userinfo: str) -> None:
    """Whose it is stands at its end."""
    host = f"hooks.example.com.{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 36}.evil.example"
    assert len(host) == 250
    before, after = (f"https://{userinfo}{one}:8443/{'x/' * 99}" for one in ("hooks.example.com", host))
    for account in ([], [remote("1", "a", before)]):
        text = markdown.plan(plan_of([subscription("a", after)], account))
        assert host in text


def test_even_a_head_without_end_is_cut() -> None:
    plan = replace(plans.full(), coverage=Coverage(lost=tuple(f"T{n}.X" for n in range(9_000))))
    text = markdown.plan(plan)
    assert len(text) < LIMIT
    assert "3 to delete" in text
    assert "<code>protected</code>" in text
    assert text.endswith("Truncated: the log has the rest.")


def test_all_environments_together_stay_below_the_limit() -> None:
    text = render(Plans((plans.many(1_000), plans.empty(), plans.many(1_000)), {}), "markdown")
    assert len(text) < LIMIT
    assert text.count("### Webhook plan") == 3
    assert text.count("1,000 to create and 1,000 to delete") == 2


@pytest.mark.parametrize("shown", [printable.markdown, printable.code])
@given(
    st.one_of(st.just(plans.HOSTILE), st.text(), st.text("`|<>[]()!#@*_~:/\\&$-+=1. w\n\x1b", max_size=30))
)
def test_nothing_gets_out_of_its_cell(shown: object, text: str) -> None:
    assert callable(shown)
    out = OURS.sub("", shown(text))
    assert out.isprintable() or not text.isprintable()
    assert "\n" not in out
    assert not set("\x1b\r\x00`|<>[]*_~@$\\") & set(out)
    assert "://" not in out
    assert "www." not in out.lower()
    assert not re.match(r"[-+=]|\d{1,2}[.)]", out)


def test_no_mention_and_no_reference_in_words() -> None:
    """GitHub resolves entities before it looks for names; inside <code> it does not look."""
    assert printable.markdown("'@team #12'") == "'&#64;&#8203;team &#35;&#8203;12'"
    assert printable.code("@team") == "<code>&#64;team</code>"


def test_a_hostile_account_in_a_whole_plan_and_report() -> None:
    for text in (markdown.plan(plans.full(plans.HOSTILE)), markdown.report(plans.partial(plans.HOSTILE))):
        for bad in (
            "\x1b",
            "\x9b",
            "\u202e",
            "\r",
            "@",
            "<!--",
            "${{",
            "https://evil",
            "](",
            "**b**",
            "\udc80",
        ):
            assert bad not in text, bad
        assert len({len(cells(row)) for row in rows(text)}) == 1
