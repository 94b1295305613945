"""The steps of an enrolment within one transaction each: codes of mails, the method, its first good code.

What is wrong is returned, not raised, where its count has to be kept.
"""

from datetime import timedelta

from store import app_codes, mailed_codes
from store.app_codes import Judged
from store.claims import Claim, barred, count_wrong, forgive, moved, note, proven_as, refuse
from store.context import Change
from store.enrolment_views import AppSetup, CodeSent, OtpMethod
from store.enrolment_views import Change as Wanted
from store.errors import CodeRefused, EntryRefused, NotYet
from store.rules import codes, otp
from store.tables import CcmsUser, Verification
from store.verifications import TERMINAL_TRIES, count_try, sent_code, spend_code
from store.views import AddressVerified, MailKind, MailState
from store.visits import Visit, code_sent, forget_attempts, overtake

NOTICE_LIFETIME = timedelta(days=3)
Refusal = EntryRefused | None


async def verify_address(change: Change, visit: Visit, typed: str) -> Refusal:
    """The code of the registration mail: it makes the pending address the active one."""
    code = codes.normalise(typed)
    if code is None:
        return EntryRefused("code", "malformed")
    claim = visit.claim
    origin = visit.row.origin
    if refusal := await barred(change, claim, "code", origin=origin):
        return refusal
    held = await sent_code(change, claim.user, code)
    if await mailed_codes.was_sent(change, claim, mailed_codes.ACTIVATION, code) and held is None:
        return await refuse(change, claim, EntryRefused("code", "activation"), origin=origin)
    done = await spend_code(change, claim.user, code, TERMINAL_TRIES)
    if isinstance(done, AddressVerified):
        visit.row.mailbox_proven_at = change.now
        proven_as(change, claim.user)
        return None
    if held is not None:
        return await refuse(change, claim, EntryRefused("code", _why(held, done)), origin=origin)
    counted = done.reason == "wrong"
    if not counted:
        await count_try(change, 0, TERMINAL_TRIES)
    noted = counted and claim.known
    return await count_wrong(change, claim, "code", "wrong", origin=origin, noted=noted)


def _why(held: Verification, refused: CodeRefused) -> str:
    """Why a code that was sent to this user is refused; told to who holds it."""
    if held.used_at is not None:
        return "used"
    if refused.reason == "day-limit":
        return "spent"
    return refused.reason if refused.reason in ("expired", "spent") else "earlier"


async def send_activation(change: Change, visit: Visit) -> CodeSent | EntryRefused:
    """Mail an activation code; the answer is the same when there is nobody to mail it to."""
    if refusal := await barred(change, visit.claim, "code", origin=visit.row.origin):
        return refusal
    pause = await mailed_codes.activation_pause(change, visit)
    row = await mailed_codes.issue(
        change, visit.claim, mailed_codes.ACTIVATION, visit.row.session_hash, pause
    )
    await note(change, visit.claim, "activation.sent", number=row.number, origin=visit.row.origin)
    told = visit.row.mailbox_proven_at is not None or visit.row.activated_at is not None
    return code_sent(row, visit.claim.user.active_email, MailState.QUEUED, told=told)


async def activate(change: Change, visit: Visit, typed: str) -> Refusal:
    """The activation code: from here on the session is the user's."""
    purpose, claim = mailed_codes.ACTIVATION, visit.claim
    refusal = await _spend_mailed(change, visit, purpose, typed, entry="code")
    if refusal is not None:
        return refusal
    if claim.user.suspended:
        return await refuse(change, claim, EntryRefused("code", "suspended"), origin=visit.row.origin)
    visit.row.activated_at = change.now
    visit.row.canonical = claim.user.active_canonical
    proven_as(change, claim.user)
    change.record("enrolment.activated", claim.user, origin=visit.row.origin)
    await overtake(change, visit)
    return None


async def _spend_mailed(
    change: Change, visit: Visit, purpose: mailed_codes.Purpose, typed: str, *, entry: str
) -> Refusal:
    code = purpose.normalise(typed)
    if code is None:
        return EntryRefused(entry, "malformed")
    origin = visit.row.origin
    if refusal := await barred(change, visit.claim, entry, origin=origin):
        return refusal
    if purpose is mailed_codes.ACTIVATION and await sent_code(change, visit.claim.user, code):
        return await refuse(change, visit.claim, EntryRefused(entry, "verification"), origin=origin)
    why = await mailed_codes.spend(change, visit.claim, purpose, visit.row.session_hash, code)
    if why == "wrong":
        return await count_wrong(change, visit.claim, entry, why, origin=origin)
    return await refuse(change, visit.claim, EntryRefused(entry, why), origin=origin) if why else None


def choose_app(change: Change, visit: Visit) -> AppSetup:
    """Make a seed that waits in the session for its first good code. Raises: NotYet."""
    visit.demand(Wanted.METHOD)
    user = visit.claim.user
    setup, sealed = app_codes.set_up(change.context.keys, user.user_id, user.pk or 0)
    visit.row.choosing, visit.row.totp_sealed = OtpMethod.APP.value, sealed
    _record(change, visit, "otp.chosen", method=OtpMethod.APP.value)
    return setup


async def choose_email(change: Change, visit: Visit) -> CodeSent:
    """Mail a one-time password that waits in the session. Raises: NotYet, TooSoon."""
    visit.demand(Wanted.METHOD)
    visit.row.choosing, visit.row.totp_sealed = OtpMethod.EMAIL.value, None
    purpose, bound_to = mailed_codes.ONE_TIME, visit.row.session_hash
    pause = await mailed_codes.one_time_pause(change, visit.claim, bound_to)
    row = await mailed_codes.issue(change, visit.claim, purpose, bound_to, pause)
    _record(change, visit, "otp.chosen", method=OtpMethod.EMAIL.value, number=row.number)
    return code_sent(row, visit.claim.user.active_email, MailState.QUEUED, told=True)


