"""How a user of the invented roster came to where they stand: addresses, codes, mails, and who did what."""

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from operator import attrgetter
from random import Random

from ccms_tui.demo.cast import START
from ccms_tui.demo.names import QUESTIONS
from store.rules.explain import Reason
from store.seed import SeedCall, SeedCode, SeedEvent, SeedMail, SeedProposal, SeedUser
from store.views import MailKind, MailState, Standing

LOADED = datetime(2022, 12, 19, 2, 0, tzinfo=UTC)
OPERATIONS, HELPDESK, SYSTEM, TERMINAL = "ops.yeung", "hotline.ho", "system", "enrolment"
STEPS: tuple[tuple[str, dict[str, str | int]], ...] = (
    ("password.set", {"origin": "demo"}),
    ("user.enrolled", {"origin": "demo"}),
    ("user.proven", {"origin": "demo"}),
)
"""What the enrolment terminal notes of a user, in order."""
CODE_LIFE = timedelta(hours=24)
PROPOSAL_LIFE = timedelta(days=7)
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
HOLIDAYS = frozenset(
    (
        date(2022, 12, 26),
        date(2022, 12, 27),
        date(2023, 1, 2),
        date(2023, 1, 23),
        date(2023, 1, 24),
        date(2023, 1, 25),
    )
)
WORKING_DAYS = tuple(
    day
    for day in (date(2022, 12, 20) + timedelta(days=count) for count in range(46))
    if day.weekday() < 5 and day not in HOLIDAYS
)
EAGERNESS = tuple(
    min(1.0, number / 9) * (0.55 if number >= 22 else 1.0) * (number > 2)
    for number in range(len(WORKING_DAYS))
)
"""How much of the verifying falls on each of these days: it began slowly, and slowed down at the New Year."""
ON_PURPOSE = "demo: kept in this state for a while, so that there is one to look at"
"""What stands where a server's reply would, of a message that nothing but the demo holds up."""
DEFERRALS = (
    "451 4.7.1 Greylisting in action, please come back later",
    "450 4.2.2 Mailbox full, try again later",
    "421 4.3.2 Service not available, closing transmission channel",
)


