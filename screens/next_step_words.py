"""What is to be done next for a user, and who does it: the same words in lists, on cards and in answers."""

from screens.text import clean
from screens.times import hk_time
from screens.words import _
from store.rules.access import OPENS_TWO_FACTOR
from store.rules.explain import Obstacle, Reason, Who
from store.rules.next_step import NextStep
from store.views import Phase, Standing

WHO: dict[Who, str] = {
    Who.USER: _("the user"),
    Who.MAKER: _("a DA maker of %s"),
    Who.CHECKER: _("a DA checker of %s"),
    Who.OPERATIONS: _("operations of the clearing house"),
    Who.HELPDESK: _("the helpdesk"),
    Who.NOBODY: _("nobody yet"),
}

REMEDIES: dict[Reason, str] = {
    Reason.NO_MAKER: _("Load a roster that names a DA maker, or that has the user's address."),
    Reason.NO_CHECKER: _("Load a roster with a DA checker, or grant a single-DA waiver."),
    Reason.NO_DA: _("Load a roster in which the participant has a DA, who then unlocks the user."),
    Reason.SUSPENDED: _("Lift the suspension, if the reason for it is gone."),
    Reason.LOCKED: _("Make sure it is the user who asks, then unlock them."),
    Reason.NO_EMAIL: _("Register an address on the user's card (e)."),
    Reason.NO_FORM: _("Enter the address from form DA 3 on the user's card (e)."),
    Reason.DA_NOT_OPEN: _("Open the registration of DAs' addresses, then enter it from form DA 3."),
    Reason.AWAITING_APPROVAL: _("Approve or reject it; it lapses after 7 days."),
    Reason.NOT_ENTERED: _("Find the mail, in the junk folder too, and enter the code or read it to the DA."),
    Reason.CODE_EXPIRED: _("Send a fresh code from the user's card (r)."),
    Reason.CODE_SPENT: _("Send a fresh code from the user's card (r), and read it exactly."),
    Reason.NOT_SENT: _("Send the first code from the user's card (r)."),
    Reason.MAIL_WAITING: _("Wait a minute. If it stays so, operations see to 'ccms-tui mail run'."),
    Reason.MAIL_DEFERRED: _("It is tried again{next}; if it stays so, check the address."),
    Reason.MAIL_HELD: _("Release the message on the Mail screen (u)."),
    Reason.MAIL_EXPIRED: _("Check the address, then send a fresh code from the user's card (r)."),
    Reason.MAIL_CANCELLED: _("Send a fresh code from the user's card (r)."),
    Reason.BOUNCED: _("Ask for the right address and register it on the user's card (e)."),
    Reason.NO_PASSWORD: _("Open the enrolment terminal, enter the user ID and go on from there."),
    Reason.NO_OTP: _("Open the enrolment terminal, enter the user ID and choose app or email."),
    Reason.CLOCK_OFF: _("Set the phone to the time of the network, then use a fresh code."),
}
"""What takes an obstacle away; where only the phase is in the way there is nothing to take away."""


def next_step_words(step: NextStep, participant_id: str) -> str:
    """The next step and whose it is, in one sentence."""
    who, what = helper(step, participant_id), remedy(step)
    return f"{who[:1].upper()}{who[1:]}: {what}" if who else what


def da_address_words(step: NextStep) -> str:
    """Who enters a Delegated Administrator's address, and whether they can already."""
    if step.obstacle is not None and step.obstacle.reason is Reason.DA_NOT_OPEN:
        return _("Operations enter a DA's address, from form DA 3, once that has begun (see w).")
    return _("Operations enter a DA's address, from form DA 3: send it to them.")


def helper(step: NextStep, participant_id: str) -> str:
    """Who does it; empty where there is nothing to do."""
    if _only_waits(step) and step.who is Who.NOBODY:
        return ""
    return who_words(step.who, participant_id)


def who_words(who: Who, participant_id: str) -> str:
    """Somebody who can take an obstacle away, of which participant."""
    words = WHO[who]
    return words % clean(participant_id) if "%s" in words else words


def remedy(step: NextStep) -> str:
    """What they do, as a sentence to them."""
    if step.obstacle is None or _only_waits(step):
        return _tried_or_done(step)
    if step.obstacle == Obstacle(Reason.MAIL_WAITING, Who.OPERATIONS):
        return _("Start 'ccms-tui mail run': nothing takes mail out of the queue.")
    retry = _(" at %s") % hk_time(step.retry_at) if step.retry_at else ""
    return REMEDIES[step.obstacle.reason].format(next=retry)


def meanwhile(step: NextStep) -> str:
    """How a user gets in until two-factor logon opens, to be put behind another sentence."""
    if step.phase in OPENS_TWO_FACTOR or not step.by_smartcard:
        return ""
    return _(" Until the parallel run begins the smartcard is the way in.")


def _only_waits(step: NextStep) -> bool:
    """Whether nothing but the phase is in the way."""
    return step.obstacle is None or step.obstacle.reason is Reason.NOT_OPEN


def _tried_or_done(step: NextStep) -> str:
    if step.standing is not Standing.PROVEN:
        words = _("Make one test logon with both factors; it counts as the connectivity test.")
    elif step.phase is Phase.PARALLEL_RUN and step.by_smartcard:
        words = _("Nothing to do: during the parallel run, smartcard and two-factor logon both work.")
    elif step.phase in OPENS_TWO_FACTOR:
        words = _("Nothing to do: a logon with both factors has worked.")
    else:
        words = _("Nothing to do until the parallel run begins.")
    return words + meanwhile(step)
