"""The programme at any moment, rebuilt from the audit events in their order: a pure fold (DESIGN 3.9).

Every action of the log is either in `CHANGES` or in `CHANGES_NOTHING`; a test holds both against the code
that records events, so that no new one changes a row unseen here.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import cache
from operator import attrgetter
from typing import Any

from store.enrolment_views import OtpMethod
from store.rules.person_state import PersonState
from store.rules.picture import Firm, Picture
from store.rules.standing import PROPOSAL_LIFETIME, Facts
from store.views import Kind, MilestoneRow, MilestoneStatus


class Replay:
    """The state after the events taken so far.

    `announced` is the schedule that a new database is given, of which no event tells but that it has begun.
    """

    def __init__(self, announced: Iterable[MilestoneRow]) -> None:
        self.people: dict[int, PersonState] = {}
        self.firms: dict[str, Firm] = {}
        self.milestones: dict[str, MilestoneRow] = {}
        self._announced = tuple(replace(row, begun_at=None) for row in announced)

    def take(
        self,
        action: str,
        at: datetime,
        participant_id: str | None,
        user_pk: int | None,
        facts: Mapping[str, Any],
    ) -> PersonState | None:
        """Follow one event; the user whose state it may have changed.

        `facts` are the plain ones and, unless erased, the personal ones.
        """
        if change := _OF_A_USER.get(action):
            person = self.people.get(user_pk or 0)
            if person is not None:
                change(person, facts, at)
            return person
        if action == "user.imported":
            person = self.people[user_pk or 0] = _imported(participant_id, facts)
            return person
        if action in _OF_A_FIRM:
            self._firm(action, participant_id or "", facts)
        elif action in OF_A_MILESTONE:
            self._milestone(action, facts)
        return None

    def picture(self, as_of: datetime) -> Picture:
        """All of it as of `as_of`, when no event was taken that came later."""
        people = sorted(self.people.values(), key=attrgetter("user_id"))
        facts = cache(Facts)
        return Picture(
            as_of,
            dict(sorted(self.firms.items())),
            tuple(person.person(as_of, facts) for person in people),
            tuple(self.milestones.values()),
        )

    def _firm(self, action: str, key: str, facts: Mapping[str, Any]) -> None:
        known = self.firms.get(key, Firm(key, ""))
        if action == "participant.imported":
            known = replace(known, name=_text(facts.get("name")) or "")
        else:
            known = replace(known, single_da_waiver=action == "waiver.granted")
        self.firms[key] = known

    def _milestone(self, action: str, facts: Mapping[str, Any]) -> None:
        """Facts that are named as a milestone's fields are what these became; the first event loads all."""
        if not self.milestones:
            self.milestones = {row.milestone_id: row for row in self._announced}
        key = str(facts.get("milestone_id"))
        if (row := self.milestones.get(key)) is None:
            return
        values = {name: facts[name] for name in _MILESTONE_FIELDS if name in facts}
        if action == "milestone.begun" and row.status is MilestoneStatus.TENTATIVE:
            values.setdefault("status", MilestoneStatus.CONFIRMED.value)
        with suppress(ValueError, TypeError):  # in a log that was tampered with
            self.milestones[key] = replace(row, **{name: _read(name, values[name]) for name in values})


def _imported(participant_id: str | None, facts: Mapping[str, Any]) -> PersonState:
    return PersonState(
        user_id=str(facts.get("user_id") or ""),
        participant_id=participant_id or "",
        user_name=_text(facts.get("user_name")),
        kind=_KINDS.get(str(facts.get("kind")), Kind.USER),
        smartcard_serial=_text(facts.get("smartcard_serial")) or None,
        language=str(facts.get("language") or "en"),
        pending_email=_text(facts.get("email")),
        has_pending=bool(facts.get("pending", facts.get("email"))),
        suspended=bool(facts.get("suspended")),
    )


_KINDS = {kind.value: kind for kind in Kind}
_METHODS = {method.value: method for method in OtpMethod}
_STATUSES = {status.value: status for status in MilestoneStatus}
_MILESTONE_FIELDS = tuple(each.name for each in fields(MilestoneRow))
_DAYS = ("earliest", "latest")
DRIFT = "drift_seconds"
"""The fact that tells how far a phone's clock is off."""


def moment_of(text: Any) -> datetime | None:
    """A moment as an event has it, in UTC; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _read(name: str, value: Any) -> Any:
    """A milestone's field from its fact."""
    if name == "status":
        return _STATUSES.get(value, MilestoneStatus.TENTATIVE)
    if name in _DAYS:
        return date.fromisoformat(str(value))
    return moment_of(value) if name.endswith("_at") else value


Change = Callable[[PersonState, Mapping[str, Any], datetime], None]


def _changed(person: PersonState, facts: Mapping[str, Any], _at: datetime) -> None:
    """A roster's other columns; one that was named but is not told was erased."""
    for column in str(facts.get("changed") or "").split(", "):
        if column == "kind":
            person.kind = _KINDS.get(str(facts.get("kind")), person.kind)
        elif column == "language":
            person.language = _text(facts.get(column)) or person.language
        elif column in ("user_name", "smartcard_serial"):
            setattr(person, column, _text(facts.get(column)))


def _registered(person: PersonState, facts: Mapping[str, Any], _at: datetime) -> None:
    person.pending_email, person.has_pending = _text(facts.get("email")), True
    person.undeliverable = False
    person.code_expires_at = person.proposal_expires_at = None


