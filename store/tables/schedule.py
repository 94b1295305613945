"""The schedule, its revisions, phase changes and the simulations before them."""

from datetime import date, datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, moment, plain


class Milestone(SQLModel, table=True):
    """A line of the schedule, its window as announced and the days it can mean."""

    milestone_id: str = Field(primary_key=True, max_length=32)
    position: int
    title: str
    window: str
    earliest: date
    latest: date
    status: str = Field(max_length=16)
    opens: str | None = Field(default=None, max_length=32)
    circular: str
    begun_at: datetime | None = moment()
    version: int = 1


class MilestoneRevision(SQLModel, table=True):
    """Each wording a milestone ever had, with the circular it came from.

    `change` is a `store.schedule_views.ScheduleChange` word; None is kept of those before there were words.
    """

    __tablename__ = "milestone_revision"

    revision_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    milestone_id: str = Field(foreign_key="milestone.milestone_id", max_length=32, index=True)
    window: str
    earliest: date
    latest: date
    status: str = Field(max_length=16)
    circular: str
    revised_by: str = Field(max_length=64)
    revised_at: datetime = moment(nullable=False)
    change: str | None = Field(default=None, max_length=16)


class PhaseChange(SQLModel, table=True):
    """A milestone that was proposed to begin by one operations person, and waits for another.

    `milestone_version` is the milestone's when it was proposed; the figures are what the simulation of
    `simulated_at` said, `simulation` the SHA-256 of who would be locked out. `state` is open, approved,
    rejected, withdrawn, voided or expired.
    """

    __tablename__ = "phase_change"
    __table_args__ = (Index("ix_phase_change_milestone", "milestone_id", "change_id"),)

    change_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    milestone_id: str = Field(foreign_key="milestone.milestone_id", max_length=32)
    milestone_version: int
    simulated_at: datetime = moment(nullable=False)
    users: int
    locked_out: int
    losing: int
    losing_everyone: int
    cannot_repair: int
    simulation: str = Field(max_length=64)
    proposed_by: str = Field(max_length=64)
    proposed_at: datetime = moment(nullable=False)
    expires_at: datetime = moment(nullable=False)
    state: str = Field(default="open", max_length=16)
    decided_by: str | None = Field(default=None, max_length=64)
    decided_at: datetime | None = moment()
    decision_reason: str | None = None


class CutoverSimulation(SQLModel, table=True):
    """The newest simulation of a phase that operations ran; those before it go.

    `locked_out` is packed by `rules.cutover_changes`.
    """

    __tablename__ = "cutover_simulation"

    simulation_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    phase: str = Field(max_length=32)
    at: datetime = moment(nullable=False)
    kept_at: datetime = moment(nullable=False)
    kept_by: str = Field(max_length=64)
    locked_out: bytes = Field(sa_type=LargeBinary)


MILESTONES = plain(Milestone)
MILESTONE_REVISIONS = plain(MilestoneRevision)
PHASE_CHANGES = plain(PhaseChange)
CUTOVER_SIMULATIONS = plain(CutoverSimulation)
