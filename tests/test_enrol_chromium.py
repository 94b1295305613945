"""The story of a CCMS user in Chromium, through nginx and TLS: from the mail to *proven*, and otherwise."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import Window, launch, window
from tests.command_line import Desk
from tests.enrolling import PASSWORD
from tests.nginx_host import WebHost, serve_behind_nginx
from tests.smtp_servers import Mailbox
from tests.test_end_to_end import CODE, smtp
from tests.test_enrol_end_to_end import OTP, USER, Story, app_code, host, secret_on

__all__ = ["host", "smtp"]

DESKTOP, LAPTOP, PHONE_ACROSS, PHONE = (1920, 1080), (1280, 720), (844, 390), (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def empty_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHost]:
    """A host without users, for what needs none."""
    desk = Desk(tmp_path_factory.mktemp("web"))
    assert desk.run("init").code == 0
    yield from serve_behind_nginx(desk)


@pytest.fixture
def web(host: Desk, request: pytest.FixtureRequest) -> Iterator[WebHost]:
    """The host behind nginx; a test's parameter is its further settings."""
    yield from serve_behind_nginx(host, **getattr(request, "param", {}))


@pytest.fixture
def shown(browser: Browser, web: WebHost) -> Iterator[Window]:
    with window(browser, web.url) as opened:
        yield opened


@pytest.fixture
def story(web: WebHost, smtp: tuple[str, Mailbox], shown: Window) -> Story:
    return told(web, smtp, shown)


def told(web: WebHost, smtp: tuple[str, Mailbox], shown: Window) -> Story:
    """The story in a window, which is used as a terminal is."""
    return Story(web.desk, smtp[1], shown)  # type: ignore[arg-type]


def time_passes(desk: Desk) -> None:
    """The codes that were mailed were mailed two hours ago, so that others may be."""
    with closing(sqlite3.connect(desk.database)) as database, database:
        moved = "UPDATE mailed_code SET issued_at = datetime(issued_at, '-2 hours')"
        database.execute(f"{moved}, expires_at = datetime(expires_at, '-2 hours')")


def test_by_mobile_application_with_a_password_typed_and_pasted(story: Story, shown: Window) -> None:
    story.come_in()
    story.verify_and_activate()
    story.enter(PASSWORD)
    shown.paste(PASSWORD)
    shown.press("enter")
    shown.wait_for("How do your one-time passwords come?")
    shown.press("enter")
    secret = secret_on(shown.wait_for("Scan it with your app", "in this step only."))
    assert f"secret={secret}" in shown.photographed_qr_code()
    story.enter(app_code(secret))
    assert secret[:4] not in shown.wait_for("Test my access", "Regular password")
    shown.paste(PASSWORD)
    shown.press("enter")
    assert PASSWORD not in shown.wait_for("Your password is right")
    story.enter(app_code(secret, timedelta(seconds=30)))
    shown.wait_for("You are ready")
    assert story.standing()["proven"] == 1
    story.leave()
    shown.page.get_by_role("button", name="Begin again").click()
    shown.wait_for("Your CCMS user ID")


def test_by_email(story: Story, shown: Window, web: WebHost) -> None:
    story.come_in()
    story.verify_and_activate()
    story.choose_password()
    shown.wait_for("How do your one-time passwords come?")
    shown.press("down", "enter")
    shown.wait_for("One good one-time password")
    story.enter(story.read_mail(OTP))
    shown.wait_for("Test my access", "Regular password")
    story.enter(PASSWORD)
    shown.wait_for("Your password is right")
    story.enter(story.read_mail(OTP))
    shown.wait_for("You are ready", "by email")
    assert story.standing()["proven"] == 1
    log = web.serving.log.read_text(encoding="utf-8")
    assert not [typed for typed in (USER, PASSWORD, PASSWORD[:6]) if typed in log]


