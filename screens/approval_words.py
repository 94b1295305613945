"""A change and what is to be said about it, for the pane, the opened view and the dialogs of a decision."""

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from screens.address_words import SHARES, warning_words
from screens.approval_lines import Line, decision_look, plan_number
from screens.paint import fields, foreign, lines, muted, painted
from screens.text import clean
from screens.times import hk_moment, span
from screens.words import _, ngettext
from store.errors import AddressInUse
from store.views import DecisionNews, DecisionRow, ProposalRow

Facts = list[tuple[str, Content | str]]


def about_change(row: ProposalRow, now: datetime, decision: DecisionRow | None = None) -> Facts:
    """Who, from which address to which, by whom and until when, why; what was decided."""
    who = [row.user_id, row.participant_id]
    if row.plan_id:
        who.append(_("plan %s") % plan_number(row.plan_id))
    told: Facts = [
        (_("User"), Content.assemble((clean(row.user_name), "bold"), muted("  " + " · ".join(who)))),
        (_("Old"), foreign(row.old_email) if row.old_email else muted(_("none"))),
        (_("New"), foreign(row.new_email, "bold")),
    ]
    told.append((_("Made by"), _made(row, now, waits=decision is None)))
    if row.reason:
        told.append((_("Reason"), foreign(row.reason)))
    if decision is not None:
        told += _decided(decision, now)
    return told


def _made(row: ProposalRow, now: datetime, *, waits: bool = True) -> Content:
    made = _("%(who)s, %(when)s") % {"who": row.made_by, "when": hk_moment(row.made_at, now)}
    until = _("; waits until %(until)s, %(left)s left") % {
        "until": hk_moment(row.expires_at, now),
        "left": span(row.expires_at - now),
    }
    return Content.assemble(clean(made), muted(until) if waits else "")


def _decided(decision: DecisionRow, now: datetime) -> Facts:
    words = _("  by %(who)s, %(when)s") % {
        "who": decision.decided_by,
        "when": hk_moment(decision.decided_at, now),
    }
    told: Facts = [(_("Decision"), Content.assemble(painted(decision_look(decision)), clean(words)))]
    if decision.reason:
        told.append((_("Because"), foreign(decision.reason)))
    return told


def about_plan(line: Line, now: datetime, *, folded: bool = False) -> Facts:
    """How many changes a plan has, by whom and until when, and what can be done with it."""
    row, count = line.first, len(line.rows)
    marked = sum(bool(each.remarks) for each in line.rows)
    enter = _("enter unfolds it") if folded else _("enter folds it")
    words = ngettext("! %s of the addresses has remarks", "! %s of the addresses have remarks", marked)
    plan = Content.assemble((plan_number(str(line.key)), "bold"), muted(f"  {row.participant_id}"))
    return [
        (_("Plan"), plan),
        (_("Holds"), ngettext("%s change", "%s changes", count) % f"{count:,}"),
        (_("Made by"), _made(row, now)),
        (_("Remarks"), Content.styled(words % f"{marked:,}", "$warning") if marked else muted(_("none"))),
        ("", muted(_("Decide on it as one here, or on its lines; %s.") % enter)),
    ]


def remark_lines(row: ProposalRow) -> Content:
    """What is remarkable about the new address, in words."""
    if not row.remarks:
        return muted(_("✓ Nothing remarkable about the new address."))
    return lines(_remarks(row))


def _remarks(row: ProposalRow) -> list[Content]:
    return [Content.styled(f"! {clean(each)}", "$warning") for each in _sentences(row)]


def remark_paragraph(row: ProposalRow) -> Content:
    """The same on one line that wraps."""
    if not row.remarks:
        return remark_lines(row)
    words = " ".join(_sentences(row))
    return Content.styled(f"! {clean(words)}", "$warning")


def _sentences(row: ProposalRow) -> list[str]:
    return [
        _sharing(row, each.detail) if each.kind == SHARES else warning_words(each) for each in row.remarks
    ]


def _sharing(row: ProposalRow, user_id: str) -> str:
    words = _("Shared with %(user)s because: %(reason)s.")
    return words % {"user": user_id, "reason": (row.shared_reason or _("no reason given")).rstrip(".")}


def preview(rows: Sequence[ProposalRow]) -> Content:
    """The changes a decision is about, all of them, those with remarks first, and their maker's reason."""
    reasons = {row.reason for row in rows}
    told: list[Content | str] = []
    if len(rows) > 1:
        if marked := sum(bool(row.remarks) for row in rows):
            words = ngettext("! %s address has remarks.", "! %s addresses have remarks.", marked)
            told.append(Content.styled(words % f"{marked:,}", "$warning"))
        if len(reasons) == 1 and rows[0].reason:
            told.append(_reason(rows[0]))
    for row in sorted(rows, key=lambda row: not row.remarks):
        told.append(_whole(row) if len(rows) == 1 else _one_of_many(row, with_reason=len(reasons) > 1))
    return lines(told)


