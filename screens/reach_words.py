"""Whom a change of the schedule is told by mail, and what a milestone still lacks, in words."""

from textual.content import Content

from screens.paint import lines
from screens.words import _, ngettext
from store.schedule_views import Lack, Lacking, Reach
from store.views import MilestoneRow


def told_words(reach: Reach) -> str:
    """How many DAs are told by mail, and how many must be told otherwise."""
    told, everybody = reach.told, reach.administrators
    known = {"told": f"{told:,}", "all": f"{everybody:,}", "rest": f"{everybody - told:,}"}
    if not everybody:
        return _("There are no DAs on file, so nobody is told by mail.")
    if told == everybody:
        words = ngettext(
            "The one DA has a verified address and is told by mail.",
            "All {all} DAs have a verified address and are told by mail.",
            everybody,
        )
    elif not told:
        words = ngettext(
            "The one DA has no verified address that works, so nobody is told by mail; tell them otherwise.",
            "None of {all} DAs has a verified address that works, so nobody is told by mail; "
            "all must be told otherwise.",
            everybody,
        )
    else:
        words = ngettext(
            "{told} of {all} DAs has a verified address and is told by mail; {rest} must be told otherwise.",
            "{told} of {all} DAs have a verified address and are told by mail; "
            "{rest} must be told otherwise.",
            told,
        )
    return words.format(**known)


def lacking_words(lacking: Lacking) -> str:
    """What is not done yet; only where something is lacking."""
    number = lacking.users
    match lacking.lack:
        case Lack.USER_ADDRESS:
            words = ngettext(
                "{n} of {all} users has no verified address yet.",
                "{n} of {all} users have no verified address yet.",
                number,
            )
        case Lack.DA_ADDRESS:
            words = ngettext(
                "{n} of {all} DAs has no verified address yet.",
                "{n} of {all} DAs have no verified address yet.",
                number,
            )
        case Lack.TWO_FACTOR:
            words = ngettext(
                "{n} of {all} users and DAs has not set up two-factor logon yet.",
                "{n} of {all} users and DAs have not set up two-factor logon yet.",
                number,
            )
    return words.format(n=f"{number:,}", all=f"{lacking.all_users:,}")


def done_words(row: MilestoneRow, lacking: Lacking | None, told: str) -> tuple[str, Content, str]:
    """The question whether to declare it done: with what is not done yet, what follows, and the yes."""
    stays = _("It closes nothing, and it stays.")
    if lacking is None or not lacking.users:
        follows = lines(filter(None, (stays, told)))
        return _("Declare '%s' done?") % row.title, follows, _("declare it done")
    title = _("Not all is done in '%s'. Declare it done all the same?") % row.title
    parts = lines(filter(None, (f"! {lacking_words(lacking)}", stays, told)))
    return title, parts, _("declare it done all the same")
