"""The page in a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from defacto_webhooks.inbox import Inbox, Limits
from defacto_webhooks.notification import SAMPLE_ID
from defacto_webhooks.redaction import Secret
from tests import local
from tests.inbox.support import forwarding_inbox, inbox_served, notification
from tests.receiver import receiving

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
expect.set_options(timeout=10_000)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)")

HOSTILE = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror='window.pwned = 1'>",
    '"><svg onload=window.pwned=1>',
    "javascript:window.pwned=1",
    "</pre></div><iframe srcdoc='<script>top.pwned=1</script>'>",
    "{{constructor.constructor('window.pwned=1')()}}",
    "a\u202egnp.exe",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield launched
        launched.close()


@contextmanager
def opened(browser: Browser, url: str, *, expected: str = "nothing", **options: Any) -> Iterator[Page]:
    """The page on inbox `main`, live. Anything unexpected in the console fails the test."""
    options = {
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-GB",
        "timezone_id": "Europe/Paris",
    } | options
    context = browser.new_context(**options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    try:
        page.goto(f"{url}/inbox/#main")
        page.wait_for_selector("#live[data-state=live]")
        page.evaluate("window.sameDocument = true")
        yield page
        assert page.evaluate("window.sameDocument") is True, "the page was loaded again"
        assert page.evaluate("window.pwned") is None
        assert [text for text in said if expected not in text] == []
    finally:
        context.close()


def send(
    url: str, event_type: str = "Invoice.SUBMITTED", number: int = 1, query: str = "", **changes: Any
) -> None:
    answer = local.post(f"{url}/inbox/main{query}", json=notification(event_type, number, **changes))
    assert answer.status_code == 204


def rows(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".row .type").all_inner_texts()]


def wait_for_rows(page: Page, count: int) -> None:
    expect(page.locator(".row")).to_have_count(count)


def test_a_notification_appears_without_a_reload(browser: Browser, url: str) -> None:
    with opened(browser, url) as page:
        assert page.locator("#empty").inner_text().startswith("Waiting for the first notification")
        send(url)
        wait_for_rows(page, 1)
        send(url, "Invoice.VERIFIED", 2)
        wait_for_rows(page, 2)
        assert rows(page) == ["Invoice.VERIFIED", "Invoice.SUBMITTED"]
        assert page.locator("#count").inner_text() == "2 notifications"
        assert page.locator("#spoken").inner_text() == "New: Invoice.VERIFIED"


def test_the_url_is_copied(browser: Browser, url: str) -> None:
    with opened(browser, url, permissions=["clipboard-read", "clipboard-write"]) as page:
        assert page.locator("#url").input_value() == f"{url}/inbox/main"
        page.locator("#copy").click()
        assert page.evaluate("navigator.clipboard.readText()") == f"{url}/inbox/main"
        assert page.locator("#copy").inner_text() == "Copied"
        send(page.evaluate("navigator.clipboard.readText()").removesuffix("/inbox/main"))
        wait_for_rows(page, 1)


def test_search_and_filter(browser: Browser, url: str) -> None:
    send(url, "Invoice.SUBMITTED", 1)
    send(url, "Invoice.VERIFIED", 2)
    send(url, "Invoice.VERIFIED", 2)
    local.post(f"{url}/inbox/main", content=b"{nonsense")
    with opened(browser, url) as page:
        wait_for_rows(page, 4)
        page.locator("#search").fill("f-2026-100002")
        wait_for_rows(page, 2)
        assert page.locator("#count").inner_text() == "2 of 4 notifications"
        send(url, "Loan.CLOSED", 7)
        send(url, "Loan.CLOSED", 2)
        wait_for_rows(page, 3)
        page.locator("#search").fill("nowhere to be found")
        wait_for_rows(page, 0)
        assert "No matches" in page.locator("#empty").inner_text()
        page.locator("#search").press("Escape")
        wait_for_rows(page, 6)
        page.locator("#filter").select_option("only:duplicates")
        wait_for_rows(page, 1)
        page.locator("#filter").select_option("only:problems")
        page.locator(".row", has_text="Not JSON").wait_for()
        wait_for_rows(page, 1)
        page.locator("#filter").select_option("type:Loan.CLOSED")
        wait_for_rows(page, 2)


def test_it_survives_a_restart_of_the_server_and_misses_nothing(browser: Browser, tmp_path: Path) -> None:
    def started() -> Inbox:
        inbox = Inbox(tmp_path / "inbox.db")
        inbox.open("main")
        return inbox

    with inbox_served(started()) as url:
        port = int(url.rpartition(":")[2])
        context = opened(browser, url, expected="Failed to load resource: net::ERR")
        page = context.__enter__()
        send(url, number=1)
        wait_for_rows(page, 1)
    page.wait_for_selector("#live[data-state=waiting]")
    with inbox_served(started()) as elsewhere:  # the page does not see this one, but the same file
        send(elsewhere, number=2)
    with inbox_served(started(), port) as url:
        send(url, number=3)
        page.wait_for_selector("#live[data-state=live]")
        wait_for_rows(page, 3)
        numbers = [text.split(" · ")[0] for text in page.locator(".row .sub").all_inner_texts()]
        assert numbers == ["F-2026-100003", "F-2026-100002", "F-2026-100001"]
        context.__exit__(None, None, None)


def test_hostile_payloads_are_text(browser: Browser, url: str) -> None:
    with opened(browser, url) as page:
        for text in HOSTILE:
            body = dict.fromkeys(("event_type", "entity_type", "id", "status", "timestamp"), text)
            state = {text: text, "__proto__": {"polluted": text}, "list": [text, {"constructor": text}]}
            answer = local.post(
                f"{url}/inbox/main/<b>?{text}&<i>={text}",
                json={**body, "transition_name": text, "entity_state": state},
                headers={b"x-odd": text.encode(), b"user-agent": text.encode()},
            )
            assert answer.status_code in (204, 400)
        for text in HOSTILE:
            local.post(f"{url}/inbox/main", content=text.encode())
        wait_for_rows(page, len(local.get(f"{url}/inboxes/main/notifications").json()["notifications"]))
        for index in range(page.locator(".row").count()):
            page.locator(".row").nth(index).click()
            page.wait_for_selector("#detail .facts")
            for secret in page.locator("#detail .secret").all():
                secret.click()
            for fold in page.locator("#detail details:not([open]) > summary").all():
                fold.click()
        shown = page.locator("main").inner_text()
        page.locator(".row").last.click()
        assert HOSTILE[0] in page.locator(".row .type").last.inner_text()
        assert page.locator("main script, main iframe, main svg, .row img, #detail img").count() == 0
        assert "\u202e" not in shown
        assert "a\\u202egnp.exe" in page.locator("#rows").inner_text()
        assert page.evaluate("({}).polluted") is None


def test_hidden_values_are_fetched_by_the_click_and_not_before(browser: Browser, url: str) -> None:
    local.post(
        f"{url}/inbox/main?token=s3cret-value",
        json=notification(),
        headers={"authorization": "Bearer s3cret-header"},
    )
    with opened(browser, url) as page:
        answers: list[str] = []
        page.on("response", lambda response: answers.append(response.url))
        page.locator(".row").click()
        page.wait_for_selector("#detail .secret")
        assert "s3cret-" not in page.content().replace("s3cret-document", "")
        assert not [answer for answer in answers if "/value" in answer]
        button = page.get_by_role("button", name="Show the value of token")
        button.click()
        expect(page.locator("#detail")).to_contain_text("s3cret-value")
        assert "s3cret-header" not in page.content()
        assert len([answer for answer in answers if "/value" in answer]) == 1
        page.get_by_role("button", name="Hide the value of token").click()
        assert "s3cret-value" not in page.content()


def test_the_body_is_shown_exactly_with_its_state_open(browser: Browser, url: str) -> None:
    text = (
        '{"entity_type":"invoice","id":"x","event_type":"Invoice.SUBMITTED","status":"SUBMITTED",'
        '"timestamp":"2022-02-11T11:26:59+00:00","entity_state":{"big":12345678901234567890123,"price":1.10,'
        '"twice":1,"twice":2,"none":{},"name":"B\\u00e4cker \\"x\\""},"last":[]}'
    )
    local.post(f"{url}/inbox/main", content=text)
    with opened(browser, url) as page:
        page.locator(".row").click()
        page.wait_for_selector("#detail .json")
        shown = re.sub(r"\s+", "", page.locator(".json").inner_text())
        assert shown == text.replace("\\u00e4", "ä").replace(" ", "")
        page.locator(".json summary", has_text="entity_state").click()
        assert '"entity_state": { 6 fields }' in page.locator(".json").inner_text()
        assert "1234567890" not in page.locator(".json").inner_text()


def test_remarks_and_duplicates(browser: Browser, url: str) -> None:
    send(url)
    send(url)
    local.post(f"{url}/inbox/main", json={"event_type": "Invoice.SUBMITTED"})
    with opened(browser, url) as page:
        send(url, id=SAMPLE_ID)
        wait_for_rows(page, 4)
        tags = [row.locator(".tag").all_inner_texts() for row in page.locator(".row").all()]
        assert tags == [["sample"], ["not valid"], ["duplicate"], []]
        page.locator(".row").nth(1).click()
        expect(page.locator("#detail .note")).to_contain_text("entity_type is missing")
        page.locator(".row").nth(2).click()
        page.get_by_role("button", name="Show the first").click()
        page.wait_for_selector(".row[data-seq='1'][aria-current=true]")
        expect(page.locator("#detail .note")).to_have_count(0)


def test_the_keyboard_is_enough(browser: Browser, url: str) -> None:
    for number in range(3):
        send(url, number=number)
    with opened(browser, url, permissions=["clipboard-read", "clipboard-write"]) as page:
        wait_for_rows(page, 3)
        current = ".row[aria-current=true]"
        page.keyboard.press("j")
        assert page.locator(current).get_attribute("data-seq") == "3"
        page.keyboard.press("j")
        page.keyboard.press("ArrowDown")
        assert page.locator(current).get_attribute("data-seq") == "1"
        page.keyboard.press("k")
        assert page.locator(current).get_attribute("data-seq") == "2"
        page.keyboard.press("/")
        page.keyboard.type("jkc")
        assert page.locator("#search").input_value() == "jkc"
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        wait_for_rows(page, 3)
        page.keyboard.press("c")
        expect(page.locator("#copy")).to_have_text("Copied")
        page.keyboard.press("Escape")
        assert page.locator(current).count() == 0
        # Every control can be reached with Tab, and shows that it is.
        reached = set()
        page.evaluate("document.activeElement.blur()")
        for _ in range(16):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert {
            "inboxes",
            "new",
            "delete",
            "url",
            "copy",
            "search",
            "filter",
            "export",
            "clear",
            "row",
        } <= reached


def test_on_a_phone(browser: Browser, url: str) -> None:
    send(url, "Loan.TO_REPAY_FEES")
    local.post(f"{url}/inbox/main?token=x", json={"event_type": "W" * 190, "id": "x" * 190})
    with opened(browser, url, viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True) as page:
        wait_for_rows(page, 2)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0
        for index in range(2):
            page.locator(".row").nth(index).tap()
            page.wait_for_selector("#detail h2")
            assert page.locator("#rows").is_hidden()
            assert page.evaluate(wide) == 0
            page.go_back() if index else page.locator(".back").tap()
            page.wait_for_selector("#rows", state="visible")


def test_inboxes_are_made_chosen_cleared_and_deleted(browser: Browser, url: str) -> None:
    send(url)
    with opened(browser, url, expected="status of 422") as page:
        wait_for_rows(page, 1)
        page.locator("#new").click()
        page.locator("#name").fill("not valid")
        page.locator("#name").press("Enter")
        expect(page.locator("#creation-error")).to_contain_text("letters")
        page.locator("#name").fill("my-fixed-name")
        page.locator("#name").press("Enter")
        expect(page.locator("#url")).to_have_value(f"{url}/inbox/my-fixed-name")
        wait_for_rows(page, 0)
        page.locator("#new").click()
        page.get_by_role("button", name="Create").click()
        expect(page.locator("#url")).to_have_value(re.compile("/inbox/[a-z0-9]{16}$"))
        page.locator("#inboxes").select_option("main")
        wait_for_rows(page, 1)
        page.locator("#clear").click()
        assert page.locator(".row").count() == 1
        page.get_by_role("button", name="Clear all?").click()
        wait_for_rows(page, 0)
        page.locator("#delete").click()
        page.get_by_role("button", name="Delete it?").click()
        expect(page.locator("#url")).not_to_have_value(f"{url}/inbox/main")
        assert {item["name"] for item in local.get(f"{url}/inboxes").json()["inboxes"]} >= {"my-fixed-name"}


def test_an_address_that_was_cut_in_the_middle_opens_the_page_all_the_same(
    browser: Browser, url: str
) -> None:
    with opened(browser, url) as page:
        page.goto("about:blank")
        page.goto(f"{url}/inbox/#%")
        page.evaluate("window.sameDocument = true")
        page.wait_for_selector("#live[data-state=live]")
        assert page.locator("#url").input_value() == f"{url}/inbox/main"


def test_a_burst_leaves_the_page_usable_and_the_cap_is_told(browser: Browser, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.db", limits=Limits(notifications=450))
    inbox.open("main")
    with inbox_served(inbox) as url, opened(browser, url) as page:
        with local.Client(base_url=url) as client:
            for number in range(500):
                client.post("/inbox/main", json=notification(number=number))
        expect(page.locator("#count")).to_have_text("450 notifications")
        page.get_by_text("The oldest 50 were dropped: 450 notifications or 200 MB are kept.").wait_for()
        assert page.locator(".row").count() == 300
        page.locator("#older").click()
        wait_for_rows(page, 400)
        assert [int(row.get_attribute("data-seq") or 0) for row in page.locator(".row").all()] == [
            *range(500, 100, -1)
        ]
        page.locator("#search").fill("f-2026-100300")
        wait_for_rows(page, 1)


@pytest.mark.parametrize("height", [420, 900])
def test_what_is_chosen_is_in_sight_wherever_it_stands(browser: Browser, url: str, height: int) -> None:
    def wait_until_in_sight(selector: str) -> None:
        page.wait_for_function(
            """selector => {
              const { top, height, bottom } = document.querySelector(selector).getBoundingClientRect();
              return height > 0 && top >= 0 && Math.min(bottom, top + 60) <= innerHeight;
            }""",
            arg=selector,
        )

    for number in range(60):
        send(url, number=number, padding=["x"] * 200)
    with opened(browser, url, viewport={"width": 1280, "height": height}) as page:
        wait_for_rows(page, 50)
        page.locator(".row").nth(45).click()
        page.wait_for_selector("#detail h2")
        wait_until_in_sight("#detail h2")
        page.locator("#detail").evaluate("node => node.scrollTop = 1000")
        for _ in range(12):
            page.keyboard.press("k")
        expect(page.locator("#detail")).to_contain_text("F-2026-100026")
        wait_until_in_sight(".row[aria-current=true]")
        wait_until_in_sight("#detail h2")
        page.locator("#older").click()
        wait_for_rows(page, 60)
        page.locator(".row").nth(49).click()
        for _ in range(12):
            page.keyboard.press("j")
        expect(page.locator("#detail")).to_contain_text("F-2026-100000")
        wait_until_in_sight(".row[aria-current=true]")
        wait_until_in_sight("#detail h2")


def test_a_row_says_which_entity_and_how_much(browser: Browser, url: str) -> None:
    send(url)
    send(url, "Loan.CLOSED", 2, entity_state={"currency": "EUR", "amount": 5})
    send(url, "CreditLimit.UPDATED", 3, entity_state={})
    with opened(browser, url) as page:
        wait_for_rows(page, 3)
        assert page.locator(".row .sub").all_inner_texts() == [
            "creditlimit · a18d5057-0092-4555-b865-000000000003",
            "0.05 EUR",
            "F-2026-100001 · 1,234.56 EUR",
        ]


def test_a_long_name_breaks_between_its_words(browser: Browser, url: str) -> None:
    for number, name in enumerate(["CreditLine.POOL_AMOUNT_UPDATED", "BorrowerFinancialProductCreated"]):
        send(url, name, number)
    with opened(browser, url) as page:
        wait_for_rows(page, 2)
        assert page.evaluate(
            "[...document.querySelector('.row .type').childNodes].map(n => n.textContent)"
        ) == [
            *("Borrower", "", "Financial", "", "Product", "", "Created", ""),
        ]
        assert rows(page) == ["BorrowerFinancialProductCreated", "CreditLine.POOL_AMOUNT_UPDATED"]
        for row in page.locator(".row .type").all():
            lines = row.evaluate(
                """node => [...node.childNodes].filter(child => child.data).map(child => {
                  const range = document.createRange();
                  range.selectNode(child);
                  return range.getClientRects().length;
                })"""
            )
            assert set(lines) == {1}, "no word is cut"


def pasted(page: Page) -> str:
    """What is in the clipboard, run by a shell; what it prints."""
    command = page.evaluate("navigator.clipboard.readText()")
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout


CLIPBOARD = ["clipboard-read", "clipboard-write"]


def test_the_empty_page_s_sample_is_a_valid_notification(browser: Browser, url: str) -> None:
    with opened(browser, url, permissions=CLIPBOARD) as page:
        page.locator("#empty button").click()
        page.wait_for_selector("#empty button:has-text('Copied')")
        pasted(page)
        wait_for_rows(page, 1)
        assert page.locator(".row .tag").count() == 0
        assert page.locator(".row .sub").inner_text() == "F-2026-100001 · 1,234.56 EUR"


BODIES = [
    json.dumps(notification(note="it's $HOME `x` \\ \u202e \u00e4"), ensure_ascii=False),
    json.dumps(notification(note="\x1b[201~"), ensure_ascii=False),
    "\x1b[201~\nid\n'; touch pwned",  # not JSON
]


def test_copied_as_curl_it_is_the_same_body(browser: Browser, url: str) -> None:
    with opened(browser, url, permissions=CLIPBOARD) as page:
        for number, body in enumerate(BODIES):
            local.post(f"{url}/inbox/main", content=body.encode())
            wait_for_rows(page, 2 * number + 1)
            page.locator(".row").first.click()
            page.wait_for_selector(f"#detail .id:text-is('#{2 * number + 1}')")
            page.get_by_role("button", name="Copy as curl").click()
            page.wait_for_selector("button:has-text('Copied')")
            assert not re.search(
                "[\x00-\x09\x0b-\x1f\x7f\u202e]", page.evaluate("navigator.clipboard.readText()")
            )
            pasted(page)
            wait_for_rows(page, 2 * number + 2)
    for number, body in enumerate(BODIES):
        for seq in (2 * number + 1, 2 * number + 2):
            assert local.get(f"{url}/inboxes/main/notifications/{seq}").json()["body"] == body


def test_one_is_deleted_here_and_in_the_other_tab(browser: Browser, url: str) -> None:
    for number in range(4):
        send(url, number=number)
    with opened(browser, url) as page, opened(browser, url) as other:
        wait_for_rows(page, 4)
        page.locator(".row").nth(1).click()
        page.get_by_role("button", name="Delete", exact=True).click()
        assert page.locator(".row").count() == 4
        page.get_by_role("button", name="Delete it?").click()
        wait_for_rows(page, 3)
        page.wait_for_selector(".row[data-seq='2'][aria-current=true]")
        assert page.locator("#count").inner_text() == "3 notifications"
        wait_for_rows(other, 3)


def test_the_export_is_a_file_of_what_the_filter_leaves(browser: Browser, url: str) -> None:
    for number, event_type in enumerate(["Loan.CLOSED", "Invoice.VERIFIED", "Loan.CLOSED"]):
        send(url, event_type, number)
    with opened(browser, url) as page:
        page.locator("#filter").select_option("type:Loan.CLOSED")
        wait_for_rows(page, 2)
        with page.expect_download() as download:
            page.locator("#export").click()
        lines = download.value.path().read_text().splitlines()
        assert [json.loads(line)["id"] for line in lines] == [1, 3]
        assert download.value.suggested_filename == "main.jsonl"


def test_a_failing_callback_is_red_and_a_resend_makes_it_green(browser: Browser, tmp_path: Path) -> None:
    with (
        receiving() as callback,
        forwarding_inbox(tmp_path, f"{callback.url}/hook?token=s3cret-token") as (url, _),
        opened(browser, url) as page,
        opened(browser, url) as other,
    ):
        callback.next += [503]
        send(url)
        tag = ".row .tag[data-tone={}]:text-is('{}')"
        page.wait_for_selector(tag.format("bad", 503))
        page.locator(".row").click()
        page.wait_for_selector("#forwards :text-is('503')")
        assert "s3cret-token" not in page.content()
        page.get_by_role("button", name="Resend").click()
        page.wait_for_selector("#forwards :text-is('204')")
        page.wait_for_selector(tag.format("good", 204))
        assert page.locator("#forwards li").count() == 2
        other.wait_for_selector(tag.format("good", 204))
        page.keyboard.press("r")
        expect(page.locator("#forwards li")).to_have_count(3)
    assert len(callback.requests) == 3


def test_eight_tabs_are_live(browser: Browser, url: str) -> None:
    context = browser.new_context()
    try:
        pages = [context.new_page() for _ in range(8)]
        for page in pages:
            page.goto(f"{url}/inbox/#main")
            page.wait_for_selector("#live[data-state=live]")
        send(url)
        for page in pages:
            page.bring_to_front()  # one in the background asks less often
            wait_for_rows(page, 1)
            page.locator(".row").click()
            page.wait_for_selector("#detail .json")
    finally:
        context.close()


def test_from_elsewhere_the_token_opens_the_page(browser: Browser, tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.db", view_token=Secret("let-me-see"))
    inbox.open("main")
    with inbox_served(inbox) as url:
        send(url)
        # As through a tunnel.
        context = browser.new_context(extra_http_headers={"cf-connecting-ip": "203.0.113.9"})
        try:
            page = context.new_page()
            page.goto(f"{url}/inbox/")
            page.get_by_label("View token").fill("let-me-see")
            page.get_by_role("button", name="Open").click()
            page.wait_for_selector("#live[data-state=live]")
            wait_for_rows(page, 1)
            assert "let-me-see" not in page.url
            page.reload()
            wait_for_rows(page, 1)
        finally:
            context.close()


def test_the_explanation_for_a_get_is_a_page_that_leads_to_the_inbox(browser: Browser, url: str) -> None:
    with opened(browser, url, expected="status of 405") as page:
        page.goto(f"{url}/inbox/main")
        assert "come by POST" in page.locator("h1").inner_text()
        page.get_by_role("link").click()
        page.wait_for_selector("#live[data-state=live]")
        page.evaluate("window.sameDocument = true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_for_the_documentation(browser: Browser, tmp_path: Path, scheme: Any) -> None:
    """With WEBHOOKS_PICTURES=docs/images the pictures are kept. GitHub shows them smaller than they are."""
    clock = iter([1_770_810_000.0 + 2.7 * step for step in range(100)])
    folder = Path(os.environ.get("WEBHOOKS_PICTURES", tmp_path))
    with receiving() as callback:
        callback.next += [*[204] * 6, 501]
        port = 8026 if "WEBHOOKS_PICTURES" in os.environ else 0
        inbox = forwarding_inbox(tmp_path, f"{callback.url}/hook", port, lambda: next(clock))
        with inbox as (url, _):
            for number, event_type in enumerate(
                ["Loan.TO_REPAY", "Payment.FAILED", "Payment.PAID", "Invoice.TO_EDIT", "Invoice.SUBMITTED"], 1
            ):
                send(url, event_type, number, "?token=x")
            send(url, "Invoice.SUBMITTED", 5, "?token=x")
            send(url, "Invoice.VERIFIED", 5, "?token=x", transition_name="VERIFY")
            size = {"width": 1180, "height": 780}
            with opened(browser, url, color_scheme=scheme, viewport=size) as page:
                page.locator(".row").first.click()
                page.wait_for_selector("#detail .json")
                page.wait_for_selector("#forwards :text-is('501')")
                page.get_by_role("button", name="Resend").click()
                page.wait_for_selector("#forwards :text-is('204')")
                expect(page.locator("#resend")).to_be_enabled()
                background = page.evaluate("getComputedStyle(document.body).backgroundColor")
                dark = sum(map(int, re.findall(r"\d+", background)[:3])) < 200
                assert dark == (scheme == "dark")
                page.mouse.move(0, 0)
                page.screenshot(path=folder / f"inbox-{scheme}.png", animations="disabled")
    assert 20_000 < (folder / f"inbox-{scheme}.png").stat().st_size < 200_000
