"""The store as one operator may see it: every subject, bound to who acts; there is no other way in."""

from store.access import Access
from store.audit import Audit
from store.board import Board
from store.callers import Callers
from store.clock import Clock
from store.context import Context
from store.credentials import Credentials
from store.cutover import Cutover
from store.database import Database
from store.enquiries import Enquiries
from store.health import Health
from store.keys import Keys
from store.logons import Logons
from store.mailbox import Mailbox
from store.moments import Moments
from store.operators import Operators
from store.participants import Participants
from store.phase_changes import PhaseChanges
from store.proposals import Proposals
from store.registrations import Registrations
from store.roster import Roster
from store.rules.roles import Permission
from store.schedule import Schedule
from store.sessions import Sessions
from store.status import read_status
from store.users import Users
from store.verifications import Verifications
from store.views import DeskStatus, Operator, Session


class Desk:
    """What a screen or a command holds. Making one costs nothing and touches no database."""

    def __init__(
        self, database: Database, clock: Clock, keys: Keys, operator: Operator, session: Session | None = None
    ) -> None:
        self.actor = operator
        self.clock = clock
        self.session = session
        self._context = Context(database, clock, keys, operator, session.session_id if session else None)
        self.participants = Participants(self._context)
        self.users = Users(self._context)
        self.registrations = Registrations(self._context)
        self.verifications = Verifications(self._context)
        self.schedule = Schedule(self._context)
        self.phase_changes = PhaseChanges(self._context)
        self.mailbox = Mailbox(self._context)
        self.roster = Roster(self._context)
        self.proposals = Proposals(self._context)
        self.operators = Operators(self._context)
        self.audit = Audit(self._context)
        self.access = Access(self._context)
        self.logons = Logons(self._context)
        self.board = Board(self._context)
        self.moments = Moments(self._context)
        self.health = Health(self._context)
        self.credentials = Credentials(self._context)
        self.cutover = Cutover(self._context)
        self.enquiries = Enquiries(self._context)
        self.callers = Callers(self._context)
        self.sessions = Sessions(self._context, session)

    def allows(self, permission: Permission, participant_id: str | None = None) -> bool:
        """Whether the operator has `permission` (on that participant)."""
        return self._context.allows(permission, participant_id)

    async def change_mark(self) -> int:
        """A number that differs after any other connection's change. Raises: DatabaseFault."""
        return await self._context.database.change_mark()

    async def status(self) -> DeskStatus:
        """Where the programme is, within the operator's scope. Raises: DatabaseFault."""
        return await read_status(self._context)
