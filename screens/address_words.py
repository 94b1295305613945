"""What is wrong with an address, and what is remarkable about one that may be registered all the same."""

from screens.words import _
from store.views import AddressWarning

PROBLEMS: dict[str, str] = {
    "empty": _("type an address"),
    "too-long": _("it is longer than an address can be"),
    "control": _("it has a character in it that cannot be seen"),
    "no-at": _("there is no @ in it"),
    "two-ats": _("there is more than one @ in it"),
    "quoted": _("the part before the @ is in quotes, which mail servers refuse"),
    "display-name": _("it has a name around it; type the address alone"),
    "spaces": _("there is a space in it"),
    "trailing-dot": _("it ends with a dot"),
    "local": _("the part before the @ has a character or a dot that may not be there"),
    "local-not-ascii": _("the part before the @ must be plain letters and digits, or mail may not arrive"),
    "domain": _("the part after the @ is not a domain name"),
    "reserved": _("the part after the @ is a name for tests, no mail arrives there"),
}

LINTS: dict[str, str] = {
    "webmail": _("%s is a public webmail domain."),
    "unlike": _("The participant's other addresses are not at %s."),
    "lookalike": _("It may imitate %s."),
    "role": _("'%s' reads like a shared mailbox, not a person's."),
    "plus-tag": _("It carries a tag: %s."),
    "typo": _("Did you mean %s?"),
    "other-participant": _("Another participant, %s, has this address."),
    "shares": _("User %s of the participant has or wants this address too."),
}

SHARES = "shares"
"""A remark on a proposal: with whom the address is shared. The maker's reason is told with it."""

UNLIKE = _("The participant's other addresses are not at {domain}; they are at {usual}.")

UNNAMED = _("Another participant has this address.")
"""To those who may not know which one."""


def problem_words(reason: str, detail: str = "") -> str:
    """Why an address cannot be registered, as half a sentence."""
    words = PROBLEMS.get(reason, reason)
    return words % detail if "%s" in words else words


def warning_words(warning: AddressWarning) -> str:
    """What is remarkable about an address that may be registered all the same, as a sentence."""
    if warning.kind == "other-participant" and not warning.detail:
        return UNNAMED
    if warning.usual:
        return UNLIKE.format(domain=warning.detail, usual=warning.usual)
    words = LINTS.get(warning.kind, warning.kind)
    return words % warning.detail if "%s" in words else words
