"""What the board says: the phase and what comes next, figures and trend, the forecast, who is to act."""

from datetime import date, datetime

from rich.cells import cell_len
from textual.content import Content

from screens.burn_up_plot import DONE, EXPECTED, LATE, NEEDED
from screens.days import past_day, weekday
from screens.sentences import Look
from screens.text import clean, fit, plain
from screens.times import hk_date, hk_day, short_span
from screens.words import _, ngettext
from store.board import BoardFigures, MailHealth
from store.contacts import Contact
from store.rules.burn_up import BurnUp
from store.rules.forecast import Verdict
from store.rules.goals import Goal, next_milestone
from store.rules.progress import Action, Step
from store.rules.standing import Party
from store.rules.working_days import knows, last_working_day, working_days_between
from store.views import MilestoneRow, MilestoneStatus

GOALS: dict[Goal, str] = {
    Goal.VERIFIED: _("Users verified"),
    Goal.PROVEN: _("Users proven"),
    Goal.ENROLLED: _("Users enrolled"),
}
METHOD = _("P50/P90: 500 random redraws of the last {n} working days in Hong Kong.")
LEAST_NAME = 8
"""Cells that a name keeps at least."""
ON_TIME = Look("✓", _("on time"), "success")
TIGHT = Look("△", _("tight"), "warning")
TOO_LATE = Look("✗", _("too late"), "error")

PARTIES: dict[Party, str] = {
    Party.MAKER: _("DA maker"),
    Party.CHECKER: _("DA checker"),
    Party.OPERATIONS: _("operations"),
    Party.HELPDESK: _("the helpdesk"),
    Party.USER: _("the users"),
    Party.NOBODY: _("nobody yet"),
}
SHORT_PARTIES: dict[Party, str] = PARTIES | {
    Party.MAKER: _("maker"),
    Party.CHECKER: _("checker"),
    Party.USER: _("users"),
}


def days_left(row: MilestoneRow, today: date) -> str:
    """How long until the milestone can be, and until it must have been, in working days."""
    soonest, latest = (working_days_between(today, day) for day in (row.earliest, row.latest))
    if today > row.latest:
        late = working_days_between(row.latest, today)
        return ngettext("{n} working day past its window", "{n} working days past its window", late).format(
            n=late
        )
    unsure = "" if knows(row.latest) else " " + _("(its holidays are not known)")
    if today >= row.earliest and row.earliest != row.latest:
        words = ngettext(
            "its window is open, {n} working day left", "its window is open, {n} working days left", latest
        )
        return words.format(n=latest) + unsure
    if row.earliest == row.latest:
        return ngettext("{n} working day left", "{n} working days left", latest).format(n=latest) + unsure
    return _("{first} to {last} working days left").format(first=soonest, last=latest) + unsure


def next_words(milestones: tuple[MilestoneRow, ...], today: date) -> tuple[str, str]:
    """The next milestone, and its window with the working days left."""
    row = next_milestone(milestones)
    if row is None:
        return _("No milestone is left."), ""
    firm = _("confirmed") if row.status is MilestoneStatus.CONFIRMED else _("tentative")
    return row.title, " · ".join((row.window, firm, days_left(row, today)))


def since_words(burn: BurnUp) -> tuple[str, str]:
    """The trend since the last working day and since last week."""
    before = last_working_day(burn.today)
    day, week = burn.since((burn.today - before).days), burn.since(7)
    name = past_day(before, burn.today)
    return (
        _("{n} since {day}").format(n=_signed(day), day=name)
        if day is not None
        else _("{day}: not known").format(day=name),
        _("{n} in seven days").format(n=_signed(week)) if week is not None else _("last week: not known"),
    )


def _signed(number: int) -> str:
    return f"+{number:,}" if number > 0 else f"−{-number:,}" if number < 0 else "±0"


def expected_words(burn: BurnUp) -> str:
    """The finish to be expected, or in one sentence why none is given."""
    said = burn.forecast
    match said.verdict:
        case Verdict.NOBODY:
            return _("Nobody yet: ccms-tui import roster.csv --apply")
        case Verdict.DONE:
            return _("Done: everybody has reached it.")
        case Verdict.TOO_LITTLE:
            return _("Too little history for a forecast: {n} of 5 working days.").format(n=said.days)
        case Verdict.NOT_AT_THIS_PACE:
            return _("Not at this pace: no end within a year.")
    p50 = hk_date(said.p50) if said.p50 else ""
    if said.p90 is None:
        return _("Finish: P50 {p50}, P90 beyond a year").format(p50=p50)
    return _("Finish: P50 {p50}, P90 {p90}").format(p50=p50, p90=hk_date(said.p90))


def pace_words(burn: BurnUp) -> str:
    """The pace against the one needed."""
    said = burn.forecast
    pace = _("{n} a working day").format(n=f"{said.pace:,.1f}") if said.days else _("no pace yet")
    if burn.due is None or said.verdict in (Verdict.DONE, Verdict.NOBODY):
        return pace
    day = hk_date(burn.due.earliest)
    if burn.needed is None:
        return _("{pace}; was needed by {day}").format(pace=pace, day=day)
    return _("{pace}, needs {n} by {day}").format(pace=pace, n=f"{burn.needed:,.1f}", day=day)


