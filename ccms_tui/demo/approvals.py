"""What waits for the demo's checker, and what was decided before: enough to try every key of that screen.

It is told over users of the dual house who have no address yet, after the roster was drawn, so that no other
user's past depends on it.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from ccms_tui.demo.cast import DUAL_HOUSE, START
from ccms_tui.demo.pasts import PROPOSAL_LIFE, Past
from store.rules.addresses import lint
from store.seed import SeedEvent, SeedProposal, SeedUser
from store.views import Kind

MAKER, CHECKER = "halb.maker", "halb.checker"
DOMAIN = "harbourlantern.hk.example"
PLAN_ID = "7c1e94d2-5b0f-4f63-9a58-2f1f6d0c3e11"
LOADED_LIST = datetime(2023, 2, 3, 7, 20, tzinfo=UTC)
THIS_MORNING = START - timedelta(minutes=18)
PLAN = (
    "{local}@harbourlantern.hk.example",
    "{local}@harbourlantern.hk.example",
    "{local}@gmail.com",
    "{local}@harborlantern.hk.example",
    "{local}@harbourlantern.hk.example",
    "settlement@harbourlantern.hk.example",
)
"""The addresses of the maker's list: some of them remarkable."""


def bring_before_the_checker(users: list[SeedUser]) -> None:
    """Have the dual house's maker propose a list and single changes, and its checker decide on some."""
    own = [number for number, user in enumerate(users) if user.participant_id == DUAL_HOUSE]
    domains = {DOMAIN: len(own)}
    fresh = iter([number for number in own if _has_nothing(users[number])])
    for address in PLAN:
        number = next(fresh)
        email = address.format(local=_local(users[number]))
        users[number] = _propose(users[number], email, LOADED_LIST, domains, plan_id=PLAN_ID)
    known = next(number for number in own if users[number].active_email)
    email = f"{_local(users[known])}+ccms@{DOMAIN}"
    users[known] = _propose(users[known], email, THIS_MORNING, domains, reason="moved to the Kowloon office")
    number = next(fresh)
    early = datetime(2023, 2, 1, 3, 5, tzinfo=UTC)
    email = f"{_local(users[number])}@hotmail.com"
    users[number] = _reject(_propose(users[number], email, early, domains))
    number = next(fresh)
    email = f"{_local(users[number])}@{DOMAIN}"
    users[number] = _approve(_propose(users[number], email, early, domains), START - timedelta(minutes=25))


def _has_nothing(user: SeedUser) -> bool:
    return not (
        user.kind is not Kind.USER
        or user.proposal
        or user.active_email
        or user.pending_email
        or user.suspended
    )


def _local(user: SeedUser) -> str:
    words = [word.lower() for word in user.user_name.split() if word.isascii() and word.isalpha()]
    return f"{words[-1]}.{words[0]}" if len(words) > 1 else user.user_id.lower()


def _propose(
    user: SeedUser,
    email: str,
    at: datetime,
    domains: dict[str, int],
    *,
    plan_id: str | None = None,
    reason: str = "",
) -> SeedUser:
    old = user.active_email
    made = SeedProposal(
        email, MAKER, at, at + PROPOSAL_LIFE, old, plan_id, reason, lint(email.lower(), domains)
    )
    facts = {"email": email, "old_email": old, "plan_id": plan_id, "reason": reason}
    told = SeedEvent(at, MAKER, "address.proposed", {key: value for key, value in facts.items() if value})
    return replace(user, proposal=made, events=(*user.events, told))


def _reject(user: SeedUser) -> SeedUser:
    made = user.proposal
    assert made is not None
    at, reason = made.made_at + timedelta(hours=2), "a private mailbox; please take the firm's"
    facts = {"email": made.new_email, "made_by": MAKER, "reason": reason}
    return replace(
        user,
        proposal=replace(
            made, decision="rejected", decided_by=CHECKER, decided_at=at, decision_reason=reason
        ),
        events=(*user.events, SeedEvent(at, CHECKER, "address.rejected", facts)),
    )


def _approve(user: SeedUser, at: datetime) -> SeedUser:
    """Approved, and its code sent."""
    made = user.proposal
    assert made is not None
    past = Past(Random(107), user, CHECKER, events=list(user.events), mails=list(user.mails))
    past.proposal = replace(made, decision="approved", decided_by=CHECKER, decided_at=at)
    past.note(at, CHECKER, "address.approved", email=made.new_email, made_by=MAKER)
    past.note(at, CHECKER, "address.registered", email=made.new_email, basis="dual control")
    past.pending_email = made.new_email
    past.sent(at)
    return past.told()
