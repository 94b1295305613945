"""A roster file is read whole or refused with a word and a line; every bad row is named, never guessed at."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.errors import BadFile
from store.rules.roster_file import (
    COLUMNS,
    MAX_LINE,
    BadRow,
    FileFault,
    RowFault,
    neutralise,
    read_roster,
    restore,
    write_rows,
)

HEADER = ",".join(COLUMNS) + "\n"
GOOD = "CP001,Harbour Securities,U001,Chan Tai Man,user,chan@harbour.example,SC1,en\n"


def roster(*rows: str) -> bytes:
    return (HEADER + "".join(rows)).encode()


def row(**cells: str) -> str:
    values = dict(zip(COLUMNS, GOOD.strip().split(","), strict=True)) | cells
    return write_rows([[values[column] for column in COLUMNS]])


def only_fault(data: bytes) -> BadRow:
    file = read_roster(data)
    assert file.entries == ()
    (bad,) = file.bad
    return bad


def test_a_good_file_is_read_as_it_stands():
    file = read_roster(roster(GOOD))
    assert file.encoding == "UTF-8"
    assert file.bad == ()
    (entry,) = file.entries
    assert entry.line == 2
    assert tuple(entry.row) == tuple(GOOD.strip().split(","))
    assert entry.canonical == "chan@harbour.example"


@pytest.mark.parametrize(
    "ending", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"]
)  # fmt: skip
def test_any_line_ending_will_do(ending: str):
    file = read_roster((HEADER + GOOD).replace("\n", ending).encode())
    assert [entry.line for entry in file.entries] == [2]


def test_columns_may_stand_in_another_order_and_names_in_capitals():
    reversed_header = ",".join(reversed(COLUMNS)).upper() + "\n"
    reversed_row = ",".join(reversed(GOOD.strip().split(","))) + "\n"
    (entry,) = read_roster((reversed_header + reversed_row).encode()).entries
    assert entry.row.user_id == "U001"


def test_blank_lines_and_blanks_around_cells_do_not_count():
    spaced = " , ".join(GOOD.strip().split(",")) + "\u3000\n"
    file = read_roster((HEADER + "\n,,,,,,,\n" + spaced + "\n").encode())
    (entry,) = file.entries
    assert entry.line == 4
    assert entry.row.language == "en"


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"", FileFault.EMPTY, 0),
        (b"\n\n", FileFault.EMPTY, 0),
        (codecs.BOM_UTF8, FileFault.EMPTY, 0),
        (GOOD.encode(), FileFault.NO_HEADER, 1),
        (roster(GOOD) + b"CP001,\xff,", FileFault.ENCODING, 3),
        (roster(GOOD, row(user_name="a\0b")), FileFault.NUL, 3),
        (roster(GOOD, "x" * 10_000_000), FileFault.LONG_LINE, 3),
        (roster(GOOD, 'CP001,"Harbour,U002,Lee,user,,,\n', row(user_id="U003")), FileFault.UNCLOSED_QUOTE, 3),
        (roster(GOOD, 'CP001,"Harbour,U002\n', 'CP001,"Harbour",U003\n'), FileFault.UNCLOSED_QUOTE, 3),
        (roster('CP001,"Harbour,U002\n', GOOD * 5_000), FileFault.UNCLOSED_QUOTE, 2),
    ],
    ids=[
        "empty", "blank", "only a mark", "no header", "encoding", "NUL", "10 MB line",
        "open quote", "odd quote", "long quote",
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_with_a_word_and_a_line(data: bytes, reason: FileFault, line: int):
    with pytest.raises(BadFile) as refused:
        read_roster(data)
    assert (refused.value.reason, refused.value.line) == (reason, line)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(column: str):
    header = ",".join(name for name in COLUMNS if name != column)
    with pytest.raises(BadFile) as refused:
        read_roster(header.encode())
    assert (refused.value.reason, refused.value.line, refused.value.detail) == (
        FileFault.MISSING_COLUMN,
        1,
        column,
    )


@pytest.mark.parametrize("extra", ["telephone", "email"])
def test_an_extra_or_repeated_column_is_named(extra: str):
    with pytest.raises(BadFile) as refused:
        read_roster((HEADER.strip() + f",{extra}\n").encode())
    assert (refused.value.reason, refused.value.detail) == (FileFault.EXTRA_COLUMN, extra)


def test_a_line_as_long_as_allowed_is_read():
    data = (HEADER.rstrip("\n").ljust(MAX_LINE - 1) + "\n").encode()
    assert read_roster(data).entries == ()


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"kind": "boss"}, "kind", RowFault.KIND),
        ({"kind": ""}, "kind", RowFault.KIND),
        ({"language": "fr"}, "language", RowFault.LANGUAGE),
        ({"user_id": ""}, "user_id", RowFault.EMPTY),
        ({"user_id": "U 1"}, "user_id", RowFault.ID),
        ({"user_id": "U" * 33}, "user_id", RowFault.ID),
        ({"user_id": "用戶"}, "user_id", RowFault.ID),
        ({"participant_id": "CP/1"}, "participant_id", RowFault.ID),
        ({"participant_name": ""}, "participant_name", RowFault.EMPTY),
        ({"user_name": ""}, "user_name", RowFault.EMPTY),
        ({"user_name": "x" * 501}, "user_name", RowFault.TOO_LONG),
        ({"user_name": "a\x1b[31mb"}, "user_name", RowFault.CONTROL),
        ({"user_name": "a\u202eb"}, "user_name", RowFault.DIRECTION),
        ({"user_name": "two\nlines"}, "user_name", RowFault.CONTROL),
        ({"user_name": "a\u2028b"}, "user_name", RowFault.CONTROL),
        ({"smartcard_serial": "S" * 65}, "smartcard_serial", RowFault.TOO_LONG),
        ({"smartcard_serial": "S\x07"}, "smartcard_serial", RowFault.CONTROL),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_line_column_and_value(cells: dict[str, str], column: str, reason: RowFault):
    bad = only_fault(roster(row(**cells)))
    assert (bad.line, bad.column, bad.value, bad.reason) == (2, column, cells[column], reason)


@pytest.mark.parametrize(
    "email",
    [
        "chan.harbour.example",
        "chan@harbour@example.com",
        "chan tai@harbour.example",
        "a" * 320 + "@harbour.example",
        '"chan tai"@harbour.example',
        "chan@harbour.example.",
        "chan@",
        "chan\x1b@harbour.example",
    ],
)
def test_a_bad_address_is_named_with_its_problem(email: str):
    bad = only_fault(roster(row(email=email)))
    assert (bad.column, bad.value) == ("email", email)
    assert bad.reason


def test_an_international_domain_has_one_canonical_form():
    file = read_roster(
        roster(row(email="chan@例子.example"), row(user_id="U002", email="chan@XN--FSQU00A.example"))
    )
    assert len({entry.canonical for entry in file.entries}) == 1


@pytest.mark.parametrize(
    "name",
    ["Desk [/x]", "陳大文", "Ann 👩‍👩‍👧 Wong", "x" * 500, "O'Brien", "Chan, Tai Man", 'Chan "TM"', "[bold]"],
)
def test_strange_but_honest_names_are_kept(name: str):
    (entry,) = read_roster(roster(row(user_name=name))).entries
    assert entry.row.user_name == name


def test_every_fault_of_a_row_is_told_at_once():
    file = read_roster(roster(row(kind="boss", language="fr", email="nobody")))
    assert [bad.column for bad in file.bad] == ["kind", "email", "language"]


def test_too_few_and_too_many_cells():
    file = read_roster(roster("CP001,Harbour\n", "CP001,Harbour,U001,Chan,Tai Man,user,,,en\n", GOOD))
    assert [(bad.line, bad.column, bad.value, bad.reason) for bad in file.bad] == [
        (2, "user_id", "", RowFault.MISSING_COLUMN),
        (3, "", "en", RowFault.EXTRA_COLUMN),
    ]
    assert [entry.line for entry in file.entries] == [4]


def test_faults_between_rows_name_the_earlier_line():
    file = read_roster(
        roster(
            GOOD,
            row(user_name="Someone Else", email="else@harbour.example"),
            row(participant_id="CP002", participant_name="Peak"),
            row(user_id="U002", participant_name="Harbor", email=""),
        )
    )
    assert [(bad.line, bad.column, bad.reason, bad.detail) for bad in file.bad] == [
        (3, "user_id", RowFault.DUPLICATE, "line 2"),
        (4, "user_id", RowFault.OTHER_PARTICIPANT, "line 2"),
        (5, "participant_name", RowFault.OTHER_NAME, "line 2"),
    ]


@pytest.mark.parametrize(
    ("codec", "name", "encoding"),
    [
        ("utf-8", "陳大文", "UTF-8"),
        ("utf-8-sig", "陳大文", "UTF-8"),
        ("utf-16", "陳大文", "UTF-16"),
        ("big5", "陳大文", "Big5"),
        ("big5hkscs", "陳大文㗎", "Big5-HKSCS"),
        ("big5hkscs", "李嘉𨋢", "Big5-HKSCS"),
    ],
)
def test_encodings_of_hong_kong_are_told_apart(codec: str, name: str, encoding: str):
    file = read_roster((HEADER + row(user_name=name)).encode(codec))
    assert file.encoding == encoding
    assert file.entries[0].row.user_name == name


def test_languages_are_kept_in_their_usual_spelling():
    file = read_roster(roster(row(language="ZH-hant"), row(user_id="U002", language="", email="")))
    assert [entry.row.language for entry in file.entries] == ["zh-Hant", ""]


@pytest.mark.parametrize("start", list("=+-@＝＋－＠\t\r\n"))
def test_a_cell_that_a_spreadsheet_would_run_is_neutralised(start: str):
    assert neutralise(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("value", ["'=x", "''=x", "'", "'x", "O'Brien", "'tis"])
def test_a_genuine_apostrophe_is_never_lost(value: str):
    assert restore(neutralise(value)) == value
    assert not neutralise(value).startswith(("=", "+", "-", "@"))


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])) | st.text(alphabet="'=+-@\t\r\n a"))
def test_neutralising_loses_nothing_and_leaves_nothing_to_run(value: str):
    cell = neutralise(value)
    assert restore(cell) == value
    assert not cell.startswith(tuple("=+-@\t\r\n"))


names = st.text(
    alphabet=st.characters(blacklist_categories=["Cs", "Cc", "Cf", "Zl", "Zp"])
    | st.sampled_from("'=+-@\",;[]/"),
    min_size=1,
    max_size=60,
).filter(lambda name: name == name.strip() != "")


@given(st.lists(names, min_size=1, max_size=8))
def test_what_is_written_is_read_back_cell_by_cell_and_byte_by_byte(many: list[str]):
    rows = [("CP001", many[0], f"U{number}", name, "user", "", "", "en") for number, name in enumerate(many)]
    data = write_rows([COLUMNS, *rows]).encode()
    file = read_roster(data)
    assert file.bad == ()
    assert [tuple(entry.row) for entry in file.entries] == rows
    assert write_rows([COLUMNS, *(entry.row for entry in file.entries)]).encode() == data
