"""The simulation of the cut-over in words: the headline, the reasons, what is left of a participant."""

from collections import Counter
from datetime import datetime

from screens.sentences import LOCKED, STANDINGS, SUSPENDED, Look
from screens.text import clean
from screens.times import hk_date, hk_time
from screens.words import _, ngettext
from store.clock import HONG_KONG
from store.rules.cutover import Cause, FirmAfter, Simulation
from store.rules.cutover_changes import Changes
from store.views import Phase, Standing

PHASES: dict[str, Phase] = {phase.name.lower().replace("_", "-"): phase for phase in Phase}
"""The phases as they are typed: two-factor-only."""

TYPED: dict[Phase, str] = {phase: word for word, phase in PHASES.items()}

CAUSES: dict[Cause, Look] = {
    Cause.SUSPENDED: SUSPENDED,
    Cause.LOCKED: LOCKED,
    Cause.NO_SMARTCARD: Look("□", _("no smartcard"), "warning"),
    Cause.DECOMMISSIONED: Look("□", _("smartcards are over"), "warning"),
    **{
        Cause(standing.value): STANDINGS[standing]
        for standing in (
            Standing.NO_EMAIL,
            Standing.AWAITING_APPROVAL,
            Standing.UNDELIVERABLE,
            Standing.CODE_EXPIRED,
            Standing.UNVERIFIED,
        )
    },
    Cause.NO_MAIL: Look("✗", _("mail is refused"), "error"),
    Cause.NO_PASSWORD: Look("◕", _("no password"), "warning"),
    Cause.NO_OTP: Look("◉", _("no one-time password"), "warning"),
    Cause.CLOCK_OFF: Look("!", _("phone's clock is off"), "warning"),
}

HELPS: dict[Cause, str] = {
    Cause.SUSPENDED: _("operations lift the suspension"),
    Cause.LOCKED: _("a DA of theirs unlocks them"),
    Cause.NO_SMARTCARD: _("a smartcard"),
    Cause.DECOMMISSIONED: _("two-factor logon, once it opens"),
    Cause.NO_EMAIL: _("a maker registers an address"),
    Cause.AWAITING_APPROVAL: _("a checker approves the address"),
    Cause.UNDELIVERABLE: _("another address, which works"),
    Cause.CODE_EXPIRED: _("a fresh code, sent and entered"),
    Cause.UNVERIFIED: _("the mailed code, entered"),
    Cause.NO_MAIL: _("a working address, or the app"),
    Cause.NO_PASSWORD: _("enrolment, with a password first"),
    Cause.NO_OTP: _("setting up one-time passwords"),
    Cause.CLOCK_OFF: _("the phone's clock, set right"),
}
"""What takes each reason away from a user, in few words."""

ADMINISTRATORS_HELP: dict[Cause, str] = {
    Cause.LOCKED: _("operations unlock them"),
    Cause.NO_EMAIL: _("operations, by form DA 3"),
    Cause.UNDELIVERABLE: _("operations, by form DA 3"),
}
"""The same for a DA, where somebody else has to do it: their addresses come by form DA 3."""

BOTH_HELP: dict[Cause, tuple[str, str]] = {
    Cause.LOCKED: (_("a DA"), _("operations")),
    Cause.NO_EMAIL: (_("a maker"), _("form DA 3")),
    Cause.UNDELIVERABLE: (_("a maker"), _("form DA 3")),
}
"""The same in the fewest words, for users and for DAs beside each other."""


def helps(cause: Cause, users: int, administrators: int) -> str:
    """What takes a reason away from so many users and DAs: 985: a maker; 111 DAs: form DA 3."""
    if not administrators or cause not in ADMINISTRATORS_HELP:
        return HELPS[cause]
    if not users:
        return ADMINISTRATORS_HELP[cause]
    by_a_da, by_operations = BOTH_HELP[cause]
    words = ngettext("{n}: {who}; {das} DA: {how}", "{n}: {who}; {das} DAs: {how}", administrators)
    return words.format(n=f"{users:,}", who=by_a_da, das=f"{administrators:,}", how=by_operations)


def read_phase(typed: str) -> Phase:
    """A phase as it is typed, or as the desk shows it. Raises: ValueError with what was typed."""
    word = typed.strip().lower().replace("_", "-").replace(" ", "-")
    shown = {phase.value.lower().replace(" ", "-"): phase for phase in Phase}
    if phase := PHASES.get(word) or shown.get(word):
        return phase
    raise ValueError(typed)


def moment_words(moment: datetime) -> str:
    """A moment in full: 30 Jun 2023 00:00."""
    return f"{hk_date(moment)} {hk_time(moment)}"