@dataclass
class Past:
    """A user's past as it is being told; `by` is the maker who acts for them."""

    rng: Random
    user: SeedUser
    by: str
    active_email: str | None = None
    verified_at: datetime | None = None
    pending_email: str | None = None
    undeliverable: bool = False
    later: dict[str, datetime] = field(default_factory=dict)
    codes: list[SeedCode] = field(default_factory=list)
    mails: list[SeedMail] = field(default_factory=list)
    calls: list[SeedCall] = field(default_factory=list)
    events: list[SeedEvent] = field(default_factory=list)
    proposal: SeedProposal | None = None

    def working_moment(self, first: int = 0, last: int | None = None) -> datetime:
        """A moment in office hours of one of the working days since registration began."""
        day = self.rng.choice(WORKING_DAYS[first:last])
        return datetime.combine(day, time(1, 5), UTC) + timedelta(seconds=self.rng.randrange(8 * 3600))

    def note(self, at: datetime, by: str, action: str, **facts: str | int) -> None:
        """Remember an event."""
        self.events.append(SeedEvent(at, by, action, dict(facts)))

    def loaded(self, email: str | None) -> None:
        """Operations loaded the roster; an address in it is not verified."""
        self.pending_email = email
        user = self.user
        row = {"user_id": user.user_id, "user_name": user.user_name, "kind": user.kind.value}
        row |= {"smartcard_serial": user.smartcard_serial, "language": user.language}
        self.note(LOADED, OPERATIONS, "user.imported", **row, **({"email": email} if email else {}))

    def registered(self, at: datetime, email: str) -> None:
        """The maker of a participant with a waiver registered an address, which applied at once."""
        self.note(at, self.by, "address.registered", email=email)
        if self.active_email:
            self.mail(MailKind.CHANGE_REQUESTED, self.active_email, at, MailState.ACCEPTED)
        self.pending_email = email

    def code(self, at: datetime, *, by: str | None = None) -> SeedCode:
        """A code was issued for the pending address."""
        assert self.pending_email
        word = "".join(self.rng.choices(LETTERS, k=8))
        code = SeedCode(len(self.codes) + 1, self.pending_email, word, at, at + CODE_LIFE)
        self.codes.append(code)
        until = code.expires_at.isoformat()
        self.note(
            at, by or self.by, "verification.issued", number=code.number, email=code.address, expires_at=until
        )
        return code

    def mail(
        self,
        kind: MailKind,
        to: str,
        at: datetime,
        state: MailState,
        *,
        attempts: int = 1,
        reply: str | None = None,
        due: datetime | None = None,
        code: SeedCode | None = None,
    ) -> None:
        """A message was queued at `at`, and this came of it."""
        accepted = state is MailState.ACCEPTED
        met = at + timedelta(seconds=self.rng.randrange(1, 9))
        ident = f"{self.rng.getrandbits(128):032x}"
        if accepted:
            reply = f"250 2.0.0 Ok: queued as {ident[:10].upper()}"
        self.mails.append(
            SeedMail(
                f"<{ident}@ccms-tui.invalid>", kind, to, state, at,
                code.expires_at if code else at + timedelta(days=3),
                attempts=attempts, reply=reply, next_attempt_at=due,
                lease_until=due if state is MailState.SENDING else None,
                accepted_at=met if accepted else None, code_number=code.number if code else None,
            )
        )  # fmt: skip
        if state in (MailState.ACCEPTED, MailState.BOUNCED, MailState.DEFERRED):
            facts: dict[str, str | int] = {} if accepted or reply is None else {"reply": reply}
            facts |= {"undeliverable": True} if state is MailState.BOUNCED else {}
            self.note(met, SYSTEM, f"mail.{state.value}", kind=kind.value, **facts)

    def sent(self, at: datetime, *, by: str | None = None) -> SeedCode:
        """A code was issued and its mail accepted."""
        code = self.code(at, by=by)
        self.mail(MailKind.VERIFICATION, code.address, at, MailState.ACCEPTED, code=code)
        return code

    def verified(self, code: SeedCode) -> None:
        """The newest code was entered within its life; the address became the active one."""
        at = code.issued_at + timedelta(seconds=self.rng.randrange(240, 20_000))
        self.codes[-1] = SeedCode(
            code.number, code.address, code.code, code.issued_at, code.expires_at, 1, at
        )
        self.note(at, self.by, "address.verified", email=code.address)
        if self.active_email:
            self.mail(MailKind.ADDRESS_REPLACED, self.active_email, at, MailState.ACCEPTED)
        self.active_email, self.verified_at, self.pending_email = code.address, at, None

    def called(self, at: datetime) -> None:
        """The user rang the hotline, which wrote the question down."""
        question = self.rng.choice(QUESTIONS)
        self.calls.append(SeedCall(question, HELPDESK, at, Reason.CODE_EXPIRED.value))
        self.note(at, HELPDESK, "enquiry.logged", question=question)

    def told(self) -> SeedUser:
        """The user with this past."""
        self.events.sort(key=attrgetter("at"))
        return replace(
            self.user,
            active_email=self.active_email,
            verified_at=self.verified_at,
            pending_email=self.pending_email,
            undeliverable=self.undeliverable,
            password_set_at=self.later.get("password"),
            enrolled_at=self.later.get("enrolled"),
            proven_at=self.later.get("proven"),
            codes=tuple(self.codes),
            mails=tuple(self.mails),
            proposal=self.proposal,
            calls=tuple(self.calls),
            events=tuple(sorted(self.events, key=lambda event: event.at)),
        )


