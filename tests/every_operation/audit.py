"""The audit log."""

from store.audit_views import EventQuery
from store.desk import Desk
from store.rules.roles import Permission
from tests.every_operation.world import World, operation


@operation("audit.listing", Permission.SEE_AUDIT, targets=False)
async def list_events(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    listing = desk.audit.listing()
    assert await listing.count() >= 1
    return {row.participant_id for row in await listing.page(0) if row.participant_id}


@operation("audit.listing", Permission.SEE_AUDIT)
async def list_events_of_one(desk: Desk, world: World, participant_id: str) -> None:
    assert await desk.audit.listing(EventQuery(participant_id=participant_id)).count() >= 1
    assert await desk.audit.listing(EventQuery(user_id=world.users[participant_id])).count() >= 1


@operation("audit.export", Permission.EXPORT_AUDIT, targets=False)
async def export_events(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id async for row in desk.audit.export() if row.participant_id}


@operation("audit.note_export", Permission.EXPORT, targets=False)
async def note_export(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.audit.note_export("users", "csv", 2)


@operation("audit.verify", Permission.MANAGE_AUDIT, targets=False)
async def verify_events(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.audit.verify()).events >= 5


@operation("audit.head", Permission.MANAGE_AUDIT, targets=False)
async def export_head(desk: Desk, _world: World, _participant_id: str) -> None:
    assert "signature" in await desk.audit.head()