def _proposed(person: PersonState, facts: Mapping[str, Any], at: datetime) -> None:
    person.proposal_expires_at = moment_of(facts.get("expires_at")) or at + PROPOSAL_LIFETIME


def _proposal_over(person: PersonState, _facts: Mapping[str, Any], _at: datetime) -> None:
    person.proposal_expires_at = None


def _issued(person: PersonState, facts: Mapping[str, Any], _at: datetime) -> None:
    """A code sent to an address that bounced gives it another chance."""
    person.code_expires_at = moment_of(facts.get("expires_at"))
    person.undeliverable = False


def _verified(person: PersonState, facts: Mapping[str, Any], _at: datetime) -> None:
    person.active_email, person.has_active = _text(facts.get("email")), True
    person.pending_email, person.has_pending = None, False
    person.code_expires_at, person.undeliverable = None, False


def _bounced(person: PersonState, facts: Mapping[str, Any], _at: datetime) -> None:
    person.undeliverable = bool(facts.get("undeliverable", person.undeliverable))


def _password(person: PersonState, _facts: Mapping[str, Any], _at: datetime) -> None:
    person.password_set = True


def _method(person: PersonState, facts: Mapping[str, Any], at: datetime) -> None:
    person.enrolled = True
    person.otp_method = _METHODS.get(str(facts.get("method")))
    if person.otp_method is OtpMethod.EMAIL:
        person.drift_seconds = person.drift_seen_at = None  # no phone's clock matters any more
    _clock(person, facts, at)


def _proven(person: PersonState, facts: Mapping[str, Any], at: datetime) -> None:
    person.proven = True
    _clock(person, facts, at)


def _clock(person: PersonState, facts: Mapping[str, Any], at: datetime) -> None:
    """What a code of the application told of the phone's clock."""
    if isinstance(seconds := facts.get(DRIFT), int):
        person.drift_seconds, person.drift_seen_at = seconds, at


def _locked(person: PersonState, _facts: Mapping[str, Any], _at: datetime) -> None:
    person.locked = True


def _unlocked(person: PersonState, _facts: Mapping[str, Any], _at: datetime) -> None:
    person.locked = False


def _reset(person: PersonState, _facts: Mapping[str, Any], _at: datetime) -> None:
    """What the user logs on with is forgotten, and they enrol anew."""
    person.locked = person.password_set = person.enrolled = person.proven = False
    person.otp_method = person.drift_seconds = person.drift_seen_at = None


_OF_A_USER: Mapping[str, Change] = {
    "user.changed": _changed,
    "address.registered": _registered,
    "address.proposed": _proposed,
    "address.rejected": _proposal_over,
    "proposal.voided": _proposal_over,
    "verification.issued": _issued,
    "address.verified": _verified,
    "mail.bounced": _bounced,
    "password.set": _password,
    "password.changed": _password,
    "user.enrolled": _method,
    "otp.changed": _method,
    "factor.proven": _clock,
    "entry.refused": _clock,
    "user.proven": _proven,
    "logon.passed": _clock,
    "user.locked": _locked,
    "user.unlocked": _unlocked,
    "user.reset": _reset,
}
_OF_A_FIRM = frozenset({"participant.imported", "waiver.granted", "waiver.withdrawn"})
OF_A_MILESTONE = frozenset({"milestone.begun", "milestone.done", "milestone.revised"})

CHANGES = frozenset({"user.imported", *_OF_A_USER}) | _OF_A_FIRM | OF_A_MILESTONE
"""The actions that change what a picture shows; only these are read."""

TOLD_BY_NAME = frozenset(
    {
        "address.registered", "address.rejected", "address.verified", "password.changed", "password.set",
        "proposal.voided", "user.locked", "user.reset", "user.unlocked",
    }
)  # fmt: skip
"""Of these the name alone says what changed, but for an address; their plain facts need not be read."""
OF_A_CLOCK = frozenset({action for action, change in _OF_A_USER.items() if change is _clock})
"""These change something only where they tell how far a phone's clock is off."""
NAMED = frozenset({"participant.imported", "user.changed", "user.imported"})
"""The actions whose personal facts hold what a picture shows; those of the others hold addresses at most."""

CHANGES_NOTHING = frozenset(
    {
        "activation.sent", "address.approved", "address.flagged", "address.revealed",
        "address.shared", "audit.head-exported", "audit.verified", "caller.code-refused",
        "caller.code-sent", "caller.failed", "caller.verified", "cutover.simulated",
        "enquiry.begun", "enquiry.ended", "enquiry.followed-up", "enquiry.handed-over",
        "enquiry.logged", "enquiry.taken-back", "enrolment.activated", "export.made", "logon.begun",
        "logons.imported", "mail.accepted", "mail.cancelled", "mail.deferred", "mail.expired",
        "mail.held", "mail.overtaken", "mail.released", "mail.retried", "milestone.approved",
        "milestone.proposed", "milestone.rejected", "milestone.voided", "milestone.withdrawn",
        "operator.added", "operator.disabled", "operator.enabled", "operator.key-added",
        "operator.key-removed", "operator.locked", "operator.otp-confirmed", "operator.otp-reset",
        "operator.unlocked", "otp.chosen", "otp.sent", "participant.phone-removed",
        "participant.phone-set", "password.rehashed", "refused", "session.ended", "session.locked",
        "session.proved", "session.resumed", "signin.opened", "signin.refused",
        "verification.refused",
    }
)  # fmt: skip
"""The others, by name. What an approval changes is told by the registration that follows it."""
