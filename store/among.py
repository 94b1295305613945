"""One of many values, as each database takes them quickest."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, any_, literal
from sqlalchemy.ext.asyncio import AsyncConnection


def among(
    connection: AsyncConnection, column: ColumnElement[Any], values: Sequence[int] | Sequence[str]
) -> ColumnElement[bool]:
    """Whether a column has one of these values.

    PostgreSQL reads and plans a statement anew for every number of parameters, so it is given them as one.
    """
    if connection.dialect.name == "sqlite":
        return column.in_(values)
    kind = BigInteger if values and isinstance(values[0], int) else Text
    return column == any_(literal(values, ARRAY(kind)))
