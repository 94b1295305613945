"""Examples of clues that find somebody whom the operator may see."""

from collections.abc import Mapping

from sqlalchemy import exists, null, select

from store.context import Context
from store.rules.clue_examples import ClueKind, Known, clue_examples
from store.rules.roles import Permission
from store.tables import MAILS, PARTICIPANTS, USERS, VERIFICATIONS
from store.views import Kind

_DAS = USERS.alias()
_HAS_DAS = exists().where(
    _DAS.c.participant_id == USERS.c.participant_id,
    _DAS.c.kind.in_((Kind.DA_MAKER.value, Kind.DA_CHECKER.value)),
)
_WITH_CODE = (
    select(
        USERS.c.user_id, USERS.c.user_name, PARTICIPANTS.c.name, MAILS.c.mail_id, VERIFICATIONS.c.number,
        _HAS_DAS,
    )
    .select_from(MAILS)
    .join(VERIFICATIONS, VERIFICATIONS.c.verification_id == MAILS.c.verification_id)
    .join(USERS, USERS.c.pk == MAILS.c.user_pk)
    .join(PARTICIPANTS, PARTICIPANTS.c.participant_id == USERS.c.participant_id)
    .order_by(MAILS.c.mail_id.desc())
    .limit(1)
)  # fmt: skip
_ANYBODY = (
    select(USERS.c.user_id, USERS.c.user_name, PARTICIPANTS.c.name, null(), null(), _HAS_DAS)
    .join(PARTICIPANTS, PARTICIPANTS.c.participant_id == USERS.c.participant_id)
    .order_by(USERS.c.pk)
    .limit(1)
)


async def examples_within(context: Context) -> Mapping[ClueKind, str]:
    """Examples by whom the newest code went to, or else by any user; none while there is nobody."""
    mine = context.scope(USERS.c.participant_id)
    async with context.reading(Permission.SEE) as connection:
        for query in (_WITH_CODE, _ANYBODY):
            if found := (await connection.execute(query.where(mine))).first():
                return clue_examples(Known(*found))
    return {}
