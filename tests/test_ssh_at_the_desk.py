# ruff: noqa: E501 - what the page docs/escapes.md says
"""Through real SSH, in a window: nothing typed, pasted, clicked or said of the terminal leads off the desk."""

import shlex
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest

from screens.commands import COMMANDS, commands_for
from store.views import Role
from tests.escapes import ENVIRONMENT, MARKER, shown
from tests.ssh_host import Person
from tests.terminal import PATIENCE, Terminal
from tests.watched_ssh import (
    WatchedHost,
    environment,
    is_stopped,
    maker,
    marker,
    nothing_but_the_gateway,
    watched,
)

__all__ = ["maker", "marker", "nothing_but_the_gateway", "watched"]

PROMPT = "One-time password:"
LANDED = "tm.chan@own.example"
TOO_SMALL = "This window is too small"
PRINTABLE = "".join(chr(code) for code in range(32, 127) if chr(code) not in "qQ0123456789")
CONTROLS = "".join(chr(code) for code in range(32) if chr(code) not in "\r\n\x1b")


@pytest.fixture
def desk(watched: WatchedHost, maker: Person) -> Iterator[Terminal]:
    """A maker's desk; after the attempt it answers as before, and is left by `q`."""
    terminal = watched.sign_in(maker)
    terminal.wait_for(LANDED)
    yield terminal
    leave(watched, terminal)
    assert watched.endings(maker.login) == ["left"]


def leave(host: WatchedHost, terminal: Terminal) -> None:
    """Show that the desk answers and was never stopped, then leave it."""
    assert not any(is_stopped(pid) for pid in host.gateways())
    go_back(terminal, lambda text: "Connectivity test" in text, "3")
    terminal.press("q")
    deadline = time.monotonic() + PATIENCE
    while terminal.pump() and time.monotonic() < deadline:
        if "all the same?" in terminal.text:  # something was typed and not saved
            terminal.press("y")
            break
    assert terminal.wait_end() == 0


def go_back(terminal: Terminal, until: Callable[[str], bool], *then: str) -> None:
    """Press esc, and `then`, until the screen is as wanted: a busy desk takes esc and what follows for one key.

    Twice, because in a search the first esc takes back what was typed and the second one leaves.
    """
    deadline = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < deadline:
        if until(terminal.text):
            return
        for _turn in range(2):
            terminal.press("esc")
            terminal.rest()
        terminal.press(*then)
        terminal.rest()
    raise AssertionError(f"never came back; the screen was:\n{terminal.text}")


def at_the_prompt(host: WatchedHost, person: Person, *options: str) -> Terminal:
    terminal = host.terminal(person, options=("-t", *options))
    terminal.wait_for(PROMPT)
    return terminal


@shown("prompt: ctrl-z, ctrl-\\\\, ctrl-q, ctrl-s", "stop nothing; the code typed after them opens the desk")
def test_no_key_stops_the_prompt(watched: WatchedHost, maker: Person) -> None:
    terminal = at_the_prompt(watched, maker)
    terminal.press("\x1a", "\x1c", "\x13", "\x11")
    [gateway] = watched.gateways()
    assert not is_stopped(gateway)
    terminal.press("\x15", maker.code(), "enter")
    terminal.wait_for(LANDED)
    leave(watched, terminal)


@shown(
    "prompt: a client whose own terminal is raw",
    "a code is what is typed up to enter, and ctrl-c ends the connection, as in any other terminal",
)
def test_a_raw_terminal_of_the_client_is_prompted_as_any_other(watched: WatchedHost, maker: Person) -> None:
    client = shlex.join(watched.command(maker.key, options=("-t",)))
    terminal = Terminal(("sh", "-c", f"stty raw; exec {client}"))
    terminal.wait_for(PROMPT)
    terminal.press("000000")
    terminal.press("enter")
    terminal.wait(lambda text: text.count(PROMPT) == 2, "the prompt again")
    terminal.press("\x03")
    assert terminal.wait_end() == 4
    assert watched.refusals(maker) == ["wrong", "no-code"]


