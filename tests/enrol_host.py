"""`ccms-tui enrol --serve` as a process of its own, and servers of one test's own in its event loop."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from ccms_tui.enrol_limits import Turnstile
from ccms_tui.enrol_serve import EnrolServer
from tests.ssh_host import free_port
from tests.terminal import PATIENCE

PAINTS = "import os; os.write(1, b'__GANGLION__\\nD\\0\\0\\0\\4open'); os.read(0, 1000)"
"""A visitor's program that paints one word and ends with its line, for what does not depend on enrolment."""


def program(code: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", code)


@asynccontextmanager
async def served(
    words: tuple[str, ...], limits: Turnstile | None = None, url: str = "", **settings: float
) -> AsyncIterator[EnrolServer]:
    """A server in this event loop."""
    port = free_port()
    server = EnrolServer(
        words, "127.0.0.1", port, url or f"http://127.0.0.1:{port}", limits or Turnstile(50, 50, 500)
    )
    for name, value in settings.items():
        setattr(server, name, value)
    stopped, started = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(server.run(lambda _port: started.set(), stopped))
    await asyncio.wait({running, asyncio.create_task(started.wait())}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield server
    finally:
        stopped.set()
        await running


class ServingProcess:
    """The real program, serving the enrolment of the host whose settings are in `config`."""

    def __init__(self, config: Path, port: int) -> None:
        self.port = port
        self.log = config.with_name("serve.log")
        command = (sys.executable, "-I", "-m", "ccms_tui", "--config", str(config))
        kept = {name: os.environ[name] for name in ("PATH", "HOME")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ("setpriv", "--pdeathsig", "TERM", *command, "enrol", "--serve", f"127.0.0.1:{port}"),
                env=kept, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().decode()
        assert self.said, self.log.read_text(encoding="utf-8")

    def visitors(self) -> list[int]:
        """The processes of its visitors."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text(encoding="ascii").split()]

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def gone(process: int, seconds: float = PATIENCE) -> bool:
    """Wait until the process behind this descriptor (`os.pidfd_open`) is no more."""
    return bool(select.select([process], [], [], seconds)[0])


def watched(pids: list[int]) -> Iterator[int]:
    """Descriptors for these processes."""
    return (os.pidfd_open(pid) for pid in pids)
