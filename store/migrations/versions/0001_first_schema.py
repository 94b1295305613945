"""The first schema: every table of `store.tables`, and what search needs on each database.

SQLite: one trigram table over everything a user can be found by and one of the short pieces of names, both
without content and kept in step by triggers. PostgreSQL: trigram and array indexes on the rows themselves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_REFINED = ["standing", "code_expires_at", "proposal_expires_at", "locked"]


def upgrade() -> None:
    _programme()
    _participants_and_users()
    _registration()
    if op.get_bind().dialect.name == "sqlite":
        _search_on_sqlite()
    else:
        _search_on_postgresql()


def downgrade() -> None:
    raise RuntimeError("There is nothing below the first schema.")


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _ordered(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _index_where(name: str, column: str, where: str, sqlite: str = "") -> None:
    on_sqlite, on_postgresql = sa.text(sqlite or where), sa.text(where)
    op.create_index(name, "ccms_user", [column], sqlite_where=on_sqlite, postgresql_where=on_postgresql)


def _programme() -> None:
    op.create_table(
        "audit_event",
        sa.Column("event_id", _key(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(48), nullable=False),
        sa.Column("participant_id", _ordered(32)),
        sa.Column("user_pk", _key()),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("personal", sa.String()),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_audit_user", "audit_event", ["user_pk", "event_id"])
    op.create_table(
        "milestone",
        sa.Column("milestone_id", sa.String(32), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("window", sa.String(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=False),
        sa.Column("latest", sa.Date(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("opens", sa.String(32)),
        sa.Column("circular", sa.String(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_table(
        "milestone_revision",
        sa.Column("revision_id", _key(), primary_key=True, autoincrement=True),
        sa.Column("milestone_id", sa.String(32), sa.ForeignKey("milestone.milestone_id"), nullable=False),
        sa.Column("window", sa.String(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=False),
        sa.Column("latest", sa.Date(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("circular", sa.String(), nullable=False),
        sa.Column("revised_by", sa.String(64), nullable=False),
        sa.Column("revised_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_milestone_revision_milestone_id", "milestone_revision", ["milestone_id"])


def _participants_and_users() -> None:
    op.create_table(
        "participant",
        sa.Column("participant_id", _ordered(32), primary_key=True),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("single_da_waiver", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "ccms_user",
        sa.Column("pk", _key(), primary_key=True, autoincrement=True),
        sa.Column("user_id", _ordered(32), nullable=False, unique=True),
        sa.Column(
            "participant_id", _ordered(32), sa.ForeignKey("participant.participant_id"), nullable=False
        ),
        sa.Column("user_name", sa.String(500), nullable=False),
        sa.Column("sort_name", _ordered(500), nullable=False),
        sa.Column("grams", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("smartcard_serial", sa.String(64)),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("active_email", sa.String()),
        sa.Column("active_canonical", sa.String()),
        sa.Column("verified_at", sa.DateTime(timezone=True)),
        sa.Column("pending_email", sa.String()),
        sa.Column("pending_canonical", sa.String()),
        sa.Column("undeliverable", sa.Boolean(), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True)),
        sa.Column("proposal_expires_at", sa.DateTime(timezone=True)),
        sa.Column("password_set_at", sa.DateTime(timezone=True)),
        sa.Column("enrolled_at", sa.DateTime(timezone=True)),
        sa.Column("proven_at", sa.DateTime(timezone=True)),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("suspended", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
    )
    _index_where("ix_user_active", "active_canonical", "active_canonical IS NOT NULL")
    op.create_index("ix_user_name", "ccms_user", ["sort_name", "pk", *_REFINED])
    op.create_index("ix_user_participant", "ccms_user", ["participant_id", "sort_name", "pk", *_REFINED])
    _index_where("ix_user_pending", "pending_canonical", "pending_canonical IS NOT NULL")
    _index_where("ix_user_locked", "locked", "locked", sqlite="locked = 1")
    op.create_index(
        "ix_user_standing", "ccms_user", ["standing", "sort_name", "pk", *_REFINED[1:], "user_id"]
    )
    op.create_index("ix_user_summary", "ccms_user", ["participant_id", "kind", "suspended", *_REFINED])
    op.create_table(
        "operator",
        sa.Column("operator_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(500), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("participant_id", _ordered(32), sa.ForeignKey("participant.participant_id")),
        sa.Column("totp_sealed", sa.LargeBinary()),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "address_waiver",
        sa.Column(
            "participant_id", _ordered(32), sa.ForeignKey("participant.participant_id"), primary_key=True
        ),
        sa.Column("canonical", sa.String(), primary_key=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )


def _registration() -> None:
    op.create_table(
        "proposal",
        sa.Column("proposal_id", _key(), primary_key=True, autoincrement=True),
        sa.Column("plan_id", sa.String(36)),
        sa.Column("user_pk", _key(), sa.ForeignKey("ccms_user.pk"), nullable=False),
        sa.Column(
            "participant_id", _ordered(32), sa.ForeignKey("participant.participant_id"), nullable=False
        ),
        sa.Column("old_email", sa.String()),
        sa.Column("new_email", sa.String(), nullable=False),
        sa.Column("new_canonical", sa.String(), nullable=False),
        sa.Column("user_version", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
    )
    op.create_index("ix_proposal_participant_id", "proposal", ["participant_id"])
    op.create_index("ix_proposal_plan_id", "proposal", ["plan_id"])
    op.create_index("ix_proposal_user_pk", "proposal", ["user_pk"])
    op.create_table(
        "verification",
        sa.Column("verification_id", _key(), primary_key=True, autoincrement=True),
        sa.Column("user_pk", _key(), sa.ForeignKey("ccms_user.pk"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_verification_user_pk", "verification", ["user_pk"])
    op.create_table(
        "enquiry",
        sa.Column("enquiry_id", _key(), primary_key=True, autoincrement=True),
        sa.Column("user_pk", _key(), sa.ForeignKey("ccms_user.pk"), nullable=False),
        sa.Column(
            "participant_id", _ordered(32), sa.ForeignKey("participant.participant_id"), nullable=False
        ),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("taken_by", sa.String(64), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_enquiry_participant_id", "enquiry", ["participant_id"])
    op.create_index("ix_enquiry_user_pk", "enquiry", ["user_pk"])
    op.create_table(
        "mail",
        sa.Column("mail_id", _key(), primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.String(255), nullable=False, unique=True),
        sa.Column("user_pk", _key(), sa.ForeignKey("ccms_user.pk"), nullable=False),
        sa.Column(
            "participant_id", _ordered(32), sa.ForeignKey("participant.participant_id"), nullable=False
        ),
        sa.Column("verification_id", _key(), sa.ForeignKey("verification.verification_id")),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("to_email", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_reply", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("lease_by", sa.String(64)),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_mail_due", "mail", ["state", "next_attempt_at"])
    op.create_index("ix_mail_participant_id", "mail", ["participant_id"])
    op.create_index("ix_mail_user", "mail", ["user_pk", "mail_id"])
    op.create_index("ix_mail_verification_id", "mail", ["verification_id"])


_TEXT = (
    "{user}.user_id || ' ' || {user}.sort_name || ' ' || coalesce({user}.active_email, '') || ' ' || "
    "coalesce({user}.pending_email, '') || ' ' || {user}.participant_id || ' ' || {name}"
)
_SEARCHED = "user_id, sort_name, grams, active_email, pending_email, participant_id"


def _put(user: str, name: str, source: str) -> str:
    words = _TEXT.format(user=user, name=name)
    return f"INSERT INTO user_search(rowid, words) SELECT {user}.pk, {words} FROM {source};"  # noqa: S608


def _take(user: str, name: str, source: str) -> str:
    words = f"'delete', {user}.pk, {_TEXT.format(user=user, name=name)}"
    return f"INSERT INTO user_search(user_search, rowid, words) SELECT {words} FROM {source};"  # noqa: S608


def _search_on_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE user_search USING fts5(words, content='', columnsize=0, tokenize='trigram')"
    )
    op.execute(
        "CREATE VIRTUAL TABLE user_grams USING fts5(grams, content='', columnsize=0, detail=none, "
        "tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'\")"
    )
    for index in ("user_search", "user_grams"):
        # Room for the words of many rows in memory, so that an import writes each index out once a chunk.
        op.execute(f"INSERT INTO {index}({index}, rank) VALUES ('hashsize', {64 * 1024 * 1024})")  # noqa: S608
    mine = "participant p WHERE p.participant_id = {user}.participant_id"
    theirs = "ccms_user u WHERE u.participant_id = {row}.participant_id"
    put = _put("new", "p.name", mine.format(user="new"))
    put += "INSERT INTO user_grams(rowid, grams) VALUES (new.pk, new.grams);"
    take = _take("old", "p.name", mine.format(user="old"))
    take += "INSERT INTO user_grams(user_grams, rowid, grams) VALUES ('delete', old.pk, old.grams);"
    rename = _take("u", "old.name", theirs.format(row="old")) + _put(
        "u", "new.name", theirs.format(row="new")
    )
    op.execute(f"CREATE TRIGGER user_search_insert AFTER INSERT ON ccms_user BEGIN {put} END")
    op.execute(f"CREATE TRIGGER user_search_delete AFTER DELETE ON ccms_user BEGIN {take} END")
    op.execute(
        f"CREATE TRIGGER user_search_update AFTER UPDATE OF {_SEARCHED} ON ccms_user BEGIN {take} {put} END"
    )
    op.execute(f"CREATE TRIGGER user_search_rename AFTER UPDATE OF name ON participant BEGIN {rename} END")


def _search_on_postgresql() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    columns = ("user_id", "sort_name", "active_email", "pending_email")
    trigrams = ", ".join(f"{column} gin_trgm_ops" for column in columns)
    op.execute(f"CREATE INDEX user_search ON ccms_user USING gin ({trigrams})")
    op.execute("CREATE INDEX user_grams ON ccms_user USING gin (string_to_array(grams, ' '))")
