"""Where the programme is, in numbers, within what an operator may see."""

from collections import Counter

from sqlalchemy import func, select

from store.context import Context
from store.logons import count_only_smartcard
from store.mailbox import Mailbox
from store.participants import tallies
from store.rules.roles import Permission
from store.schedule import Schedule
from store.tables import PARTICIPANTS
from store.views import DeskStatus, Standing


async def read_status(context: Context) -> DeskStatus:
    """The phase, and how many participants, users and messages are how far. Raises: DatabaseFault."""
    participants = select(func.count()).select_from(PARTICIPANTS)
    async with context.reading(Permission.SEE) as connection:
        counted = (await tallies(connection, context)).values()
        mine = participants.where(context.scope(PARTICIPANTS.c.participant_id))
        only_smartcard = await count_only_smartcard(connection, context)
        total = (await connection.execute(mine)).scalar_one()
    standing = sum((tally.standing for tally in counted), Counter[Standing]())
    return DeskStatus(
        phase=await Schedule(context).phase(),
        as_of=context.clock.now(),
        participants=int(total),
        users=standing.total(),
        ready_participants=sum(tally.ready for tally in counted),
        standing={word: standing[word] for word in Standing},
        locked=sum(tally.locked for tally in counted),
        suspended=sum(tally.suspended for tally in counted),
        mail=await Mailbox(context).counts(),
        only_smartcard=only_smartcard,
        email_only=sum(tally.email_only for tally in counted),
    )
