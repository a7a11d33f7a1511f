"""Every sentence of a report, against what the server really holds and did."""

from __future__ import annotations

import re
from collections.abc import Sequence

from defacto_webhooks.apply import Outcome, Report, Result, Status
from defacto_webhooks.errors import Exit
from defacto_webhooks.plan import Action, Change, Plan
from defacto_webhooks.redaction import SecretUrl
from defacto_webhooks.render import render, words
from defacto_webhooks.subscription import RemoteSubscription, Subscription
from tests.accounts import plan_of
from tests.faulty_server import Call, Lingers, Server, Short, Stale, Stored


def as_remote(rows: Sequence[Stored]) -> list[RemoteSubscription]:
    return [
        RemoteSubscription(
            str(row.id), Subscription.of(row.name, SecretUrl.from_account(row.to_url), row.event_types)
        )
        for row in rows
    ]


def check_report(server: Server, plan: Plan, report: Report, wanted: Sequence[Subscription]) -> None:
    """Call it before anything else happens to the account."""
    now = {row.id: row.content for row in as_remote(server.account)}
    _check_exit_code(server, report)
    assert len(report.results) >= len(plan.changes)
    for change, result in zip(plan.changes, report.results, strict=False):
        _check_status(change, result, now, wanted, is_read=report.verified or report.left is not None)
        _check_sentence(change, result, now)
        if result.status is Status.SKIPPED:
            _check_nothing_was_sent(server, change, is_half_made=result.is_half_made)
    for copy in report.results[len(plan.changes) :]:
        assert copy.action is Action.DELETE
        assert (copy.status is not Status.DONE) or copy.id not in now
    if report.verified:
        assert all(result.status is Status.DONE for result in report.results)
    elif report.error and "someone else" in report.error:
        assert any(snapshot.cause == "second writer" for snapshot in server.history), report.error
    _check_numbers(report)
    if _was_read_as_it_is(server):
        _check_what_is_left(server, plan, report, wanted)


def _was_read_as_it_is(server: Server) -> bool:
    """Whether nothing changed after the last request for a change, and no list since then was another one."""
    last = max((request.position for request in server.log if request.method != "GET"), default=-1)
    changed = any(snapshot.request > last for snapshot in server.history[1:])
    lies = any(isinstance(one.on.fault, Stale | Short) and one.request > last for one in server.fired)
    return not (changed or lies or any(isinstance(way, Lingers) for way in server.always))


def _check_what_is_left(server: Server, plan: Plan, report: Report, wanted: Sequence[Subscription]) -> None:
    """What is still to do, and that nothing is, as the account has it."""
    left = plan_of(wanted, as_remote(server.account), plan.settings, plan.targets)
    if report.verified:
        assert left.is_empty
    elif report.left:
        assert report.left.changes == left.changes
        assert left.is_empty or f"Still to do: {words.summary(left)}" in _on_one_line(render(report, "text"))


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _check_nothing_was_sent(server: Server, change: Change, *, is_half_made: bool) -> None:
    """Of a replace, the new one may have been sent, if it is there."""
    if change.existing and change.action is not Action.CREATE:
        to_the_old_one = f"/webhook/{change.existing.id}"
        assert not any(request.target == to_the_old_one for request in server.log)
    if change.desired and not is_half_made:
        document = change.desired.document(reveal=True)
        assert not any(request.body == document for request in server.log if request.call is Call.CREATE)


def _check_exit_code(server: Server, report: Report) -> None:
    assert (report.exit_code is Exit.DONE) == report.verified
    if report.exit_code in {Exit.ERROR, Exit.INTERRUPTED}:
        assert {snapshot.cause for snapshot in server.history} <= {"start", "second writer"}
    if report.outcome is Outcome.FAILED:
        assert report.exit_code is Exit.ERROR


def _check_status(
    change: Change,
    result: Result,
    now: dict[str, Subscription],
    wanted: Sequence[Subscription],
    *,
    is_read: bool,
) -> None:
    """`is_read`: there was a last read. Without one, what was not sent may be so all the same."""
    added = change.desired is None or change.desired in now.values()
    gone = True
    if change.existing and change.action in {Action.DELETE, Action.REPLACE}:
        there = now.get(change.existing.id)
        gone = there is None or (there != change.existing.content and there in wanted)
    if result.status is Status.DONE:
        assert added, result
        assert gone, result
        assert result.error is None
    else:
        assert result.error, result
    if result.status is Status.FAILED or (result.status is Status.SKIPPED and is_read):
        assert not (added and gone), result
    if result.is_half_made and result.status is not Status.UNKNOWN:
        assert added or gone, result


def _check_sentence(change: Change, result: Result, now: dict[str, Subscription]) -> None:
    error = result.error or ""
    if "it was removed again" in error:
        assert change.desired not in now.values()
    if "the account does not show it" in error:
        assert change.desired not in now.values()
    if found := re.search(r"and (\S+) appeared with different content", error):
        assert found[1] in now
        assert now[found[1]] != change.desired
    if "half done" in error:
        assert change.desired in now.values()
    if found := re.search(r"; (\S+) was left as it is", error):
        assert found[1] in now or (found[1] == "it" and change.existing and change.existing.id in now)
    if "it was kept" in error:
        assert change.existing
        assert change.existing.id in now


def _check_numbers(report: Report) -> None:
    """The headline counts the rows that stand above it."""
    text = render(report, "text")
    rows = re.findall(r"^(done|failed|skipped|unknown) ", text, re.MULTILINE)
    assert len(rows) == len(report.results)
    headline = next(
        (line for line in text.splitlines() if re.match(r"Not finished|Interrupted|Done and", line)), ""
    )
    headline = _on_one_line(text[text.index(headline) :]) if headline else ""
    if "before anything was changed" in headline:
        return
    if headline:
        assert int(re.findall(r": ([\d,]+) change", headline)[0]) == rows.count("done")
        for status in ("failed", "skipped", "unknown"):
            told = re.findall(rf"[,:] (\d+) {status}", headline)
            assert [int(count) for count in told] == ([rows.count(status)] if status in rows else [])
