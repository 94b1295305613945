"""Where the programme is, in numbers, within what an operator may see."""

from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select

from store.context import Context
from store.logons import count_only_smartcard
from store.mailbox import Mailbox
from store.participants import Tally, tallies, tallies_of
from store.rules.picture import Picture
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
    return _status(
        counted,
        phase=await Schedule(context).phase(),
        as_of=context.clock.now(),
        participants=int(total),
        mail=await Mailbox(context).counts(),
        only_smartcard=only_smartcard,
    )


def status_of(picture: Picture) -> DeskStatus:
    """The same of a picture, which knows nothing of messages and of logons at the CCMS terminal."""
    return _status(
        tallies_of(picture).values(),
        phase=picture.phase,
        as_of=picture.as_of,
        participants=len(picture.firms),
        mail={},
    )


def _status(counted: Collection[Tally], **facts: Any) -> DeskStatus:
    standing = sum((tally.standing for tally in counted), Counter[Standing]())
    return DeskStatus(
        **facts,
        users=standing.total(),
        ready_participants=sum(tally.ready for tally in counted),
        standing={word: standing[word] for word in Standing},
        locked=sum(tally.locked for tally in counted),
        suspended=sum(tally.suspended for tally in counted),
        email_only=sum(tally.email_only for tally in counted),
    )
