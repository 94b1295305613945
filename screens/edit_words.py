"""What the edit card says: the addresses there are, what was saved, what somebody else changed meanwhile."""

from datetime import datetime

from textual.content import Content

from screens.paint import fields, foreign, lines, muted
from screens.text import clean
from screens.times import hk_moment
from screens.words import _
from store.errors import Conflict
from store.views import EmailEdited, UserCard


def addresses_of(card: UserCard) -> Content:
    """The active address, the one that waits for its code, and the one that waits for a checker."""
    active = foreign(card.active_email) if card.active_email else muted(_("none"))
    known: list[tuple[str, Content | str]] = [(_("Active"), active)]
    if card.pending_email:
        waits = Content.assemble(clean(card.pending_email), muted(_(", waits for its code")))
        known.append((_("Pending"), waits))
    if card.proposal:
        waits = Content.assemble(
            clean(card.proposal.new_email), muted(_(", waits for a checker; another one replaces it"))
        )
        known.append((_("Proposed"), waits))
    return fields(known)


def saved_words(done: EmailEdited, now: datetime) -> str:
    """What was done, and what comes next."""
    if done.applied:
        words = _("%(email)s is registered; code no. %(number)s to it is queued, not yet sent.")
        return words % {"email": clean(done.email), "number": done.code_number}
    if done.waits_until is None:
        return _("The new address waits for a checker of the participant.")
    words = _("%(email)s waits for a checker of the participant until %(until)s; no mail is sent before.")
    return words % {"email": clean(done.email), "until": hk_moment(done.waits_until, now)}


def conflict_told(conflict: Conflict, typed: str, now: datetime) -> Content:
    """Who changed the user meanwhile, what differs, and what enter and esc do now."""
    told = _("%(who)s changed this user at %(when)s. Nothing of yours is saved yet; here is what differs:")
    facts = {"who": clean(conflict.changed_by), "when": hk_moment(conflict.changed_at, now)}
    differs = (
        Content.assemble(f"{clean(field)}: ", (clean(was), "strike $text-muted"), " → ", clean(now_is))
        for field, (was, now_is) in conflict.differences.items()
    )
    return lines(
        [
            Content.styled(told % facts, "$warning"),
            *differs,
            Content.assemble(_("yours: "), (clean(typed), "bold")),
            muted(_("enter saves yours over it, esc gives up.")),
        ]
    )
