# ruff: noqa: E501 - a table reads best with one command a line
"""One table of commands: keys, footer, palette, help screen and the README's key table all come from it.

Only keys that every terminal delivers: letters, digits, F-keys, enter, space, esc, arrows, `/` and `?`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from textual.binding import Binding

from screens.words import _
from store.rules.roles import Permission

EVERYWHERE = frozenset({"everywhere"})
LISTS = frozenset({"participants", "users", "mail", "approvals", "audit", "calls", "lookup"})
USERS = frozenset({"users", "user"})
BOARD = frozenset({"board"})
SCHEDULE = frozenset({"schedule"})
CUTOVER = frozenset({"cutover"})
ANSWERED = USERS | {"answer"}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a key can do. `places` are the screens that have it; `permission` is what the role needs.

    Some rows want another permission than others: then having `or_permission` is enough for the key. `short`
    is a place's name where there is little room.
    """

    name: str
    key: str
    label: str
    tooltip: str
    places: frozenset[str] = EVERYWHERE
    permission: Permission | None = None
    or_permission: Permission | None = None
    mutates: bool = False
    dangerous: bool = False
    in_footer: bool = True
    demo_only: bool = False
    short: str = ""

    @property
    def is_place(self) -> bool:
        """Whether it goes to one of the numbered screens; its name is then the screen's place."""
        return self.key.isdigit()


