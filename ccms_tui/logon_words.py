"""What `import-logons` says of a file, a row and a plan: what is wrong, where, and what to do."""

from screens.roster_words import FILE, ROW, shorten
from screens.words import _
from store.logons import LogonPlan
from store.rules.logon_file import COLUMNS, LogonFault
from store.rules.roster_file import BadRow, FileFault, RowFault

LOGON_FILE = FILE | {
    FileFault.NO_HEADER: _("Line {line} names no column of logon evidence; put '%s' first.")
    % ",".join(COLUMNS),
    FileFault.MISSING_COLUMN: _("The header on line {line} lacks the column {detail}; add it."),
    FileFault.EXTRA_COLUMN: _(
        "The header on line {line} has a column '{detail}' that logon evidence does not have; remove it."
    ),
}

_ROWS = {
    LogonFault.METHOD: _("no such method; use smartcard or 2fa."),
    LogonFault.RESULT: _("no such result; use ok or refused."),
    LogonFault.TIME: _("no time; write it like 2023-04-03T09:15:00+08:00."),
    LogonFault.NO_ZONE: _("this time has no zone; end it with +08:00, or with Z for UTC."),
    LogonFault.FUTURE: _("this time is still to come; check the clock of the terminal, and the zone."),
    LogonFault.REPEATED: _("this logon is already on {detail}; keep one of the two."),
    LogonFault.UNKNOWN_USER: _("the desk has no such user; correct the ID, or load the roster first."),
}


def bad_row(row: BadRow) -> str:
    """One line on a fault: line, column, value, what is wrong and what to do."""
    where = _("line {line}, {column}").format(line=row.line, column=row.column or _("the row"))
    value = f" '{shorten(row.value)}'" if row.value else ""
    known = row.reason in set(LogonFault)
    words = _ROWS[LogonFault(row.reason)] if known else ROW[RowFault(row.reason)]
    return f"{where}{value}: {words.format(detail=row.detail)}"


def counts(plan: LogonPlan) -> str:
    """The plan in one line."""
    parts = (
        _("{count} new").format(count=f"{len(plan.new):,}"),
        _("{count} same").format(count=f"{plan.same:,}"),
        _("{count} bad").format(count=f"{plan.bad_rows:,}"),
        _("{count} proven by it").format(count=f"{len(plan.proves):,}"),
    )
    return ", ".join(parts) + "."
