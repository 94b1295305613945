"""What a mail says, and that nothing anybody typed can change what it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from ccms_tui.mail_news import TITLES_ZH
from ccms_tui.mail_render import render, sender_of
from store.outbox import Claimed
from store.schedule import MILESTONES
from store.schedule_views import ScheduleChange
from store.views import MailKind, MilestoneRow

NOW = datetime(2023, 2, 6, 6, 3, tzinfo=UTC)
SENDER = sender_of("Registration desk <desk@desk.example>")


WITH_CODE = {
    MailKind.VERIFICATION,
    MailKind.ACTIVATION,
    MailKind.ONE_TIME_PASSWORD,
    MailKind.CALLER_CHECK,
}


NEWS_FACTS = {
    "milestone_id": "parallel-end", "change": "revised", "title": "End of parallel run",
    "window": "12 June 2023", "earliest": "2023-06-12", "latest": "2023-06-12", "status": "tentative",
    "circular": "SEOCH/012/2023", "old_window": "Late Q2 2023",
}  # fmt: skip


def claimed(
    kind: MailKind = MailKind.VERIFICATION, to: str = "ada.chan@bank.example", **facts: Any
) -> Claimed:
    known: dict[str, Any] = {
        "user_name": "Chan Siu Ming 陳小明",
        "user_id": "JAAA0004",
        "language": "zh-Hant",
    }
    if kind in WITH_CODE:
        expiry = NOW + timedelta(hours=24)
        known |= {"number": 2, "issued_at": NOW.isoformat(), "expires_at": expiry.isoformat()}
    else:
        known |= {"changed_at": NOW.isoformat()}
    if kind is MailKind.SCHEDULE_CHANGED:
        known |= NEWS_FACTS
    return Claimed(
        mail_id=7,
        message_id="<0123@ccms-tui.invalid>",
        kind=kind,
        to_email=to,
        facts=known | facts,
        secret="ABCD-EFGH" if kind in WITH_CODE else None,
        attempts=1,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=24),
    )


def text_of(message: EmailMessage) -> str:
    return str(message.get_content())


def test_the_code_its_number_and_its_moment_in_hong_kong_are_in_the_mail() -> None:
    text = text_of(render(claimed(), SENDER))
    assert "ABCD-EFGH" in text
    assert "code no. 2, sent 14:03" in text
    assert "valid until 2023-02-07 14:03" in text


def test_both_languages_are_there_and_english_comes_first_and_prevails() -> None:
    text = text_of(render(claimed(), SENDER))
    assert text.index("Dear Chan Siu Ming 陳小明") < text.index("第 2 個驗證碼")
    assert text.count("ABCD-EFGH") == 2
    assert "the English version prevails" in text


@pytest.mark.parametrize("kind", list(MailKind))
def test_no_mail_holds_a_link_and_each_says_what_nobody_will_ask_for(kind: MailKind) -> None:
    text = text_of(render(claimed(kind), SENDER))
    assert "http" not in text
    assert "www." not in text
    assert "Nobody will ever ask you for a password or a one-time password" in text
    assert "What to do:" in text
    assert "$" not in text


def test_headers_are_the_same_on_every_attempt() -> None:
    first, again = render(claimed(), SENDER), render(claimed(), SENDER)
    assert first["Message-ID"] == "<0123@ccms-tui.invalid>"
    assert first["Date"] == "Mon, 06 Feb 2023 06:03:00 +0000"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.as_bytes() == again.as_bytes()


def test_the_subject_names_the_code_but_never_shows_it() -> None:
    subject = render(claimed(), SENDER)["Subject"]
    assert "no. 2" in subject
    assert "ABCD" not in subject


@pytest.mark.parametrize(
    "name", ["X\r\nBcc: all@bank.example", "X\nSubject: gone", "$code ${user_id}", "\x1b[2J\u202eX"]
)
def test_a_name_can_neither_add_a_header_nor_fill_in_the_template(name: str) -> None:
    message = render(claimed(user_name=name), SENDER)
    assert message["Bcc"] is None
    assert message.get_all("Subject") == [render(claimed(), SENDER)["Subject"]]
    text = text_of(message)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.count("ABCD-EFGH") == 2


@pytest.mark.parametrize(
    "to",
    [
        "a@bank.example\r\nBcc: b@bank.example",
        "a@bank.example\nX: y",
        "a@b.example, c@d.example",
        "no address",
    ],
)
def test_an_address_that_is_more_than_one_address_makes_no_mail(to: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        render(claimed(to=to), SENDER)


def test_a_chinese_domain_is_written_as_mail_servers_take_it() -> None:
    assert (
        render(claimed(to="ada@銀行.example"), SENDER)["To"]
        == "ada@" + "銀行.example".encode("idna").decode()
    )


def test_the_text_survives_servers_that_pass_on_seven_bits() -> None:
    assert render(claimed(), SENDER).as_bytes().isascii()


@pytest.mark.parametrize(
    "value", ["", "desk", "a@b@c", "a@b.example\nBcc: c@d.example", "桌@desk.example", "Desk <>"]
)
def test_a_sender_that_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="one address"):
        sender_of(value)


@pytest.mark.parametrize("kind", sorted(WITH_CODE))
def test_every_code_is_told_in_both_languages_with_its_number_and_its_end(kind: MailKind) -> None:
    message = render(claimed(kind), SENDER)
    text = text_of(message)
    assert text.count("ABCD-EFGH") == 2
    assert "no. 2, sent 14:03" in text
    assert "valid until 2023-02-07 14:03" in text
    assert "no. 2" in str(message["Subject"])
    assert "http" not in text


def test_a_changed_logon_is_told_with_its_moment() -> None:
    text = text_of(render(claimed(MailKind.ACCESS_CHANGED), SENDER))
    assert "was changed or reset on 2023-02-06 14:03" in text
    assert "DCASS Hotline, 2979 7222" in text


def news(**facts: Any) -> str:
    return text_of(render(claimed(MailKind.SCHEDULE_CHANGED, **facts), SENDER))


def test_news_of_the_schedule_says_what_was_what_is_and_by_which_circular_in_both_languages() -> None:
    message = render(claimed(MailKind.SCHEDULE_CHANGED), SENDER)
    assert str(message["Subject"]) == "CCMS schedule: End of parallel run / CCMS 時間表：並行運作結束"
    text = text_of(message)
    english, chinese = text.split("-" * 70)
    assert "was revised; it was Late Q2 2023 before" in english
    assert "12 June 2023 (2023-06-12 to 2023-06-12)" in english
    assert "原定時段為 Late Q2 2023" in chinese
    for part in (english, chinese):
        assert "12 June 2023" in part
        assert "SEOCH/012/2023" in part
    assert "暫定" in chinese


@pytest.mark.parametrize("change", list(ScheduleChange)[1:])
@pytest.mark.parametrize("row", MILESTONES, ids=lambda row: row.milestone_id)
def test_every_change_of_every_milestone_has_its_news(row: MilestoneRow, change: ScheduleChange) -> None:
    text = news(milestone_id=row.milestone_id, title=row.title, change=change.value, status="confirmed")
    assert "What to do: " in text
    assert TITLES_ZH[row.milestone_id] in text
    assert "$" not in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert ("on 2023-02-06 14:03" in text) is (change is ScheduleChange.BEGUN)


def test_a_phase_that_begins_says_what_it_means_for_those_who_log_on() -> None:
    begun = news(milestone_id="parallel-end", change="begun")
    assert "two factors only; smartcards let nobody in" in " ".join(begun.split())
    assert "只可以雙重認證登入" in begun


@pytest.mark.parametrize(
    "typed", ["X\r\nBcc: all@bank.example", "$code ${user_id}", "\x1b[2J\u202eX 附件 [/x]"]
)
def test_what_was_typed_for_a_circular_changes_nothing_of_the_mail(typed: str) -> None:
    message = render(claimed(MailKind.SCHEDULE_CHANGED, circular=typed, window=typed), SENDER)
    assert message["Bcc"] is None
    assert message.get_all("Subject") == [render(claimed(MailKind.SCHEDULE_CHANGED), SENDER)["Subject"]]
    text = text_of(message)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert ("${user_id}" in text) is ("$code" in typed)


def test_a_caller_check_says_to_whom_alone_its_code_is_read_out() -> None:
    text = text_of(render(replace(claimed(MailKind.CALLER_CHECK), secret="482-1905"), SENDER))
    assert text.count("482-1905") == 2
    assert "if you are on the telephone with the hotline NOW, read this code out" in text
    assert "Never give this code to anybody who rings you" in text
    assert "如閣下現正與熱線通話" in text
    assert "smartcard PIN" in text