COMMANDS: tuple[Command, ...] = (
    Command("lookup", "0", _("Look up"), _("Find a caller: why they cannot log on, and what to say"), in_footer=False, short=_("Look…")),
    Command("participants", "1", _("Participants"), _("Participants and how far their users are"), in_footer=False, short=_("CPs")),
    Command("users", "2", _("Users"), _("All users you may see"), in_footer=False, short=_("Users")),
    Command("schedule", "3", _("Schedule"), _("The circular's milestones and what each opens"), in_footer=False, short=_("Sched…")),
    Command("mail", "4", _("Mail"), _("Messages and their fate"), in_footer=False, short=_("Mail")),
    Command("approvals", "5", _("Approvals"), _("Changes that wait for a checker, and what was decided"), in_footer=False, short=_("Appr…")),
    Command("audit", "6", _("Audit"), _("Who did what, and proof that nobody bent it"), permission=Permission.SEE_AUDIT, in_footer=False, short=_("Audit")),
    Command("caught", "7", _("Caught mail"), _("What the demo's mail server received"), in_footer=False, demo_only=True, short=_("Caught")),
    Command("calls", "8", _("Calls"), _("The hotline's calls: what is still to be done, and what they are about"), permission=Permission.READ_ENQUIRIES, in_footer=False, short=_("Calls")),
    Command("board", "9", _("Board"), _("Where the programme is: figures, burn-up, who is furthest behind"), in_footer=False, short=_("Board")),
    Command("open", "enter", _("Open"), _("Open the line under the cursor, or all that is known of the user"), LISTS | BOARD | CUTOVER | SCHEDULE | {"answer"}),
    Command("earlier", "left", _("Day back"), _("Show the board as it was a day earlier"), BOARD),
    Command("later", "right", _("Day on"), _("Show the board as it was a day later"), BOARD),
    Command("now", "n", _("Now"), _("Show the board as it is now"), BOARD),
    Command("goal", "g", _("Goal"), _("Count the next goal: verified, enrolled, proven"), BOARD),
    Command("search", "slash", _("Search"), _("Search by ID, name, address or participant"), frozenset({"users", "participants", "lookup", "answer"})),
    Command("edit_email", "e", _("Edit email"), _("Register or change the designated email address"), USERS, Permission.EDIT_USER_EMAIL, Permission.EDIT_DA_EMAIL, mutates=True),
    Command("paste_list", "p", _("Paste a list"), _("Register many addresses at once, from a pasted list"), frozenset({"users"}), Permission.EDIT_USER_EMAIL, mutates=True),
    Command("enter_code", "v", _("Enter code"), _("Enter the verification code the user has read out"), USERS, Permission.ENTER_CODE, mutates=True),
    Command("resend", "r", _("Resend"), _("Send a fresh code to this user, or to all selected"), ANSWERED, Permission.RESEND, mutates=True),
    Command("log_call", "c", _("Log a call"), _("Write down what a caller asks, check who it is, and how it ended"), frozenset({"lookup", "users", "user", "answer", "calls"}), Permission.WRITE_ENQUIRY, mutates=True),
    Command("check_caller", "i", _("Check caller"), _("Check who is calling: by a call back, or by a code to the verified address"), frozenset({"answer"}), Permission.WRITE_ENQUIRY, mutates=True),
    Command("follow_up_done", "d", _("Done"), _("Note that what was promised in this call has been done"), frozenset({"calls"}), Permission.WRITE_ENQUIRY, mutates=True),
    Command("hand_over", "n", _("Note"), _("Leave a note for the next shift"), frozenset({"calls"}), Permission.WRITE_ENQUIRY, mutates=True),
    Command("figures", "g", _("Figures"), _("How many calls there were, and what they were about"), frozenset({"calls"})),
    Command("approve", "a", _("Approve"), _("Approve this change, this plan, or all selected"), frozenset({"approvals"}), Permission.APPROVE, mutates=True, dangerous=True),
    Command("reject", "x", _("Reject"), _("Reject this change, this plan, or all selected, saying why"), frozenset({"approvals"}), Permission.APPROVE, mutates=True, dangerous=True),
    Command("why", "w", _("Why"), _("Why the user cannot log on, and who can help"), ANSWERED | CUTOVER),
    Command("unlock", "k", _("Unlock"), _("Unlock this user after too many wrong entries"), USERS, Permission.UNLOCK_USER, Permission.UNLOCK_DA, mutates=True, in_footer=False),
    Command("start_over", "K", _("Start over"), _("Let this user enrol anew: phone or password lost"), USERS, Permission.UNLOCK_USER, Permission.UNLOCK_DA, mutates=True, dangerous=True, in_footer=False),
    Command("filter", "f", _("Filter"), _("Show only some of the list"), (LISTS | {"figures"}) - {"lookup"}),
    Command("sort", "s", _("Sort"), _("Next order of the list"), frozenset({"participants", "users"})),
    Command("select", "space", _("Select"), _("Select or deselect this line"), frozenset({"users", "approvals"})),
    Command("resend_all", "R", _("Resend all"), _("Send fresh codes to all in this list that need one"), frozenset({"users"}), Permission.RESEND, mutates=True, dangerous=True),
    Command("reveal", "o", _("Reveal"), _("Show the whole addresses for 30 seconds, for a reason that the audit keeps"), ANSWERED, Permission.REVEAL, mutates=True),
    Command("revise", "e", _("Revise"), _("Revise this milestone's window, with the circular's reference"), SCHEDULE, Permission.REVISE_MILESTONE, mutates=True),
    Command("confirm_window", "n", _("Confirm"), _("Confirm this milestone's window as it stands"), SCHEDULE, Permission.REVISE_MILESTONE, mutates=True),
    Command("begin", "b", _("Declare begun"), _("Declare this milestone begun; what changes how users log on takes two"), SCHEDULE, Permission.DECLARE_MILESTONE, mutates=True, dangerous=True),
    Command("done", "d", _("Declare done"), _("Declare this milestone done"), SCHEDULE, Permission.DECLARE_MILESTONE, mutates=True, dangerous=True),
    Command("approve_phase", "a", _("Approve"), _("Approve the phase change that waits, as the second person"), SCHEDULE, Permission.APPROVE_PHASE, mutates=True, dangerous=True, in_footer=False),
    Command("reject_phase", "x", _("Reject"), _("Reject the phase change that waits, saying why, or take back your own"), SCHEDULE, Permission.APPROVE_PHASE, mutates=True, dangerous=True, in_footer=False),
    Command("view", "v", _("View"), _("Participants, reasons, users, or what changed since the last time"), CUTOVER),
    Command("phase", "p", _("Phase"), _("Simulate the next phase that can follow"), CUTOVER),
    Command("date", "d", _("Date"), _("Simulate another day"), CUTOVER),
    Command("simulate", "i", _("Cut-over"), _("Who would be locked out by a phase, and which participants lose whom"), CUTOVER | SCHEDULE | {"board"}),
    Command("export", "x", _("Export"), _("How all of it becomes a file"), CUTOVER | {"audit"}, Permission.KEEP_SIMULATION, Permission.MANAGE_AUDIT),
    Command("retry", "t", _("Retry"), _("Try this message again now"), frozenset({"mail"}), Permission.MANAGE_MAIL, mutates=True),
    Command("hold", "h", _("Hold"), _("Keep this message from being sent"), frozenset({"mail"}), Permission.MANAGE_MAIL, mutates=True),
    Command("release", "u", _("Release"), _("Let a held message go"), frozenset({"mail"}), Permission.MANAGE_MAIL, mutates=True),
    Command("verify", "v", _("Verify"), _("Follow the whole audit log and say whether it is as it was written"), frozenset({"audit"}), Permission.MANAGE_AUDIT),
    Command("help", "question_mark,f1", _("Help"), _("All keys and words")),
    Command("palette", "ctrl+p", _("Commands"), _("Find a command by name"), in_footer=False),
    Command("role", "f2", _("Change role"), _("Come in as somebody else"), in_footer=False, demo_only=True),
    Command("back", "escape", _("Back"), _("Leave this screen, or clear what narrows it")),
    Command("quit", "q", _("Quit"), _("Leave the desk")),
)  # fmt: skip

