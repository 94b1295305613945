"""The phase that follows from what was declared begun, and addresses as the helpdesk sees them."""

import string
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules import masking, phases
from store.rules.phases import phase
from store.schedule import MILESTONES
from store.views import MilestoneRow, MilestoneStatus, Phase, Role

BEGAN = datetime(2023, 2, 6, 1, 30, tzinfo=UTC)
IDS = [row.milestone_id for row in MILESTONES]


@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        ([], Phase.NOT_STARTED),
        (IDS[:1], Phase.USER_REGISTRATION),
        (IDS[:2], Phase.DA_REGISTRATION),
        (IDS[:4], Phase.DA_REGISTRATION),
        (IDS[:5], Phase.CONNECTIVITY_TEST),
        (IDS[:6], Phase.PARALLEL_RUN),
        (IDS[:7], Phase.TWO_FACTOR_ONLY),
        (IDS, Phase.TWO_FACTOR_ONLY),
    ],
)
def test_phase_follows_the_circular(begun: list[str], expected: Phase) -> None:
    assert phase(begun) is expected


@given(st.sets(st.sampled_from(IDS)), st.sampled_from(IDS))
def test_beginning_a_milestone_never_leads_back(begun: set[str], another: str) -> None:
    order = list(Phase)
    assert order.index(phase(begun | {another})) >= order.index(phase(begun))


def test_every_milestone_that_opens_something_is_of_the_schedule() -> None:
    assert {milestone_id for milestone_id, _ in phases.OPENED_BY} <= set(IDS)
    assert set(IDS) >= phases.TWO_PEOPLE


def test_address_is_masked_to_its_first_character() -> None:
    assert masking.mask("jo.chan@example.com") == "j***@example.com"


def test_only_the_helpdesk_sees_addresses_masked() -> None:
    seen = {role: masking.seen_by(role, "jo@example.com") for role in Role}
    assert seen.pop(Role.HELPDESK) == "j***@example.com"
    assert set(seen.values()) == {"jo@example.com"}
    assert masking.seen_by(Role.HELPDESK, None) is None


def test_addresses_in_a_server_reply_and_in_facts_are_masked() -> None:
    reply = "550 5.1.1 <jo.chan@example.com>: no such user, ask amy@example.org."
    assert masking.text_seen_by(Role.HELPDESK, reply) == (
        "550 5.1.1 <j***@example.com>: no such user, ask a***@example.org."
    )
    facts = {"email": "jo@example.com", "number": 2, "remarks": "webmail", "old_email": None}
    assert masking.facts_seen_by(Role.HELPDESK, facts) == {**facts, "email": "j***@example.com"}
    assert masking.facts_seen_by(Role.OPERATIONS, facts) == facts


def test_a_reply_that_names_the_mailbox_without_its_domain_is_masked_too() -> None:
    reply = "550 Jo.Chan: mailbox of jo.chan is full (jo.chanel is not)"
    assert masking.text_seen_by(Role.HELPDESK, reply, "jo.chan@example.com") == (
        "550 J***: mailbox of j*** is full (jo.chanel is not)"
    )
    assert masking.text_seen_by(Role.OPERATIONS, reply, "jo.chan@example.com") == reply
    assert masking.text_seen_by(Role.HELPDESK, "250 OK", "ok@example.com") == "250 O***"


def test_a_reply_that_leaves_out_the_tag_is_masked_too() -> None:
    assert masking.mask_within("550 jo.chan over quota", "jo.chan+ccms@example.com") == "550 j*** over quota"


def test_what_an_event_calls_an_address_is_masked_whatever_it_looks_like() -> None:
    facts = {"email": "jo.chan", "old_email": "", "note": "to o'brien+x@example.com"}
    assert masking.facts_seen_by(Role.HELPDESK, facts) == {
        "email": "j***", "old_email": "", "note": "to o***@example.com",
    }  # fmt: skip


ATEXT = string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~" + "éß陳я"
DOT_ATOMS = st.lists(st.text(ATEXT, min_size=1, max_size=12), min_size=1, max_size=3).map(".".join)
DOMAINS = st.sampled_from(["example.com", "銀行.hk", "xn--nqv2mv66a.hk", "[192.0.2.1]"])


@given(st.lists(st.tuples(DOT_ATOMS, DOMAINS), min_size=1, max_size=4), st.text(max_size=9), st.booleans())
def test_no_full_address_survives_masking(
    addresses: list[tuple[str, str]], between: str, in_brackets: bool
) -> None:
    wrapped = [f"<{local}@{domain}>" if in_brackets else f"{local}@{domain}" for local, domain in addresses]
    for text in (between.join(["", *wrapped, ""]), f" {between} ".join(wrapped)):
        masked = masking.mask_within(text)
        assert masking.mask_within(masked) == masked
        for local, domain in addresses:
            if local.strip("*") and not local.endswith("***"):
                assert f"{local}@{domain}" not in masked


