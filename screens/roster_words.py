"""What is said of a roster, a row and a plan: what is wrong, where, and what to do."""

from collections.abc import Mapping

from screens.address_words import problem_words, warning_words
from screens.text import clean
from screens.words import _, ngettext
from store.errors import BadFile, Conflict
from store.rules.roster_file import LANGUAGES, MAX_LINE, MAX_NAME, BadRow, FileFault, RowFault
from store.rules.roster_plan import RosterPlan, RosterWarning
from store.views import AddressWarning

_SHOWN = 40

FILE = {
    FileFault.CUT: _("The connection broke while it was sent, so it may not be whole; send it again."),
    FileFault.UNREADABLE: _("It cannot be read ({detail}); check its name and that you may read it."),
    FileFault.EMPTY: _("The file is empty; give a CSV file whose first line names the columns."),
    FileFault.TOO_LARGE: _(
        "The file is larger than {detail} MB; split it and load the parts one after the other."
    ),
    FileFault.ENCODING: _(
        "Line {line} is neither UTF-8 nor Big5 (HKSCS) text; save the file as 'CSV UTF-8' and load it again."
    ),
    FileFault.NUL: _("Line {line} holds a NUL byte, so this is no text file; save the list as 'CSV UTF-8'."),
    FileFault.LONG_LINE: _(
        "Line {line} is longer than {longest} characters; a closing quote or line end is missing."
    ),
    FileFault.UNCLOSED_QUOTE: _(
        "The quoted cell that begins on line {line} is not closed; close it, and double any quote inside."
    ),
    FileFault.NO_HEADER: _(
        "Line {line} names no column of a roster; put the header line of `ccms-tui export users` first."
    ),
    FileFault.MISSING_COLUMN: _(
        "The header on line {line} lacks the column {detail}; add it, it may stay empty where optional."
    ),
    FileFault.EXTRA_COLUMN: _(
        "The header on line {line} has a column '{detail}' that a roster does not have; remove it."
    ),
}

ROW = {
    RowFault.MISSING_COLUMN: _("the row ends before this column; add the missing cells."),
    RowFault.EXTRA_COLUMN: _("the row has more cells than columns; put a cell that holds a comma in quotes."),
    RowFault.EMPTY: _("this cell must not be empty; fill it in."),
    RowFault.ID: _("an ID has 1 to 32 letters, digits, '-', '_' or '.'; correct it."),
    RowFault.TOO_LONG: _("longer than the {longest} characters allowed; shorten it."),
    RowFault.CONTROL: _("holds a character that cannot be seen; type it again without it."),
    RowFault.DIRECTION: _("holds a character that turns the reading direction; type it again without it."),
    RowFault.KIND: _("no such kind; use user, da-maker or da-checker."),
    RowFault.LANGUAGE: _("no such language; use {languages}, or leave it empty."),
    RowFault.DUPLICATE: _("this user is already on {detail}; keep one of the two."),
    RowFault.OTHER_PARTICIPANT: _(
        "this user belongs to another participant ({detail}); correct the user or the participant."
    ),
    RowFault.OTHER_NAME: _("{detail} names this participant differently; use one name for it throughout."),
    RowFault.UNKNOWN_PARTICIPANT: _("not your participant; remove the row."),
    RowFault.UNKNOWN_USER: _(
        "your participant has no such user; correct the ID, or ask the clearing house to add the user."
    ),
    RowFault.NOBODY: _("no user has this ID or name; correct it, or load them with the whole roster."),
    RowFault.CLOSE: _("nobody has exactly this ID or name; put the ID of the one you mean ({detail}?)."),
    RowFault.SEVERAL_USERS: _("several users are called that ({detail}); put the ID of the one you mean."),
    RowFault.TWO_USERS: _("the line names more than one user ({detail}); leave the one you mean."),
    RowFault.TWO_ADDRESSES: _("two addresses on one line; keep one."),
    RowFault.LONG_LINE: _("the line is too long to be a user and an address; part it into lines."),
    RowFault.SHARED: _(
        "user {detail} has this address; give each user their own, or record why they share it."
    ),
    RowFault.NOT_OPEN: _(
        "Delegated Administrators' addresses cannot be registered yet (announced for {detail}); "
        "leave it empty, or take the line out of a list."
    ),
    RowFault.KIND_NOT_OPEN: _(
        "nobody becomes or ceases to be a Delegated Administrator until their addresses can be registered "
        "(announced for {detail}); leave the kind as it is."
    ),
    RowFault.BY_FORM: _(
        "a Delegated Administrator's address is registered by form DA 3; "
        "leave the cell empty, or take the line out."
    ),
}  # fmt: skip