def test_closed_at_each_step_it_goes_on_where_it_was(
    browser: Browser, web: WebHost, smtp: tuple[str, Mailbox]
) -> None:
    def activated(shown: Window) -> Story:
        """As far as who comes back is asked again: the user ID, and an activation code."""
        story = told(web, smtp, shown)
        time_passes(web.desk)
        story.come_in()
        shown.press("down", "enter")
        shown.wait_for("Your activation code", "code no.")
        story.enter(story.read_mail(CODE))
        return story

    with window(browser, web.url) as shown:
        told(web, smtp, shown).come_in()
    with window(browser, web.url) as shown:
        story = told(web, smtp, shown)
        story.come_in()
        story.enter(story.read_mail(CODE))
        shown.wait_for("Your activation code", "code no. 1")
    assert story.standing()["verified"] == 1
    with window(browser, web.url) as shown:
        activated(shown)
        shown.wait_for("Your regular password")
        shown.press(PASSWORD[:10])
    with window(browser, web.url) as shown:
        story = activated(shown)
        shown.wait_for("Your regular password")
        story.choose_password()
        shown.wait_for("How do your one-time passwords come?")
    assert story.standing()["password set"] == 1
    with window(browser, web.url) as shown:
        activated(shown)
        shown.wait_for("How do your one-time passwords come?")
        shown.press("enter")
        first = secret_on(shown.wait_for("Scan it with your app"))
    with window(browser, web.url) as shown:
        story = activated(shown)
        shown.wait_for("How do your one-time passwords come?")
        shown.press("enter")
        secret = secret_on(shown.wait_for("Scan it with your app"))
        assert secret != first
        story.enter(app_code(secret))
        shown.wait_for("Test my access", "Regular password")
    assert story.standing()["enrolled"] == 1
    with window(browser, web.url) as shown:
        story = activated(shown)
        shown.wait_for("Test my access", "Regular password")
        story.enter(PASSWORD)
        shown.wait_for("Your password is right")
        story.enter(app_code(secret, timedelta(seconds=30)))
        shown.wait_for("You are ready")
    assert story.standing()["proven"] == 1


def test_of_two_browsers_the_newest_goes_on_and_the_other_is_told(
    browser: Browser, web: WebHost, smtp: tuple[str, Mailbox], story: Story, shown: Window
) -> None:
    story.come_in()
    story.verify_and_activate()
    time_passes(web.desk)
    with window(browser, web.url) as newer:
        second = told(web, smtp, newer)
        second.come_in()
        newer.press("down", "enter")
        newer.wait_for("Your activation code", "code no.")
        second.enter(second.read_mail(CODE))
        newer.wait_for("Your regular password")
        shown.page.bring_to_front()
        shown.press("violet")
        assert "You went on in another window" in shown.ended()
        assert "violet" not in shown.page.locator("body").inner_text()
        second.choose_password()
        newer.wait_for("How do your one-time passwords come?")


@pytest.mark.parametrize("size", [DESKTOP, LAPTOP, PHONE_ACROSS, PHONE])
def test_the_terminal_fits_the_window_with_the_first_field_ready(
    browser: Browser, empty_web: WebHost, size: tuple[int, int]
) -> None:
    with window(browser, empty_web.url, *size) as shown:
        shown.wait_for("Your CCMS user ID", "enter", "leave")
        columns, rows = shown.size
        assert columns >= 80
        assert rows >= 24
        shown.press("NOBODY9", "enter")
        shown.wait_for("Verification code", "NOBODY9")
        line = shown.page.locator("textarea")
        assert (line.get_attribute("autocomplete"), line.input_value()) == ("off", "")
        assert shown.page.url == f"{empty_web.url}/"
        assert shown.page.evaluate("() => localStorage.length + sessionStorage.length") == 0
        assert shown.page.title() == "CCMS enrolment"


def test_a_lost_connection_is_told(web: WebHost, shown: Window) -> None:
    shown.wait_for("Your CCMS user ID")
    shown.press("NOBODY9", "enter")
    shown.wait_for("Verification code")
    web.serving.process.kill()
    assert shown.ended().startswith("The connection was lost. What was done stays done")
    assert shown.page.evaluate("() => document.activeElement.id") == "again"
    assert not shown.page.locator("#terminal").is_visible()


@pytest.mark.parametrize("web", [{"enrol_terminals": "1"}], indirect=True)
def test_who_is_one_too_many_is_told(browser: Browser, web: WebHost, shown: Window) -> None:
    shown.wait_for("Your CCMS user ID")
    sentence = "Too many people are enrolling at the moment; please try again in a few minutes."
    with window(browser, web.url) as other:
        assert sentence in other.page.locator("body").inner_text()
        assert (
            other.page.evaluate("() => performance.getEntriesByType('navigation')[0].responseStatus") == 503
        )
    shown.page.evaluate(
        "() => { new WebSocket(document.getElementById('terminal').dataset.sessionWebsocketUrl) }"
    )
    assert shown.ended() == sentence


def test_without_scripts_one_sentence_says_so(browser: Browser, empty_web: WebHost) -> None:
    before = empty_web.serving.log.read_text(encoding="utf-8").count("was opened")
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(empty_web.url)
    assert "needs JavaScript" in page.locator("body").inner_text()
    context.close()
    assert empty_web.serving.log.read_text(encoding="utf-8").count("was opened") == before
