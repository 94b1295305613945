"""The library's driver for terminals, with a reader that nothing can end but the end of the line."""

import os
import select
from codecs import getincrementaldecoder
from contextlib import suppress

from textual.drivers.linux_driver import LinuxDriver

from ccms_tui.terminal_reader import Reader

A_MOMENT = 0.1
"""Seconds between two looks whether the desk has been left, and whether an esc stands alone."""
AT_ONCE = 4_096


class TerminalDriver(LinuxDriver):
    """Takes bytes that are no UTF-8, as of a terminal set to Big5, for unknown characters."""

    def run_input_thread(self) -> None:
        """Post what comes from the terminal until the desk is left or the line is cut."""
        reader, decoder = Reader(), getincrementaldecoder("utf-8")(errors="replace")
        with suppress(OSError):  # who watches the line ends the desk
            while not self.exit_event.is_set():
                if not select.select([self.fileno], [], [], A_MOMENT)[0]:
                    found = reader.rest()
                elif typed := os.read(self.fileno, AT_ONCE):
                    found = reader.read(decoder.decode(typed))
                else:
                    return
                for message in found:
                    self.process_message(message)
            select.select([self.fileno], [], [], A_MOMENT)  # what is on its way is thrown away with the rest
