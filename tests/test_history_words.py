"""Every event that is recorded anywhere reads as a sentence, and is of a kind that can be filtered."""

import ast
import re
from pathlib import Path

import pytest

from screens.audit_words import KINDS
from screens.history import SENTENCES, history_words
from store.audit_views import PREFIXES, EventKind
from store.views import MailState

STORE = Path(__file__).parent.parent / "store"
ACTION = re.compile(r"[a-z]+\.[a-z-]+")
RECORDING = {"record", "_record", "Event", "_note_address", "_steer"}
WAITING = {MailState.QUEUED, MailState.SENDING}
"""States of a message that no event tells of."""


def calls() -> list[ast.Call]:
    """The calls in the store that record an event."""
    found = []
    for path in sorted(STORE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                found += [node] if name in RECORDING else []
    return found


def actions() -> set[str]:
    """Every action the store can record: each word of its shape, and the ones made of a message's state."""
    found = {"refused"}
    for path in sorted(STORE.glob("*.py")):
        if path.name == "audit_views.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if ACTION.fullmatch(node.value) else set()
    return found | {f"mail.{state.value}" for state in set(MailState) - WAITING}


def test_an_action_is_a_word_in_the_code_or_made_of_a_messages_state() -> None:
    """So that `actions` misses none: whoever records otherwise has to be looked for otherwise."""
    assert len(calls()) > 30
    for call in calls():
        made = [part for part in call.args if isinstance(part, ast.JoinedStr)]
        assert all(ast.unparse(part) == "f'mail.{state.value}'" for part in made), ast.unparse(call)


@pytest.mark.parametrize("action", sorted(actions()))
def test_every_action_has_a_sentence_and_a_kind(action: str) -> None:
    assert action in SENTENCES
    words = history_words(action, {})
    assert words != action
    assert "{" not in words
    assert any(action.startswith(PREFIXES[kind]) for kind in EventKind)


OLDER = {"enquiry.logged"}
"""What is recorded no more, but stands in logs."""


def test_every_sentence_is_of_an_action_that_is_or_was_recorded() -> None:
    assert not OLDER & actions()
    assert set(SENTENCES) == actions() | OLDER


def test_every_kind_has_words_and_beginnings() -> None:
    assert set(KINDS) == set(PREFIXES) == set(EventKind)


@pytest.mark.parametrize(
    ("action", "facts", "words"),
    [
        ("signin.opened", {"origin": "10.1.2.3"}, "signed in from 10.1.2.3"),
        (
            "signin.refused",
            {"reason": "wrong", "origin": "10.1.2.3"},
            "sign-in refused: wrong one-time password, from 10.1.2.3",
        ),
        (
            "signin.refused",
            {"reason": "command", "origin": "10.1.2.3", "tried": "rm -rf /"},
            "sign-in refused: a command the gateway does not run, from 10.1.2.3, tried: rm -rf /",
        ),
        ("signin.refused", {"reason": "made up"}, "sign-in refused: made up"),
        ("session.ended", {"reason": "hung-up"}, "signed out: the line was cut"),
        ("address.revealed", {"reason": "read back to them"}, "saw addresses in full: read back to them"),
        ("refused", {"permission": "load the roster"}, "refused: may not load the roster"),
        ("refused", {"what": "user", "identity": "U7"}, "refused: no user U7 that they may see"),
        (
            "refused",
            {"permission": "approve or reject a change", "proposal_id": 7, "why": "own"},
            "refused: may not approve or reject a change, their own proposal",
        ),
        ("waiver.granted", {"reason": "sole proprietor"}, "granted a single-DA waiver: sole proprietor"),
        (
            "address.approved",
            {"email": "a@b.hk", "made_by": "mary", "old_email": "c@d.hk", "reason": ""},
            "approved a@b.hk, proposed by mary, in place of c@d.hk",
        ),
        (
            "address.rejected",
            {"email": "a@b.hk", "made_by": "mary", "reason": "left the firm"},
            "rejected a@b.hk, proposed by mary: left the firm",
        ),
        (
            "proposal.voided",
            {"proposal_id": 7, "why": "replaced"},
            "voided proposed change no. 7: another address came in its place",
        ),
        (
            "participant.imported",
            {"name": "New", "old_name": "Old"},
            "loaded participant New from a roster, in place of Old",
        ),
        ("export.made", {"what": "users", "format": "csv", "rows": 14}, "exported 14 rows of users as csv"),
        ("audit.verified", {"events": 9, "first_bad": None}, "verified the audit log, 9 events: whole"),
        (
            "audit.verified",
            {"events": 9, "first_bad": 4},
            "verified the audit log, 9 events: event 4 bad or missing",
        ),
        ("address.registered", {}, "registered (not kept)"),
        (
            "verification.issued",
            {"number": 2, "enquiry_id": 7, "caller_check": "none"},
            "issued code no. 2, in call no. 7, caller not checked",
        ),
        (
            "address.revealed",
            {"reason": "read out", "enquiry_id": 7, "caller_check": "code"},
            "saw addresses in full: read out, in call no. 7, caller checked by code",
        ),
        (
            "enquiry.ended",
            {"enquiry_id": 7, "outcome": "follow-up", "question": ""},
            "ended call no. 7, follow-up: (not written down)",
        ),
    ],
)  # fmt: skip
def test_what_happened_reads_well(action: str, facts: dict[str, str | int | bool | None], words: str) -> None:
    assert history_words(action, facts) == words


def test_an_enrolment_whose_method_was_not_kept_is_still_an_enrolment() -> None:
    assert history_words("user.enrolled", {}) == "enrolled"
    assert history_words("user.enrolled", {"method": "app"}) == "enrolled, one-time passwords by app"


def test_a_call_whose_number_was_not_kept_is_still_a_call() -> None:
    assert history_words("enquiry.logged", {}) == "logged a call"
    assert history_words("enquiry.logged", {"enquiry_id": 7}) == "logged call no. 7"
