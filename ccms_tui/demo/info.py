"""What the application may ask of a demo: who one can come in as, and the two screens only a demo has."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from store.views import Operator

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from screens.base import DeskScreen
    from store.desk import Desk


@dataclass(frozen=True, slots=True)
class DemoRole:
    """Somebody to come in as; `name` is what `--role` takes, `story` is their minute that matters."""

    name: str
    title: str
    story: str
    operator: Operator


class DemoInfo(Protocol):
    """The demo as the application sees it. `role` is set when the picker is to be skipped."""

    roles: tuple[DemoRole, ...]
    role: DemoRole | None
    began: datetime
    """When the demo began, by its own clock."""

    async def enter(self, role: DemoRole) -> "Desk":
        """The desk as `role` may see it, once the roster is in place. Raises: DatabaseFault, KeyFault."""
        ...

    def picker(self) -> "ModalScreen[DemoRole | None]":
        """A fresh role picker; None is the answer of someone who left it without choosing."""
        ...

    def caught(self) -> "DeskScreen[None]":
        """A fresh screen of what the mail catcher received (place `caught`)."""
        ...
