"""The cut-over simulated: who could not log on in a phase, and who could not be helped by their own people.

It asks the access rule itself (`rules.access.decide`), which logons and explanations ask too, so that the
three cannot disagree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from store.rules.access import OPENS_TWO_FACTOR, AccessFacts, Method, Programme, Refusal, decide
from store.rules.picture import Firm, Person, Picture
from store.rules.repair import lacking
from store.rules.standing import NOT_VERIFIED
from store.views import Kind, Phase, Standing


class Cause(StrEnum):
    """Why a user is locked out: the word of the access rule's refusal, and where it says that the address is
    not verified, the word of the standing, which says what is missing.
    """

    SUSPENDED = Refusal.SUSPENDED.value
    LOCKED = Refusal.LOCKED.value
    NO_SMARTCARD = Refusal.NO_SMARTCARD.value
    DECOMMISSIONED = Refusal.DECOMMISSIONED.value
    NO_EMAIL = Standing.NO_EMAIL.value
    AWAITING_APPROVAL = Standing.AWAITING_APPROVAL.value
    UNDELIVERABLE = Standing.UNDELIVERABLE.value
    CODE_EXPIRED = Standing.CODE_EXPIRED.value
    UNVERIFIED = Standing.UNVERIFIED.value
    NO_MAIL = Refusal.NO_MAIL.value
    NO_PASSWORD = Refusal.NO_PASSWORD.value
    NO_OTP = Refusal.NO_OTP.value
    CLOCK_OFF = Refusal.CLOCK_OFF.value


@dataclass(frozen=True, slots=True)
class LockedOut:
    """A user whom no method lets in.

    `refusal` is the access rule's, of two factors where the phase has them, else of the smartcard; `already`
    tells that the phase the picture shows does not let them in either, so that the change takes nothing.
    """

    user_id: str
    user_name: str
    participant_id: str
    kind: Kind
    reason: Cause
    refusal: Refusal
    already: bool


@dataclass(frozen=True, slots=True)
class FirmAfter:
    """A participant that has users, as the phase would leave it; makers and checkers are those who get in.

    One with a single-DA waiver needs no checker: what its maker registers applies at once.
    """

    participant_id: str
    name: str
    users: int
    locked_out: int
    makers: int
    checkers: int
    single_da_waiver: bool

    @property
    def loses_everyone(self) -> bool:
        """Nobody of it gets in."""
        return self.locked_out == self.users

    @property
    def lacks_maker(self) -> bool:
        """No maker gets in, so that nobody can register an address for its users."""
        return Kind.DA_MAKER in self._lacking

    @property
    def lacks_checker(self) -> bool:
        """No checker gets in to approve what a maker registers."""
        return Kind.DA_CHECKER in self._lacking

    @property
    def cannot_repair_itself(self) -> bool:
        """It is without a working maker or checker."""
        return bool(self._lacking)

    @property
    def _lacking(self) -> tuple[Kind, ...]:
        at_work = {Kind.DA_MAKER: self.makers, Kind.DA_CHECKER: self.checkers}
        return lacking(
            [kind for kind, number in at_work.items() if number], single_da_waiver=self.single_da_waiver
        )


@dataclass(frozen=True, slots=True)
class Simulation:
    """Who would be locked out in `phase` at `at`, of the `users` in a picture of the moment `as_of`.

    Those locked out are in the order of their IDs, the participants in that of theirs.
    """

    phase: Phase
    present: Phase
    at: datetime
    as_of: datetime
    users: int
    locked_out: tuple[LockedOut, ...]
    firms: tuple[FirmAfter, ...]

    @property
    def losing(self) -> tuple[LockedOut, ...]:
        """Those from whom the change takes the way in that they have in the picture."""
        return tuple(each for each in self.locked_out if not each.already)

    @property
    def losing_everyone(self) -> tuple[FirmAfter, ...]:
        """The participants of whom nobody gets in."""
        return tuple(firm for firm in self.firms if firm.loses_everyone)

    @property
    def without_maker_or_checker(self) -> tuple[FirmAfter, ...]:
        """The participants that cannot repair themselves, those losing everyone among them."""
        return tuple(firm for firm in self.firms if firm.cannot_repair_itself)


def simulate(picture: Picture, phase: Phase, at: datetime) -> Simulation:
    """Who of the picture could log on by no method if `phase` had been reached at `at`.

    By then codes and proposals have expired that expire till then; all else stays as it is in the picture,
    what is known of phones' clocks too. A decommissioning that has begun in the picture holds in every phase.
    """
    programme = Programme(phase, picture.programme.decommissioned)
    locked_out = tuple(_locked_out(picture, programme, at))
    return Simulation(
        phase=phase,
        present=picture.phase,
        at=at,
        as_of=picture.as_of,
        users=len(picture.people),
        locked_out=locked_out,
        firms=tuple(_firms(picture, frozenset(each.user_id for each in locked_out))),
    )


def shut_out(facts: AccessFacts, programme: Programme) -> Refusal | None:
    """Why no method lets in: the refusal of two factors where the phase has them, else of the smartcard."""
    order = (Method.TWO_FACTOR, Method.SMARTCARD)
    first, second = order if programme.phase in OPENS_TWO_FACTOR else reversed(order)
    refusal = decide(facts, first, programme)
    return refusal if refusal and decide(facts, second, programme) else None


def cause(refusal: Refusal, standing: Standing) -> Cause:
    """The word for a refusal of somebody of this standing."""
    if refusal is Refusal.NOT_VERIFIED and standing in NOT_VERIFIED:
        return Cause(standing.value)
    return Cause(refusal.value)


def _locked_out(picture: Picture, programme: Programme, at: datetime) -> Iterable[LockedOut]:
    """Each case is judged once: what the access rule looks at comes to a few dozen, however many they are."""
    present = picture.programme
    judged: dict[tuple[object, ...], tuple[Refusal, Cause, bool] | None] = {}
    for person in picture.people:
        case = (
            person.smartcard,
            person.suspended,
            person.locked,
            person.undeliverable,
            person.clock_right,
            person.otp_method,
            person.standing(at),
            person.progress.password_set,
            person.progress.enrolled,
        )
        if case not in judged:
            judged[case] = _judge(person, programme, present, at)
        if (verdict := judged[case]) is not None:
            refusal, reason, already = verdict
            yield LockedOut(
                user_id=person.user_id,
                user_name=person.user_name,
                participant_id=person.participant_id,
                kind=person.kind,
                reason=reason,
                refusal=refusal,
                already=already,
            )


def _judge(
    person: Person, programme: Programme, present: Programme, at: datetime
) -> tuple[Refusal, Cause, bool] | None:
    """Why no method lets them in, the word for it, and whether none does in the programme as it is either."""
    facts = person.access(at)
    refusal = shut_out(facts, programme)
    if refusal is None:
        return None
    return refusal, cause(refusal, person.standing(at)), shut_out(facts, present) is not None


def _firms(picture: Picture, locked_out: frozenset[str]) -> Iterable[FirmAfter]:
    """Every participant that has users, by ID."""
    theirs: dict[str, list[Person]] = {}
    for person in picture.people:
        theirs.setdefault(person.participant_id, []).append(person)
    for participant_id in sorted(theirs):
        yield _firm(picture.firms, participant_id, theirs[participant_id], locked_out)


def _firm(
    firms: Mapping[str, Firm], participant_id: str, people: list[Person], locked_out: frozenset[str]
) -> FirmAfter:
    inside = [person for person in people if person.user_id not in locked_out]
    return FirmAfter(
        participant_id=participant_id,
        name=firms[participant_id].name,
        users=len(people),
        locked_out=len(people) - len(inside),
        makers=sum(person.kind is Kind.DA_MAKER for person in inside),
        checkers=sum(person.kind is Kind.DA_CHECKER for person in inside),
        single_da_waiver=firms[participant_id].single_da_waiver,
    )
