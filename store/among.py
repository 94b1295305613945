"""One of many values, as each database takes them quickest."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Text, any_, bindparam


def among(
    column: ColumnElement[Any],
    name: str,
    kind: type[BigInteger] | type[Text],
    statement: Callable[[ColumnElement[bool]], Any],
) -> Mapping[str, Any]:
    """The statement with the condition that a column has one of the values of the parameter, by dialect.

    PostgreSQL reads and plans a statement anew for every number of parameters, so it is given them as one.
    A statement that is made once is not read anew by SQLAlchemy either.
    """
    conditions = {
        "sqlite": column.in_(bindparam(name, expanding=True)),
        "postgresql": column == any_(bindparam(name, type_=ARRAY(kind))),
    }
    return {dialect: statement(condition) for dialect, condition in conditions.items()}
