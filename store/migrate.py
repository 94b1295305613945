"""Bringing a database to this program's schema, by Alembic; nothing here is on the way to the first frame."""

import os
from contextlib import suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from store.database import HEAD_REVISION, describe_url, fault_of, normalise_url, prepare
from store.errors import DatabaseFault


def upgrade(url: str) -> None:
    """Create the database if there is none, and bring it to this program's schema, all or nothing.

    Raises: DatabaseFault (newer, damaged, locked, read-only, missing, unreachable, ...).
    """
    _create_file(url)
    engine = _engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD_REVISION)
    except CommandError:
        raise DatabaseFault("newer", describe_url(url), current(url) or "") from None
    except SQLAlchemyError as error:
        raise fault_of(error, describe_url(url)) from error
    finally:
        engine.dispose()


def current(url: str) -> str | None:
    """The revision the database is at, None when it has no schema yet. Raises: DatabaseFault."""
    engine = _engine(url)
    try:
        with engine.connect().execution_options(desk_read=True) as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise fault_of(error, describe_url(url)) from error
    finally:
        engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(normalise_url(url))
    engine = create_engine(parsed.set(drivername="sqlite") if "sqlite" in parsed.drivername else parsed)
    prepare(engine)
    return engine


def _create_file(url: str) -> None:
    """A SQLite file that only its owner may read: it holds people's names and addresses."""
    parsed = make_url(normalise_url(url))
    if not parsed.drivername.startswith("sqlite") or not parsed.database:
        return
    path = Path(parsed.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        raise DatabaseFault("read-only", str(path)) from None
