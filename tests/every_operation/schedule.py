"""The schedule and the changes of phase."""

from datetime import date

from store.desk import Desk
from store.rules.roles import Permission
from store.schedule_views import PhaseChangeRow, Window
from tests.every_operation.world import World, operation


@operation("schedule.milestones", Permission.SEE, targets=False)
async def milestones(desk: Desk, _world: World, _participant_id: str) -> None:
    assert len(await desk.schedule.milestones()) == 8


@operation("schedule.phase", Permission.SEE, targets=False)
async def phase(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.schedule.phase()


@operation("schedule.declare_begun", Permission.DECLARE_MILESTONE, targets=False)
async def declare_begun(desk: Desk, world: World, _participant_id: str) -> None:
    versions = {row.milestone_id: row.version for row in await world.operations.schedule.milestones()}
    await desk.schedule.declare_begun("briefing", version=versions["briefing"])


@operation("schedule.declare_done", Permission.DECLARE_MILESTONE, targets=False)
async def declare_done(desk: Desk, world: World, _participant_id: str) -> None:
    versions = {row.milestone_id: row.version for row in await world.operations.schedule.milestones()}
    await desk.schedule.declare_done("user-email", version=versions["user-email"])


@operation("schedule.revisions", Permission.SEE, targets=False)
async def revisions(desk: Desk, _world: World, _participant_id: str) -> None:
    assert len(await desk.schedule.revisions("user-email")) == 1


@operation("schedule.reach", Permission.SEE, targets=False)
async def reach(desk: Desk, _world: World, _participant_id: str) -> None:
    sees_all = desk.actor.participant_id is None
    assert (await desk.schedule.reach()).administrators == (2 if sees_all else 1)


@operation("schedule.lacking", Permission.SEE, targets=False)
async def lacking(desk: Desk, _world: World, _participant_id: str) -> None:
    sees_all = desk.actor.participant_id is None
    found = await desk.schedule.lacking("user-email")
    assert found is not None
    assert found.all_users == (2 if sees_all else 1)


@operation("schedule.revise", Permission.REVISE_MILESTONE, targets=False)
async def revise(desk: Desk, _world: World, _participant_id: str) -> None:
    window = Window("June 2023", date(2023, 6, 1), date(2023, 6, 30), "SEOCH/012/2023")
    assert (await desk.schedule.revise("connectivity", window, version=1)).window == "June 2023"


@operation("schedule.confirm", Permission.REVISE_MILESTONE, targets=False)
async def confirm_window(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.schedule.confirm("connectivity", "SEOCH/012/2023", version=1)).version == 2


async def a_phase_change(world: World) -> PhaseChangeRow:
    """One that another person of operations has proposed."""
    await world.operations.schedule.declare_begun("connectivity", version=1)
    changes = world.operations.phase_changes
    return await changes.propose("parallel-start", await changes.foresee("parallel-start"), version=1)


@operation("phase_changes.foresee", Permission.SEE, targets=False)
async def foresee(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    simulation = await desk.phase_changes.foresee("parallel-end")
    return {firm.participant_id for firm in simulation.firms}


@operation("phase_changes.waiting", Permission.APPROVE_PHASE, targets=False)
async def phase_changes_that_wait(desk: Desk, world: World, _participant_id: str) -> None:
    proposed = await a_phase_change(world)
    assert await desk.phase_changes.waiting() == (proposed,)


@operation("phase_changes.past", Permission.APPROVE_PHASE, targets=False)
async def past_phase_changes(desk: Desk, _world: World, _participant_id: str) -> None:
    assert await desk.phase_changes.past("parallel-start") == ()


@operation("phase_changes.propose", Permission.DECLARE_MILESTONE, targets=False)
async def propose_a_phase(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.schedule.declare_begun("connectivity", version=1)
    shown = await world.operations.phase_changes.foresee("parallel-start")
    await desk.phase_changes.propose("parallel-start", shown, version=1)


@operation("phase_changes.approve", Permission.APPROVE_PHASE, targets=False)
async def approve_a_phase(desk: Desk, world: World, _participant_id: str) -> None:
    proposed = await a_phase_change(world)
    shown = await world.operations.phase_changes.foresee("parallel-start")
    await desk.phase_changes.approve(proposed.change_id, proposed.digest, shown)


@operation("phase_changes.reject", Permission.APPROVE_PHASE, targets=False)
async def reject_a_phase(desk: Desk, world: World, _participant_id: str) -> None:
    proposed = await a_phase_change(world)
    await desk.phase_changes.reject(proposed.change_id, proposed.digest, "not yet")
