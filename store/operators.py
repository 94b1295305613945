"""The people with a login to this desk."""

from sqlalchemy import select
from sqlmodel import col

from store.context import Change
from store.database import Database
from store.errors import NotFound
from store.tables import OperatorRow
from store.views import Operator, Role


async def find(database: Database, operator_id: str) -> Operator:
    """The operator with this login. Raises: NotFound (disabled ones too), DatabaseFault."""
    query = select(
        col(OperatorRow.operator_id),
        col(OperatorRow.name),
        col(OperatorRow.role),
        col(OperatorRow.participant_id),
    ).where(col(OperatorRow.operator_id) == operator_id, col(OperatorRow.disabled_at).is_(None))
    async with database.reading() as connection:
        found = (await connection.execute(query)).one_or_none()
    if found is None:
        raise NotFound("operator", operator_id)
    return Operator(found.operator_id, found.name, Role(found.role), found.participant_id)


def add(change: Change, operator: Operator, seed: str) -> None:
    """Give somebody a login within `change`; `seed` is the base32 seed of their one-time passwords."""
    change.session.add(
        OperatorRow(
            operator_id=operator.operator_id,
            name=operator.name,
            role=operator.role.value,
            participant_id=operator.participant_id,
            totp_sealed=change.context.keys.seal(seed),
            created_at=change.now,
        )
    )
    change.record(
        "operator.added",
        participant_id=operator.participant_id,
        operator=operator.operator_id,
        role=operator.role.value,
        name=operator.name,
    )
