"""The invented roster with its seven weeks of past: the same each time, and true to the rules.

All participants were loaded by operations; addresses came with that roster, or from the maker of a
participant with a single-DA waiver; others' changes wait for a checker. Mails met every fate a mail can meet.
Delegated Administrators have no address yet: their registration has not begun.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from random import Random

from ccms_tui.demo.approvals import bring_before_the_checker
from ccms_tui.demo.calls import NOTES, tell_calls
from ccms_tui.demo.cast import CAST, DUAL_HOUSE, START, WAIVER_HOUSE
from ccms_tui.demo.names import ABROAD, BROKERAGES, GIVEN, HOSTILE, SURNAMES, SYLLABLES, TRADES
from ccms_tui.demo.pasts import DEFERRALS, LOADED, ON_PURPOSE, OPERATIONS, TERMINAL, Past, draw_past
from store.seed import Seed, SeedEvent, SeedParticipant, SeedUser
from store.views import Kind, MailKind, MailState, Operator, Role, Standing

USERS = 2_400
WAIVERS = frozenset((0, 9, 23, 41))
"""Which participants have a single Delegated Administrator, by a recorded waiver."""

PILOTS = frozenset((0, 1, 6, 14, 27))
"""Which participants tried the enrolment early, so that every standing can be seen."""

NAMED = {(role.operator.participant_id, role.operator.role.value): role.operator.name for role in CAST}
"""The Delegated Administrators one can come in as."""

TAME = {WAIVER_HOUSE: "Wong Tai Man 黃大文", DUAL_HOUSE: "Chan Siu Ming 陳小明"}
"""Whom those who come in as Delegated Administrators see in place of a name that is hard to show."""

OPEN_MAILS = (
    (MailState.QUEUED, 3), (MailState.SENDING, 1), (MailState.DEFERRED, 9), (MailState.HELD, 4),
    (MailState.CANCELLED, 6),
)  # fmt: skip
"""How many of this morning's mails are still on their way, and where."""


@dataclass
class _House:
    """A participant while its users are made up."""

    number: int
    row: SeedParticipant
    code: str
    domain: str
    size: int
    progress: float
    taken: set[str] = field(default_factory=set)

    @property
    def maker(self) -> str:
        """The operator who is its maker."""
        return f"{self.code.lower()}.maker"


def build_roster(size: int = USERS) -> Seed:
    """The whole roster as it stands at `START`."""
    rng = Random(304_2022)
    houses = list(_houses(rng, size))
    users = [user for house in houses for user in _users(rng, house)]
    _put_on_the_way(rng, users)
    bring_before_the_checker(users)
    firms, operators = tuple(house.row for house in houses), tuple(_operators(users))
    return Seed(START, firms, operators, tuple(users), tell_calls(users), NOTES)


def _houses(rng: Random, size: int) -> Iterator[_House]:
    weights = [rng.choice((1, 1, 2, 2, 3, 5, 8)) + rng.random() for _name in BROKERAGES]
    weights[:2] = [3.0, 3.0]
    shares = [max(8, int(size * weight / sum(weights))) for weight in weights]
    shares[-1] += size - sum(shares)
    for number, ((english, chinese), share) in enumerate(zip(BROKERAGES, shares, strict=True)):
        trade, trade_chinese = TRADES[number % len(TRADES)]
        name = f"{english} {trade}" + (f" {chinese}{trade_chinese}" if number % 3 else "")
        code = _code(english, number)
        waiver = "Sole Delegated Administrator; granted by clearing operations" if number in WAIVERS else None
        yield _House(
            number,
            SeedParticipant(f"C{10_100 + 7 * number:05d}", name, waiver, LOADED, OPERATIONS, _phone(number)),
            code,
            english.lower().replace(" ", "") + (".example", ".hk.example")[number % 2],
            share,
            0.5 if number < 2 else rng.betavariate(1.4, 1.6),
        )


def _phone(number: int) -> str | None:
    """The number on file; a few participants have none."""
    return None if number % 9 == 5 else f"+852 3{100 + number:03d} {7_919 * (number + 1) % 10_000:04d}"


def _code(english: str, number: int) -> str:
    first, *rest = english.upper().split()
    letters = first[:2] + (rest[0][0] if rest else first[2])
    return letters + chr(ord("A") + number % 26)


def _operators(users: list[SeedUser]) -> Iterator[Operator]:
    """Each Delegated Administrator has a login to the desk, so has the hotline, and operations' second."""
    for user in users:
        if user.kind.is_delegated_administrator:
            role = Role(user.kind.value)
            operator_id = f"{user.user_id[:4]}.{role.value.removeprefix('da-')}".lower()
            yield Operator(operator_id, user.user_name, role, user.participant_id)
    yield from (role.operator for role in CAST if role.name in ("helpdesk", "second"))


