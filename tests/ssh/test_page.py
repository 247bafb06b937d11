"""The Remote page in a real browser, from an unknown host key to the far machine's runs and back."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from runicorn.viewer.werkzeug_server import QuietHandler

pytestmark = pytest.mark.browser
SCREENSHOTS = Path(__file__).parents[1] / "browser" / "screenshots"
PATIENCE_MS = 60_000


@pytest.fixture
def address(client) -> str:
    """The viewer of an empty root, served."""
    server = make_server("127.0.0.1", 0, client.application, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser_context(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 1100})
    yield context
    context.close()


@pytest.fixture
def page(browser_context, address):
    faults: list[str] = []
    page = browser_context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/remote")
    yield page
    assert [fault for fault in faults if "Failed to load resource" not in fault] == []


@pytest.fixture
def far_root(account, far_python, published_root) -> Path:
    folder = account.home / ".runicorn"
    published_root.rename(folder)
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def fill_login(page, server, account, user_key) -> None:
    form = page.locator('[data-part="login"]')
    form.get_by_label("Host", exact=True).fill("127.0.0.1")
    form.get_by_label("Port").fill(str(server.port))
    form.get_by_label("User").fill(account.name)
    form.get_by_label("Log in with").select_option("key")
    form.get_by_role("textbox", name="Key file").fill(str(user_key))


def take_picture(page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def test_the_whole_way_there_and_back(page, browser_context, server, account, user_key, far_root, published_ids):
    expect(page.get_by_role("heading", name="Remote", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    fill_login(page, server, account, user_key)
    page.get_by_label("Save this host").check()
    page.get_by_role("button", name="Connect").click()

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("SHA256:")).to_be_visible(timeout=PATIENCE_MS)
    take_picture(page, "remote-host-key")
    assert server.login_attempts() == []
    dialog.get_by_role("button", name="Yes, trust it").click()

    expect(page.get_by_text(f"{account.name}@127.0.0.1:{server.port} is open")).to_be_visible(timeout=PATIENCE_MS)
    card = page.locator(".remote-card", has_text="project")
    expect(card).to_contain_text("Runicorn 1.", timeout=PATIENCE_MS)
    card.click()
    expect(page.get_by_label("Storage root")).to_have_value(str(far_root), timeout=PATIENCE_MS)
    take_picture(page, "remote-environments")
    page.get_by_role("button", name="Start", exact=True).click()

    session = page.locator("[data-session]:not([data-session=''])")
    expect(session.get_by_text("running")).to_be_visible(timeout=PATIENCE_MS)
    expect(session).to_contain_text("ms", timeout=PATIENCE_MS)
    take_picture(page, "remote-running")
    with browser_context.expect_page() as opened:
        session.get_by_role("link", name="Open").click()
    far = opened.value
    expect(far.locator(f'a[href="/runs/{published_ids["train"]}"]').first).to_be_attached(timeout=PATIENCE_MS)
    assert "token" not in far.url
    far.close()

    session.get_by_role("button", name="Stop").click()
    expect(session).to_have_count(0, timeout=PATIENCE_MS)
    page.reload()
    page.locator(".remote-choice", has_text="127.0.0.1").click()
    expect(page.get_by_role("textbox", name="Key file")).to_have_value(str(user_key))


def test_a_changed_key_cannot_be_clicked_away(page, server, account, user_key, address):
    fill_login(page, server, account, user_key)
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("dialog").get_by_role("button", name="Yes, trust it").click()
    expect(page.locator('[data-part="connected"]')).to_contain_text("is open", timeout=PATIENCE_MS)
    server.stop()
    server.change_host_key()
    server.start()
    before = server.login_attempts()

    page.reload()
    fill_login(page, server, account, user_key)
    page.get_by_role("button", name="Connect").click()

    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Stop: this may be another machine")).to_be_visible(timeout=PATIENCE_MS)
    expect(dialog.get_by_text("SHA256:")).to_have_count(2)
    expect(dialog.get_by_role("button", name="Yes, trust it")).to_be_hidden()
    dialog.get_by_role("button", name="Cancel").click()
    assert server.login_attempts() == before


def test_what_went_wrong_is_said_beside_the_button(page, account, user_key):
    form = page.locator('[data-part="login"]')
    form.get_by_label("Host", exact=True).fill("127.0.0.1")
    form.get_by_label("Port").fill("1")
    form.get_by_label("User").fill(account.name)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("alert").filter(has_text="Connection refused")).to_be_visible(timeout=PATIENCE_MS)