def draw_past(rng: Random, user: SeedUser, by: str, email: str, goal: Standing, *, waiver: bool) -> SeedUser:
    """The user, brought to `goal` the way the rules allow."""
    past = Past(rng, user, by)
    if waiver and goal not in (Standing.NO_EMAIL, Standing.AWAITING_APPROVAL) and rng.random() < 0.6:
        past.loaded(None)
        past.registered(past.working_moment(0, 3), email)
    else:
        past.loaded(email if goal not in (Standing.NO_EMAIL, Standing.AWAITING_APPROVAL) else None)
    match goal:
        case Standing.NO_EMAIL:
            pass
        case Standing.AWAITING_APPROVAL:
            _propose(past, email)
        case Standing.UNVERIFIED:
            _wait_for_code(past)
        case Standing.CODE_EXPIRED:
            _let_expire(past)
        case Standing.UNDELIVERABLE:
            _bounce(past)
        case _:
            _verify(past, goal, email, waiver=waiver)
    return past.told()


def _propose(past: Past, email: str) -> None:
    at = past.working_moment(-4)
    past.proposal = SeedProposal(email, past.by, at, at + PROPOSAL_LIFE)
    past.note(at, past.by, "address.proposed", email=email)


def _wait_for_code(past: Past) -> None:
    """Two in three have an address from the roster and no code yet; the others got theirs this morning."""
    if past.rng.random() < 0.35:
        past.sent(START - timedelta(seconds=past.rng.randrange(120, 3600)))


def _let_expire(past: Past) -> None:
    at = past.working_moment(4, -2)
    if past.rng.random() < 0.2:
        code = past.code(at)
        past.mail(
            MailKind.VERIFICATION, code.address, at, MailState.EXPIRED,
            attempts=9, reply=past.rng.choice(DEFERRALS), code=code,
        )  # fmt: skip
        past.note(code.expires_at, SYSTEM, "mail.expired", kind=MailKind.VERIFICATION.value)
        return
    past.sent(at)
    if past.rng.random() < 0.15:
        rang = at + timedelta(hours=25)
        past.called(rang)
        past.sent(rang + timedelta(seconds=40), by=HELPDESK)


def _bounce(past: Past) -> None:
    at = past.working_moment(4)
    code = past.code(at)
    reply = past.rng.choice(
        (
            f"550 5.1.1 <{code.address}>: Recipient address rejected: User unknown",
            "550 5.7.1 Message refused by the recipient's policy",
            "554 5.4.4 Host not found: unable to route to the domain",
        )
    )
    past.mail(MailKind.VERIFICATION, code.address, at, MailState.BOUNCED, reply=reply, code=code)
    past.undeliverable = True


def _spread(at: datetime) -> datetime:
    """A moment of the fourth to the eighteenth working day, spread over all of them as eagerness has it."""
    within = (at - datetime.combine(at.date(), time(1, 5), UTC)) / timedelta(hours=8)
    share = (WORKING_DAYS.index(at.date()) - 3 + within) / 15
    summed = list(accumulate(EAGERNESS))
    day = WORKING_DAYS[bisect_left(summed, share * summed[-1])]
    return datetime.combine(day, at.time(), UTC)


def _verify(past: Past, goal: Standing, email: str, *, waiver: bool) -> None:
    reached = {Standing.PASSWORD_SET: 1, Standing.ENROLLED: 2, Standing.PROVEN: 3}.get(goal, 0)
    if past.rng.random() < 0.12:
        past.sent(past.working_moment(3, 8))
        at = past.working_moment(9, 18)
    else:
        at = past.working_moment(3, 18)
    past.sent(at if reached or waiver else _spread(at))
    past.verified(past.codes[-1])
    moments = sorted(past.working_moment(20) for _step in range(reached))
    past.later = dict(zip(("password", "enrolled", "proven"), moments, strict=False))
    for (action, facts), when in zip(STEPS, moments, strict=False):
        past.note(when, TERMINAL, action, **facts)
    if waiver and past.rng.random() < 0.2:
        local, domain = email.split("@")
        past.registered(past.working_moment(20, 24), f"{local}.hk@{domain}")
        code = past.sent(past.events[-1].at)
        if past.rng.random() < 0.5:
            past.verified(code)
