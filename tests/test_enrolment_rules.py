"""Which step comes next, and what one must have proven to change what one logs on with."""

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from store.enrolment_views import Change, OtpMethod, Step
from store.rules.enrolment import IDLE_LIMIT, SESSION_LIFE, Facts, lacking, next_step, why_over

NOW = datetime(2023, 2, 6, 1, 30, tzinfo=UTC)
EVERY = [
    Facts(*values)
    for values in product(
        (False, True), (False, True), (False, True), (False, True), (None, *OtpMethod), (None, *OtpMethod),
        (False, True), (None, "app", "password"),
    )
]  # fmt: skip


def test_the_steps_come_in_the_order_of_the_way() -> None:
    way = [
        Facts(),
        Facts(mailbox_proven=True),
        Facts(activated=True),
        Facts(activated=True, password_set=True),
        Facts(activated=True, password_set=True, choosing=OtpMethod.APP),
        Facts(activated=True, password_set=True, method=OtpMethod.APP),
        Facts(activated=True, password_set=True, method=OtpMethod.APP, proven=True),
    ]
    assert [next_step(facts) for facts in way] == list(Step)


def test_no_single_factor_changes_what_an_enrolled_user_has() -> None:
    """Over every state: the mailbox is always proven, and beside it the factor that is not replaced."""
    for facts in EVERY:
        for change in Change:
            if lacking(change, facts):
                continue
            assert facts.activated
            if facts.method is None:
                continue
            if change is Change.PASSWORD:
                assert (facts.method, facts.proved_by) == (OtpMethod.APP, "app")
            else:
                assert facts.proved_by == "password"


def test_nothing_is_shown_as_reached_before_activation() -> None:
    for facts in EVERY:
        if not facts.activated:
            assert next_step(facts) in (Step.ADDRESS, Step.ACTIVATE)
            assert {lacking(change, facts) for change in Change} == {"activation"}


@given(st.timedeltas(timedelta(), timedelta(hours=2)), st.timedeltas(timedelta(), timedelta(hours=2)))
def test_a_session_lasts_an_hour_and_twenty_idle_minutes(age: timedelta, idle: timedelta) -> None:
    idle = min(idle, age)
    why = why_over(NOW - age, NOW - idle, NOW)
    assert (why == "aged") is (age >= SESSION_LIFE)
    assert (why == "idle") is (age < SESSION_LIFE and idle >= IDLE_LIMIT)
