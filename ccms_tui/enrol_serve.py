"""`ccms-tui enrol --serve`: the enrolment terminal in the browser, for strangers; TLS is the proxy's.

Built on textual-serve's server with what it lacks: a page of its own, the needed routes and no other, an
origin, limits, and processes that are told nothing and end with their line.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.resources import files
from ipaddress import ip_address
from typing import Any

from aiohttp import WSMsgType, web
from jinja2 import Environment
from textual_serve.server import Server, to_int

from ccms_tui.enrol_limits import FAILED, WORDS, Refusal, Turnstile
from ccms_tui.enrol_served import bounded
from ccms_tui.enrol_terminal import VisitorTerminal
from screens.words import _

log = logging.getLogger("ccms_tui.enrol")

IDLE_SECONDS = 5.5 * 60
"""A little later than the application, which says so; this ends what does not listen to it."""
LIFE_SECONDS = 65 * 60
"""A little longer than a session in the store may last."""
PLAIN_SECONDS = 30.0
"""How long a connection may last that is not a terminal's, whatever it waits for."""
PLAIN_MOST = 500
HEARTBEAT_SECONDS = 10.0
SWITCHING = 101
GOODBYE_SECONDS = 2.0
"""How long a browser has to answer that the connection is to be closed."""
LARGEST_MESSAGE = 128 * 1024
"""Bytes: a pasted password of the length the line takes."""

HERE = files("ccms_tui") / "enrol_web"
LIBRARY = files("textual_serve") / "static"
STATIC = {
    "/enrol.css": (HERE / "enrol.css", "text/css"),
    "/enrol.js": (HERE / "enrol.js", "text/javascript"),
    "/xterm.css": (LIBRARY / "css" / "xterm.css", "text/css"),
    "/terminal.js": (LIBRARY / "js" / "textual.js", "text/javascript"),
}
"""All the files there are, read once; no path in a request leads to a file."""

