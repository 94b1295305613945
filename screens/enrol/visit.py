"""What the screens of enrolment share: the visit they are part of, and the application around them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from store.enrolment_views import EnrolmentSession, EnrolmentState
from store.errors import EnrolmentOver

if TYPE_CHECKING:
    from store.enrolment import Enrolment


@dataclass
class Visit:
    """One visit: the store's side of it, its session, and where its user stands."""

    enrolment: "Enrolment"
    session: EnrolmentSession
    state: EnrolmentState
    note: str = ""
    """What was just changed; the next screen tells it."""

    def take_note(self) -> str:
        """The note, told once."""
        note, self.note = self.note, ""
        return note


class EnrolShell(Protocol):
    """What a screen may ask of the application around it."""

    visit: Visit | None

    async def enrolment(self) -> "Enrolment":
        """The store's side, once it is open. Raises: StoreError when it cannot be opened."""
        ...

    def enrolment_over(self, error: EnrolmentOver) -> None:
        """End, saying why once the terminal is restored."""
        ...