def outlook(burn: BurnUp) -> Look | None:
    """Whether the goal is reached in time; None where nothing can be said."""
    said = burn.forecast
    if said.verdict is Verdict.DONE:
        return ON_TIME
    if burn.due is None or said.verdict in (Verdict.NOBODY, Verdict.TOO_LITTLE):
        return None
    by = burn.due.earliest
    if said.p50 is None or said.p50 > by:
        return TOO_LATE
    return ON_TIME if said.p90 is not None and said.p90 <= by else TIGHT


def method_words(burn: BurnUp) -> str:
    """How the forecast is made, where one is."""
    if burn.forecast.verdict not in (Verdict.FORECAST, Verdict.NOT_AT_THIS_PACE):
        return ""
    return METHOD.format(n=burn.forecast.days)


def action_words(action: Action) -> str:
    """One action: what, for how many, and whose it is."""
    number = action.users
    words = {
        Step.REGISTER: ngettext("register {n} address", "register {n} addresses", number),
        Step.APPROVE: ngettext("{n} change waits for approval", "{n} changes wait for approval", number),
        Step.CORRECT: ngettext("correct {n} refused address", "correct {n} refused addresses", number),
        Step.SEND: ngettext("send {n} first code", "send {n} first codes", number),
        Step.RESEND: ngettext("resend {n} code", "resend {n} codes", number),
        Step.ENTER: ngettext("{n} code to be read out", "{n} codes to be read out", number),
        Step.ENROL: ngettext("{n} can enrol now", "{n} can enrol now", number),
        Step.PROVE: ngettext("{n} test logon to make", "{n} test logons to make", number),
        Step.OPEN: ngettext("open registration of {n} DA", "open registration of {n} DAs", number),
    }[action.step].format(n=f"{number:,}")
    return f"{words}: {PARTIES[action.party]}"


def short_action(action: Action) -> str:
    """The same in the cells of a list."""
    words = {
        Step.REGISTER: _("register {n}"),
        Step.APPROVE: _("approve {n}"),
        Step.CORRECT: _("correct {n}"),
        Step.SEND: _("send {n}"),
        Step.RESEND: _("resend {n}"),
        Step.ENTER: _("read out {n}"),
        Step.ENROL: _("enrol {n}"),
        Step.PROVE: _("test logon {n}"),
        Step.OPEN: _("open for {n}"),
    }[action.step].format(n=f"{action.users:,}")
    return f"{words}: {SHORT_PARTIES[action.party]}"


def ring_words(contact: Contact, width: int) -> str:
    """Whom to ring, the maker first, and the number on file; names give way, the number never does."""
    number = contact.phone or _("no number on file")
    known = ((contact.maker, _("maker")), (contact.checker, _("checker")))
    people = [(clean(name), role) for name, role in known if name]
    if not people:
        return _("Ring: no DA on file · {number}").format(number=number)
    taken = cell_len(_("Ring: {who} · {number}").format(who="", number=number))
    taken += sum(len(f" ({role})") for _name, role in people) + 2 * (len(people) - 1)
    rooms = _shares([cell_len(name) for name, _role in people], width - taken)
    who = ", ".join(
        f"{_within(name, room)} ({role})" for (name, role), room in zip(people, rooms, strict=True)
    )
    return _("Ring: {who} · {number}").format(who=who, number=number)


def _shares(wanted: list[int], room: int) -> list[int]:
    """The cells that each gets of the room: what a short one leaves is the others'."""
    shares = [0] * len(wanted)
    for done, at in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        shares[at] = min(wanted[at], max(LEAST_NAME, room // (len(wanted) - done)))
        room -= shares[at]
    return shares


def _within(name: str, width: int) -> str:
    return name if cell_len(name) <= width else fit(name, width).rstrip()


def short_ring(contact: Contact) -> str:
    """The number and the first to ask for, in the cells of a list."""
    who = contact.maker or contact.checker or _("no DA")
    return f"{contact.phone or _('no number')} {who}"


def approvals_words(figures: BoardFigures) -> str:
    """Since when the first change waits."""
    if not figures.approvals:
        return _("none waits")
    if figures.oldest_approval is None:
        return _("waiting")
    return _("oldest {span}").format(span=short_span(figures.as_of - figures.oldest_approval))


def mail_words(mail: MailHealth) -> tuple[str, str]:
    """Whether mail moves, and what did not arrive."""
    if mail.overdue:
        moving = _("✗ {n} overdue").format(n=f"{mail.overdue:,}")
    else:
        moving = _("✓ moving") if mail.waiting else _("✓ all sent")
    stuck = mail.in_trouble
    return moving, _("! {n} trouble").format(n=f"{stuck:,}") if stuck else _("no trouble")


def legend(width: int, due: MilestoneRow | None) -> Content:
    """What the area and the lines of the plot are, and what it is needed for where there is room for that."""
    whole = _("needed for: {title}").format(title=plain(due.title)) if due else _("needed")
    for needed in (whole, _("needed")):
        parts = (("█", DONE, _("done")), ("⠉", NEEDED, needed), ("⠁⠈", EXPECTED, "P50"), ("⠂", LATE, "P90"))
        words = (Content.assemble((sign, f"${style}"), f" {word}") for sign, style, word in parts)
        said = Content(" ").join(words)
        if said.cell_length <= width:
            return said
    return Content("")


def past_words(moment: datetime) -> str:
    """That the past is shown."""
    return _("◂ THE PAST: as it was at the end of {day} ▸ n goes back to now").format(
        day=weekday(hk_day(moment))
    )
