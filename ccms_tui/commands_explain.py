"""`ccms-tui explain`: why somebody cannot log on, what to do about it, and who can."""

import argparse
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import print_json
from ccms_tui.options import add_json
from screens.words import _

if TYPE_CHECKING:
    from store.desk import Desk
    from store.rules.explain import Explanation


def add_parsers(subparsers: Any) -> None:
    """Add the command."""
    add_explain_options(
        subparsers.add_parser("explain", help=_("why a user cannot log on, and who can help"))
    )


def add_explain_options(explain: argparse.ArgumentParser) -> None:
    """Add what `explain` takes."""
    explain.add_argument("user_id", metavar="USER", help=_("the user's ID"))
    add_json(explain)
    explain.set_defaults(handler=_explain)


async def _explain(args: argparse.Namespace, desk: "Desk") -> int:
    explanation = await _explained(desk, args.user_id)
    if args.json:
        print_json(_document(explanation))
    else:
        _print(explanation)
    return 0


async def _explained(desk: "Desk", typed: str) -> "Explanation":
    """The explanation of a user whose ID is typed as it is, or else in lower case."""
    from store.errors import NotFound  # noqa: PLC0415

    try:
        return await desk.access.explain(typed)
    except NotFound:
        if typed == typed.upper():
            raise
        return await desk.access.explain(typed.upper())


def _document(explanation: "Explanation") -> dict[str, Any]:
    from screens import explain_words as words  # noqa: PLC0415
    from screens.next_step_words import next_step_words  # noqa: PLC0415
    from store.rules.access import Method  # noqa: PLC0415
    from store.rules.next_step import step_of  # noqa: PLC0415

    first = next(iter(explanation.obstacles), None)
    return {
        "user_id": explanation.user_id,
        "may_log_on": {
            "smartcard": explanation.refusal(Method.SMARTCARD) is None,
            "two_factor": explanation.refusal(Method.TWO_FACTOR) is None,
        },
        "obstacle": first
        and {
            "link": first.link.value,
            "reason": words.reason(explanation, first),
            "who": first.who.value,
            "remedy": words.remedy(explanation, first),
        },
        "next_step": next_step_words(step_of(explanation), explanation.participant_id),
        "chain": [
            {"link": step.link.value, "ok": step.ok, "detail": step.detail}
            for step in words.chain(explanation)
        ],
    }


def _print(explanation: "Explanation") -> None:
    from screens import explain_words as words  # noqa: PLC0415
    from screens.text import clean, fit  # noqa: PLC0415
    from store.rules.access import Method  # noqa: PLC0415

    answer = words.answer(explanation)
    if answer is None:
        print(_("Nothing is in the way of logging on with two factors."))
    else:
        print(_("In the way: {reason}").format(reason=answer.reason))
        if answer.who:
            print(_("Who can help: {who}").format(who=answer.who))
        print(_("How: {remedy}").format(remedy=answer.remedy))
        if answer.after:
            print(answer.after)
    print()
    print(clean(f"{explanation.user_id} {explanation.user_name}"))
    for method in Method:
        print(f"  {words.METHODS[method]}: {words.access(explanation, method)}")
    print()
    for step in words.chain(explanation):
        print(f"{step.mark.glyph} {fit(words.LINKS[step.link], 18)} {step.detail}")
