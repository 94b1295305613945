"""The refusals of a change of the schedule, in words (see `screens.sentences`)."""

from collections.abc import Callable, Sequence
from typing import Any

from screens.times import hk_date, hk_time
from screens.words import _, ngettext
from store import errors
from store.rules.phases import FIRST_DAY, LAST_DAY, SOURCE_LENGTH, WORDS_LENGTH, WindowProblem
from store.schedule_views import PhaseChangeRow

NOT_NOW: dict[str, str] = {
    "two people": _(
        "This takes two people of operations: propose it on the schedule, and another one approves it there."
    ),
    "one person": _("One person declares this begun; no second one is asked."),
    "begun": _("'%s' was already declared begun; nothing was changed."),
    "confirmed": _("The window of '%s' is confirmed already; press e to revise it."),
    "cancelled": _("'%s' was cancelled; it comes back when its window is revised by another circular."),
    "done": _("'%s' was declared done, and stays so; nothing was changed."),
    "only once begun": _("'%s' has not begun, so it cannot be done; declare it begun first."),
    "stays begun": _(
        "'%s' has begun, so its window stays confirmed: it cannot be tentative again, nor cancelled."
    ),
    "same": _("Nothing of '%s' differs from what is kept; there is nothing to save."),
    "comes first": _("'%s' comes first in the circular's order and has not begun; declare that first."),
}
"""Why it cannot be done to a milestone now; %s is its title, or that of the one that comes first."""

WINDOWS: dict[WindowProblem, str] = {
    WindowProblem.NO_WORDS: _("Give the window in the words of the circular, such as Q2 2023."),
    WindowProblem.NO_SOURCE: _("Give the reference of the circular that announces the window."),
    WindowProblem.LONG: _("Shorten it: a window takes %d characters, the reference of a circular %d.")
    % (WORDS_LENGTH, SOURCE_LENGTH),
    WindowProblem.LINK: _(
        "Leave out the link: this goes out by mail, and mail of the desk holds nothing to click on."
    ),
    WindowProblem.REVERSED: _("The earliest day lies after the latest; exchange or correct them."),
    WindowProblem.EARLY: _("A window cannot lie before %s: nothing was announced by then.")
    % hk_date(FIRST_DAY),
    WindowProblem.LATE: _("A window cannot lie after %s; correct the year.") % hk_date(LAST_DAY),
}


def _bad_window(error: errors.BadWindow) -> str:
    if error.begun_on is not None and error.problem == WindowProblem.BEFORE_BEGUN:
        words = _("It began on %s, so its window cannot have ended before; correct the latest day.")
        return words % hk_date(error.begun_on)
    return WINDOWS.get(WindowProblem(error.problem), WINDOWS[WindowProblem.NO_WORDS])


def come_first(titles: Sequence[str]) -> str:
    """What has to begin before a milestone, the first of them first."""
    if len(titles) == 1:
        return NOT_NOW["comes first"] % titles[0]
    named = ", ".join(f"'{title}'" for title in titles)
    return _("These come first in the circular's order and have not begun: %s.") % named


def proposed_already(waiting: PhaseChangeRow, actor: str) -> str:
    """Why what waits is not proposed again, and who can go on with it."""
    if waiting.proposed_by != actor:
        return _already_proposed(
            errors.AlreadyProposed(waiting.title, waiting.proposed_by, waiting.proposed_at)
        )
    words = _(
        "You proposed '%(what)s' on %(day)s at %(time)s; another person of operations has to approve it, "
        "or you take it back (x)."
    )
    when = {"day": hk_date(waiting.proposed_at), "time": hk_time(waiting.proposed_at)}
    return words % {"what": waiting.title, **when}


def _already_proposed(error: errors.AlreadyProposed) -> str:
    words = _(
        "'%(what)s' was proposed by %(who)s on %(day)s at %(time)s already; approve or reject that, instead "
        "of proposing it again."
    )
    return words % {
        "who": error.by,
        "what": error.title,
        "day": hk_date(error.at),
        "time": hk_time(error.at),
    }


def _look_again(error: errors.LookAgain) -> str:
    words = ngettext(
        "Since it was shown, %s more user would be locked out, so nothing was changed; look at it again.",
        "Since it was shown, %s more users would be locked out, so nothing was changed; look at it again.",
        error.newly,
    )
    return words % f"{error.newly:,}"


_VOIDED: dict[str, str] = {
    "decided": _("This phase change was decided by %(by)s meanwhile; nothing of yours was done."),
    "expired": _(
        "This phase change has waited for 7 days and is void, so nothing was done; propose it anew."
    ),
    "changed": _(
        "This phase change is not what was shown any more: it is void, or its milestone was changed. Nothing "
        "was done; look at the schedule again."
    ),
}


def _voided(error: errors.PhaseVoided) -> str:
    words = _VOIDED.get(error.why, _VOIDED["changed"])
    return words % {"by": error.by or _("somebody else")} if "%(by)" in words else words


SCHEDULE: dict[type[errors.StoreError], Callable[[Any], str]] = {
    errors.BadWindow: _bad_window,
    errors.AlreadyProposed: _already_proposed,
    errors.LookAgain: _look_again,
    errors.OwnPhaseChange: lambda _error: _(
        "You proposed this yourself; another person of operations has to approve it."
    ),
    errors.PhaseVoided: _voided,
}
