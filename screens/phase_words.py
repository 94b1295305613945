"""Phase changes in words: what a simulation says, who proposed what, and what a milestone ever was."""

from collections.abc import Sequence
from datetime import date, datetime

from textual.content import Content

from screens.days import day_range
from screens.paint import foreign, lines, muted
from screens.sentences import BEGUN, MILESTONES, Look
from screens.text import clean
from screens.times import hk_moment
from screens.words import _, ngettext
from store.rules.cutover import FirmAfter, Simulation
from store.rules.foreseen import figures
from store.schedule_views import Figures, PhaseChangeRow, RevisionRow, ScheduleChange
from store.views import MilestoneRow, MilestoneStatus

NAMED = 60
"""As many participants as a dialog names."""

CHANGES: dict[ScheduleChange, str] = {
    ScheduleChange.ANNOUNCED: _("announced"),
    ScheduleChange.REVISED: _("revised"),
    ScheduleChange.CONFIRMED: _("confirmed"),
    ScheduleChange.CANCELLED: _("cancelled"),
    ScheduleChange.BEGUN: _("declared begun"),
    ScheduleChange.DONE: _("declared done"),
}

STATES: dict[str, str] = {
    "approved": _("approved"),
    "rejected": _("rejected"),
    "withdrawn": _("taken back"),
    "voided": _("void"),
    "expired": _("void, after 7 days"),
    "open": _("void, after 7 days"),
}
"""What became of a phase change that waits no more."""


def figure_words(told: Figures) -> str:
    """Who would be locked out, in a few words."""
    if not told.locked_out:
        return _("nobody locked out")
    words = ngettext("%(out)s of %(all)s user locked out", "%(out)s of %(all)s users locked out", told.users)
    return words % {"out": f"{told.locked_out:,}", "all": f"{told.users:,}"}


def figure_lines(told: Figures) -> list[Content]:
    """The same in full: users, those who lose their way in by it, and participants."""
    if not told.locked_out:
        return [
            Content.styled(_("✓ Nobody of %s users would be locked out.") % f"{told.users:,}", "$success")
        ]
    locked = _("✗ %(out)s of %(all)s users would be locked out; %(losing)s of them can log on at present.")
    firms = _(
        "✗ Participants that lose everyone: %(everyone)s; without a working maker or checker: %(repair)s."
    )
    known = {
        "out": f"{told.locked_out:,}", "all": f"{told.users:,}", "losing": f"{told.losing:,}",
        "everyone": f"{told.losing_everyone:,}", "repair": f"{told.cannot_repair:,}",
    }  # fmt: skip
    bad = "$error" if told.losing or told.losing_everyone else "$warning"
    said = [Content.styled(locked % known, bad)]
    return [*said, Content.styled(firms % known, bad)] if told.cannot_repair else said


def simulation_lines(simulation: Simulation, now: datetime) -> Content:
    """What a simulation says in figures."""
    when = muted(_("Simulated at %s, on the roster as it is:") % hk_moment(simulation.at, now))
    return lines([when, *figure_lines(figures(simulation))])


def firm_lines(simulation: Simulation) -> Content:
    """The participants a simulation is worst for, by name, one a line; empty when it is so for none."""
    rest = [firm for firm in simulation.without_maker_or_checker if not firm.loses_everyone]
    worst = _named(_("Lose everyone:"), simulation.losing_everyone)
    return lines([*worst, *_named(_("Without a working maker or checker:"), rest)])


def _named(title: str, firms: Sequence[FirmAfter]) -> list[Content]:
    if not firms:
        return []
    named = [
        Content.assemble(
            f"  {clean(firm.participant_id)}",
            muted(_("  %(out)s of %(all)s  ") % {"out": f"{firm.locked_out:,}", "all": f"{firm.users:,}"}),
            clean(firm.name),
        )
        for firm in firms[:NAMED]
    ]
    if (more := len(firms) - NAMED) > 0:
        named.append(muted(_("  and %s more; i on the schedule names them all") % f"{more:,}"))
    return [Content(title), *named]


def proposed_words(row: PhaseChangeRow, now: datetime) -> str:
    """Who proposed it, when, and until when it waits."""
    words = _("%(who)s, %(when)s, waits until %(until)s")
    return words % {
        "who": clean(row.proposed_by),
        "when": hk_moment(row.proposed_at, now),
        "until": hk_moment(row.expires_at, now),
    }


def past_line(row: PhaseChangeRow, now: datetime) -> Content:
    """What became of a phase change that waits no more, by whom and why."""
    words = _("proposed by %(who)s, %(when)s (%(figures)s): %(state)s") % {
        "who": clean(row.proposed_by),
        "when": hk_moment(row.proposed_at, now),
        "figures": figure_words(row.figures),
        "state": STATES.get(row.state, row.state),
    }
    if row.decided_by and row.decided_at:
        by = _(" by %(who)s, %(when)s")
        words += by % {"who": clean(row.decided_by), "when": hk_moment(row.decided_at, now)}
    return Content.assemble(words, foreign(f": {row.reason}") if row.reason else "")


def revision_lines(rows: Sequence[RevisionRow], now: datetime) -> Content:
    """All that a milestone ever was, newest first, two lines each."""
    return lines(part for row in rows for part in _revision(row, now))


def _revision(row: RevisionRow, now: datetime) -> list[Content]:
    seen = _look(row)
    what = CHANGES[row.change] if row.change else _(row.status.value)
    days = day_range(row.earliest, row.latest)
    head = Content.assemble(
        (f"{seen.glyph} {what}", f"${seen.style}"), "  ", clean(row.window), muted(f" · {days}")
    )
    by = _("by %(who)s, %(when)s · %(circular)s") % {
        "who": row.revised_by,
        "when": hk_moment(row.revised_at, now),
        "circular": row.circular,
    }
    return [head, muted(f"  {by}")]


def _look(row: RevisionRow) -> Look:
    return BEGUN if row.change is ScheduleChange.BEGUN else MILESTONES[row.status]


def opens_words(row: MilestoneRow) -> str:
    """What declaring the milestone begun opens."""
    return _("This opens %s at once, for every participant.") % row.opens if row.opens else ""


def timing_words(row: MilestoneRow, today: date) -> str:
    """What is odd about declaring it begun today; empty when nothing is."""
    said = []
    if row.status is MilestoneStatus.TENTATIVE:
        said.append(_("Its window is tentative: declaring it begun confirms it."))
    if (ahead := (row.earliest - today).days) > 0:
        words = ngettext("Its window is %s day away.", "Its window is %s days away.", ahead)
        said.append(words % f"{ahead:,}")
    if (ago := (today - row.latest).days) > 0:
        words = ngettext("Its window ended %s day ago.", "Its window ended %s days ago.", ago)
        said.append(words % f"{ago:,}")
    return " ".join(said)