async def confirm_otp(change: Change, visit: Visit, typed: str) -> Refusal:
    """The first good code of the method chosen. Raises: NotYet."""
    visit.demand(Wanted.METHOD)
    if visit.row.choosing is None:
        raise NotYet("method")
    judged: Judged | EntryRefused | None = None
    if visit.row.choosing == OtpMethod.EMAIL:
        refusal = await _spend_mailed(change, visit, mailed_codes.ONE_TIME, typed, entry="otp")
        if refusal is not None:
            return refusal
    else:
        judged = await _judge_app(change, visit, visit.row.totp_sealed, typed, used=None)
    if isinstance(judged, EntryRefused):
        return judged
    await _enrol(change, visit, judged)
    return None


async def prove_by_app(change: Change, visit: Visit, typed: str) -> Refusal:
    """A code of the application in use. Raises: NotYet."""
    facts, credential = visit.facts, visit.claim.credential
    if not facts.activated:
        raise NotYet("activation")
    if facts.method is not OtpMethod.APP:
        raise NotYet("administrator" if facts.method else "method")
    judged = await _judge_app(change, visit, credential.totp_sealed, typed, used=credential.last_step)
    if isinstance(judged, EntryRefused):
        return judged
    credential.last_step = judged.step
    visit.row.proved_by = "app"
    _record(change, visit, "factor.proven", factor="app", drift_seconds=judged.drift_seconds)
    return None


async def prove_by_password(change: Change, visit: Visit, kept: str | None) -> Refusal:
    """The password in use, tried already: `kept` is the hash it fits, None when it fits none."""
    if refusal := await barred(change, visit.claim, "password", origin=visit.row.origin):
        return refusal
    if kept is None or kept != visit.claim.credential.password_hash:
        return await count_wrong(change, visit.claim, "password", "wrong", origin=visit.row.origin)
    visit.row.proved_by = "password"
    _record(change, visit, "factor.proven", factor="password")
    return None


async def _judge_app(
    change: Change, visit: Visit, sealed: bytes | None, typed: str, *, used: int | None
) -> Judged | EntryRefused:
    return await spend_app(change, visit.claim, sealed, typed, used=used, origin=visit.row.origin)


async def spend_app(
    change: Change, claim: Claim, sealed: bytes | None, typed: str, *, used: int | None, origin: str
) -> Judged | EntryRefused:
    """Judge a code of the application, and count a wrong one."""
    code = otp.normalise(typed, otp.APP_DIGITS)
    if code is None:
        return EntryRefused("otp", "malformed")
    if refusal := await barred(change, claim, "otp", origin=origin):
        return refusal
    judged = app_codes.judge(change, claim, sealed, code, used=used)
    if not judged.why:
        return judged
    seconds = judged.drift_seconds
    return await count_wrong(change, claim, "otp", judged.why, origin=origin, seconds=seconds)


async def _enrol(change: Change, visit: Visit, judged: Judged | None) -> None:
    """The method chosen becomes the one in use; `judged` is the application's code, None by email."""
    claim, method = visit.claim, str(visit.row.choosing)
    credential, again = claim.credential, claim.credential.otp_method is not None
    credential.otp_method, credential.totp_sealed = method, visit.row.totp_sealed
    credential.last_step = judged.step if judged else None
    if method == OtpMethod.EMAIL:
        credential.drift_seconds = credential.drift_seen_at = None  # no phone's clock matters any more
    change.session.add(credential)
    visit.row.choosing = visit.row.totp_sealed = visit.row.proved_by = None
    forgive(claim.throttle)
    claim.user.enrolled_at = claim.user.enrolled_at or change.now
    moved(change, claim.user)
    drift = {"drift_seconds": judged.drift_seconds} if judged else {}
    _record(change, visit, "otp.changed" if again else "user.enrolled", method=method, **drift)
    if again:
        await _changed(change, claim)


async def store_password(change: Change, visit: Visit, hashed: str) -> None:
    """Keep a new password's hash. Raises: NotYet."""
    visit.demand(Wanted.PASSWORD)
    claim = visit.claim
    again = claim.credential.otp_method is not None
    claim.credential.password_hash = hashed
    change.session.add(claim.credential)
    claim.user.password_set_at = change.now
    visit.row.proved_by = None
    moved(change, claim.user)
    _record(change, visit, "password.changed" if again else "password.set")
    if again:
        await _changed(change, claim)


async def _changed(change: Change, claim: Claim) -> None:
    """An enrolled user logs on with something else now: they are told, and logons begun before are over."""
    await forget_attempts(change, claim.user.pk or 0)
    await tell_of_access(change, claim.user)


async def tell_of_access(change: Change, user: CcmsUser) -> None:
    """Tell the user's address that what they log on with was changed or reset."""
    if user.active_email is not None:
        facts = {"user_name": user.user_name, "changed_at": change.now.isoformat()}
        await change.queue_mail(
            MailKind.ACCESS_CHANGED, user, user.active_email, lifetime=NOTICE_LIFETIME, facts=facts
        )


def _record(change: Change, visit: Visit, action: str, **facts: str | int) -> None:
    proven_as(change, visit.claim.user)
    change.record(action, visit.claim.user, origin=visit.row.origin, **facts)
