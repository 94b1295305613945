"""Enrolment for strangers over HTTP: what they get, what is refused, and that nothing outlives its line."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from ccms_tui.enrol_limits import FAILED, Refusal, Turnstile, place_of
from ccms_tui.enrol_serve import LARGEST_MESSAGE, EnrolServer
from ccms_tui.enrol_start import visitor_words
from store.database import Database
from store.keys import create_key_file
from store.tables import VISITS
from tests.command_line import Desk
from tests.enrol_host import PAINTS, ServingProcess, gone, program, served, watched
from tests.ssh_host import free_port
from tests.terminal import PATIENCE

ADDRESS = st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:1::1"])


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str) -> Path:
    """A host's settings in a file."""
    key_file, path = tmp_path / "desk.key", tmp_path / "config.toml"
    create_key_file(key_file)
    path.write_text(f'database_url = "{sqlite_url}"\nkey_file = "{key_file}"\n', encoding="utf-8")
    return path


@asynccontextmanager
async def terminal(
    server: EnrolServer, *, origin: str | None = "", address: str = "192.0.2.1", query: str = ""
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A visitor's connection, as the page and the proxy make it."""
    headers = {"X-Forwarded-For": address}
    if origin is not None:
        headers["Origin"] = origin or server.public_url
    url = f"http://127.0.0.1:{server.port}/ws{query}"
    async with (
        asyncio.timeout(PATIENCE),
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers) as socket,
    ):
        yield socket


async def painted(socket: aiohttp.ClientWebSocketResponse, word: str) -> str:
    """What is painted, up to `word`."""
    text = ""
    while word not in text:
        message = await socket.receive()
        assert message.type is WSMsgType.BINARY, (message, text)
        text += message.data.decode()
    return text


async def told(socket: aiohttp.ClientWebSocketResponse) -> str | None:
    """What the visitor is told of the end, once the connection is closed; None when nothing is."""
    words = None
    async for message in socket:
        if message.type is WSMsgType.TEXT and json.loads(message.data)[0] == "ended":
            words = json.loads(message.data)[1]
    return words


