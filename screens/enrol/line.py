"""The lines of enrolment: for codes as people type them, and for passwords, which are kept as typed."""

from rich.text import Text
from textual.actions import SkipAction
from textual.message import Message

from screens.dialog import CodeLine
from screens.text import clean
from screens.words import _
from store.rules import codes

SIX_DIGITS = _("First type the six digits that your application shows.")
LONGEST_CODE = 60
LONGEST_SECRET = 20_000
"""Far beyond what the store takes, so that what is pasted is refused with a reason and not cut."""


class EntryLine(CodeLine):
    """A line for an ID or a code. What is too long to be put in is said, and rings no bell.

    `wanted` says what belongs in it, to who enters nothing.
    """

    class TooMuch(Message):
        """More was pasted than any code or password has."""

    def __init__(
        self, *, id: str, wanted: str, placeholder: str = "", max_length: int = LONGEST_CODE
    ) -> None:
        super().__init__(id=id, placeholder=placeholder, max_length=max_length)
        self.wanted = wanted
        self._given: str | None = None
        self._refused: str | None = None

    def meant(self) -> str:
        """What its text is compared by: a code however it is typed."""
        return codes.normalise(self.value) or "".join(filter(str.isalnum, self.value)).upper()

    def note_given(self) -> None:
        """Its text is given to the store."""
        self._given = self.meant()

    def mark_refused(self) -> None:
        """What was given was refused: it is selected, so that what is typed next replaces it."""
        self._refused = self._given
        if self.holds_refused:
            self.action_select_all()

    @property
    def holds_refused(self) -> bool:
        """Whether it holds what was refused last."""
        return self._refused is not None and self.meant() == self._refused

    def restricted(self) -> None:
        """Let the screen say it."""
        self.post_message(self.TooMuch())


class SecretLine(EntryLine):
    """A line for a password: hidden at first, kept to the character, never copied to a clipboard.

    When it is shown, what a terminal cannot print is drawn as a middle dot; the password keeps it.
    """

    def __init__(self, *, id: str, wanted: str) -> None:
        super().__init__(id=id, wanted=wanted, max_length=LONGEST_SECRET)
        self.password = True

    def meant(self) -> str:
        """A password is what it is."""
        return self.value

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
