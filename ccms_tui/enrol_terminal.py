"""One visitor's terminal as the server has it: a process of its own, and the packets to and from it."""

import asyncio
import logging
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from ccms_tui.quiet_app import SESSION_ENDED

log = logging.getLogger("ccms_tui.enrol")

GRACE = 5.0
"""Seconds a process has to end by itself once its line is cut."""
LONGEST_PARTING = 1000
LARGEST_PACKET = 8 * 1024 * 1024
READY = b"__GANGLION__\n"
"""What a program begins with when it speaks to a server."""


def environment(origin: str, width: int, height: int) -> dict[str, str]:
    """What a visitor's process is told: nothing secret, and nothing of the server's own environment."""
    return {
        "HOME": os.environ.get("HOME", "/"),
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "CCMS_TUI_ORIGIN": origin,
        "COLUMNS": str(width),
        "ROWS": str(height),
    }


class VisitorTerminal(AppService):
    """Runs `words` without a shell. What the program asks for beside painting is not heard."""

    def __init__(self, words: Sequence[str], origin: str, write: Callable[[bytes], Awaitable[None]]) -> None:
        async def nothing(_text: str = "") -> None:
            """Say nothing."""

        super().__init__(
            "", write_bytes=write, write_str=nothing, close=nothing, download_manager=DownloadManager()
        )
        self._words = words
        self._origin = origin
        self._told = b""
        self.parting: str | None = None
        """What the visitor is told after the end; None when the program failed."""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            *self._words, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment(self._origin, width, height)
        )
        self._stdin = self._process.stdin
        return self._process

    @property
    def process(self) -> Process:
        """The process, once it was started."""
        assert self._process is not None
        return self._process

    async def run(self) -> None:
        """Hand on what the program paints until it has ended."""
        listening = asyncio.create_task(self._listen())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._relay()
        self._hang_up()
        await self._end()
        await listening
        code, told = self.process.returncode, self._told.decode(errors="replace").strip()
        if code in (0, SESSION_ENDED):
            self.parting = told
        else:
            log.warning("a terminal from %s ended with code %s: %s", self._origin, code, told or "no word")

    async def ended(self) -> None:
        """Wait for the end."""
        assert self._task is not None
        await asyncio.wait({self._task})

    async def stop(self) -> None:
        """Cut the line and wait for the end: soon, because what does not end by itself is ended."""
        if self._task is None:
            return
        self._hang_up()
        _done, waiting = await asyncio.wait({self._task}, timeout=GRACE)
        if waiting:  # the browser takes nothing any more
            with suppress(ProcessLookupError):
                self.process.kill()
            self._task.cancel()
            await self.ended()
            await self._end()

    def _hang_up(self) -> None:
        if self._stdin is not None:
            self._stdin.close()

    async def _relay(self) -> None:
        out = self.process.stdout
        assert out is not None
        if await out.readline() != READY:
            return
        while True:
            head = await out.readexactly(5)
            size = int.from_bytes(head[1:], "big")
            if size > LARGEST_PACKET:
                return
            payload = await out.readexactly(size)
            if head[:1] == b"D":
                await self.remote_write_bytes(payload)

    async def _listen(self) -> None:
        errors = self.process.stderr
        assert errors is not None
        while part := await errors.read(4096):
            self._told = (self._told + part)[:LONGEST_PARTING]

    async def _end(self) -> None:
        out = self.process.stdout
        assert out is not None
        try:
            async with asyncio.timeout(GRACE):
                await _drain(out)
                await self.process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
            await _drain(out)
        await self.process.wait()


async def _drain(out: asyncio.StreamReader) -> None:
    """Read to the end: a program that still paints must not wait for a reader."""
    while await out.read(65536):
        pass
