"""The refusals of the desk's own door, and of the checker's, in words (see `screens.sentences`)."""

from collections.abc import Callable
from typing import Any

from screens.times import waiting_time
from screens.words import _, ngettext
from store import errors


def _session_over(error: errors.SessionOver) -> str:
    return {
        "disabled": _("Your login was disabled; what was saved stays saved. Ask operations why."),
        "aged": _("You have been signed in for 12 hours; sign in again to go on."),
    }.get(error.reason, _("Your session has ended; sign in again to go on."))


def _sign_in_refused(error: errors.SignInRefused) -> str:
    if error.reason == "locked":
        return _("This login is locked after too many wrong codes; operations can unlock it.")
    if error.reason == "unknown":
        return _("There is no login to open here; ask operations to check your key and your login.")
    if error.reason == "wait":
        wait = waiting_time(error.seconds)
        return _("Too many wrong codes; wait %s before the next try.") % wait
    left = error.tries_left
    tries = ngettext("%d try is left", "%d tries are left", left) % left
    if error.reason == "replayed":
        return _("This code was used already; wait for the next one (%s before the login is locked).") % tries
    return _("That one-time password is not right; %s before the login is locked.") % tries


def _bad_key(error: errors.BadKey) -> str:
    return {
        "type": _("A key of type %s is not accepted; use ed25519, ecdsa, an sk- key or rsa with 3072 bits."),
        "weak": _("This key is too weak (%s); use ed25519, ecdsa, an sk- key or rsa with 3072 bits or more."),
        "options": _(
            "The line begins with options (%s); give the public key alone, as in the file that ends in .pub."
        ),
        "private": _("This is a private key%s; give the public one, from the file that ends in .pub."),
        "in-use": _("This key is registered for %s already; every key belongs to one operator."),
    }.get(
        error.reason, _("This is no SSH public key%s; give the one line of the file that ends in .pub.")
    ) % (error.detail)


def _bad_login(error: errors.BadLogin) -> str:
    if error.why == "participant":
        return _("A Delegated Administrator belongs to one participant, nobody else does; see --participant.")
    return (
        _(
            "'%s' cannot be an operator's ID; use up to 32 lower case letters, digits, '.', '-' and '_', "
            "a letter first."
        )
        % error.operator_id
    )


_VOIDED: dict[str, str] = {
    "decided": _("Change no. %(number)s was decided by %(by)s meanwhile; nothing of yours was done."),
    "expired": _(
        "Change no. %(number)s has waited for 7 days and is void, so nothing was done; "
        "its maker can propose it again."
    ),
    "moved": _(
        "The address that change no. %(number)s replaces was changed meanwhile, last by %(by)s, so nothing "
        "was done; its maker has to propose it again."
    ),
    "kind": _(
        "The user of change no. %(number)s is a Delegated Administrator now, so nothing was done; "
        "form DA 3 is needed."
    ),
    "disabled": _(
        "Change no. %(number)s was made by %(by)s, whose login is disabled, so nothing was done; "
        "reject it, and let another maker propose it."
    ),
    "changed": _(
        "Change no. %(number)s is not what was shown any more, %(by)s changed it, so nothing was done; "
        "look at it again before you decide."
    ),
}


def _voided(error: errors.Voided) -> str:
    words = _VOIDED.get(error.why, _VOIDED["changed"])
    return words % {"number": error.proposal_id, "by": error.by or _("somebody else")}


def _reason_needed(error: errors.ReasonNeeded) -> str:
    return {
        "rejection": _("Say why it is rejected; the maker will read it."),
        "phase": _("Say why; who proposed it will read it."),
        "reveal": _("Say why you need the whole address; the audit keeps it."),
        "disabling": _("Say why the login is disabled; the audit keeps it."),
        "unlocking": _("Say why, such as who called and how you knew them; the audit keeps it."),
        "waiver": _("Say why dual control is waived, or no longer; the audit keeps it."),
        "question": _("Write down what the caller asked, before the call is ended."),
        "follow-up": _("Write down what was promised to the caller, so that somebody can do it."),
        "hand-over": _("Write down what the next shift should know."),
    }.get(error.what, _("A reason is needed; the audit keeps it."))


DOOR: dict[type[errors.StoreError], Callable[[Any], str]] = {
    errors.SessionOver: _session_over,
    errors.ProofNeeded: lambda _error: _(
        "Nothing was changed: a fresh one-time password is needed first, your last one is too long ago."
    ),
    errors.SignInRefused: _sign_in_refused,
    errors.BadKey: _bad_key,
    errors.BadLogin: _bad_login,
    errors.OwnProposal: lambda _error: _(
        "You made this change yourself; another checker of your participant has to decide on it."
    ),
    errors.Voided: _voided,
    errors.ReasonNeeded: _reason_needed,
}
