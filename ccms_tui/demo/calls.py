"""The hotline's last two days in the demo: a dozen calls, two follow-ups still to be done, one note."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ccms_tui.demo.cast import START
from ccms_tui.demo.pasts import HELPDESK
from store.enquiry_views import GENERAL, Outcome
from store.rules.caller_check import CheckMethod
from store.rules.explain import Reason
from store.seed import SeedUser
from store.seed_calls import SeedEnquiry, SeedNote

COLLEAGUE = "hotline.mok"
FRIDAY = START - timedelta(days=3)
"""At 09:30 of the working day before."""
NOTES = (
    SeedNote(
        "Two callers asked whether the mail without a link is genuine: yes, it holds a code and no link.\n"
        "The relay of one participant puts mail off (451): their codes come about an hour late.",
        COLLEAGUE,
        FRIDAY + timedelta(hours=8, minutes=20),
    ),
)


@dataclass(frozen=True, slots=True)
class _Told:
    """A call as it is told here: about the next user with this in the way, minutes after a moment."""

    after: int
    cause: str
    question: str
    seconds: int
    outcome: Outcome = Outcome.TOLD
    check: CheckMethod = CheckMethod.NONE
    caller: str = ""
    follow_up: str = ""
    due: int = 0
    done_after: int | None = None


_BACK, _CODE = CheckMethod.CALL_BACK, CheckMethod.CODE
_FRIDAY = (
    _Told(4, Reason.CODE_EXPIRED.value, "The code never came.", 190, check=_BACK),
    _Told(31, GENERAL, "When does the parallel run begin?", 75, caller="a broker's secretary"),
    _Told(58, Reason.BOUNCED.value, "No mail at all, and she checked the junk folder.", 260, check=_BACK,
          outcome=Outcome.FOLLOW_UP, follow_up="Ask the DA for the right address.", done_after=95),
    _Told(112, Reason.CODE_EXPIRED.value, "User was on leave when the code was sent.", 140),
    _Told(170, Reason.NO_EMAIL.value, "Who has to register the address?", 95, outcome=Outcome.RESOLVED),
    _Told(236, Reason.AWAITING_APPROVAL.value, "The maker changed it on Monday, nothing came.", 205, check=_BACK,
          outcome=Outcome.FOLLOW_UP, follow_up="Ring the checker: the change waits for them.", due=3),
    _Told(301, Reason.CODE_EXPIRED.value, "The code never came.", 120),
    _Told(390, GENERAL, "Asks whether the mail is genuine: no link in it.", 60, outcome=Outcome.RESOLVED),
)  # fmt: skip
_TODAY = (
    _Told(-28, Reason.NO_PASSWORD.value, "Where do I choose the password?", 150, check=_CODE),
    _Told(-21, Reason.CODE_EXPIRED.value, "The code never came.", 110),
    _Told(-14, Reason.BOUNCED.value, "Changed mailbox last week, wants the code at the new one.", 230,
          check=_BACK, outcome=Outcome.FOLLOW_UP, caller="Ms Fong, their DA",
          follow_up="Look whether the new address was registered, and ring back.", due=0),
    _Told(-6, GENERAL, "Asks for the user guide.", 55, outcome=Outcome.PASSED_ON),
)  # fmt: skip


def tell_calls(users: Sequence[SeedUser]) -> tuple[SeedEnquiry, ...]:
    """The calls of Friday and of this morning, about users of the roster whom they fit."""
    waiting = {cause: iter(_fitting(users, cause)) for cause in {each.cause for each in (*_FRIDAY, *_TODAY)}}
    told = [(FRIDAY, COLLEAGUE, each) for each in _FRIDAY] + [(START, HELPDESK, each) for each in _TODAY]
    return tuple(_call(start, by, each, next(waiting[each.cause], None)) for start, by, each in told)


def _fitting(users: Sequence[SeedUser], cause: str) -> Iterator[str]:
    """The IDs of ordinary users who are stuck there, from different participants."""
    seen: set[str] = set()
    for user in users:
        if user.kind.is_delegated_administrator or user.suspended or user.locked:
            continue
        if _stuck(user) == cause and user.participant_id not in seen:
            seen.add(user.participant_id)
            yield user.user_id


def _stuck(user: SeedUser) -> str | None:
    expired = bool(user.codes) and user.codes[-1].expires_at < FRIDAY
    if user.undeliverable:
        return Reason.BOUNCED.value
    if user.pending_email:
        return Reason.CODE_EXPIRED.value if expired else None
    if user.active_email:
        return None if user.password_set_at else Reason.NO_PASSWORD.value
    return Reason.AWAITING_APPROVAL.value if user.waits_until else Reason.NO_EMAIL.value


def _call(start: datetime, by: str, told: _Told, user_id: str | None) -> SeedEnquiry:
    taken_at = start + timedelta(minutes=told.after)
    done = told.done_after is not None
    return SeedEnquiry(
        user_id=user_id,
        question=told.question,
        taken_by=by,
        taken_at=taken_at,
        seconds=told.seconds,
        outcome=told.outcome,
        cause=told.cause,
        caller_name=told.caller,
        check=told.check,
        follow_up=told.follow_up,
        due=_day(start, told.due) if told.follow_up else None,
        done_by=by if done else None,
        done_at=start + timedelta(minutes=told.done_after or 0) if done else None,
    )


def _day(start: datetime, days: int) -> date:
    """The day so many after that of `start`, which is in the morning in Hong Kong and in UTC alike."""
    return (start + timedelta(days=days)).date()
