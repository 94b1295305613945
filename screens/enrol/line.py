"""The lines of enrolment: for codes as people type them, and for passwords, which are kept as typed."""

from rich.text import Text
from textual.actions import SkipAction
from textual.message import Message

from screens.dialog import Line
from screens.text import clean

LONGEST_CODE = 60
LONGEST_SECRET = 20_000
"""Far beyond what the store takes, so that what is pasted is refused with a reason and not cut."""


class EntryLine(Line):
    """A line for an ID or a code. What is too long to be put in is said, and rings no bell."""

    class TooMuch(Message):
        """More was pasted than any code or password has."""

    def __init__(self, *, id: str, placeholder: str = "", max_length: int = LONGEST_CODE) -> None:
        super().__init__(id=id, placeholder=placeholder, max_length=max_length)

    def restricted(self) -> None:
        """Let the screen say it."""
        self.post_message(self.TooMuch())


class SecretLine(EntryLine):
    """A line for a password: hidden at first, kept to the character, never copied to a clipboard.

    When it is shown, what a terminal cannot print is drawn as a middle dot; the password keeps it.
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, max_length=LONGEST_SECRET)
        self.password = True

    def validate_value(self, value: str) -> str:
        """Change nothing."""
        return value

    @property
    def _value(self) -> Text:
        shown = "•" * len(self.value) if self.password else clean(self.value)
        return Text(shown, no_wrap=True, overflow="ignore", end="")

    def action_copy(self) -> None:
        """Copy nothing: the clipboard is not the terminal's."""
        raise SkipAction

    def action_cut(self) -> None:
        """Cut nothing."""
