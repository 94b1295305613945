"""The lines of the approvals list: changes, the plans that bind some of them, and decisions on changes."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from rich.text import Text

from screens.sentences import Look
from screens.times import hk_moment, short_span
from screens.widgets.columns import Column
from screens.words import _, ngettext
from store.views import DecisionRow, ProposalRow

APPROVED = Look("✓", _("approved"), "success")
REJECTED = Look("✗", _("rejected"), "error")
HOUR = timedelta(hours=1)
SOON = timedelta(days=1)
"""A change with less time left than this is marked."""


@dataclass(frozen=True, slots=True)
class Line:
    """One change (`rows` holds it alone), or the head of a plan over all its changes that wait.

    `key` is the change's number or the plan's.
    """

    key: int | str
    rows: tuple[ProposalRow, ...]
    decision: DecisionRow | None = None

    @property
    def first(self) -> ProposalRow:
        """The change, or the first one of the plan: they share maker, moment and expiry."""
        return self.rows[0]

    @property
    def is_plan(self) -> bool:
        """Whether this is the head of a plan."""
        return isinstance(self.key, str)


def waiting_lines(rows: Sequence[ProposalRow], folded: Collection[str]) -> Iterator[Line]:
    """A line for each change, the rows of a plan under a line for it; those of a folded plan are left out."""
    for plan_id, group in groupby(rows, key=attrgetter("plan_id")):
        changes = tuple(group)
        if plan_id is not None:
            yield Line(plan_id, changes)
        if plan_id is None or plan_id not in folded:
            yield from (Line(row.proposal_id, (row,)) for row in changes)


def decided_lines(decisions: Sequence[DecisionRow]) -> Iterator[Line]:
    """A line for each decision."""
    return (Line(each.proposal.proposal_id, (each.proposal,), each) for each in decisions)


def plan_number(plan_id: str) -> str:
    """As much of a plan's number as tells it from the others."""
    return plan_id[:8]


def decision_look(decision: DecisionRow) -> Look:
    """How a decision is shown."""
    return APPROVED if decision.approved else REJECTED


def waiting_columns(now: datetime, *, folded: Collection[str], many: bool) -> list[Column[Line]]:
    """Who, old and new address, by whom, since when, how long yet; the participant where there are `many`."""

    def user(line: Line) -> str | Text:
        if line.is_plan:
            return Text(f"{'▸' if line.key in folded else '▾'} {_('plan')}", "bold accent")
        return f"  {line.first.user_id}" if line.first.plan_id else line.first.user_id

    def old(line: Line) -> str | Text:
        if line.is_plan:
            return Text(plan_number(str(line.key)), "text-muted")
        return line.first.old_email or Text("–", "text-disabled")

    def new(line: Line) -> str | Text:
        if not line.is_plan:
            return line.first.new_email
        count = len(line.rows)
        return Text(ngettext("%s change", "%s changes", count) % f"{count:,}", "bold")

    def left(line: Line) -> Text:
        time = line.first.expires_at - now
        return Text(short_span(time) if time >= HOUR else _("<1 h"), "warning" if time < SOON else "")

    columns = [
        Column[Line](_("User"), user, width=11),
        Column[Line](_("Name"), _name, width=12, fraction=2, from_width=100),
        Column[Line](_("Old address"), old, width=8, fraction=3),
        Column[Line](_("New address"), new, width=11, fraction=4),
        Column[Line](_("Made by"), lambda line: line.first.made_by, width=12),
        Column[Line](_("Age"), lambda line: short_span(now - line.first.made_at), width=6, justify="right"),
        Column[Line](_("Left"), left, width=4, justify="right"),
        Column[Line]("!", _mark, width=1),
    ]
    if many:
        columns.insert(2, Column[Line](_("CP"), lambda line: line.first.participant_id, 7, from_width=100))
    return columns


def decided_columns(now: datetime) -> list[Column[Line]]:
    """What was decided on which change, by whom and when; what it replaced when there is room."""

    def decision(line: Line) -> Text:
        if line.decision is None:
            return Text()
        look = decision_look(line.decision)
        return Text(f"{look.glyph} {look.word}", look.style)

    def who(line: Line) -> str:
        return line.decision.decided_by if line.decision else ""

    def when(line: Line) -> str:
        return hk_moment(line.decision.decided_at, now) if line.decision else ""

    return [
        Column[Line](_("Decision"), decision, width=10),
        Column[Line](_("User"), lambda line: line.first.user_id, width=9),
        Column[Line](_("Name"), _name, width=12, fraction=2, from_width=100),
        Column[Line](_("Old address"), lambda line: line.first.old_email or "–", 8, 3, from_width=120),
        Column[Line](_("New address"), lambda line: line.first.new_email, width=11, fraction=4),
        Column[Line](_("Made by"), lambda line: line.first.made_by, width=12, from_width=100),
        Column[Line](_("Decided by"), who, width=12),
        Column[Line](_("When"), when, width=12),
    ]


def _name(line: Line) -> str:
    return "" if line.is_plan else line.first.user_name


def _mark(line: Line) -> Text:
    return Text("!" if any(row.remarks for row in line.rows) else "", "warning")
