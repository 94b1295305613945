"""An operator's sign-ins in words."""

from screens.text import clean
from screens.times import hk_date, hk_time
from screens.words import _
from store.views import Session


def last_sign_in(session: Session) -> str:
    """When and from where the operator came the time before, so that they notice if it was not them."""
    if session.previous_at is None:
        return _("This is your first sign-in.")
    facts = {
        "date": hk_date(session.previous_at),
        "time": hk_time(session.previous_at),
        "origin": clean(session.previous_origin or _("an unknown place")),
    }
    return _("Last sign-in %(date)s %(time)s from %(origin)s.") % facts


def this_sign_in(session: Session) -> str:
    """When and from where the operator came this time."""
    facts = {
        "date": hk_date(session.began_at),
        "time": hk_time(session.began_at),
        "origin": clean(session.origin),
    }
    return _("Signed in %(date)s %(time)s from %(origin)s.") % facts
