"""Whatever comes from a terminal, the keys after it are heard."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste
from textual.message import Message

from ccms_tui.terminal_reader import LONGEST_PASTE, PASTE_PATIENCE, Reader

BEGUN, ENDED = "\x1b[200~", "\x1b[201~"


class Watch:
    """The seconds that the reader and the library's parser go by."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    with patch("textual._parser.get_time", watch):
        yield watch


def keys(found: list[Message]) -> list[str]:
    return [message.key for message in found if isinstance(message, Key)]


def pasted(found: list[Message]) -> list[str]:
    return [message.text for message in found if isinstance(message, Paste)]


def after(watch: Watch, reader: Reader, seconds: float) -> list[Message]:
    """What the reader finds when nothing comes for so long."""
    watch.now += seconds
    return reader.rest()


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[48;24;80;0;0t\x1b[<0;5;5M",
        "\x1b[48;0;0;0;0t\x1b[<0;5;5M",
        "\x1b[48;0;0;1;1t\x1b[<35;5;5M",
        "\x1b[97:65;2u",
        "\x1b[1114112;1u",
        "\x1b[99999999999999999999;1u",
        "\x1b[55296;1u",
        "\x1b[97;1;1114112u",
        "\x1b[97;1;56320u",
    ],
)
def test_a_sequence_without_a_meaning_is_passed_over_whole(watch: Watch, sequence: str) -> None:
    reader = Reader(watch)
    assert keys(reader.read(f"a{sequence}b")) == ["a", "b"]


def test_a_paste_is_told_once_whole(watch: Watch) -> None:
    reader = Reader(watch)
    found = [message for part in (BEGUN[:3], f"{BEGUN[3:]}one", f"two{ENDED[:4]}", f"{ENDED[4:]}x")
             for message in reader.read(part)]  # fmt: skip
    assert (pasted(found), keys(found)) == (["onetwo"], ["x"])
    assert after(watch, reader, PASTE_PATIENCE) == []


def test_a_paste_that_never_ends_has_ended_after_a_pause(watch: Watch) -> None:
    reader = Reader(watch)
    assert reader.read(f"{BEGUN}one") == []
    assert after(watch, reader, PASTE_PATIENCE - 0.5) == []
    assert reader.read("two") == []
    assert after(watch, reader, PASTE_PATIENCE - 0.5) == []
    assert pasted(after(watch, reader, 0.5)) == ["onetwo"]
    assert keys(reader.read("q")) == ["q"]


def test_the_rest_of_a_paste_that_fell_silent_is_pasted_too_and_not_typed(watch: Watch) -> None:
    reader = Reader(watch)
    reader.read(f"{BEGUN}HALB0001, a@x.hk\nHALB")
    assert pasted(after(watch, reader, PASTE_PATIENCE)) == ["HALB0001, a@x.hk\nHALB"]
    found = reader.read("0002, b@x.hk\n") + reader.read(f"HALB0003, c@x.hk{ENDED}q")
    assert (pasted(found), keys(found)) == (["0002, b@x.hk\nHALB0003, c@x.hk"], ["q"])
    assert keys(reader.read("/1234567890")) == keys(Reader(watch).read("/1234567890")) != []


def test_a_few_last_characters_are_the_rest_of_it_when_its_mark_comes_with_them(watch: Watch) -> None:
    reader = Reader(watch)
    reader.read(f"{BEGUN}one")
    after(watch, reader, PASTE_PATIENCE)
    found = reader.read(f"x\n{ENDED}")
    assert (pasted(found), keys(found)) == (["x\n"], [])
    assert keys(reader.read("q")) == ["q"]


def test_esc_ends_a_paste_that_never_ends_and_does_nothing_else(watch: Watch) -> None:
    reader = Reader(watch)
    reader.read(f"{BEGUN}one")
    assert reader.read("\x1b") == []
    found = after(watch, reader, 0.2)
    assert (pasted(found), keys(found)) == (["one"], [])
    reader.read("\x1b")
    assert keys(after(watch, reader, 0.2)) == ["escape"]


def test_of_a_paste_so_much_is_kept_and_nothing_of_it_is_typed(watch: Watch) -> None:
    reader = Reader(watch)
    found = reader.read(BEGUN)
    for _part in range(3 * LONGEST_PASTE // 50_000):
        found += reader.read("x" * 50_000)
    found += reader.read(f"xx{ENDED[:2]}")
    found += reader.read(f"{ENDED[2:]}y")
    [text] = pasted(found)
    assert LONGEST_PASTE <= len(text) <= LONGEST_PASTE + 100_000
    assert keys(found) == ["y"]


PIECES = st.sampled_from(
    [*"\x1b[09;:<-uMmtR?\x00\x7f\ré陳\ud800", BEGUN, ENDED, "\x1b[", "200~", "201~", "$y", "48;24;80;0;0t"]
)


@given(
    st.lists(st.tuples(st.lists(PIECES, max_size=8).map("".join), st.sampled_from([0.0, 0.05, 0.15, 1.0])))
)
def test_after_anything_and_a_pause_a_key_is_that_key(typed: list[tuple[str, float]]) -> None:
    watch = Watch()
    with patch("textual._parser.get_time", watch):
        reader = Reader(watch)
        for text, seconds in typed:
            reader.read(text)
            after(watch, reader, seconds)
        for _turn in range(2):
            after(watch, reader, PASTE_PATIENCE)
        assert keys(reader.read("x")) == ["x"]