@given(st.emails(), st.text(max_size=10))
def test_masked_text_keeps_no_long_local_part(email: str, around: str) -> None:
    local = email.rpartition("@")[0]
    if len(local) > 1 and local[1] != "*":
        assert masking.mask(email) != email
        assert not masking.mask(email).startswith(local[:2])


# What may follow what.


def schedule_of(begun: Collection[str], cancelled: Collection[str]) -> list[MilestoneRow]:
    """The circular's schedule with these begun and those cancelled."""
    return [
        replace(
            row,
            begun_at=BEGAN if row.milestone_id in begun else None,
            status=MilestoneStatus.CANCELLED if row.milestone_id in cancelled else MilestoneStatus.TENTATIVE,
        )
        for row in MILESTONES
    ]


SOME = st.sets(st.sampled_from(IDS))


@given(SOME, SOME, st.sampled_from(IDS))
def test_whatever_may_begin_leads_on_by_the_circulars_order(
    begun: set[str], cancelled: set[str], milestone_id: str
) -> None:
    rows = schedule_of(begun, cancelled)
    row = rows[IDS.index(milestone_id)]
    refused = phases.why_not_begun(row, rows)
    if milestone_id in begun:
        assert refused == ("begun", row.title)
    elif milestone_id in cancelled:
        assert refused == ("cancelled", row.title)
    elif refused:
        why, title = refused
        first = next(each for each in rows if each.title == title)
        assert why == "comes first"
        assert IDS.index(first.milestone_id) < IDS.index(milestone_id)
        assert first.begun_at is None
        titles = phases.titles_first(row, rows)
        assert titles[-1] == title
        missing = [each for each in rows if each.title in titles]
        assert [each.title for each in missing] == list(titles), "in the circular's order"
        assert not any(each.begun_at for each in missing)
    else:
        before = phases.COMES_AFTER.get(milestone_id)
        while before and before not in begun:
            assert before in cancelled
            assert before not in phases.TWO_PEOPLE
            before = phases.COMES_AFTER.get(before)


@given(st.permutations(IDS), SOME)
def test_declared_in_any_order_the_parallel_run_never_ends_before_it_begins(
    order: list[str], cancelled: set[str]
) -> None:
    begun: list[str] = []
    for milestone_id in [*order, *order, *order]:
        rows = schedule_of(begun, cancelled)
        if phases.why_not_begun(rows[IDS.index(milestone_id)], rows) is None:
            begun.append(milestone_id)
    two = [each for each in begun if each in phases.TWO_PEOPLE]
    assert two == ["parallel-start", "parallel-end", "decommission"][: len(two)]
    assert not cancelled & set(begun)


@given(SOME, SOME)
def test_done_comes_after_begun_and_once(begun: set[str], cancelled: set[str]) -> None:
    for row in schedule_of(begun, cancelled):
        assert phases.why_not_done(row) == (None if row.begun_at else "only once begun")
        assert phases.why_not_done(replace(row, status=MilestoneStatus.DONE)) == "done"


@given(st.sampled_from(MILESTONES), st.sampled_from(MilestoneStatus), st.booleans())
def test_what_has_begun_is_never_made_less_firm(
    row: MilestoneRow, status: MilestoneStatus, begun: bool
) -> None:
    row = replace(row, begun_at=BEGAN if begun else None)
    refused = phases.why_not_revised(row, status)
    assert refused == ("stays begun" if begun and status is not MilestoneStatus.CONFIRMED else None)
    assert phases.why_not_revised(replace(row, status=MilestoneStatus.DONE), status) == "done"


DAYS = st.dates(date(2021, 1, 1), date(2034, 12, 31))


@given(DAYS, DAYS, st.none() | DAYS)
def test_a_window_holds_days_that_there_can_be_and_did_not_end_before_it_began(
    earliest: date, latest: date, begun_on: date | None
) -> None:
    problem = phases.window_problem("Q2", earliest, latest, "C", begun_on)
    fine = phases.FIRST_DAY <= earliest <= latest <= phases.LAST_DAY
    fine = fine and (begun_on is None or begun_on <= latest)
    assert (problem is None) is fine


@given(st.text(max_size=200), st.text(max_size=200))
def test_words_and_reference_are_there_short_and_hold_nothing_to_click_on(words: str, source: str) -> None:
    fits = 0 < len(words.strip()) <= phases.WORDS_LENGTH and 0 < len(source.strip()) <= phases.SOURCE_LENGTH
    assert (phases.text_problem(words, source) is None) is fits
    assert phases.text_problem(words[:20] + "HTTPS://x", "C") is phases.WindowProblem.LINK
    assert phases.text_problem("Q2", "see WWW.x") is phases.WindowProblem.LINK
