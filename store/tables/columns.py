"""The kinds of column that the tables are made of."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Index, Integer, String, Table, TypeDecorator, text
from sqlmodel import Field, SQLModel

BigKey = BigInteger().with_variant(Integer, "sqlite")


def ordered(length: int) -> Any:
    """Text that both databases put into the same order, by code point, whatever the server's locale."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


Identity = ordered(32)
SortName = ordered(500)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases (SQLite keeps it naive, in UTC)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: D102
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: D102
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moment(*, index: bool = False, nullable: bool = True) -> Any:
    """A column of moments, in UTC."""
    return Field(default=None if nullable else ..., sa_type=UtcDateTime, index=index, nullable=nullable)


def index_where(name: str, column: str, where: str, sqlite: str = "") -> Index:
    """An index over the few rows that fulfil a condition."""
    return Index(name, column, sqlite_where=text(sqlite or where), postgresql_where=text(where))


def count() -> Any:
    """A column that counts from nothing."""
    return Field(default=0, sa_column_kwargs={"server_default": "0"})


def plain(model: type[SQLModel]) -> Table:
    """The plain table of a model, for reads that make no objects."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
