"""Empties the outbox: claims what is due, hands it over, writes its fate down. Logs ids, never addresses."""

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from email.headerregistry import Address
from typing import TYPE_CHECKING

from ccms_tui.mail_deliver import Fate, Outcome, SmtpTransport
from ccms_tui.mail_render import render
from screens.words import _
from store.clock import Clock
from store.errors import StoreError

if TYPE_CHECKING:
    from store.outbox import Claimed, Outbox

log = logging.getLogger("ccms_tui.mail")

ROUNDS = 3
"""How many mails each connection takes of one claim; with the time one may take, this bounds the lease."""


class MailWorker:
    """Delivers the outbox through one transport; several workers may run on one database."""

    def __init__(
        self, outbox: "Outbox", transport: SmtpTransport, clock: Clock, *, sender: Address, poll: float = 2.0
    ) -> None:
        self._outbox = outbox
        self._transport = transport
        self._clock = clock
        self._sender = sender
        self._poll = poll
        self._name = f"{socket.gethostname()}:{os.getpid()}"[:64]
        self._lease = timedelta(seconds=(ROUNDS + 1) * transport.timeout)

    async def run_once(self, stop: asyncio.Event | None = None) -> Mapping[Fate, int]:
        """Deliver all that is due now; how many met which fate. Raises: DatabaseFault from claiming only."""
        counts: Counter[Fate] = Counter(dict.fromkeys(Fate, 0))
        while stop is None or not stop.is_set():
            claimed = await self._outbox.claim(
                self._transport.connections * ROUNDS, self._name, lease=self._lease
            )
            if not claimed:
                break
            counts.update(fate for fate in await asyncio.gather(*map(self._carry, claimed)) if fate)
        return counts

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; what is on its way is finished. The store may fail meanwhile."""
        while not stop.is_set():
            try:
                await self.run_once(stop)
                pause = await self._pause()
            except StoreError as error:
                log.warning("the queue cannot be read now (%s); trying again", type(error).__name__)
                pause = self._poll
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def _pause(self) -> float:
        due = await self._outbox.next_due()
        if due is None:
            return self._poll
        return min(max((due - self._clock.now()).total_seconds(), 0.05), self._poll)

    async def _carry(self, claimed: "Claimed") -> Fate | None:
        """Deliver one message and write its fate down; whatever fails stays with this message."""
        try:
            outcome = await self._outcome(claimed)
            await self._write_down(claimed.mail_id, outcome)
        except Exception as error:
            log.warning(
                "mail %s: its fate could not be written down (%s)", claimed.mail_id, type(error).__name__
            )
            return None
        log.info("mail %s: %s after attempt %s", claimed.mail_id, outcome.fate.value, claimed.attempts)
        return outcome.fate

    async def _outcome(self, claimed: "Claimed") -> Outcome:
        try:
            message = render(claimed, self._sender)
        except (ValueError, KeyError) as error:
            log.warning("mail %s cannot be written (%s)", claimed.mail_id, type(error).__name__)
            return Outcome(Fate.REFUSED, _("the desk could not make a mail for this address"))
        return await self._transport.deliver(message)

    async def _write_down(self, mail_id: int, outcome: Outcome) -> None:
        match outcome.fate:
            case Fate.ACCEPTED:
                await self._outbox.accepted(mail_id, outcome.reply)
            case Fate.DEFERRED:
                await self._outbox.deferred(mail_id, outcome.reply)
            case Fate.REFUSED:
                await self._outbox.refused(mail_id, outcome.reply)
