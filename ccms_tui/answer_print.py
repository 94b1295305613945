"""The answer card as plain lines, which a screen reader reads in order, and as JSON.

Delegated Administrators get the cause and the next step; what the hotline says makes no sense to them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from screens.words import _

if TYPE_CHECKING:
    from screens.answer_text import AnswerText
    from screens.hotline_words import Say
    from store.desk import Desk

LATEST = 10
"""Lines of the timeline that are printed."""


@dataclass(frozen=True, slots=True)
class Hotline:
    """What is said on the telephone: `first` to anybody, then to who was checked; what may be done when."""

    checked: bool
    first: "Say"
    never: "Say"
    may: tuple[str, ...]
    once_checked: tuple[str, ...]


async def read_answer(desk: "Desk", user_id: str) -> "tuple[AnswerText, Hotline | None]":
    """The words for one user; the hotline's for those who see all participants. Raises: NotFound."""
    from screens import answer_text, hotline_words  # noqa: PLC0415
    from store.rules.caller_check import CallerStatus  # noqa: PLC0415
    from store.rules.roles import Permission, sees_all  # noqa: PLC0415

    now = desk.clock.now()
    card = await desk.users.card(user_id)
    found, hotline = await desk.access.explain(user_id), sees_all(desk.actor.role)
    ways = await desk.callers.ways(user_id) if hotline else answer_text.NO_WAYS
    told = answer_text.answer_text(found, card, now, ways)
    if not hotline:
        return told, None
    call = await desk.enquiries.current(user_id) if desk.allows(Permission.WRITE_ENQUIRY) else None
    caller = call.caller if call else CallerStatus()
    may, once_checked = answer_text.may_do(told, caller, now)
    never = hotline_words.never_ask()
    return told, Hotline(caller.verified(now), told.first, never, may, once_checked)


def print_answer(told: "AnswerText", hotline: Hotline | None) -> None:
    """Print it, each line with what it is in front."""
    standing = ", ".join(each.word for each in told.standing)
    lines = [*told.who, _("Address: {email}").format(email=told.email or _("none")),
             _("Standing: {standing}").format(standing=standing), ""]  # fmt: skip
    lines.append(_("Cause: {cause}").format(cause=told.cause))
    if told.helper:
        lines.append(_("Who can help: {who}").format(who=told.helper))
    if told.remedy:
        lines.append(_("Next step: {step}").format(step=told.remedy))
    lines += [told.then] if told.then else []
    if hotline is not None:
        lines += ["", *_spoken(told, hotline)]
    lines += ["", _("Last mail: {fate}").format(fate=_fate(told))]
    if told.timeline:
        lines.append(_("Timeline, the newest first:"))
        lines += [f"  {when}  {by}: {what}" for when, by, what in told.timeline[:LATEST]]
    print("\n".join(lines))


def _spoken(told: "AnswerText", hotline: Hotline) -> list[str]:
    lines = []
    if not hotline.checked:
        lines += [_("The caller is not checked yet. Say first:"), *_both(hotline.first)]
        lines.append(_("Say this only once the caller is checked:"))
    else:
        lines.append(_("The caller is checked. Say:"))
    lines += [*_both(told.say), _("Never ask for:"), *_both(hotline.never)]
    lines.append(_("You may now: {deeds}").format(deeds="; ".join(hotline.may)))
    if hotline.once_checked:
        lines.append(
            _("Only once the caller is checked: {deeds}").format(deeds="; ".join(hotline.once_checked))
        )
    return lines


def _both(words: "Say") -> list[str]:
    return [f"  {words.english}", f"  {words.chinese}"]


def _fate(told: "AnswerText") -> str:
    if told.mail is None or told.mail_look is None:
        return _("none was written")
    return f"{told.mail_look.word}; {told.mail}"


def answer_document(told: "AnswerText", hotline: Hotline | None) -> dict[str, Any]:
    """The same for machines; `hotline` is left out where it makes no sense."""
    document: dict[str, Any] = {
        "cause": told.cause,
        "clear": told.is_clear,
        "who": told.helper or None,
        "remedy": told.remedy or None,
        "then": told.then or None,
        "last_mail": None if told.mail_look is None else {"state": told.mail_look.word, "fate": told.mail},
        "timeline": [{"when": when, "who": by, "what": what} for when, by, what in told.timeline],
    }
    if hotline is not None:
        document["hotline"] = {
            "caller_checked": hotline.checked,
            "say_first": None if hotline.checked else _document(hotline.first),
            "say_once_checked": _document(told.say),
            "never_ask": _document(hotline.never),
            "may": list(hotline.may),
            "once_checked": list(hotline.once_checked),
        }
    return document


def _document(words: "Say") -> dict[str, str]:
    return {"en": words.english, "zh-Hant": words.chinese}