STATUS = {Refusal.FULL: 503, Refusal.ADDRESS: 429, Refusal.FAST: 429}

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def content_policy(url: str) -> str:
    """Nothing from another host; styles may be inline because the terminal makes some."""
    socket = url.replace("http", "ws", 1)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self' {socket}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class EnrolServer(Server):
    """Serves `words`, the command of one visitor's terminal, at `url`, where a proxy may stand before it."""

    def __init__(self, words: tuple[str, ...], host: str, port: int, url: str, limits: Turnstile) -> None:
        super().__init__("", host=host, port=port, title=_("CCMS enrolment"), public_url=url)
        self.words = words
        self.turnstile = limits
        self.idle_seconds = IDLE_SECONDS
        self.plain_seconds = PLAIN_SECONDS
        self._policy = content_policy(url)
        self._page = Environment(autoescape=True).from_string((HERE / "index.html").read_text("utf-8"))
        self._sockets: set[web.WebSocketResponse] = set()
        self._terminals: set[Any] = set()
        """The connections that have become terminals."""

    # The server as a whole.

    async def _make_app(self) -> web.Application:
        app = web.Application(client_max_size=0)
        routes = [web.get("/", self.handle_index), web.get("/ws", self.handle_websocket)]
        routes += [web.get(path, _file(*which)) for path, which in STATIC.items()]
        app.add_routes(routes)
        app.on_response_prepare.append(self._protect)
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def run(self, started: Callable[[int], None], stopped: asyncio.Event) -> None:
        """Serve until `stopped`; `started` is told the port. Raises: OSError when it is taken."""
        runner = web.AppRunner(await self._make_app(), access_log=None, lingering_time=0.0)
        await runner.setup()
        loop = asyncio.get_running_loop()

        def connection() -> asyncio.Protocol:
            handlers = runner.server
            assert handlers is not None
            handler = handlers()
            patience = self.plain_seconds if len(handlers.connections) < PLAIN_MOST else 0.0
            loop.call_later(patience, self._cut_if_plain, handler)
            return handler

        try:
            listener = await loop.create_server(connection, self.host, self.port)
            started(listener.sockets[0].getsockname()[1])
            await stopped.wait()
            listener.close()
        finally:
            await runner.cleanup()

    def _cut_if_plain(self, handler: Any) -> None:
        if handler not in self._terminals and handler.transport is not None:
            handler.transport.abort()

    async def on_shutdown(self, app: web.Application) -> None:
        """Tell every visitor."""
        words = _("The service is being restarted. What was done stays done; begin again in a minute.")
        await asyncio.gather(*(_part(socket, words) for socket in self._sockets))

    async def _protect(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Content-Security-Policy"] = self._policy
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = "ccms-tui"
        if response.status != SWITCHING:
            response.force_close()

    # One visitor.

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page, which opens the terminal once it is shown; a refusal when that would be refused."""
        refusal = self.turnstile.refusal(client_address(request), _now())
        status, sentence = (STATUS[refusal], WORDS[refusal]) if refusal else (200, "")
        socket_url = f"{self.public_url.replace('http', 'ws', 1)}/ws"
        page = self._page.render(title=self.title, socket_url=socket_url, refusal=sentence, _=_)
        return web.Response(text=page, status=status, content_type="text/html")

    async def handle_websocket(self, request: web.Request) -> Any:
        """One terminal, from its beginning to its end."""
        address = client_address(request)
        refusal = self.turnstile.refusal(address, _now())
        if refusal:  # before the origin, which the page does not send when it asks for the words of a refusal
            return _refused(refusal)
        if request.headers.get("Origin") != self.public_url:
            raise web.HTTPForbidden(text=_("This address is not a page; open %s.") % self.public_url)
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_MESSAGE, compress=False, timeout=GOODBYE_SECONDS
        )
        if not socket.can_prepare(request).ok:
            raise web.HTTPUpgradeRequired(text=_("This address is not a page; open %s.") % self.public_url)
        if refusal := self.turnstile.enter(address, _now()):
            return _refused(refusal)
        handler = request.protocol
        try:
            await socket.prepare(request)
            self._terminals.add(handler)
            self._sockets.add(socket)
            await self._serve(request, socket, address)
        finally:
            self._terminals.discard(handler)
            self._sockets.discard(socket)
            self.turnstile.leave(address)
        return socket

    async def _serve(self, request: web.Request, socket: web.WebSocketResponse, address: str) -> None:
        began = _now()
        asked = request.query
        size = bounded(to_int(asked.get("width", ""), 80), to_int(asked.get("height", ""), 24))
        terminal = VisitorTerminal(self.words, address, socket.send_bytes)
        try:
            await terminal.start(*size)
        except OSError as error:
            log.warning("no terminal could be started: %s", error.strerror)
            return await _part(socket, FAILED)
        log.info("a terminal was opened from %s; %d open", address, self.turnstile.open)
        telling = asyncio.create_task(_tell_the_end(socket, terminal))
        try:
            await self._process_messages(socket, terminal)
        except TimeoutError:
            await _part(socket, _("Ended, because it was open for too long. What was done stays done."))
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError):
            log.warning("a browser at %s sent what no page of ours sends", address)
        finally:
            await terminal.stop()
            await _close(request, socket, telling)
            log.info("a terminal from %s ended after %d s", address, _now() - began)

    async def _process_messages(self, websocket: web.WebSocketResponse, app_service: Any) -> None:
        """Raises: TimeoutError; ValueError and the like for a message that is none."""
        loop = asyncio.get_running_loop()
        end = loop.time() + LIFE_SECONDS
        async with asyncio.timeout(self.idle_seconds) as patience:
            async for message in websocket:
                if message.type is WSMsgType.ERROR:  # it does not answer, or said too much
                    return
                kind, *rest = json.loads(message.data)
                if kind == "stdin":
                    await app_service.send_bytes(rest[0].encode(errors="replace"))
                    patience.reschedule(min(loop.time() + self.idle_seconds, end))
                elif kind == "resize":
                    size = bounded(int(rest[0]["width"]), int(rest[0]["height"]))
                    await app_service.set_terminal_size(*size)
                elif kind == "ping":
                    await websocket.send_json(["pong", str(rest[0])[:20]])
                elif kind in ("focus", "blur"):
                    await getattr(app_service, kind)()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _file(path: Any, content_type: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    body = path.read_bytes()

    async def answer(_request: web.Request) -> web.Response:
        headers = {"Cache-Control": "max-age=3600"}
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    return answer


def _refused(refusal: Refusal) -> web.Response:
    return web.Response(text=WORDS[refusal], status=STATUS[refusal])


def client_address(request: web.Request) -> str:
    """Where the visitor is: the peer, or what the proxy on this host says last of it."""
    peername = request.transport.get_extra_info("peername") if request.transport else None
    peer = ip_address(peername[0] if peername else "127.0.0.1")
    if peer.is_loopback:
        named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        with suppress(ValueError):
            return str(ip_address(named))
    return str(peer)


async def _tell_the_end(socket: web.WebSocketResponse, terminal: VisitorTerminal) -> None:
    """When the program has ended, say why and close."""
    await terminal.ended()
    await _part(socket, FAILED if terminal.parting is None else terminal.parting)


async def _close(request: web.Request, socket: web.WebSocketResponse, telling: asyncio.Task[None]) -> None:
    """Wait until the visitor was told and the connection is closed; not long, as they may take nothing."""
    try:
        async with asyncio.timeout(GOODBYE_SECONDS):
            await telling
            await socket.close()
    except (TimeoutError, ConnectionError):
        if request.transport is not None:
            request.transport.abort()


async def _part(socket: web.WebSocketResponse, words: str) -> None:
    if not socket.closed:
        with suppress(ConnectionError, RuntimeError, TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await socket.send_json(["ended", words])
                await socket.close()
