"""Where each role lands: where its work is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from textual.screen import Screen

from store.rules.standing import NOT_VERIFIED
from store.views import Operator, Role, UserQuery


@dataclass(frozen=True, slots=True)
class Landing:
    """The screen a role sees first, and how its users list stands at first."""

    place: str = "users"
    query: UserQuery = field(default_factory=UserQuery)


def landing(operator: Operator) -> Landing:
    """The landing of this operator."""
    match operator.role:
        case Role.DA_MAKER:
            return Landing(query=UserQuery(standings=NOT_VERIFIED))
        case Role.DA_CHECKER:
            return Landing(place="approvals")
        case Role.HELPDESK:
            return Landing(place="lookup")
        case Role.OPERATIONS:
            return Landing(place="board")


def places(start: Landing) -> dict[str, Callable[[], Screen[Any]]]:
    """A maker of each numbered screen; its module is imported when the screen is first shown."""

    def lookup() -> Screen[Any]:
        from screens.lookup import LookupScreen  # noqa: PLC0415

        return LookupScreen()

    def participants() -> Screen[Any]:
        from screens.participants import ParticipantsScreen  # noqa: PLC0415

        return ParticipantsScreen()

    def users() -> Screen[Any]:
        from screens.users import UsersScreen  # noqa: PLC0415

        return UsersScreen(start.query)

    def schedule() -> Screen[Any]:
        from screens.schedule import ScheduleScreen  # noqa: PLC0415

        return ScheduleScreen()

    def mail() -> Screen[Any]:
        from screens.mail import MailScreen  # noqa: PLC0415

        return MailScreen()

    def approvals() -> Screen[Any]:
        from screens.approvals import ApprovalsScreen  # noqa: PLC0415

        return ApprovalsScreen()

    def audit() -> Screen[Any]:
        from screens.audit import AuditScreen  # noqa: PLC0415

        return AuditScreen()

    def board() -> Screen[Any]:
        from screens.board import BoardScreen  # noqa: PLC0415

        return BoardScreen()

    def calls() -> Screen[Any]:
        from screens.calls import CallsScreen  # noqa: PLC0415

        return CallsScreen()

    return {
        "lookup": lookup,
        "participants": participants,
        "users": users,
        "schedule": schedule,
        "mail": mail,
        "approvals": approvals,
        "audit": audit,
        "board": board,
        "calls": calls,
    }
