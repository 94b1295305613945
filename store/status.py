"""Where the programme is, in numbers, within what an operator may see."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

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
    waiver = PARTICIPANTS.c.single_da_waiver.is_not(None)
    participants = select(PARTICIPANTS.c.participant_id, waiver)
    async with context.reading(Permission.SEE) as connection:
        counted = await tallies(connection, context)
        mine = participants.where(context.scope(PARTICIPANTS.c.participant_id))
        only_smartcard = await count_only_smartcard(connection, context)
        waivers = {firm: bool(waived) for firm, waived in await connection.execute(mine)}
    return _status(
        counted,
        waivers,
        phase=await Schedule(context).phase(),
        as_of=context.clock.now(),
        mail=await Mailbox(context).counts(),
        only_smartcard=only_smartcard,
    )


def status_of(picture: Picture) -> DeskStatus:
    """The same of a picture, which knows nothing of messages and of logons at the CCMS terminal."""
    return _status(
        tallies_of(picture),
        {key: firm.single_da_waiver for key, firm in picture.firms.items()},
        phase=picture.phase,
        as_of=picture.as_of,
        mail={},
    )


def _status(counted: Mapping[str, Tally], waivers: Mapping[str, bool], **facts: Any) -> DeskStatus:
    """`waivers` tells of each participant whether it has a single-DA waiver."""
    tallied = counted.values()
    standing = sum((tally.standing for tally in tallied), Counter[Standing]())
    known = ((counted.get(firm, Tally()), waived) for firm, waived in waivers.items())
    return DeskStatus(
        **facts,
        participants=len(waivers),
        users=standing.total(),
        ready_participants=sum(tally.ready(single_da_waiver=waived) for tally, waived in known),
        standing={word: standing[word] for word in Standing},
        locked=sum(tally.locked for tally in tallied),
        suspended=sum(tally.suspended for tally in tallied),
        email_only=sum(tally.email_only for tally in tallied),
    )
