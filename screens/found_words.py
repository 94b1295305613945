"""What a look-up tells beside whom it found: that there are more, and what a number alone may have meant."""

from collections.abc import Iterable

from screens.text import clean
from screens.words import _
from store.rules.clues import read_clue
from store.views import Found

LONGEST_CODE = 4
"""Digits of a number that may be a code's."""


def the_best_of(count: int, typed: str) -> str:
    """That the list is cut off, and how to make it shorter."""
    clue = read_clue(typed)
    if clue.code_number is not None and not clue.words:
        return _("The newest {n} of more who got such a code; add a part of the name").format(n=count)
    return _("The best {n} of more; type on to narrow them").format(n=count)


def about_number(typed: str, found: Found) -> list[str]:
    """Whom the mail of a number went to; of a number alone also what else it may be. In clauses."""
    number = read_clue(typed).perhaps_mail_id
    if found.mail_id is not None:
        sent = _("mail no. {number} went to {user}")
        notes = [sent.format(number=found.mail_id, user=clean(found.mail_to or ""))]
    elif number is None:
        return []
    else:
        notes = [_("no mail that you may see has the number {number}").format(number=number)]
    if number is not None and len(str(number)) <= LONGEST_CODE:
        notes.append(_("a code's number is typed: code no. {number}").format(number=number))
    return notes


def as_sentences(notes: Iterable[str]) -> list[str]:
    """The clauses on lines of their own."""
    return [f"{note[:1].upper()}{note[1:]}." for note in notes]