def headline(simulation: Simulation) -> str:
    """How many of how many could not log on, in which phase at which moment."""
    when = {"phase": _(simulation.phase.value), "at": moment_words(simulation.at)}
    if not simulation.users:
        return _("There are no users yet, so there is nobody to lock out.")
    if not simulation.locked_out:
        words = ngettext(
            "Nobody would be locked out: the one user could log on under '{phase}' on {at}.",
            "Nobody would be locked out: all {users} users could log on under '{phase}' on {at}.",
            simulation.users,
        )
        return words.format(users=f"{simulation.users:,}", **when)
    words = _("{out} of {users} users could not log on under '{phase}' on {at}.")
    return words.format(out=f"{len(simulation.locked_out):,}", users=f"{simulation.users:,}", **when)


def phase_and_day(simulation: Simulation) -> str:
    """What is simulated: 2FA only · 30 Jun 2023 00:00."""
    return f"{_(simulation.phase.value)} · {moment_words(simulation.at)}"


def typed_moment(moment: datetime) -> str:
    """A moment as it is typed: 2023-06-30 00:00."""
    return f"{moment.astimezone(HONG_KONG):%Y-%m-%d %H:%M}"


def export_command(phase: Phase, at: datetime | None) -> str:
    """The command that writes the same simulation to a file."""
    day = f" --at '{typed_moment(at)}'" if at else ""
    return f"ccms-tui simulate --phase {TYPED[phase]}{day} --csv FILE"


def as_of_words(simulation: Simulation) -> str:
    """What is of the past where a day before the picture is simulated, and what is not; empty otherwise."""
    if simulation.at >= simulation.as_of:
        return ""
    return _(
        "The roster is today's; only codes and proposals are taken as of that day. "
        "ccms-tui simulate --as-of shows the roster as it was."
    )


def today_words(simulation: Simulation) -> str:
    """How many of those lose by the change what they have in the phase reached, in one sentence."""
    losing = len(simulation.losing)
    already = len(simulation.locked_out) - losing
    if not simulation.locked_out:
        return ""
    if simulation.phase is simulation.present:
        return _("That is the phase that the programme is in.")
    if not already:
        return _("All of them can log on in the present phase, '{phase}'.").format(
            phase=_(simulation.present.value)
        )
    if not losing:
        return _("None of them can log on in the present phase, '{phase}', either.").format(
            phase=_(simulation.present.value)
        )
    words = _("{losing} lose by it the way in that they have now; {already} cannot log on now either.")
    return words.format(losing=f"{losing:,}", already=f"{already:,}")


def by_reason(simulation: Simulation) -> list[tuple[Cause, int]]:
    """How many are locked out for which reason, the commonest first."""
    return Counter(each.reason for each in simulation.locked_out).most_common()


def lacks(firm: FirmAfter) -> str:
    """What a participant would be without: no maker, no checker."""
    words = [_("no maker")] if firm.lacks_maker else []
    words += [_("no checker")] if firm.lacks_checker else []
    return ", ".join(words)


def firms_words(simulation: Simulation) -> str:
    """How many participants lose everyone, or cannot help their own users, in one sentence."""
    everyone, broken = len(simulation.losing_everyone), len(simulation.without_maker_or_checker)
    if not simulation.firms:
        return ""
    if not broken:
        return _("Every participant keeps a working maker and checker.")
    lose = ngettext("{n} participant loses everyone", "{n} participants lose everyone", everyone)
    left = ngettext(
        "{n} is without a working maker or checker.",
        "{n} are without a working maker or checker.",
        broken,
    )
    return f"{lose.format(n=f'{everyone:,}')}; {left.format(n=f'{broken:,}')}"


def changes_words(changes: Changes) -> str:
    """What changed since the last simulation, in one sentence."""
    since = {"at": moment_words(changes.kept_at), "who": clean(changes.kept_by)}
    moved = f"{len(changes.moved):,}"
    if not (changes.added or changes.removed or changes.moved):
        return _("Nothing changed since the last time, {at} ({who}).").format(**since)
    if not (changes.added or changes.removed):
        words = _("The same people as on {at} ({who}), {moved} for another reason.")
        return words.format(moved=moved, **since)
    numbers = {"removed": f"{len(changes.removed):,}", "added": f"{len(changes.added):,}", "moved": moved}
    words = _("{removed} no longer locked out, {added} newly, since {at} ({who}).")
    if changes.moved:
        words = _("{removed} no longer, {added} newly, {moved} for another reason, since {at} ({who}).")
    return words.format(**numbers, **since)
