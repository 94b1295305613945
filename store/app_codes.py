"""One-time passwords of a mobile application: a step is accepted once, and a clock that is off is told."""

from dataclasses import dataclass

import pyotp

from store.claims import Claim
from store.context import Change
from store.enrolment_views import AppSetup
from store.errors import KeyFault
from store.keys import Keys
from store.rules import otp
from store.sign_in import seal_seed

ISSUER = "CCMS"


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a code: `why` is empty when it was good, or a reason of `EntryRefused`."""

    why: str = ""
    step: int = 0
    drift_seconds: int = 0


def set_up(keys: Keys, user_id: str, user_pk: int) -> tuple[AppSetup, bytes]:
    """A fresh seed as the application takes it, and sealed with whose it is."""
    seed = pyotp.random_base32()
    uri = pyotp.TOTP(seed).provisioning_uri(name=user_id, issuer_name=ISSUER)
    groups = " ".join(seed[start : start + 4] for start in range(0, len(seed), 4))
    return AppSetup(uri, groups), seal_seed(keys, _owner(user_pk), seed)


def judge(change: Change, claim: Claim, sealed: bytes | None, code: str, *, used: int | None) -> Judged:
    """Whether `code` (normalised) is one of this seed's for now, and newer than step `used`.

    One that would be right on a clock that is off is never accepted, not even when its time comes.
    """
    credential, seed = claim.credential, _seed(change.context.keys, claim, sealed)
    step = otp.matched_step(seed, code, change.now)
    if step is None:
        step = otp.matched_step(seed, code, change.now, otp.TELLING_WINDOW)
        if step is None:
            return Judged("wrong")
        credential.told_step = step
        _note_drift(change, claim, step)
        return Judged("clock", step, otp.drift_seconds(step, change.now))
    if step == credential.told_step or (used is not None and step <= used):
        return Judged("replayed", step)
    _note_drift(change, claim, step)
    return Judged("", step, otp.drift_seconds(step, change.now))


def _note_drift(change: Change, claim: Claim, step: int) -> None:
    claim.credential.drift_seconds = otp.drift_seconds(step, change.now)
    claim.credential.drift_seen_at = change.now
    change.session.add(claim.credential)


def _owner(user_pk: int) -> str:
    return f"user {user_pk}"


def _seed(keys: Keys, claim: Claim, sealed: bytes | None) -> str:
    """The seed; one that nobody has where there is none, or not this user's."""
    try:
        owner, _colon, seed = keys.unseal(bytes(sealed or b"")).rpartition(":")
    except KeyFault:
        return pyotp.random_base32()
    return seed if owner == _owner(claim.user.pk or 0) else pyotp.random_base32()
