"""Who may log on how and when, and the chain that explains it: rules hammered over every phase."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules.access import AccessFacts, Method, Programme, Refusal, decide
from store.rules.explain import (
    DRIFT_LIMIT,
    LINK_OF,
    Facts,
    Link,
    OtpMethod,
    Reason,
    Who,
    may_log_on,
    obstacles,
)
from store.views import Kind, MailState, Phase, Standing

READY = AccessFacts(smartcard=True, verified=True, password_set=True, enrolled=True)
BEFORE = (Phase.NOT_STARTED, Phase.USER_REGISTRATION, Phase.DA_REGISTRATION, Phase.CONNECTIVITY_TEST)

PROGRAMMES = st.builds(Programme, st.sampled_from(Phase), st.booleans())
ACCESS_FACTS = st.builds(AccessFacts, *[st.booleans()] * 8)
FACTS = st.builds(
    Facts,
    programme=PROGRAMMES,
    kind=st.sampled_from(Kind),
    standing=st.sampled_from(Standing),
    makers=st.integers(0, 2),
    checkers=st.integers(0, 2),
    single_da_waiver=st.booleans(),
    da_registration_open=st.booleans(),
    smartcard=st.booleans(),
    suspended=st.booleans(),
    locked=st.booleans(),
    undeliverable=st.booleans(),
    code_state=st.none() | st.sampled_from(MailState),
    code_spent=st.booleans(),
    password_set=st.booleans(),
    enrolled=st.booleans(),
    otp_method=st.none() | st.sampled_from(OtpMethod),
    clock_drift=st.none() | st.timedeltas(timedelta(minutes=-20), timedelta(minutes=20)),
)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("decommissioned", [False, True])
def test_the_phase_opens_the_methods_as_the_circular_says(phase: Phase, decommissioned: bool) -> None:
    programme = Programme(phase, decommissioned)
    smartcard = decide(READY, Method.SMARTCARD, programme)
    two_factor = decide(READY, Method.TWO_FACTOR, programme)
    if decommissioned:
        assert smartcard is Refusal.DECOMMISSIONED
    else:
        assert smartcard is (Refusal.ENDED if phase is Phase.TWO_FACTOR_ONLY else None)
    assert two_factor is (Refusal.NOT_OPEN if phase in BEFORE else None)


@given(ACCESS_FACTS, st.sampled_from(Phase))
def test_once_decommissioned_no_card_opens_anything_in_any_phase(facts: AccessFacts, phase: Phase) -> None:
    assert decide(facts, Method.SMARTCARD, Programme(phase, decommissioned=True)) is Refusal.DECOMMISSIONED


@given(ACCESS_FACTS, st.sampled_from(Method), PROGRAMMES)
def test_nobody_suspended_or_locked_gets_in(facts: AccessFacts, method: Method, programme: Programme) -> None:
    if facts.suspended or facts.locked:
        assert decide(facts, method, programme) is not None


@given(ACCESS_FACTS, st.sampled_from(Method), PROGRAMMES)
def test_who_gets_in_has_all_that_the_method_needs(
    facts: AccessFacts, method: Method, programme: Programme
) -> None:
    if decide(facts, method, programme) is not None:
        return
    if method is Method.SMARTCARD:
        assert facts.smartcard
        assert programme.phase is not Phase.TWO_FACTOR_ONLY
    else:
        assert facts.verified
        assert facts.password_set
        assert facts.enrolled
        assert programme.phase not in BEFORE


@given(ACCESS_FACTS, st.sampled_from(Method))
def test_before_and_after_the_parallel_run_there_is_one_way_in(facts: AccessFacts, method: Method) -> None:
    for phase in Phase:
        ways = [each for each in Method if decide(facts, each, Programme(phase)) is None]
        assert len(ways) <= (2 if phase is Phase.PARALLEL_RUN else 1)
    during = decide(facts, method, Programme(Phase.PARALLEL_RUN))
    alone = Phase.CONNECTIVITY_TEST if method is Method.SMARTCARD else Phase.TWO_FACTOR_ONLY
    assert decide(facts, method, Programme(alone)) is during


REFINED = {
    Refusal.NOT_OPEN: {Reason.NOT_OPEN},
    Refusal.SUSPENDED: {Reason.SUSPENDED},
    Refusal.LOCKED: {Reason.LOCKED},
    Refusal.NOT_VERIFIED: {reason for reason, link in LINK_OF.items() if link in (Link.ADDRESS, Link.MAIL)},
    Refusal.NO_MAIL: {Reason.BOUNCED},
    Refusal.NO_PASSWORD: {Reason.NO_PASSWORD},
    Refusal.NO_OTP: {Reason.NO_OTP},
    Refusal.CLOCK_OFF: {Reason.CLOCK_OFF},
}
"""What the explanation may call each refusal of the access rule."""


@given(FACTS)
def test_the_explanation_never_contradicts_the_access_rule(facts: Facts) -> None:
    found = obstacles(facts)
    refusal = decide(facts.access, Method.TWO_FACTOR, facts.programme)
    assert (refusal is None) is (found == ())
    assert may_log_on(facts, Method.TWO_FACTOR) is (found == ())
    if refusal is not None:
        assert next(each for each in found if each.link is not Link.PARTICIPANT).reason in REFINED[refusal]


@given(FACTS)
def test_obstacles_stand_in_the_order_of_the_chain_one_a_link(facts: Facts) -> None:
    places = [list(Link).index(each.link) for each in obstacles(facts)]
    assert all(earlier < later for earlier, later in pairwise(places))


@given(FACTS)
def test_whoever_is_said_to_help_is_there(facts: Facts) -> None:
    """A maker or checker is named first in the way only where the participant has one."""
    found = obstacles(facts)
    needed = {each.who for each in found}
    if any(each.link is Link.PARTICIPANT for each in found):
        return
    assert facts.makers or Who.MAKER not in needed
    assert facts.checkers or Who.CHECKER not in needed


@given(FACTS)
def test_taking_away_one_obstacle_after_the_other_lets_the_user_in(facts: Facts) -> None:
    """Each remedy is one; the last leaves nothing in the way."""
    for _turn in range(len(Link) + len(Reason)):
        found = obstacles(facts)
        if not found:
            break
        facts = remedied(facts, found[0].reason)
    assert may_log_on(facts, Method.TWO_FACTOR)


def remedied(facts: Facts, reason: Reason) -> Facts:
    values = {name: getattr(facts, name) for name in Facts.__dataclass_fields__}
    match LINK_OF[reason]:
        case Link.PHASE:
            changed = {"programme": Programme(Phase.PARALLEL_RUN)}
        case Link.PARTICIPANT:
            changed = {"makers": 1, "checkers": 1}
        case Link.USER:
            changed = {"suspended": False}
        case Link.LOCK:
            changed = {"locked": False}
        case Link.ADDRESS | Link.MAIL:
            changed = {"standing": Standing.VERIFIED, "undeliverable": False}
        case Link.PASSWORD:
            changed = {"password_set": True}
        case Link.OTP:
            changed = {"enrolled": True}
        case Link.CLOCK:
            changed = {"clock_drift": None}
    return Facts(**values | changed)


GOOD = Facts(
    Programme(Phase.PARALLEL_RUN),
    standing=Standing.ENROLLED,
    smartcard=True,
    password_set=True,
    enrolled=True,
)


@pytest.mark.parametrize("seconds", [0, 59, -59])
def test_a_clock_within_the_window_is_no_obstacle(seconds: int) -> None:
    assert obstacles(Facts(**fields(GOOD) | {"clock_drift": timedelta(seconds=seconds)})) == ()


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_beyond_the_window_is_the_users_to_set(sign: int) -> None:
    (found,) = obstacles(Facts(**fields(GOOD) | {"clock_drift": sign * DRIFT_LIMIT}))
    assert (found.link, found.reason, found.who) == (Link.CLOCK, Reason.CLOCK_OFF, Who.USER)


def test_a_bounced_active_address_is_in_the_way_of_codes_by_mail_only() -> None:
    for method, reasons in (
        (OtpMethod.EMAIL, [Reason.BOUNCED]),
        (OtpMethod.APP, []),
        (None, []),
    ):
        facts = Facts(**fields(GOOD) | {"undeliverable": True, "otp_method": method})
        assert [each.reason for each in obstacles(facts)] == reasons


def fields(facts: Facts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in Facts.__dataclass_fields__}