async def refused(server: EnrolServer, **how: Any) -> int:
    """The status with which a terminal is refused."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with terminal(server, **how):
            pass
    return caught.value.status


async def get(server: EnrolServer, path: str = "/", method: str = "GET", address: str = "192.0.2.1") -> Any:
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method, f"http://127.0.0.1:{server.port}{path}", headers={"X-Forwarded-For": address}
        ) as answer,
    ):
        return answer.status, answer.headers, await answer.text()


async def until_empty(server: EnrolServer) -> None:
    """Wait until no terminal is counted any more."""
    async with asyncio.timeout(PATIENCE):
        while server.turnstile.open:  # noqa: ASYNC110 - the count is a plain number
            await asyncio.sleep(0.01)


# The page.


async def test_the_page_needs_nobody_else_and_starts_no_process() -> None:
    async with served(program("raise SystemExit('started')")) as server:
        status, headers, page = await get(server)
        assert (status, server.turnstile.open) == (200, 0)
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert f"connect-src 'self' ws://127.0.0.1:{server.port};" in policy
    assert {headers[name] for name in ("Cache-Control", "X-Content-Type-Options", "Referrer-Policy")} == {
        "no-store", "nosniff", "no-referrer",
    }  # fmt: skip
    assert "aiohttp" not in headers["Server"]
    assert '<html lang="en">' in page
    assert "<noscript>" in page
    assert "http" not in page.replace(server.public_url, "")
    assert "python" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/download/1", "/static/", "/static/js/textual.js", "/enrol.js/",
        "/../config.toml", "/%2e%2e/config.toml",
        "/..%2fenrol_serve.py", "/index.html", "/favicon.ico", "/ws/", "//etc/passwd",
    ],
)  # fmt: skip
async def test_there_is_nothing_else_to_get(path: str) -> None:
    async with served(program(PAINTS)) as server:
        status, headers, _page = await get(server, path)
        assert status == 404
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
async def test_nothing_can_be_sent(method: str) -> None:
    async with served(program(PAINTS)) as server:
        assert (await get(server, "/", method))[0] == 405


@pytest.mark.parametrize("path", ["/enrol.js", "/enrol.css", "/xterm.css", "/terminal.js"])
async def test_the_page_gets_its_files(path: str) -> None:
    async with served(program(PAINTS)) as server:
        status, headers, text = await get(server, path)
        assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
        assert text


# Who may open a terminal.


@pytest.mark.parametrize(
    "origin", [None, "null", "http://elsewhere.example", "https://127.0.0.1", "http://127.0.0.1:1"]
)
async def test_a_page_of_somebody_else_opens_no_terminal(origin: str | None) -> None:
    async with served(program(PAINTS)) as server:
        assert await refused(server, origin=origin) == 403


async def test_the_origin_is_the_one_that_browsers_know() -> None:
    async with served(program(PAINTS), url="https://enrol.example") as server:
        assert await refused(server, origin=f"http://127.0.0.1:{server.port}") == 403
        async with terminal(server, origin="https://enrol.example") as socket:
            await painted(socket, "open")
        assert 'data-session-websocket-url="wss://enrol.example/ws"' in (await get(server))[2]


async def test_terminals_are_limited_in_all() -> None:
    async with served(program(PAINTS), Turnstile(most=2, most_each=2, a_minute=50)) as server:
        async with terminal(server, address="192.0.2.1"), terminal(server, address="192.0.2.2"):
            assert await refused(server, address="192.0.2.3") == 503
            assert (await get(server, "/ws", address="192.0.2.3"))[0] == 503
            status, _headers, page = await get(server, address="192.0.2.3")
            assert status == 503
            assert "Too many people are enrolling at the moment" in page
            assert "<script" not in page
        await until_empty(server)
        async with terminal(server, address="192.0.2.3") as socket:
            await painted(socket, "open")


async def test_terminals_are_limited_for_each_address() -> None:
    async with (
        served(program(PAINTS), Turnstile(most=50, most_each=2, a_minute=50)) as server,
        terminal(server),
        terminal(server),
        terminal(server, address="192.0.2.9") as socket,
    ):
        await painted(socket, "open")
        assert await refused(server) == 429
        assert (await get(server))[0] == 429


async def test_new_terminals_are_limited_by_the_minute() -> None:
    async with served(program(PAINTS), Turnstile(most=50, most_each=50, a_minute=3)) as server:
        for _each in range(3):
            async with terminal(server):
                pass
        await until_empty(server)
        assert await refused(server) == 429
        status, _headers, page = await get(server)
        assert status == 429
        assert "opened from your network" in page


@given(st.lists(st.tuples(st.booleans(), ADDRESS, st.integers(0, 90)), max_size=60))
def test_whatever_comes_no_limit_is_passed(steps: list[tuple[bool, str, int]]) -> None:
    turnstile, now, inside, begun = Turnstile(4, 2, 3), 0.0, [], []  # type: ignore[var-annotated]
    for enters, address, seconds in steps:
        now += seconds
        if enters:
            expected = turnstile.refusal(address, now)
            assert turnstile.enter(address, now) == expected
            if expected is None:
                inside.append(address)
                begun.append((place_of(address), now))
        elif address in inside:
            inside.remove(address)
            turnstile.leave(address)
        places = [place_of(each) for each in inside]
        assert len(inside) == turnstile.open <= 4
        assert all(places.count(place) <= 2 for place in places)
        recent = [place for place, moment in begun if moment > now - 60]
        assert all(recent.count(place) <= 3 for place in recent)


def test_one_ipv6_subscriber_is_one_client() -> None:
    assert place_of("2001:db8::1") == place_of("2001:db8::ffff:1") != place_of("2001:db8:0:1::1")
    assert place_of("::ffff:192.0.2.1") == place_of("192.0.2.1")
    turnstile = Turnstile(9, 1, 9)
    assert turnstile.enter("2001:db8::1", 0.0) is None
    assert turnstile.enter("2001:db8::2", 0.0) is Refusal.ADDRESS


# One terminal.


async def test_a_visitor_begins_and_the_audit_knows_from_where(config: Path, database: Database) -> None:
    async with served(visitor_words(str(config))) as server:
        forged = "198.51.100.1, 203.0.113.7"
        async with terminal(server, address=forged, query="?width=80&height=24") as socket:
            await painted(socket, "CCMS user ID")
            await socket.send_json(["stdin", "JA0001\r"])
            await painted(socket, "Verification code")
            await socket.send_json(["stdin", "\x1b"])
            await painted(socket, "esc again")
            await socket.send_json(["stdin", "\x1b"])
            assert await told(socket) == ""
        await until_empty(server)


@pytest.mark.parametrize(
    ("named", "known"),
    [("203.0.113.7", "203.0.113.7"), ("10.0.0.1, 2001:db8::7", "2001:db8::7"), ("rubbish", "127.0.0.1"),
     ("203.0.113.7, unknown", "127.0.0.1")],
)  # fmt: skip
async def test_the_last_word_of_the_proxy_counts(named: str, known: str) -> None:
    shows = "import os; o = os.environ['CCMS_TUI_ORIGIN'].encode(); os.write(1, b'__GANGLION__\\nD' + len(o).to_bytes(4, 'big') + o); os.read(0, 9)"  # noqa: E501
    async with served(program(shows)) as server, terminal(server, address=named) as socket:
        assert await painted(socket, known) == known


async def test_a_visitors_process_is_told_nothing() -> None:
    shows = (
        "import os; e = os.environ; o = ' '.join([*sorted(e), e['COLUMNS'], e['ROWS']]).encode();"
        "os.write(1, b'__GANGLION__\\nD' + len(o).to_bytes(4, 'big') + o); os.read(0, 9)"
    )
    os.environ["CCMS_TUI_SMTP_URL"] = "smtp://user:secret@127.0.0.1"
    try:
        async with (
            served(program(shows)) as server,
            terminal(server, query="?width=999999&height=-1") as socket,
        ):
            known = "CCMS_TUI_ORIGIN COLUMNS HOME LC_ALL PATH ROWS TERM"
            assert await painted(socket, "400 10") == f"{known} 400 10"
    finally:
        del os.environ["CCMS_TUI_SMTP_URL"]


async def test_a_failing_program_is_told_without_its_words() -> None:
    async with served(program("raise ValueError('database password')")) as server, terminal(server) as socket:
        assert await told(socket) == FAILED


@pytest.mark.parametrize(
    "sent",
    ["no JSON", "7", "[]", "{}", '["stdin"]', '["stdin", 7]', '["resize", {"width": "wide"}]',
     '["resize", []]', '["resize", {"width": 1e999, "height": 1}]', '["ping"]', "[" * 100_000],
    ids=lambda sent: sent[:20],
)  # fmt: skip
async def test_what_no_page_sends_ends_the_terminal(sent: str) -> None:
    async with served(program(PAINTS)) as server:
        async with terminal(server) as socket:
            await painted(socket, "open")
            await socket.send_str(sent)
            await told(socket)
        await until_empty(server)


async def test_a_message_that_is_too_long_ends_the_terminal() -> None:
    async with served(program(PAINTS)) as server:
        async with terminal(server) as socket:
            await painted(socket, "open")
            await socket.send_str(json.dumps(["stdin", "x" * LARGEST_MESSAGE]))
            await told(socket)
            assert socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
        await until_empty(server)


async def test_a_terminal_where_nobody_is_ends() -> None:
    async with served(program(PAINTS), idle_seconds=0.2) as server:
        async with terminal(server) as socket:
            await painted(socket, "open")
            assert "open for too long" in str(await told(socket))
        await until_empty(server)


async def test_a_connection_that_never_asks_is_cut() -> None:
    async with served(program(PAINTS), plain_seconds=0.2) as server:
        silent = await asyncio.open_connection("127.0.0.1", server.port)
        slow = await asyncio.open_connection("127.0.0.1", server.port)
        slow[1].write(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
        async with terminal(server) as socket:
            await painted(socket, "open")
            for reader, _writer in (silent, slow):
                with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                    await reader.readexactly(1)
            await socket.send_json(["ping", "1"])
            assert (await socket.receive_json())[0] == "pong"


@pytest.mark.parametrize("more", ["", "os.close(1); ", "os.close(1); os.close(2); "])
async def test_a_program_that_does_not_hear_the_end_is_ended(
    monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    monkeypatch.setattr("ccms_tui.enrol_terminal.GRACE", 0.2)
    paints = "import os, threading; os.write(1, b'__GANGLION__\\nD\\0\\0\\0\\4open'); "
    async with served(program(f"{paints}{more}threading.Event().wait()")) as server:
        async with terminal(server) as socket:
            await painted(socket, "open")
        await until_empty(server)


async def test_a_browser_that_takes_nothing_holds_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccms_tui.enrol_serve.HEARTBEAT_SECONDS", 0.3)
    monkeypatch.setattr("ccms_tui.enrol_terminal.GRACE", 0.2)
    packet = "b'D\\0\\0\\x40\\0' + b'x' * 16384"
    floods = f"import os; os.write(1, b'__GANGLION__\\n')\nwhile True: os.write(1, {packet})"
    async with served(program(floods)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        head = (
            f"GET /ws HTTP/1.1\r\nHost: x\r\nOrigin: {server.public_url}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        writer.write(head.encode())
        assert b"101" in await reader.readline()
        await until_empty(server)
        writer.close()


# The program.


@pytest.fixture
def serving(config: Path) -> Iterator[ServingProcess]:
    process = ServingProcess(config, free_port())
    yield process
    process.stop()


class Anywhere:
    """What `terminal` needs to know of a server."""

    def __init__(self, port: int) -> None:
        self.port, self.public_url = port, f"http://127.0.0.1:{port}"


def command_of(pid: int) -> list[str]:
    """What stands after the program and its settings."""
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")[-3:-1]


@pytest.mark.parametrize("how", ["closed", "killed", "asked to end"])
async def test_no_process_outlives_its_line(serving: ServingProcess, database: Database, how: str) -> None:
    async with terminal(Anywhere(serving.port), address="203.0.113.7") as socket:  # type: ignore[arg-type]
        await painted(socket, "CCMS user ID")
        await socket.send_json(["stdin", "JA0001\r"])
        await painted(socket, "Verification code")
        [visitor] = watched(serving.visitors())
        [pid] = serving.visitors()
        assert command_of(pid) == ["enrol", "--served"]
        if how == "killed":
            serving.process.kill()
        elif how == "asked to end":
            serving.process.terminate()
            assert "being restarted" in str(await told(socket))
    assert gone(visitor)
    os.close(visitor)
    async with database.reading() as connection:
        visits = (await connection.execute(select(VISITS.c.origin, VISITS.c.end_reason))).all()
    assert [tuple(row) for row in visits] == [("203.0.113.7", "ended")]
    if how == "asked to end":
        assert serving.stop() == 0
        assert "203.0.113.7" in serving.log.read_text(encoding="utf-8")
        assert "Traceback" not in serving.log.read_text(encoding="utf-8")


def test_it_says_where_it_serves(serving: ServingProcess) -> None:
    assert f"127.0.0.1:{serving.port}" in serving.said
    assert serving.stop(signal.SIGINT) == 0


@pytest.mark.parametrize("where", ["0.0.0.0:8080", "[::]:8080", "192.0.2.1:80"])
def test_only_the_proxy_is_served_unless_told(tmp_path: Path, where: str) -> None:
    done = Desk(tmp_path).run("enrol", "--serve", where)
    assert done.code == 2
    assert done.sentence.startswith("TLS is the proxy's work")


@pytest.mark.parametrize("where", ["8080", "here:8080", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:-1", ""])
def test_an_unusable_place_is_refused(tmp_path: Path, where: str) -> None:
    done = Desk(tmp_path).run("enrol", "--serve", where)
    assert (done.code, "such as 127.0.0.1:8080" in done.sentence) == (2, True)


def test_settings_from_the_environment_are_refused(tmp_path: Path) -> None:
    done = Desk(tmp_path).run("enrol", "--serve", "127.0.0.1:0")
    assert done.code == 1
    assert done.sentence == (
        "The setting CCMS_TUI_DATABASE_URL cannot be used: enrol --serve takes its settings from the "
        "file only; put it there."
    )


@pytest.mark.parametrize("url", ["enrol.example", "https://enrol.example/", "ftp://x", "https://u@x/y?z"])
def test_an_unusable_public_url_is_named(tmp_path: Path, url: str) -> None:
    done = Desk(tmp_path, {"CCMS_TUI_ENROL_URL": url}).run("status")
    assert "CCMS_TUI_ENROL_URL" in done.sentence
