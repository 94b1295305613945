"""The cut-over worked out a second time, from DESIGN 3.2, 3.5 and 3.6 alone: nothing of the access rule.

What lets somebody in is written down here as a table of everything that has to hold; who is locked out is
whoever no line of it lets in. It is slow and plain on purpose.
"""

from collections.abc import Callable
from datetime import datetime

from store.enrolment_views import OtpMethod
from store.rules.picture import Person, Picture
from store.views import Kind, Phase

Way = list[tuple[str, Callable[[Person], bool]]]

BY_SMARTCARD: Way = [
    ("suspended", lambda person: not person.suspended),
    ("locked", lambda person: not person.locked),
    ("no smartcard", lambda person: person.smartcard),
]

BY_TWO_FACTORS: Way = [
    ("suspended", lambda person: not person.suspended),
    ("locked", lambda person: not person.locked),
    ("address", lambda person: person.progress.has_active),
    (
        "one-time passwords do not arrive",
        lambda person: person.otp_method != OtpMethod.EMAIL or not person.undeliverable,
    ),
    ("no password", lambda person: person.progress.password_set),
    ("no one-time password", lambda person: person.progress.enrolled),
    ("clock of the phone is off", lambda person: person.clock_right),
]

REFUSED_FOR_GOOD: Way = [("smartcards decommissioned", lambda _person: False)]


def ways(picture: Picture, phase: Phase) -> list[Way]:
    """Before the parallel run smartcard only; during it smartcard or 2FA; after it 2FA only."""
    gone = any(row.milestone_id == "decommission" and row.begun_at for row in picture.milestones)
    smartcard = REFUSED_FOR_GOOD if gone else BY_SMARTCARD
    if phase == Phase.TWO_FACTOR_ONLY:
        return [BY_TWO_FACTORS]
    return [BY_TWO_FACTORS, smartcard] if phase == Phase.PARALLEL_RUN else [smartcard]


def gets_in(person: Person, ways: list[Way]) -> bool:
    return any(all(holds(person) for _word, holds in way) for way in ways)


def why(person: Person, way: Way, at: datetime) -> str:
    """The first thing that does not hold of the way that counts."""
    word = next(word for word, holds in way if not holds(person))
    return address_word(person, at) if word == "address" else word


def address_word(person: Person, at: datetime) -> str:
    facts = person.progress
    if not facts.has_pending:
        waits = facts.proposal_expires_at is not None and at < facts.proposal_expires_at
        return "awaiting approval" if waits else "no email"
    if facts.undeliverable:
        return "undeliverable"
    return "code expired" if facts.code_expires_at and at >= facts.code_expires_at else "unverified"


def ready_firms(picture: Picture) -> list[str]:
    """A participant is ready when all its users are enrolled and it can repair itself: a maker and a checker
    of its own are at work, or, where a single DA was allowed to act alone, that maker.
    """
    ready = []
    for participant_id, firm in sorted(picture.firms.items()):
        theirs = [person for person in picture.people if person.participant_id == participant_id]
        all_enrolled = all(
            person.progress.has_active and (person.progress.enrolled or person.progress.proven)
            for person in theirs
        )
        at_work = [person.kind for person in theirs if not person.locked and not person.suspended]
        approved = Kind.DA_CHECKER in at_work or firm.single_da_waiver
        if all_enrolled and Kind.DA_MAKER in at_work and approved:
            ready.append(participant_id)
    return ready


def expected(picture: Picture, phase: Phase, at: datetime) -> dict[str, object]:
    """What the simulation must say, in the shape of the command's document."""
    out, empty, broken = [], [], []
    open_ways = ways(picture, phase)
    for person in picture.people:
        if not gets_in(person, open_ways):
            out.append(
                {
                    "user_id": person.user_id,
                    "participant_id": person.participant_id,
                    "reason": why(person, open_ways[0], at),
                }
            )
    for participant_id, firm in sorted(picture.firms.items()):
        theirs = [person for person in picture.people if person.participant_id == participant_id]
        inside = {person.kind for person in theirs if gets_in(person, open_ways)}
        needed = {Kind.DA_MAKER} if firm.single_da_waiver else {Kind.DA_MAKER, Kind.DA_CHECKER}
        if theirs and not inside:
            empty.append(participant_id)
        if theirs and not needed <= inside:
            broken.append(participant_id)
    return {
        "locked_out": out,
        "participants_losing_everyone": empty,
        "participants_without_maker_or_checker": broken,
    }