@shown("`ssh -t desk otp CODE import`, with a terminal", "one sentence says how to send the file; exit 2")
def test_no_roster_is_typed_in(watched: WatchedHost, maker: Person) -> None:
    terminal = watched.terminal(maker, "otp", "123456", "import")
    terminal.wait_for("Send the file on standard input")
    assert terminal.wait_end() == 2
    assert watched.refusals(maker) == ["no-code"]


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
@shown("prompt: ctrl-c, ctrl-d", "the connection ends, exit 4; recorded: signin.refused (no-code)")
def test_leaving_the_prompt_ends_the_connection(watched: WatchedHost, maker: Person, key: str) -> None:
    terminal = at_the_prompt(watched, maker)
    terminal.press(key)
    assert terminal.wait_end() == 4
    assert watched.refusals(maker) == ["no-code"]


@shown(
    "prompt: 100,000 characters; escape sequences; a line break within",
    "are wrong codes like any other, three and the connection ends, exit 4; recorded: signin.refused (wrong)",
)
def test_the_prompt_takes_long_and_strange_input_for_a_wrong_code(
    watched: WatchedHost, maker: Person
) -> None:
    terminal = at_the_prompt(watched, maker)
    for number, typed in enumerate(("1" * 100_000, "\x1b]52;c;AAAA\x07\x1b[6n$(id)`id`", "\x00\x7f\x80\xff")):
        terminal.wait(lambda text, n=number: text.count(PROMPT) == n + 1, "the prompt")
        for at in range(0, len(typed), 1000):
            terminal.press(typed[at : at + 1000])
            terminal.pump(0)
        terminal.press("enter")
    assert terminal.wait_end() == 4
    assert watched.refusals(maker) == ["wrong"] * 3


@shown("prompt: the client is killed", "the gateway ends; recorded: signin.refused (hung-up)")
def test_a_hang_up_at_the_prompt_ends_the_gateway(watched: WatchedHost, maker: Person) -> None:
    at_the_prompt(watched, maker)
    watched.close_windows()
    assert watched.refusals(maker) == ["hung-up"]


@shown(
    "prompt: the client's own escapes: `~^Z`, `~B` (a break), `~R`, and `~C` with `-R 0:127.0.0.1:22` and `!sh`",
    "the client is suspended, not the gateway; the forwarding is refused; `!` runs on the client, if at all",
)
def test_the_clients_own_escapes_are_its_own(watched: WatchedHost, maker: Person) -> None:
    terminal = at_the_prompt(watched, maker, "-o", "EnableEscapeCommandline=yes")
    terminal.press("~\x1a", "~B", "~R", "~C")
    terminal.wait_for("ssh>")
    terminal.press("-R 0:127.0.0.1:22", "enter")
    terminal.press("\x15", maker.code(), "enter")
    terminal.wait_for(LANDED)
    assert watched.listening() == {f"port {watched.port}"}
    leave(watched, terminal)


@shown(
    "desk: ctrl-z, ctrl-c, ctrl-\\\\, ctrl-q, ctrl-s, ctrl-d and every other control character",
    "the desk goes on; ctrl-c says how to leave",
)
def test_no_control_character_stops_the_desk(desk: Terminal) -> None:
    desk.press("\x1a", "\x1c", "\x11", "\x13", "\x04", "\x03")
    desk.wait_for("Press q to leave the desk.")
    desk.press(*CONTROLS)


