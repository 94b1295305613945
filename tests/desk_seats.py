"""Operators at their desks over SSH, many in one event loop: each has a real client in a window."""

import asyncio
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from store.views import Role
from tests.ssh_host import Person, SshHost
from tests.terminal import Terminal

PATIENCE = 240
"""Seconds for one screen to come, on a machine where fifty desks share two processors."""
FAULTS = ("database", "program;", "did not work", "A fault", "Traceback", "not for your role")
"""Words of the sentences of a fault; no screen that works has them."""
SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[^\[])")
UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*)?\Z|[\xc0-\xff][\x80-\xbf]*\Z")
"""A sequence, or a character of several bytes, that may go on in what comes next."""
CLEAR = "\x15"
LEFT_OUT = ("just now", "codes within the hour", "codes within the day", "no address waits")
WAITS = ("went out just now", "5 codes within", "10 codes within", "no address waiting")
CODE_REFUSED = ("is not the code", "tried too often", "Too many codes", "has expired", "no address waiting")
NO_CODE = "waits for a code."


@dataclass
class Seat:
    """One operator, their window, and what they saw happen there."""

    host: SshHost
    person: Person
    role: Role
    firm: str | None
    chance: random.Random
    terminal: Terminal = field(init=False)
    accepted: list[tuple[str, str]] = field(default_factory=list)
    """User and address of each edit that the screen told was accepted, in order."""
    seen: Counter[str] = field(default_factory=Counter)
    """What else happened, and how often."""
    faults: list[str] = field(default_factory=list)
    ended: bool = False

    # The window.

    def sit_down(self) -> None:
        """Open the window: the client starts, its output is read as it comes."""
        self.terminal = self.host.terminal(self.person)
        self._changed = asyncio.Event()
        self._drawn, self._unread, self._heard = bytearray(), b"", ""
        asyncio.get_running_loop().add_reader(self.terminal.child.child_fd, self._read)

    def _read(self) -> None:
        descriptor = self.terminal.child.child_fd
        try:
            data = os.read(descriptor, 65_536)
        except OSError:
            data = b""
        if not data:
            self.ended = True
            asyncio.get_running_loop().remove_reader(descriptor)
        self._drawn += data
        data = self._unread + data
        whole = len(data) if (cut := UNFINISHED.search(data)) is None else cut.start()
        data, self._unread = data[:whole], data[whole:]
        self._heard += SEQUENCE.sub(lambda each: b"" if each[0].endswith(b"m") else b"\n", data).decode(
            errors="replace"
        )
        if any(fault in self._heard for fault in FAULTS):
            self.faults.append(self.screen())
        self._changed.set()

    def screen(self) -> str:
        """The screen as the person sees it: drawn only when it is asked for, which takes its time."""
        self.terminal._stream.feed(bytes(self._drawn))
        self._drawn.clear()
        return self.terminal.text

    def press(self, *keys: str) -> None:
        """Press named keys, or type the characters of anything else; what is said after it is its answer."""
        self._heard = ""
        self.terminal.press(*keys)

    async def until(self, condition: Callable[[str], bool], what: str) -> str:
        """Wait for what is drawn after the last key to fulfil `condition`; else fails with the screen."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition(self._heard):
                    assert not self.ended, f"{self.person.login} was cut off:\n{self.screen()}"
                    assert not self.faults, f"{self.person.login} was told of a fault:\n{self.screen()}"
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{self.person.login} never saw {what}:\n{self.screen()}") from None
        return self._heard

    async def see(self, *words: str) -> str:
        """Wait for one of `words` to be drawn; which one came."""
        text = await self.until(lambda text: any(word in text for word in words), repr(words))
        return next(word for word in words if word in text)

    # What everybody does.

    async def sign_in(self) -> None:
        """Key, one-time password, and the list of users with nothing narrowing it."""
        self.sit_down()
        await self.see("One-time password:")
        self.press(self.person.code(), "enter")
        await self.see("user registration")
        if self.role is Role.HELPDESK:
            self.press("down")
        if self.role is not Role.DA_MAKER:
            self.press("2")
        await self.see("best match first", "by name")
        if self.role in (Role.DA_MAKER, Role.DA_CHECKER):
            self.press("f")
            await self.see("Show only")
            self.press("x")
            await self.see("best match first", "by name")

    async def open(self, user_id: str) -> None:
        """The user's card, found by the ID."""
        self.press("/", CLEAR, user_id, "enter")
        await self.see(f"{user_id} · user")

    async def close(self) -> None:
        """From a card back to the list."""
        self.press("esc")
        await self.see("best match first")

    async def _leave_dialog(self, user_id: str) -> None:
        self.press("esc")
        await self.see(f"{user_id} · user")

    async def look_up(self, user_id: str) -> None:
        """Read a card to its end."""
        await self.open(user_id)
        self.press("pagedown", "pageup")
        await self.close()
        self.seen["looked up"] += 1

    async def leave(self) -> None:
        """Leave by the key; who has a call going on is asked. The client ends with the desk."""
        self.press("q")
        await self.until(lambda text: self.ended or "all the same?" in text, "the end")
        if not self.ended:
            self.press("y")
            await self.until(lambda _text: self.ended, "the end")

    # What some do.

    async def edit(self, user_id: str) -> None:
        """Give the user an address that nobody had before; a conflict is told, and this edit given up."""
        number = self.person.login.rpartition("-")[2]  # short: the message that has it must not wrap
        address = f"m{number}.{len(self.accepted)}.{self.seen['conflict']}@firm.hk"
        await self.open(user_id)
        self.press("e")
        await self.see(f"{user_id}  {user_id}")
        self.press(CLEAR, address)
        await self.see("Can be registered")
        self.press("enter")
        conflict, proof = "saves yours over it", "Your one-time password"
        told = await self.see(f"{address} is registered", f"{address} waits for a", conflict, proof)
        if told == proof:
            self.press(self.person.code(), "enter")
            self.seen["proof"] += 1
            told = await self.see(f"{address} is registered", f"{address} waits for a", conflict)
        if told == conflict:
            self.seen["conflict"] += 1
            await self._leave_dialog(user_id)
        else:
            self.accepted.append((user_id, address))
        await self.close()

    async def resend(self, user_id: str) -> None:
        """Send a fresh code, or read why none is sent."""
        await self.open(user_id)
        self.press("r")
        told = await self.see("gets a fresh code", "Nobody gets a code")
        if told == "Nobody gets a code":
            self.seen[f"left out: {await self.see(*LEFT_OUT)}"] += 1
        else:
            self.press(*(("no code came",) if self.role is Role.HELPDESK else ()), "enter")
            done = await self.see("1 queued, 0 refused", "0 queued, 1 refused")
            refused = done.startswith("0")
            self.seen[f"refused: {await self.see(*WAITS)}" if refused else "resent"] += 1
        await self._leave_dialog(user_id)
        await self.close()

    async def enter_wrong_code(self, user_id: str) -> None:
        """Try a code that cannot be right, if one is expected."""
        await self.open(user_id)
        self.press("v")
        if await self.see("tries left: ", NO_CODE) == "tries left: ":
            self.press("AAAA-AAAA", "enter")
            self.seen[f"code: {await self.see(*CODE_REFUSED)}"] += 1
        await self._leave_dialog(user_id)
        await self.close()

    async def reveal(self, user_id: str) -> None:
        """See the whole address for a reason."""
        await self.open(user_id)
        self.press("o")
        await self.see("Show whole addresses")
        self.press("reads it out", "enter")
        await self.see("in full until")
        self.seen["revealed"] += 1
        await self.close()

    async def steer_mail(self) -> None:
        """Hold a message or let it go; a colleague may have been quicker."""
        self.press("4")
        if await self.see("attempts", "No message was written") != "attempts":
            self.press("2")
            await self.see("best match first", "by name")
            return
        self.press(*["down"] * self.chance.randrange(5))
        key, word = self.chance.choice((("h", "is held"), ("u", "is queued")))
        self.press(key)
        refused = re.compile(r"The message is (queued|held|deferred), so")
        text = await self.until(
            lambda text: bool(refused.search(text)) or f"The message {word}" in text, "what became of it"
        )
        self.seen["mail refused" if refused.search(text) else "mail steered"] += 1
        self.press("2")
        await self.see("best match first", "by name")
