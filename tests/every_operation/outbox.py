"""The mail queue."""

from store.desk import Desk
from store.rules.roles import Permission
from store.views import MailState
from tests.every_operation.world import World, operation


@operation("mailbox.listing", Permission.SEE, targets=False)
async def list_mail(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id for row in await desk.mailbox.listing().page(0)}


@operation("mailbox.counts", Permission.SEE, targets=False)
async def count_mail(desk: Desk, world: World, participant_id: str) -> set[str]:
    await world.mail(participant_id, MailState.BOUNCED)
    return {participant_id} if (await desk.mailbox.counts())[MailState.BOUNCED] else set()


@operation("mailbox.retry", Permission.MANAGE_MAIL)
async def retry(desk: Desk, world: World, participant_id: str) -> None:
    await desk.mailbox.retry(await world.mail(participant_id, MailState.DEFERRED))


@operation("mailbox.hold", Permission.MANAGE_MAIL)
async def hold(desk: Desk, world: World, participant_id: str) -> None:
    await desk.mailbox.hold(await world.mail(participant_id, MailState.QUEUED))


@operation("mailbox.release", Permission.MANAGE_MAIL)
async def release(desk: Desk, world: World, participant_id: str) -> None:
    await desk.mailbox.release(await world.mail(participant_id, MailState.HELD))
