"""The first good one-time password, whichever way it came."""

from screens.enrol.step import EnrolScreen
from screens.enrolment_words import METHODS
from screens.words import _


async def confirm(screen: EnrolScreen, code: str) -> None:
    """Give it and go on. Raises: EntryRefused, NotYet, EnrolmentOver."""
    visit = screen.visit
    state = await visit.enrolment.confirm_otp(visit.session, code)
    if state.method is not None:
        visit.note = _("Set up: your one-time passwords come %s from now on.") % METHODS[state.method]
    screen.go_on(state)
