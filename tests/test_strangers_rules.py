"""What strangers can use up at the enrolment terminal, and what stays for others: the rules alone."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from store.rules import resend, strangers
from store.rules.strangers import Asked, activation_wait, logon_wait, noted_next, place_of, session_wait

NOW = datetime(2023, 2, 6, 1, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ORIGINS = st.sampled_from(["203.0.113.1", "203.0.113.2", "2001:db8::1", "2001:db8::2", "host", "127.0.0.1"])
MOMENTS = st.integers(0, 26 * 3600).map(lambda ago: NOW - ago * SECOND)
ASKED = st.lists(st.builds(Asked, MOMENTS, ORIGINS, st.booleans()), max_size=40)
RECENT = st.integers(0, 3600).map(lambda ago: NOW - ago * SECOND)


def many(count: int, origin: str, *, apart: int = 1) -> list[Asked]:
    return [Asked(NOW - number * apart * SECOND, origin) for number in range(count)]


def test_addresses_of_one_ipv6_network_are_one_place_and_those_of_ipv4_are_not() -> None:
    assert place_of("2001:db8::1") == place_of("2001:db8::ffff:2") != place_of("2001:db8:0:1::1")
    assert place_of("10.0.0.1") == place_of("::ffff:10.0.0.1") != place_of("10.0.0.2")
    assert place_of("host") == "host"


@given(st.lists(st.builds(Asked, RECENT, ORIGINS), max_size=80), ORIGINS)
def test_after_the_wait_that_is_told_a_session_may_be_begun(begun: list[Asked], origin: str) -> None:
    wait = session_wait(begun, origin, NOW)
    assert 0 <= wait <= 3600
    assert session_wait(begun, origin, NOW + wait * SECOND) == 0


@given(st.integers(0, 60))
def test_one_network_begins_no_more_than_its_share_and_takes_none_of_another(count: int) -> None:
    begun = many(count, "203.0.113.1")
    assert (session_wait(begun, "203.0.113.1", NOW) > 0) is (count >= strangers.SESSIONS_OF_A_NETWORK)
    assert session_wait(begun, "203.0.113.2", NOW) == 0


def test_all_together_leave_something_for_a_network_that_has_begun_none() -> None:
    crowd = [Asked(NOW, f"10.0.{number // 250}.{number % 250}") for number in range(strangers.SESSIONS)]
    assert session_wait(crowd, "10.0.0.1", NOW) == 3600
    assert session_wait(crowd, "host", NOW) == 3600
    assert session_wait(crowd, "203.0.113.2", NOW) == 0
    more = [Asked(NOW, f"10.9.0.{number}") for number in range(strangers.SESSIONS_KEPT_BACK)]
    assert session_wait(crowd + more, "203.0.113.2", NOW) == 3600


@given(ASKED, ORIGINS, st.booleans())
def test_after_the_wait_that_is_told_an_activation_mail_may_be_sent(
    sent: list[Asked], origin: str, vouched: bool
) -> None:
    wait = activation_wait(sent, origin, NOW, vouched=vouched)
    if wait is not None:
        assert wait.seconds > 0
        assert activation_wait(sent, origin, NOW + wait.seconds * SECOND, vouched=vouched) is None


@given(ASKED, ORIGINS)
def test_nobody_waits_longer_than_by_the_limits_of_all_and_vouched_sessions_only_for_their_like(
    sent: list[Asked], origin: str
) -> None:
    vouched = [each for each in sent if each.vouched]
    others = [each for each in sent if not each.vouched]
    assert activation_wait(sent, origin, NOW, vouched=True) == resend.wait_before_next(
        [each.at for each in vouched], NOW
    )
    wait = activation_wait(sent, origin, NOW, vouched=False)
    of_all = resend.wait_before_next([each.at for each in others], NOW)
    assert wait is None or (of_all is not None and wait.seconds <= of_all.seconds)


@given(st.lists(ORIGINS, min_size=1, max_size=6), st.lists(st.integers(1, 1800), min_size=60, max_size=60))
def test_a_mailbox_gets_no_more_than_the_limits_and_what_is_kept_back(
    origins: list[str], pauses: list[int]
) -> None:
    """However many places ask whenever they may."""
    sent: list[Asked] = []
    now = NOW
    for number, pause in enumerate(pauses):
        origin = origins[number % len(origins)]
        if activation_wait(sent, origin, now, vouched=False) is None:
            sent.append(Asked(now, origin))
        for span, most in (
            (resend.HOUR, resend.PER_HOUR + strangers.MAILS_KEPT_BACK_AN_HOUR),
            (resend.DAY, resend.PER_DAY + strangers.MAILS_KEPT_BACK_A_DAY),
        ):
            assert sum(each.at > now - span for each in sent) <= most
        now += pause * SECOND


def test_a_place_that_used_the_mails_up_leaves_some_for_another() -> None:
    theirs = many(resend.PER_DAY, "203.0.113.1", apart=3600)
    assert activation_wait(theirs, "203.0.113.1", NOW, vouched=False) is not None
    assert activation_wait(theirs, "203.0.113.2", NOW, vouched=False) is None


@given(st.lists(MOMENTS, max_size=60))
def test_logons_that_are_not_finished_have_a_limit_an_hour(begun: list[datetime]) -> None:
    wait = logon_wait(begun, NOW)
    within = sum(moment > NOW - strangers.HOUR for moment in begun)
    assert (wait > 0) is (within >= strangers.LOGONS_AN_HOUR)
    assert logon_wait(begun, NOW + wait * SECOND) == 0


@given(st.lists(st.integers(0, 600), max_size=200))
def test_however_often_it_is_refused_no_more_than_the_first_of_an_hour_are_noted(pauses: list[int]) -> None:
    noted, since, now = 0, None, NOW
    told: list[datetime] = []
    for pause in pauses:
        now += pause * SECOND
        if found := noted_next(noted, since, now):
            noted, since = found
            told.append(now)
    assert all(
        sum(first <= moment < first + strangers.HOUR for moment in told) <= 2 * strangers.NOTED_AN_HOUR
        for first in told
    )
    assert not pauses or told
