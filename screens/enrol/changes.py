"""What an enrolled user can change, each with the proof it takes; offered at the end and before a test."""

from collections.abc import Iterator

from textual import on
from textual.widget import Widget

from screens.enrol.action import Action
from screens.enrol.step import EnrolScreen
from screens.words import _
from store.enrolment_views import Change, EnrolmentState, OtpMethod
from store.errors import NotYet


def change_actions(state: EnrolmentState) -> Iterator[Widget]:
    """The choices."""
    yield Action(_("New phone, or the other method"), id="change-method", beside=_("needs your password"))
    proof = _("needs a code of your application")
    if state.method is OtpMethod.EMAIL:
        proof = _("needs your Delegated Administrator")
    yield Action(_("Forgotten or new password"), id="change-password", beside=proof)


class ChangeScreen(EnrolScreen):
    """A step that offers them."""

    @on(Action.Chosen, "#change-method")
    def _method(self) -> None:
        from screens.enrol.method import MethodScreen  # noqa: PLC0415 - each leads to the other
        from screens.enrol.prove import ProveByPassword  # noqa: PLC0415

        may = Change.METHOD in self.visit.state.may_change
        self.show_step(MethodScreen() if may else ProveByPassword())

    @on(Action.Chosen, "#change-password")
    def _password(self) -> None:
        from screens.enrol.password import PasswordScreen  # noqa: PLC0415 - each leads to the other
        from screens.enrol.prove import ProveByApp  # noqa: PLC0415

        if Change.PASSWORD in self.visit.state.may_change:
            self.show_step(PasswordScreen())
        elif self.visit.state.method is OtpMethod.APP:
            self.show_step(ProveByApp())
        else:
            self.refused(NotYet("administrator"))