BY_NAME = {command.name: command for command in COMMANDS}


def commands_for(place: str, *, demo: bool = False) -> Iterator[Command]:
    """The commands of one screen, in table order; the demo's own only in a demo."""
    for command in COMMANDS:
        if (demo or not command.demo_only) and (command.places is EVERYWHERE or place in command.places):
            yield command


def homes_of(command: Command) -> list[Command]:
    """The numbered screens that have the command."""
    return [each for each in COMMANDS if each.is_place and each.name in command.places]


def _elsewhere(place: str) -> Iterator[Binding]:
    """The keys that only other screens have: pressing one says where it belongs."""
    taken = {key for command in commands_for(place, demo=True) for key in command.key.split(",")}
    for command in COMMANDS:
        if command.key not in taken | {"enter", "space", "left", "right"}:
            taken.add(command.key)
            where = f"elsewhere.{command.name}"
            yield Binding(
                command.key, f"command('{command.name}')", command.label, id=where, tooltip=command.tooltip
            )


def bindings_for(place: str) -> list[Binding]:
    """Textual bindings for one screen: each runs `DeskScreen.action_command`, and can be remapped by its name."""
    here = [
        Binding(
            command.key, f"command('{command.name}')", command.label, id=command.name, tooltip=command.tooltip
        )
        for command in commands_for(place, demo=True)
    ]
    return here if place == "opening" else [*here, *_elsewhere(place)]


def key_name(key: str) -> str:
    """A key as people write it."""
    names = {
        "slash": "/",
        "question_mark": "?",
        "escape": "esc",
        "f1": "F1",
        "f2": "F2",
        "left": "←",
        "right": "→",
    }
    return names.get(key, key)


def types(key: str) -> bool:
    """Whether the key is a character, which a line of text takes for itself."""
    return len(key) == 1 or key in {"slash", "question_mark", "space"}


def key_table(commands: Iterable[Command] = COMMANDS) -> str:
    """The Markdown table of keys that the README carries."""
    lines = ["| key | command | what it does |", "|---|---|---|"]
    for command in commands:
        keys = " or ".join(f"`{key_name(key)}`" for key in command.key.split(","))
        demo = " (demo)" if command.demo_only else ""
        lines.append(f"| {keys} | {command.label}{demo} | {command.tooltip} |")
    return "\n".join(lines)