def _one_of_many(row: ProposalRow, *, with_reason: bool) -> Content:
    told = [_whose(row)]
    told.append(Content.assemble("  ", muted(row.old_email or _("none")), " → ", clean(row.new_email)))
    told += [Content.assemble("  ", remark) for remark in _remarks(row)]
    if with_reason and row.reason:
        told.append(Content.assemble("  ", _reason(row)))
    return lines(told)


def _reason(row: ProposalRow) -> Content:
    return Content.assemble(muted(_("Reason of the maker: ")), foreign(row.reason))


def _whole(row: ProposalRow) -> Content:
    old = foreign(row.old_email) if row.old_email else muted(_("none"))
    addresses = fields([(_("Old"), old), (_("New"), foreign(row.new_email, "bold"))])
    reason = [_reason(row)] if row.reason else []
    return lines([_whose(row), addresses, remark_lines(row), *reason])


def _whose(row: ProposalRow) -> Content:
    return Content.assemble((clean(row.user_name), "bold"), muted(f"  {row.user_id}"))


def selected_words(plans: Sequence[Line], changes: int) -> str:
    """What is selected: so many plans, of how many changes, and how many of `changes` beside them."""
    planned = sum(len(plan.rows) for plan in plans)
    told = []
    if plans:
        words = ngettext("{n} plan of {changes}", "{n} plans of {changes}", len(plans))
        told.append(words.format(n=f"{len(plans):,}", changes=f"{planned:,}"))
    if single := changes - planned:
        told.append(ngettext("{n} change", "{n} changes", single).format(n=f"{single:,}"))
    return _("{what} selected").format(what=_(" and ").join(told))


def approval_question(rows: Sequence[ProposalRow]) -> str:
    """What is asked before changes are approved."""
    count = len(rows)
    return ngettext("Approve this change?", "Approve these %s changes?", count) % (
        () if count == 1 else f"{count:,}"
    )


def approval_consequence(rows: Sequence[ProposalRow]) -> Content:
    """What approving them does, exactly, and the changes themselves."""
    count = len(rows)
    mails = ngettext(
        "%s verification mail goes out, to the new address.",
        "%s verification mails go out, one to each new address.",
        count,
    )
    told: list[Content | str] = [mails % f"{count:,}"]
    if any(row.old_email for row in rows):
        told.append(
            _("An address that is in use is told of the change, and stays until the code is entered.")
        )
    return lines([*told, "", preview(rows)])


def approved_words(count: int) -> str:
    """What was done."""
    words = ngettext(
        "%s change approved; its verification mail is queued, not yet sent.",
        "%(count)s changes approved; their %(count)s verification mails are queued, not yet sent.",
        count,
    )
    return words % f"{count:,}" if count == 1 else words % {"count": f"{count:,}"}


def rejected_words(count: int) -> str:
    """What was done."""
    words = ngettext(
        "%s change rejected; its maker reads your reason.",
        "%s changes rejected; their maker reads your reason.",
        count,
    )
    return words % f"{count:,}"


def taken_words(error: AddressInUse) -> str:
    """Why a change cannot be approved whose address somebody else has by now."""
    return (
        _(
            "User %s has such an address meanwhile; nothing was done. Reject the change, or have its maker "
            "propose it again with the reason why two people share it."
        )
        % error.user_id
    )


def news_words(news: Sequence[DecisionNews]) -> str:
    """What was decided on a maker's own changes, in one sentence for each decision that differs."""
    groups: dict[tuple[bool, str, str], list[str]] = {}
    for each in news:
        groups.setdefault((each.approved, each.decided_by, each.reason), []).append(each.user_id)
    return " ".join(_told(*decision, users) for decision, users in groups.items())


def away_words(approved: int, rejected: int) -> str:
    """How many of a maker's changes were decided while they were away, the rejected first."""
    told = []
    if rejected:
        words = ngettext(
            "%s of your changes was rejected since you were last here; 5, then f shows why.",
            "%s of your changes were rejected since you were last here; 5, then f shows why.",
            rejected,
        )
        told.append(words % f"{rejected:,}")
    if approved:
        words = ngettext(
            "%s of your changes was approved since you were last here.",
            "%s of your changes were approved since you were last here.",
            approved,
        )
        told.append(words % f"{approved:,}")
    return " ".join(told)


def _told(approved: bool, by: str, reason: str, users: Sequence[str]) -> str:
    what = ngettext("your change of %s", "%s of your changes", len(users)) % (
        users[0] if len(users) == 1 else f"{len(users):,}"
    )
    words = _("%(who)s approved %(what)s") if approved else _("%(who)s rejected %(what)s")
    told = words % {"who": by, "what": what}
    return f"{told}: {reason}" if reason else f"{told}."
