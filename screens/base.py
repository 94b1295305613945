"""What every screen of the desk shares: its place in the command table, its store, how work is run safely."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast

from textual import work
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from screens import drafts
from screens.commands import BY_NAME, EVERYWHERE, Command, homes_of
from screens.sentences import explain_error, not_allowed, nothing_masked
from screens.widgets.command_bar import CommandBar
from screens.widgets.header_strip import HeaderStrip
from screens.words import _
from store.errors import ProofNeeded, SessionOver, StoreError
from store.rules.roles import Permission, sees_full_addresses
from store.views import Phase

if TYPE_CHECKING:
    from store.desk import Desk

Answer = TypeVar("Answer")
Result = TypeVar("Result")

A_WHILE = 0.4
"""Seconds after which an operator is told that something is being saved."""
SAVING = _("Saving …")
ALWAYS = frozenset({"quit", "help", "back", "palette"})


class DeskApp(Protocol):
    """What a screen may ask of the application around it. Until `ready` there is no desk to ask."""

    ready: bool
    demo: bool
    phase: Phase | None
    changes: int
    saving: int
    """How many changes are being written; keys wait for them."""

    @property
    def desk(self) -> "Desk":
        """The store as the acting operator may see it."""
        ...

    def unsay(self, sentence: str) -> None:
        """Tell a sentence no longer."""
        ...

    def show_place(self, place: str) -> None:
        """Go to one of the numbered screens."""
        ...

    def unlock(self) -> None:
        """Show again what the locked screen covers."""
        ...

    def session_over(self, error: StoreError) -> None:
        """End the desk, saying why once the terminal is restored."""
        ...


class DeskScreen(Screen[Answer]):
    """A screen that shows part of the store as the acting operator may see it.

    It composes what lies between the header and the command bar. A key runs the command of the same name:
    `do_NAME` on the screen, or on the app for commands that belong to no screen. A command the role does not
    permit says why instead.
    """

    PLACE: ClassVar[str] = ""
    FRAMED: ClassVar[bool] = True
    """Whether the header and the command bar go around it (dialogs have neither)."""

    seen_changes = 0

    @property
    def shell(self) -> DeskApp:
        """The application, as screens may use it."""
        return cast("DeskApp", self.app)

    @property
    def desk(self) -> "Desk":
        """The store as the acting operator may see it."""
        return self.shell.desk

    def on_mount(self) -> None:
        """Put the header above and the command bar below what the screen composed; a dialog has neither."""
        self.seen_changes = self.shell.changes
        if self.is_modal:
            return
        if not self.FRAMED:
            return
        self.mount(HeaderStrip(), before=0 if self.children else None)
        self.mount(CommandBar())

    async def on_screen_resume(self) -> None:
        """Catch up with what changed while another screen was in front."""
        self.refresh_frame()
        if self.shell.ready and self.seen_changes != self.shell.changes:
            self.seen_changes = self.shell.changes
            await self.store_changed()

    def refresh_frame(self) -> None:
        """Draw the header and the command bar anew."""
        for widget in (*self.query(HeaderStrip), *self.query(CommandBar)):
            widget.refresh()

    def label_of(self, command: Command) -> str:
        """What the command bar calls the command here."""
        return command.label

    def in_footer(self, command: Command) -> bool:
        """Whether the command bar shows the command here: never one that the role has no use for."""
        return command.in_footer and self.for_role(command)

    @property
    def typing(self) -> bool:
        """Whether letters go into a line of text, and are no commands meanwhile."""
        return isinstance(self.focused, Input)

    def on_descendant_focus(self) -> None:
        """Show the keys that work now."""
        self.refresh_frame()

    def on_descendant_blur(self) -> None:
        """Show the keys that work now."""
        self.refresh_frame()

    def allowed(self, command: Command) -> bool:
        """Whether the command can be used now; screens that know more of the row say no to more."""
        return self.for_role(command)

    def for_role(self, command: Command) -> bool:
        """Whether the operator's role permits the command at all (the store decides again on the row)."""
        if not self.shell.ready:
            return command.name in ALWAYS
        needed = [permission for permission in (command.permission, command.or_permission) if permission]
        return not needed or any(self.desk.allows(permission) for permission in needed)

    async def action_command(self, name: str) -> None:
        """Run a command of the table, or say why not."""
        command = BY_NAME[name]
        if command.demo_only and not self.shell.demo:
            return
        if command.places is not EVERYWHERE and self.PLACE not in command.places:
            if self.shell.ready and (homes := homes_of(command)):
                places = _(" and ").join(f"{home.label} ({home.key})" for home in homes)
                self.say(
                    _("'%(command)s' belongs to %(places)s.") % {"command": command.label, "places": places}
                )
            return
        if not self.allowed(command):
            self.say(self._why_not(command), severity="warning")
            return
        if command.is_place:
            self.shell.show_place(name)
            return
        handler: Callable[[], object] | None = getattr(self, f"do_{name}", None)
        handler = handler or getattr(self.app, f"do_{name}", None)
        if handler is None:
            return
        result = handler()
        if isawaitable(result):
            await result

    def _why_not(self, command: Command) -> str:
        if not self.shell.ready:
            return _("The desk is still opening; one moment.")
        role = self.desk.actor.role
        if command.permission is Permission.REVEAL and sees_full_addresses(role):
            return nothing_masked(command.label, role)
        return not_allowed(command.label, role)

    def say(self, sentence: str, *, severity: str = "information") -> None:
        """Tell the operator one sentence; never parsed as markup."""
        self.app.notify(sentence, severity=cast("Any", severity), markup=False)

    async def finish(self, group: str) -> None:
        """Wait for this screen's work of one group, if there is any."""
        if at_work := [worker for worker in self.workers if worker.group == group and worker.node is self]:
            await self.workers.wait_for_complete(at_work)

    async def with_proof(self, act: Callable[[], Awaitable[Result]]) -> Result:
        """What `act` answers; when the store wants proof first, ask for it and act once more.

        Only within a worker. Raises: what `act` raises; ProofNeeded when no one-time password was given.
        """
        try:
            return await self.saving_while(act)
        except ProofNeeded:
            from screens.proof import ProofScreen  # noqa: PLC0415

            if not await self.app.push_screen_wait(ProofScreen()):
                raise
        return await self.saving_while(act)

    async def saving_while(self, act: Callable[[], Awaitable[Result]]) -> Result:
        """What `act` answers; keys wait until it has, and what takes a while is said."""
        self.shell.saving += 1
        said = self.set_timer(A_WHILE, lambda: self.say(SAVING))
        try:
            return await act()
        finally:
            said.stop()
            self.shell.saving -= 1
            self.shell.unsay(SAVING)

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Leave this screen. While another covers it nothing happens: Textual would take that one away."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def do_back(self) -> None:
        """Leave this screen when there is one below it."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    def do_help(self) -> None:
        """Show the keys and words of this screen."""
        from screens.help import HelpScreen  # noqa: PLC0415

        self.app.push_screen(HelpScreen(self.PLACE))

    def do_simulate(self) -> None:
        """Simulate the cut-over."""
        from screens.cutover import CutoverScreen  # noqa: PLC0415

        self.app.push_screen(CutoverScreen())

    def do_palette(self) -> None:
        """Find a command by its name."""
        self.app.push_screen(CommandPalette())

    def do_quit(self) -> None:
        """Leave the desk; while a call is going on, or something typed is not saved, ask first."""
        takes_calls = self.shell.ready and self.desk.allows(Permission.WRITE_ENQUIRY)
        if takes_calls or drafts.kept(self.app):
            self._leave_desk()
        else:
            self.app.exit()

    @work(group="quit", exclusive=True, exit_on_error=False)
    async def _leave_desk(self) -> None:
        from screens.leaving import leave_desk  # noqa: PLC0415

        await leave_desk(self)

    def came_again(self) -> None:
        """The key of this place was pressed while it is in front."""

    async def store_changed(self) -> None:
        """The database changed (here or in another process): show it, keeping cursor and draft."""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show a failed worker's reason in one sentence; a failure never ends the desk."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        if isinstance(error, SessionOver):
            self.shell.session_over(error)
            return
        self.say(explain_error(error if isinstance(error, StoreError) else StoreError()), severity="error")
