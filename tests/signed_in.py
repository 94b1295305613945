"""A desk signed in as the gateway does it, on this terminal: `python -m tests.signed_in LOGIN CODE [busy]`.

`busy` begins work in a thread that never ends, and gives the desk one second to end all the same. SIGUSR1
brings the desk itself to a stand.
"""

import asyncio
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from ccms_tui import line
from ccms_tui.app import DeskApp
from ccms_tui.host import Host, open_host
from ccms_tui.launch import show
from store.desk import Desk
from store.errors import StoreError
from store.sign_in import SignIn


async def main(login: str, otp: str, *, busy: bool) -> int:
    host: Host = await open_host()
    operator, session = await SignIn(host.database, host.clock, host.keys).open(login, otp, origin="10.1.2.3")
    desk = Desk(host.database, host.clock, host.keys, operator, session)

    async def opener() -> Desk:
        if busy:
            asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
        return desk

    app = DeskApp(opener)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, threading.Event().wait)

    async def close() -> None:
        with suppress(StoreError):
            await desk.sessions.end(app.ending)
        await host.close()

    return await show(app, close)


if __name__ == "__main__":
    Path("pid").write_text(str(os.getpid()), encoding="ascii")
    is_busy = sys.argv[3:] == ["busy"]
    if is_busy:
        line.GRACE = 1.0
    code = asyncio.run(main(sys.argv[1], sys.argv[2], busy=is_busy))
    sys.exit(code)
