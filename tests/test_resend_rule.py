"""How soon a code may be sent again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from store.rules.resend import DAY, HOUR, PER_DAY, PER_HOUR, Limit, Wait, wait_before_next

NOW = datetime(2023, 2, 6, 1, 30, tzinfo=UTC)
AGES = st.lists(st.integers(0, 30 * 3600), max_size=15)


def ago(*seconds: float) -> list[datetime]:
    return [NOW - timedelta(seconds=each) for each in seconds]


def test_first_code_waits_for_nothing() -> None:
    assert wait_before_next([], NOW) is None


def test_second_code_waits_sixty_seconds() -> None:
    assert wait_before_next(ago(0), NOW) == Wait(60, Limit.WAIT)
    assert wait_before_next(ago(59), NOW) == Wait(1, Limit.WAIT)
    assert wait_before_next(ago(60), NOW) is None


def test_wait_doubles_with_each_code() -> None:
    assert wait_before_next(ago(0, 60), NOW) == Wait(120, Limit.WAIT)
    assert wait_before_next(ago(0, 120, 180), NOW) == Wait(240, Limit.WAIT)
    assert wait_before_next(ago(0, 240, 360, 420), NOW) == Wait(480, Limit.WAIT)


def test_sixth_code_waits_until_the_hour_has_room() -> None:
    assert wait_before_next(ago(480, 960, 1200, 1320, 1380), NOW) == Wait(3600 - 1380, Limit.HOUR)


def test_eleventh_code_waits_until_the_day_has_room() -> None:
    ages = [7200 * number for number in range(1, 11)]
    assert wait_before_next(ago(*ages), NOW) == Wait(86400 - 72000, Limit.DAY)


def test_order_of_the_moments_does_not_matter() -> None:
    assert wait_before_next(reversed(ago(0, 60)), NOW) == wait_before_next(ago(0, 60), NOW)


@given(AGES)
def test_after_the_wait_told_and_not_before_a_code_may_go(ages: list[int]) -> None:
    issued = ago(*ages)
    wait = wait_before_next(issued, NOW)
    if wait is None:
        return
    assert wait.seconds > 0
    assert wait_before_next(issued, NOW + timedelta(seconds=wait.seconds)) is None
    assert wait_before_next(issued, NOW + timedelta(seconds=wait.seconds - 1)) is not None


@given(AGES)
def test_limits_hold_whatever_the_history(ages: list[int]) -> None:
    issued = ago(*ages)
    if wait_before_next(issued, NOW) is None:
        last_hour = [moment for moment in issued if moment > NOW - HOUR]
        assert len(last_hour) < PER_HOUR
        assert sum(moment > NOW - DAY for moment in issued) < PER_DAY
        pause = timedelta(seconds=60) * 2 ** (len(last_hour) - 1)
        assert not last_hour or NOW - max(last_hour) >= pause


@given(AGES, st.integers(0, 86_400))
def test_waiting_never_makes_the_wait_end_later(ages: list[int], later: int) -> None:
    issued, then = ago(*ages), NOW + timedelta(seconds=later)
    now_wait, then_wait = wait_before_next(issued, NOW), wait_before_next(issued, then)
    ends = NOW + timedelta(seconds=now_wait.seconds if now_wait else 0)
    assert then + timedelta(seconds=then_wait.seconds if then_wait else 0) <= max(ends, then)


def test_sending_as_soon_as_allowed_gives_five_an_hour_and_ten_a_day() -> None:
    issued: list[datetime] = []
    moment = NOW
    while moment < NOW + DAY:
        wait = wait_before_next(issued, moment)
        if wait:
            moment += timedelta(seconds=wait.seconds)
            continue
        issued.append(moment)
    sent = [(each - NOW).total_seconds() for each in issued if each < NOW + DAY]
    assert sent[:5] == [0, 60, 180, 420, 900]
    assert sum(each < 3600 for each in sent) == 5
    assert len(sent) == 10