_WARNING = {
    "ignored": _("differs from the desk and is left as it is: only addresses are taken from your list."),
    "makers": _("the address is the participant's maker's to change; it stays as it is."),
    "shared": _("users of another participant ({detail}) have this address too; ask whether that is meant."),
}


def bad_file(name: str, error: BadFile, sentences: Mapping[FileFault, str] = FILE) -> str:
    """One sentence on a file that cannot be read as a roster, or as what `sentences` are about."""
    sentence = sentences[FileFault(error.reason)].format(
        line=error.line, detail=shorten(error.detail), longest=f"{MAX_LINE:,}"
    )
    return _("{name} was not loaded. {sentence}").format(name=clean(name), sentence=sentence)


def overtaken(error: Conflict) -> str:
    """One sentence on a plan that the desk has overtaken."""
    differences = ", ".join(f"{name} {old} -> {now}" for name, (old, now) in error.differences.items())
    sentence = _("Nothing was loaded: {who} changed the desk meanwhile ({what}); plan again and look at it.")
    return sentence.format(who=clean(error.changed_by), what=differences or _("other rows are concerned"))


def bad_row(row: BadRow) -> str:
    """One line on a fault: line, column, value, what is wrong and what to do."""
    where = _("line {line}, {column}").format(line=row.line, column=row.column or _("end of the row"))
    value = f" '{shorten(row.value)}'" if row.value else ""
    return f"{where}{value}: {_row_sentence(row)}"


def warning(remark: RosterWarning) -> str:
    """One line on a remark that keeps nothing from being loaded."""
    where = _("line {line}, {column}").format(line=remark.line, column=remark.column)
    return f"{where} '{shorten(remark.value)}': {_warning_sentence(remark)}"


def counts(plan: RosterPlan) -> str:
    """The plan in one line."""
    parts = (
        _("{count} new").format(count=f"{len(plan.new):,}"),
        _("{count} changed").format(count=f"{len(plan.changed):,}"),
        _("{count} same").format(count=f"{plan.same:,}"),
        _("{count} absent from the file (kept)").format(count=f"{len(plan.absent):,}"),
        _("{count} bad").format(count=f"{plan.bad_rows:,}"),
    )
    return ", ".join(parts) + "."


def participants(plan: RosterPlan) -> list[str]:
    """New and renamed participants, the renamed ones by name."""
    renamed = [(key, old, new) for key, (old, new) in plan.participants.items() if old is not None]
    lines = [
        _("Participant {id} is renamed: '{old}' -> '{new}'.").format(
            id=key, old=shorten(old), new=shorten(new)
        )
        for key, old, new in renamed
    ]
    if new := len(plan.participants) - len(renamed):
        lines.insert(
            0, ngettext("{count} new participant.", "{count} new participants.", new).format(count=f"{new:,}")
        )
    return lines


def rows(count: int) -> str:
    """A number of bad rows in words."""
    return ngettext("{count} row is bad", "{count} rows are bad", count).format(count=f"{count:,}")


def shorten(value: str) -> str:
    """Foreign text on one line, cut to what a line can bear."""
    shown = clean(value)
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


def _warning_sentence(remark: RosterWarning) -> str:
    if remark.kind in _WARNING:
        return _WARNING[remark.kind].format(detail=clean(remark.detail))
    return _("%s; check it.") % warning_words(AddressWarning(remark.kind, clean(remark.detail)))


def _row_sentence(row: BadRow) -> str:
    if row.reason not in set(RowFault):
        return _("%s; correct the address.") % problem_words(row.reason, row.detail)
    languages = ", ".join(LANGUAGES.values())
    longest = MAX_NAME if row.column.endswith("name") else 64
    return ROW[RowFault(row.reason)].format(detail=clean(row.detail), languages=languages, longest=longest)
