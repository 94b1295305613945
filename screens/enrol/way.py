"""Which screen shows which step of the way."""

from screens.enrol.activation import ActivationScreen
from screens.enrol.address import AddressScreen
from screens.enrol.method import MethodScreen
from screens.enrol.password import PasswordScreen
from screens.enrol.ready import ReadyScreen
from screens.enrol.step import EnrolScreen
from screens.enrol.trial import TrialScreen
from screens.enrol.visit import Visit
from store.enrolment_views import Step


def screen_for(visit: Visit) -> EnrolScreen:
    """A fresh screen for where the user stands.

    A method chosen that waits for its first code is chosen again: its secret was shown once and is not kept.
    """
    match visit.state.step:
        case Step.ADDRESS:
            return AddressScreen()
        case Step.ACTIVATE:
            return ActivationScreen()
        case Step.PASSWORD:
            return PasswordScreen()
        case Step.METHOD | Step.CONFIRM:
            return MethodScreen()
        case Step.TEST:
            return TrialScreen()
        case Step.DONE:
            return ReadyScreen()