def _users(rng: Random, house: _House) -> Iterator[SeedUser]:
    kinds = [Kind.DA_MAKER] if house.row.waiver else [Kind.DA_MAKER, Kind.DA_CHECKER]
    for place in range(1, house.size + 1):
        kind = kinds[place - 1] if place <= len(kinds) else Kind.USER
        name = NAMED.get((house.row.participant_id, kind.value)) or _name(rng, house, place)
        user = SeedUser(
            f"{house.code}{place:04d}", house.row.participant_id, name, kind,
            f"SC{rng.randrange(10**8):08d}", "zh-Hant" if rng.random() < 0.55 else "en",
        )  # fmt: skip
        goal = _goal(rng, house, place) if kind is Kind.USER else Standing.NO_EMAIL
        told = draw_past(
            rng, user, house.maker, _email(house, name, place), goal, waiver=bool(house.row.waiver)
        )
        locked = told.password_set_at is not None and rng.random() < 0.2
        yield _held_up(told, locked=locked, suspended=rng.random() < 0.006)


def _held_up(user: SeedUser, *, locked: bool, suspended: bool) -> SeedUser:
    """The user, locked after wrong entries this morning, or suspended in the roster that was loaded."""
    loaded, *events = user.events
    if suspended:
        loaded = replace(loaded, facts=loaded.facts | {"suspended": True})
    if locked:
        events.append(SeedEvent(START - timedelta(minutes=50), TERMINAL, "user.locked", {"origin": "demo"}))
    return replace(user, locked=locked, suspended=suspended, events=(loaded, *events))


def _name(rng: Random, house: _House, place: int) -> str:
    if house.number < 2 * len(HOSTILE) and place == 6:
        return TAME.get(house.row.participant_id) or HOSTILE[house.number % len(HOSTILE)]
    if rng.random() < 0.04:
        return rng.choice(ABROAD)
    surname, surname_chinese = rng.choice(SURNAMES)
    syllables = [rng.choice(SYLLABLES) for _part in range(1 if rng.random() < 0.15 else 2)]
    chinese = surname_chinese + "".join(character for _sound, character in syllables)
    if rng.random() < 0.06:
        return chinese
    given = " ".join(sound for sound, _character in syllables)
    english = f" {rng.choice(GIVEN)}" if rng.random() < 0.5 else ""
    return f"{surname} {given}{english}" + (f" {chinese}" if rng.random() < 0.8 else "")


def _email(house: _House, name: str, place: int) -> str:
    words = [word for word in name.split() if word.isascii() and word.isalpha()][:4]
    plain = "[" not in name and "\x1b" not in name and len(name) < 60 and len(words) >= 2
    local = f"{words[-1]}.{words[0]}" if plain else f"{house.code}{place:04d}"
    if local.lower() in house.taken:
        local = f"{local}{place}"
    house.taken.add(local.lower())
    return f"{local if place % 11 == 0 else local.lower()}@{house.domain}"


def _goal(rng: Random, house: _House, place: int) -> Standing:
    ahead = house.progress
    weights = {
        Standing.NO_EMAIL: 0.15 + 0.75 * (1 - ahead),
        Standing.AWAITING_APPROVAL: 0.0 if house.row.waiver else 0.07,
        Standing.UNDELIVERABLE: 0.03,
        Standing.CODE_EXPIRED: 0.11,
        Standing.UNVERIFIED: 0.12,
        Standing.VERIFIED: 0.05 + 0.8 * ahead,
    }
    if house.number in PILOTS:
        weights |= {Standing.PASSWORD_SET: 0.2, Standing.ENROLLED: 0.15, Standing.PROVEN: 0.1}
    return rng.choices(list(weights), list(weights.values()))[0]


def _put_on_the_way(rng: Random, users: list[SeedUser]) -> None:
    """Give some users who wait for a code one of this morning, whose mail has not arrived yet."""
    waiting = [number for number, user in enumerate(users) if user.pending_email and not user.codes]
    chosen = iter(rng.sample(waiting, sum(count for _state, count in OPEN_MAILS)))
    for state, count in OPEN_MAILS:
        for _one in range(count):
            number = next(chosen)
            users[number] = _on_the_way(rng, users[number], state)


def _on_the_way(rng: Random, user: SeedUser, state: MailState) -> SeedUser:
    past = Past(rng, user, OPERATIONS, pending_email=user.pending_email, events=list(user.events))
    just_now = state in (MailState.QUEUED, MailState.SENDING)
    at = START - (timedelta(seconds=20) if just_now else timedelta(minutes=rng.randrange(25, 55)))
    code = past.code(at)
    mail = partial(past.mail, MailKind.VERIFICATION, code.address, at, state, code=code)
    match state:
        case MailState.QUEUED:
            mail(attempts=0, reply=ON_PURPOSE, due=START + timedelta(seconds=rng.randrange(900, 1800)))
        case MailState.SENDING:
            mail(reply=ON_PURPOSE, due=START + timedelta(minutes=15))
        case MailState.DEFERRED:
            mail(attempts=4, reply=rng.choice(DEFERRALS), due=at + timedelta(minutes=81))
        case MailState.HELD:
            mail(attempts=0, reply=ON_PURPOSE)
            past.note(at + timedelta(seconds=9), OPERATIONS, "mail.held", kind=MailKind.VERIFICATION.value)
        case _:
            mail(attempts=2, reply=rng.choice(DEFERRALS))
            past.sent(at + timedelta(minutes=20))
            past.note(
                past.codes[-1].issued_at, OPERATIONS, "mail.cancelled", kind=MailKind.VERIFICATION.value
            )
    return past.told()
