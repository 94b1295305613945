"""The answer card as text: the same for the screen, for plain lines and for machines."""

from dataclasses import dataclass
from datetime import datetime

from screens import explain_words, next_step_words
from screens.call_words import DEEDS
from screens.history import history_words
from screens.hotline_words import CLEAR, HELPERS, SAY, Say, general
from screens.sentences import KINDS, LOCKED, MAIL_MEANINGS, SUSPENDED, Look, look, mail_look
from screens.text import clean
from screens.times import hk_moment
from screens.words import _
from store.rules.caller_check import CallerStatus, Deed, Ways
from store.rules.explain import Explanation
from store.rules.next_step import step_of
from store.views import MailRow, MailState, UserCard

CLEAR_CAUSE = _("Nothing is in the way of logging on with two factors.")


@dataclass(frozen=True, slots=True)
class AnswerText:
    """What the desk knows of one caller's trouble, in words.

    `helper` is empty when nobody has to do anything, `then` when nothing else is in the way; `first` is for
    everybody, `say` only for a caller who was checked. `impossible` is what cannot be done to this user.
    `mail` is None when none was written; `timeline` has the newest first.
    """

    who: tuple[str, str]
    email: str | None
    standing: tuple[Look, ...]

    cause: str
    is_clear: bool
    helper: str
    remedy: str
    then: str
    first: Say
    say: Say
    impossible: frozenset[Deed]
    mail: str | None
    mail_look: Look | None
    timeline: tuple[tuple[str, str, str], ...]


NO_WAYS = Ways(call_back=False, code=False)


def answer_text(found: Explanation, card: UserCard, now: datetime, ways: Ways = NO_WAYS) -> AnswerText:
    """The words for what was found at `now`; `ways` are those to check a caller."""
    answer, step = explain_words.answer(found), step_of(found)
    mail = card.mails[0] if card.mails else None
    return AnswerText(
        who=who_lines(card),
        email=clean(email) if (email := card.active_email or card.pending_email) else None,
        standing=standing_looks(card),
        cause=answer.reason if answer else CLEAR_CAUSE,
        is_clear=answer is None,
        helper=next_step_words.helper(step, found.participant_id),
        remedy=next_step_words.remedy(step),
        then=answer.after if answer else "",
        first=general(call_back=ways.call_back),
        say=say(found),
        impossible=_impossible(card, ways),
        mail=mail_fate(mail, now) if mail else None,
        mail_look=mail_look(mail.state) if mail else None,
        timeline=tuple(
            (hk_moment(line.at, now), clean(line.operator_id), clean(history_words(line.action, line.facts)))
            for line in card.history
        ),
    )


def may_do(told: AnswerText, caller: CallerStatus, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the agent may do and say now, and what only once the caller was checked; nothing that cannot be
    done to this user.
    """
    permitted = caller.permitted(now)
    words = DEEDS | (_TO_THE_CHECKED if caller.verified(now) else {})
    possible = [deed for deed in Deed if deed not in told.impossible]
    may = tuple(words[deed] for deed in possible if deed in permitted)
    return may, tuple(words[deed] for deed in possible if deed not in permitted)


_TO_THE_CHECKED: dict[Deed, str] = {Deed.RESEND: _("send a fresh code (r)")}


def _impossible(card: UserCard, ways: Ways) -> frozenset[Deed]:
    """What cannot be done to this user, whoever calls."""
    no_address = not (card.active_email or card.pending_email)
    cannot = {
        Deed.CALL_BACK: not ways.call_back,
        Deed.SEND_CHECK_CODE: not ways.code,
        Deed.RESEND: card.pending_email is None or card.row.suspended,
        Deed.SAY_ADDRESS: no_address,
        Deed.REVEAL: no_address and card.proposal is None,
    }
    return frozenset(deed for deed, holds in cannot.items() if holds)


def say(found: Explanation) -> Say:
    """What to tell a caller who was checked, about the obstacle that can be removed now."""
    lead = found.leading
    if lead is None:
        return CLEAR
    words, helper = SAY[lead.reason], HELPERS.get(lead.who, HELPERS_UNNAMED)
    number = str(found.code_number or "?")
    return Say(
        words.english.format(number=number, helper=helper.english),
        words.chinese.format(number=number, helper=helper.chinese),
    )


HELPERS_UNNAMED = Say("somebody else", "其他人員")


def who_lines(card: UserCard) -> tuple[str, str]:
    """Who it is, in two lines: the name; and ID, kind and participant."""
    row = card.row
    about = [row.user_id, KINDS[row.kind], f"{row.participant_id} {row.participant_name}"]
    return clean(row.user_name), " · ".join(map(clean, about))


def standing_looks(card: UserCard) -> tuple[Look, ...]:
    """How far they are; a lock or a suspension beside it."""
    row = card.row
    flags = ((LOCKED, row.locked), (SUSPENDED, row.suspended))
    return (look(row.standing), *(flag for flag, on in flags if on))


def mail_fate(mail: MailRow, now: datetime) -> str:
    """What became of a message, in one line behind its state."""
    about = _(mail.kind.value)
    if mail.code_number:
        about = _("code no. {number}").format(number=mail.code_number)
    parts = [
        _("{what} to {email}, {when}").format(
            what=about, email=clean(mail.to), when=hk_moment(mail.created_at, now)
        ),
        MAIL_MEANINGS[mail.state],
    ]
    if mail.last_reply and mail.state is not MailState.ACCEPTED:
        parts.append(clean(mail.last_reply))
    if mail.next_attempt_at and mail.state is MailState.DEFERRED:
        parts.append(_("next attempt {when}").format(when=hk_moment(mail.next_attempt_at, now)))
    return "; ".join(parts)