@shown(
    "desk: F1 to F12, plain and with shift, ctrl and alt; alt with every letter but q; every printable character but q, on every place",
    "help for F1; what the desk's own keys do; nothing for the others",
)
def test_no_function_key_leads_off_the_desk(desk: Terminal) -> None:
    keys = [f"\x1bO{letter}" for letter in "PQRS"] + [f"\x1b[{number}~" for number in range(1, 35)]
    keys += [f"\x1b[{number};{held}~" for number in (15, 17, 18, 19, 20, 21, 23, 24) for held in (2, 3, 5)]
    for key in keys:
        desk.press(key)
    desk.wait_for("All keys and words" if "All keys and words" in desk.text else "Help")
    for (
        letter
    ) in "abcdefghijklmnoprstuvwxyz":  # on a slow line alt-q may arrive as esc, then q, and that leaves
        desk.press(f"\x1b{letter}")
        desk.pump(0)
    for place in "123456789":
        desk.press("\x1b")
        desk.rest()
        desk.press(place)
        for key in PRINTABLE:
            desk.press(key)
            desk.pump(0)


@shown(
    "desk: the palette (ctrl-p), searched for: screenshot, change the current theme, devtools, suspend process",
    "no matches found",
)
def test_the_palette_offers_nothing_of_the_librarys(desk: Terminal) -> None:
    for wanted in ("screenshot", "change the current theme", "devtools", "suspend process"):
        desk.press("\x10")
        desk.wait_for("Search")
        desk.press(wanted)
        desk.wait_for(wanted, "No matches found")
        go_back(desk, lambda text, word=wanted: word not in text)


@shown(
    "desk: every command that the palette offers, as operations",
    "each is one of the desk's own (README, *Keys*); none writes a file or starts a program",
)
def test_every_command_of_the_palette_stays_on_the_desk(watched: WatchedHost) -> None:
    operations = watched.operator(Role.OPERATIONS)
    desk = watched.sign_in(operations, columns=120, rows=40)
    desk.wait_for("OTHER2")
    for place in (command for command in COMMANDS if command.is_place and not command.demo_only):
        for command in commands_for(place.name):
            if command.name in ("quit", "palette") or command.is_place:
                continue
            desk.press(place.key, "\x10", command.label, "enter")
            desk.rest()
            desk.press("esc")
            desk.rest()
            desk.press("esc")
            desk.rest()
    leave(watched, desk)
    assert watched.endings(operations.login) == ["left"]


@shown(
    "desk: the mouse: clicks, drags and wheel over the whole screen but its command bar, by three encodings, and out of it",
    "the desk goes on",
)
def test_no_click_leads_off_the_desk(desk: Terminal) -> None:
    for row in range(1, 22, 2):  # below is the command bar, with Quit
        for column in range(1, 80, 13):
            for button in (0, 2, 64, 65):
                desk.press(f"\x1b[<{button};{column};{row}M\x1b[<{button};{column};{row}m")
        desk.pump(0)
    for wild in ("\x1b[<0;99999;99999M", "\x1b[<0;0;0M", "\x1b[M !!", "\x1b[0;1;1M", "\x1b[<35;-1;-1M"):
        desk.press(wild)


TYPED = (
    "\x1b]52;c;dG91Y2ggL3RtcC94\x07", "\x1b]8;;file:///etc/passwd\x1b\\x\x1b]8;;\x1b\\", "\x1b[6n\x1b[c\x1b[>c",
    "\x1b[24;80R\x1b[?1;2c\x1bP>|xterm\x1b\\",
    "\x1b[?2026;2$y\x1b[?2048;2$y", "\x1b[?1049l\x1b[2J\x1bc", "\x1b]0;title\x07\x1b]7;file:///etc\x07",
    "\x9b31m\x9d0;x\x9c", "\x1b[" + "9" * 5000 + "u", "\x1b" * 2000,
    "\x1b[48;100000;100000;1;1t", "\x1b[48;" + "9" * 30 + ";80;1;1t", "\x1b[48;1;1;1;1t",
    "\x1b[48;24;80;0;0t\x1b[<0;5;5M\x1b[97:65;2u\x1b[1114112;1u\x1b[55296;1u\x1b[97;1;1114112u",
    b"\xff\x80" + "陳大文".encode("big5") + "Zoë".encode("latin-1") + b"\x1b[200~never ended",
    "\x1b]11;rgb:ffff/0000/0000\x07\x1b]4;0;?\x07", "\x1b_Gi=1;AAAA\x1b\\\x1bPp~",
    "\x1b[200~one\x1b[201~; touch /tmp/x\r\x1b[201~", "\x1b[200~" + "x" * 1_000_000 + "\x1b[201~",
)  # fmt: skip


