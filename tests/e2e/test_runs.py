"""The list of runs and the page of one run, over the product as it is shipped."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from opsroom.sandbox.api import Fault

from .conftest import PHONE, Watch
from .gallery import Gallery
from .product import Product

pytestmark = pytest.mark.browser

SLOW = 30_000
# What an agent asks for in its file, with a client of the test's own.
PAYLOAD = """{{
  "client_id": "{id}", "client_name": "{name}", "website_url": "http://127.0.0.1:8000/",
  "business_address": "2400 N High St", "gbp_url": "https://maps.example/place",
  "service_area_cities": ["Columbus"], "seed_keywords": "detailing", "competitors": "http://127.0.0.1:8001/"
}}"""


def start(page: Page, agent: str, client: str) -> str:
    """Start a run through the dialog; its id."""
    page.get_by_role("button", name="Start a run").first.click()
    dialog = page.get_by_role("dialog", name="Start a run")
    dialog.get_by_label("Agent").select_option(agent)
    dialog.get_by_label("Payload, as JSON").fill(PAYLOAD.format(id=client.lower(), name=client))
    dialog.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile(r"/runs/run_"))
    return page.url.rsplit("/", 1)[1]


def current_state(page: Page) -> Locator:
    return page.get_by_role("list", name="States of this run").locator("[aria-current=step]")


def test_a_run_from_the_dialog_is_followed_to_its_deliveries(page: Page) -> None:
    start(page, "sentinel", "Followed")
    log = page.get_by_role("log")
    expect(current_state(page)).to_contain_text("Streaming")
    expect(log).to_contain_text("I will audit Followed in five modules")
    expect(current_state(page)).to_contain_text("Done", timeout=SLOW)
    expect(log).to_contain_text("The audit of Followed is complete")

    expect(page.get_by_role("heading", name="Result")).to_be_visible()
    expect(page.locator(".aside, main").get_by_text("71", exact=True).first).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Cost over time"))).to_be_visible()
    deliveries = page.get_by_role("region", name="Deliveries")
    for channel in ("Slack", "Google Drive", "Folder"):
        row = deliveries.get_by_role("listitem").filter(has_text=channel).first
        expect(row).to_contain_text("sent")
    expect(deliveries.get_by_role("link").first).to_be_visible()

    for kind, heading in (("html", "h1"), ("md", "h1"), ("json", "body")):
        name = f"sentinel-audit-followed.{kind}"
        page.get_by_role("button", name=f"Preview {name}").click()
        frame = page.get_by_title(f"Preview of {name}")
        expect(frame).to_have_attribute("sandbox", "")
        expect(frame.content_frame.locator(heading)).to_contain_text("Followed")
        page.get_by_role("button", name="Close").click()


def test_a_run_started_elsewhere_appears_and_changes_by_itself(
    page: Page, browser: Browser, signed_in: object, product: Product
) -> None:
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    other = browser.new_context(storage_state=signed_in)  # type: ignore[arg-type]
    second = other.new_page()
    second.goto(product.url + "/runs")
    start(second, "sentinel", "Elsewhere")

    row = page.get_by_role("row").filter(has_text="Elsewhere")
    expect(row).to_be_visible()
    expect(row).to_contain_text("Streaming")
    expect(row).to_contain_text("Done", timeout=SLOW)
    other.close()


def test_the_filter_is_in_the_address_and_survives_a_reload(page: Page, gallery: Gallery) -> None:
    page.get_by_role("button", name="Done", exact=True).click()
    page.get_by_role("searchbox", name="Search runs").fill("harbor")
    expect(page).to_have_url(re.compile(r"group=done.*q=harbor"))
    page.reload()
    expect(page.get_by_role("button", name="Done", exact=True)).to_have_attribute("aria-pressed", "true")
    rows = page.get_by_role("row").filter(has=page.get_by_role("cell"))
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Harbor Dental")


def test_mistakes_in_a_new_run_stand_at_their_fields(page: Page) -> None:
    page.get_by_role("button", name="Start a run").first.click()
    dialog = page.get_by_role("dialog", name="Start a run")
    dialog.get_by_label("Agent").select_option("sentinel")
    payload = dialog.get_by_label("Payload, as JSON")
    payload.fill('{ "website_url": ')
    dialog.get_by_role("button", name="Start", exact=True).click()
    expect(payload).to_have_attribute("aria-invalid", "true")

    payload.fill('{ "website_url": "http://127.0.0.1/" }')
    dialog.get_by_role("button", name="Start", exact=True).click()
    for field in ("client_id", "seed_keywords", "competitors"):
        expect(dialog.get_by_text(f"payload.{field}")).to_be_visible()


def test_an_allowed_question_lets_the_run_go_on(page: Page, product: Product) -> None:
    run_id = product.start("publisher", "Allowed")
    page.get_by_role("link", name=re.compile("Approvals")).click()
    card = page.get_by_role("article").filter(has_text="--client allowed")
    expect(card).to_contain_text("publish --client allowed --page /dublin", timeout=SLOW)
    card.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("bash is allowed")).to_be_visible()
    expect(card).to_have_count(0)
    page.goto(f"{product.url}/runs/{run_id}")
    expect(page.locator(".run-title")).to_contain_text("Done", timeout=SLOW)
    expect(page.get_by_role("button", name="Preview published-allowed.md")).to_be_visible()


def test_a_denied_question_tells_the_agent_why(page: Page, product: Product) -> None:
    run_id = product.start("publisher", "Denied")
    page.goto(f"{product.url}/runs/{run_id}")
    card = page.get_by_role("article").filter(has_text="--client denied")
    card.get_by_role("button", name="Deny…").click()
    card.get_by_label(re.compile("Why|Message|agent", re.I)).fill("wrong phone number")
    card.get_by_role("button", name="Deny", exact=True).click()
    expect(page.get_by_role("log")).to_contain_text("Understood, I publish nothing.", timeout=SLOW)
    sent = product.loop.do(
        lambda: [
            event.get("deny_message")
            for session in product.sandbox.anthropic.sessions.values()
            for event in session.events
            if event["type"] == "user.tool_confirmation"
        ]
    )
    assert "wrong phone number" in sent


def test_cancelling_is_shown_at_once_and_ends_the_run(page: Page) -> None:
    start(page, "watcher", "Cancelled")
    expect(page.get_by_role("log")).to_contain_text("Still working")
    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = page.get_by_role("dialog", name="Cancel this run?")
    dialog.get_by_label("Reason, kept with the run").fill("wrong client")
    dialog.get_by_role("button", name="Cancel the run").click()
    expect(page.locator(".run-title")).to_contain_text(re.compile("Cancelling|Cancelled"))
    expect(page.locator(".run-title")).to_contain_text("Cancelled", timeout=SLOW)


def test_a_moved_card_shows_among_the_webhooks_with_its_run(page: Page, product: Product) -> None:
    product.new_task("tk_moved", "Moved By Hand")
    assert product.hook("tk_moved") == 200
    assert product.hook("tk_moved", signature="forged") == 403
    deadline = time.monotonic() + 20
    while not product.call("GET", "/api/runs?search=Moved%20By%20Hand"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page.get_by_role("link", name="Webhook deliveries").click()
    expect(page.get_by_role("listitem").filter(has_text="403").first).to_contain_text("Refused")
    page.get_by_role("listitem").filter(has_text="Accepted").first.get_by_role("link").click()
    detail = page.get_by_role("region", name=re.compile("delivery", re.I))
    expect(detail).to_contain_text("tk_moved")
    detail.get_by_role("link", name=re.compile("^run_")).click()
    expect(page.locator(".run-title")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Moved By Hand")


def test_a_failed_channel_is_explained_and_delivered_again(page: Page, product: Product) -> None:
    fault = Fault("* /slack/api/chat.postMessage", None, body_contains="Misdelivered", error="not_in_channel")
    product.loop.do(lambda: product.sandbox.faults.arm(fault))
    run_id = product.start("sentinel", "Misdelivered")
    assert product.until_ended(run_id)["status"] == "UNDELIVERED"
    page.goto(f"{product.url}/runs/{run_id}")
    expect(page.get_by_role("alert")).to_contain_text("Not everything was delivered")
    product.loop.do(lambda: product.sandbox.faults.disarm(fault.id))
    page.get_by_role("button", name="Redeliver").click()
    page.get_by_role("menuitem", name="Slack").click()
    expect(page.locator(".run-title")).to_contain_text("Done", timeout=SLOW)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_an_agent_writes_is_never_run(page: Page, product: Product, gallery: Gallery) -> None:
    page.goto(f"{product.url}/runs/{gallery.hostile}")
    log = page.get_by_role("log")
    expect(log).to_contain_text("<script>window.__hurt = 1</script>")
    expect(log).to_contain_text("<b>not bold</b>")
    log.get_by_role("button", name=re.compile("web_fetch|tool call")).first.click()
    for name in ("brief.html", "brief.md"):
        page.get_by_role("button", name=f"Preview {name}").click()
        frame = page.get_by_title(f"Preview of {name}")
        expect(frame).to_have_attribute("sandbox", "")
        expect(frame.content_frame.locator("h1")).to_be_visible()
        assert frame.content_frame.locator("h1").evaluate("() => window.__hurt") is None
        page.get_by_role("button", name="Close").click()
    assert page.evaluate("window.__hurt") is None
    assert page.locator("a[href^='javascript:']").count() == 0


def test_a_phone_has_the_same_run_in_three_parts(
    context: BrowserContext, product: Product, gallery: Gallery
) -> None:
    page = context.new_page()
    watch = Watch(page)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto(f"{product.url}/runs/{gallery.audited}")
    expect(page.get_by_role("log")).to_be_visible()
    page.get_by_role("button", name="Results").click()
    expect(page.get_by_role("heading", name="Deliveries")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert watch.said == []
