"""The phase that follows from what was declared begun, and addresses as the helpdesk sees them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules import masking, phases
from store.rules.phases import phase
from store.schedule import MILESTONES
from store.views import Phase, Role

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