@shown(
    "desk, typed: OSC 52, hyperlinks, answers of a terminal (size, also of no pixels, colours, position, devices), pictures, titles, keys that there are not, sequences without an end, bytes that are not UTF-8; pasted: 1 MB, an end of the paste within, a paste without an end",
    "the desk goes on; nothing is sent back",
)
def test_no_sequence_leads_off_the_desk(desk: Terminal) -> None:
    places = cycle((("3", "Connectivity test"), ("2", LANDED)))
    for typed, (key, seen) in zip(TYPED, places, strict=False):
        send(desk, typed)
        desk.press("\x1b\\")
        go_back(desk, lambda text, seen=seen: seen in text, key)


@shown(
    "desk: a window of 0x0, 1x1, 2000x500 and 65535x65535",
    "the desk says that it is too small, or fills it, or both in turn",
)
def test_no_size_of_the_window_ends_the_desk(desk: Terminal) -> None:
    for columns, rows in ((0, 0), (1, 1), (2000, 500), (65535, 65535)):
        desk.child.setwinsize(rows, columns)
        desk.press("1")
        for _turn in range(20):
            desk.pump(0.1)
        desk.child.setwinsize(24, 80)
        desk.press("2")
        desk.wait_for(LANDED)


TERMS = (
    "../../x",
    "xterm\nPATH=/tmp",
    "dumb",
    "unknown",
    "x" * 10_000,
    "",
    "$(id)",
    "-x",
    "xterm;id",
    "\x1b]0;x\x07",
)


@pytest.mark.parametrize("name", TERMS, ids=ascii)
@shown(
    "`TERM` of `../../x`, with a line break, `dumb`, `unknown`, of 10,000 characters, empty, `$(id)`, `-x`, with an escape sequence",
    "one sentence says what to set; exit 2",
)
def test_a_terminal_with_a_strange_name_is_refused(watched: WatchedHost, maker: Person, name: str) -> None:
    terminal = watched.terminal(maker, env={"TERM": name})
    terminal.wait_for("This terminal cannot show the desk")
    assert terminal.wait_end() == 2
    assert watched.refusals(maker) == ["no-code"]


@shown(
    "all variables of the list above at once, and `TERMINFO`, `TERMINFO_DIRS`, `TERMCAP`, `COLUMNS`, with a terminal",
    "the gateway has the variables of a client that sends none; the desk opens",
)
def test_no_variable_reaches_the_desk(watched: WatchedHost, maker: Person, marker: Path) -> None:
    sent = " ".join(ENVIRONMENT).replace(MARKER, str(marker))
    sent += " TERMINFO=/tmp TERMINFO_DIRS=/tmp TERMCAP=/tmp/x COLUMNS=9999 LINES=9999"
    terminal = at_the_prompt(watched, maker)
    [gateway] = watched.gateways()
    plain = environment(gateway)
    terminal.press("\x03")
    terminal.wait_ended()
    terminal = at_the_prompt(watched, maker, "-o", f"SetEnv={sent}")
    [gateway] = watched.gateways()
    told = environment(gateway)
    of_the_connection = {"SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY"}
    assert told.keys() == plain.keys()
    assert {name for name in told if told[name] != plain[name]} <= of_the_connection
    terminal.press(maker.code(), "enter")
    terminal.wait_for(LANDED)
    leave(watched, terminal)


def send(terminal: Terminal, typed: str | bytes) -> None:
    """Type a long text, reading meanwhile what comes back."""
    for at in range(0, len(typed), 2000):
        terminal.child.send(typed[at : at + 2000])
        terminal.pump(0)
