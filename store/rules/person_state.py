"""What the audit events tell of one user, as far as the fold over them has come (DESIGN 3.9)."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import cast

from store.enrolment_views import OtpMethod
from store.rules.explain import clock_right
from store.rules.otp import known_drift
from store.rules.picture import Person
from store.rules.standing import Facts
from store.rules.standing import standing as standing_of
from store.views import Kind, Standing


@dataclass(slots=True)
class PersonState:
    """A user as they are at one point of the log; it changes with each event that is theirs.

    A name or an address is None when there is none, and also when it was erased from the log:
    `has_active` and `has_pending` tell the difference. `undeliverable` is of the pending address if there
    is one, else of the active one.
    """

    user_id: str
    participant_id: str
    user_name: str | None = None
    kind: Kind = Kind.USER
    smartcard_serial: str | None = None
    language: str = "en"
    active_email: str | None = None
    has_active: bool = False
    pending_email: str | None = None
    has_pending: bool = False
    undeliverable: bool = False
    code_expires_at: datetime | None = None
    proposal_expires_at: datetime | None = None
    password_set: bool = False
    enrolled: bool = False
    proven: bool = False
    locked: bool = False
    suspended: bool = False
    otp_method: OtpMethod | None = None
    drift_seconds: int | None = None
    drift_seen_at: datetime | None = None

    def standing(self, now: datetime) -> Standing:
        """How far they are at `now`; the rule asks for nothing that is not here under the same name."""
        return standing_of(cast("Facts", self), now)

    def expires_at(self, now: datetime) -> datetime | None:
        """When next after `now` a code or a proposal of theirs runs out; None when none does."""
        first, second = self.code_expires_at, self.proposal_expires_at
        if first is None or first <= now:
            return second if second is not None and second > now else None
        return min(first, second) if second is not None and second > now else first

    def person(self, now: datetime, make_facts: Callable[..., Facts] = Facts) -> Person:
        """The user as a picture of `now` has them; many who are equally far can share their facts."""
        drift = known_drift(self.drift_seconds, self.drift_seen_at, now)
        return Person(
            self.user_id,
            self.user_name or "",
            self.participant_id,
            self.kind,
            bool(self.smartcard_serial),
            self.suspended,
            self.locked,
            self.undeliverable and not self.has_pending,
            clock_right(self.otp_method, drift),
            self.otp_method,
            make_facts(
                self.has_active,
                self.has_pending,
                self.undeliverable and self.has_pending,
                self.code_expires_at,
                self.proposal_expires_at,
                self.password_set,
                self.enrolled,
                self.proven,
            ),
        )

    def differences(self, other: "PersonState") -> tuple[str, ...]:
        """The names of what differs from `other`; what the log does not tell differs from nothing."""
        if self == other:
            return ()
        return tuple(
            each.name
            for each in fields(self)
            if (mine := getattr(self, each.name)) != getattr(other, each.name)
            and not (mine is None and self._untold(each.name))
        )

    def _untold(self, name: str) -> bool:
        """Whether None may mean that the log told it once and it was erased, or that it never told it.

        Logs of 0.2.0 and before tell nothing of the clocks of phones.
        """
        told = {"user_name": True, "active_email": self.has_active, "pending_email": self.has_pending}
        return told.get(name, name in ("drift_seconds", "drift_seen_at"))
