"""Every command and every block of README and docs: see `walking` for how a page is read."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from defacto_webhooks import parse_notification
from tests.docs.walking import NOT_RUN, OWN_TEST, PAGES, ROOT, Walk, blocks, matches, steps, why_not_run
from tests.process import run

COMMANDS = [
    command
    for page in PAGES
    for block in blocks(page.read_text())
    if block.language == "console"
    for command, _ in steps(block.text)
]


@pytest.mark.parametrize("page", [p for p in PAGES if p.name not in OWN_TEST], ids=lambda page: page.name)
def test_what_it_says_is_what_happens(page: Path, tmp_path: Path) -> None:
    text = page.read_text()
    walk = Walk(tmp_path, text)
    walk.all()
    assert len(walk.ran) == sum(
        not why_not_run(command)
        for block in blocks(text)
        if block.language == "console"
        for command, _ in steps(block.text)
    )


def test_every_other_page_has_a_test_of_its_own() -> None:
    for page, test in OWN_TEST.items():
        assert page in (ROOT / test).read_text()


def test_every_reason_not_to_run_a_command_is_needed() -> None:
    for start in NOT_RUN:
        assert any(re.match(start, command) for command in COMMANDS), start


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:\$ |`)make (\w+)", page.read_text())}
    assert named
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_is_overlooked(page: Path) -> None:
    """One that is indented, say, or has more than a language behind its fence."""
    text = page.read_text()
    fenced = re.sub(r"^<!-- \$ .*?-->$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE)) == 2 * len(list(blocks(fenced)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", page.read_text()):
        link = target[0] or target[1]
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        file = page.parent / path if path else page
        assert file.is_file(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}, link


@pytest.mark.parametrize(
    ("shown", "output", "same"),
    [
        (["a"], "a\n", True),
        (["a"], "a\nb\n", False),
        (["a", "…"], "a\nb\nc\n", True),
        (["…", "c"], "a\nb\nc\n", True),
        (["…", "c"], "a\nc\nb\n", False),
        (["a … c", ""], "a b c  \n\n", True),
        (["a.c"], "abc\n", False),
    ],
)
def test_a_shown_output_is_all_of_it(shown: list[str], output: str, same: bool) -> None:
    assert matches(shown, output) is same


def test_the_file_of_this_repository_is_without_findings_in_each_environment(tmp_path: Path) -> None:
    shutil.copy(ROOT / "webhooks.yaml", tmp_path)
    for environment in ("local", "sandbox", "production"):
        assert run(["validate", "--strict", "--no-env", "-e", environment], tmp_path).code == 0


def test_every_heading_and_event_type_of_the_seed_guide_is_in_the_walk() -> None:
    page = (ROOT / "docs/first-webhook.md").read_text()
    for words in (
        "Webhooks enable you to get live status updates",
        "1. Create your first webhook subscription",
        "2. Create a new invoice for it to trigger a status update",
        "3. Look at the received webhook notification",
        "Your unique URL",
        "There is one for `Invoice.SUBMITTED` and one for `Invoice.VERIFIED`",
        "If you lost the link to your subscription",
        "POST",
        "one per status change",
        "one per type of",
        "live Slack notifications",
    ):
        assert words in page
    [notification] = [block.text for block in blocks(page) if block.language == "json"]
    assert parse_notification(notification).event_type == "Invoice.SUBMITTED"


@pytest.mark.parametrize(
    "block",
    [
        "console\n$ false\n",
        "console\n$ mkdir x\n$ cd x\n$ ls ../nothing\n",
        "console\n$ echo a\nb\n",
        "console\n$ defacto-webhooks validate\n…\n0 errors\n",
        "yaml\nversion: 2\n",
        "yaml\n- {name: a, to_url: 'https://h.example.com', event_types: [Nope.X]}\n",
        "text\n$ ls\n",
        "bash\nls\n",
    ],
)
def test_a_page_that_is_wrong_is_found(tmp_path: Path, block: str) -> None:
    with pytest.raises(AssertionError):
        Walk(tmp_path, f"# Page\n\n```{block}```\n").all()
