"""The words of names, to find a name that is mistyped, and PostgreSQL's indexes for looking up callers."""

import sqlalchemy as sa
from alembic import op

from store.rules.mistakes import kept_words, keys_of

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CHUNK = 10_000


def upgrade() -> None:
    text = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
    words = op.create_table(
        "name_word",
        sa.Column("key", text, primary_key=True),
        sa.Column("word", text, primary_key=True),
        sqlite_with_rowid=False,
    )
    _fill(words)
    whole = sa.text("key = word")
    op.create_index("ix_name_word", "name_word", ["word"], sqlite_where=whole, postgresql_where=whole)
    if op.get_context().dialect.name == "postgresql":
        _index_on_postgresql()


def downgrade() -> None:
    raise RuntimeError("Restore the backup made before the upgrade instead.")


def _fill(words: sa.Table) -> None:
    """The words of the names that are there."""
    connection = op.get_bind()
    read = sa.text("SELECT sort_name FROM ccms_user")
    names = connection.execute(read, execution_options={"yield_per": CHUNK})
    found: set[str] = set()
    for some in names.scalars().partitions():
        found |= kept_words(some)
    rows = [{"key": key, "word": word} for word in sorted(found) for key in keys_of(word)]
    for start in range(0, len(rows), CHUNK):
        connection.execute(words.insert(), rows[start : start + CHUNK])


def _index_on_postgresql() -> None:
    """Whole words of names beside their short pieces, in one index; and the participants' names."""
    op.execute("DROP INDEX user_grams")
    pieces, words = "string_to_array(grams, ' ')", "string_to_array(sort_name, ' ')"
    op.execute(f"CREATE INDEX user_grams ON ccms_user USING gin ({pieces}, {words})")
    # Not the ID as it is: the index would be taken to find a whole ID, which takes it a millisecond.
    columns = "(participant_id || '') gin_trgm_ops, name gin_trgm_ops"
    op.execute(f"CREATE INDEX user_search_participant ON participant USING gin ({columns})")
