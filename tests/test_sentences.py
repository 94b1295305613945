"""Every refusal, standing and event has its words: one sentence, saying what, where and what to do."""

import inspect
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from screens import sentences
from screens.address_words import LINTS, PROBLEMS, warning_words
from screens.approval_words import news_words
from screens.enrolment_words import METHODS, advice_words
from screens.history import history_words
from screens.schedule_errors import NOT_NOW
from screens.sentences import (
    LEFT_OUT,
    LOCKED,
    MAIL_MEANINGS,
    MAIL_STATES,
    MEANINGS,
    MILESTONES,
    STANDINGS,
    SUSPENDED,
    explain_error,
    look,
    not_allowed,
)
from screens.times import hk_date, hk_moment, hk_time, short_span, span, waiting_time
from store import errors
from store.enrolment_views import Hint, OtpMethod, PasswordAdvice, PasswordProblem, Strength
from store.rules.addresses import Lint, Problem
from store.rules.phases import WindowProblem
from store.rules.resend import LeftOut
from store.rules.roles import Permission
from store.views import AddressWarning, DecisionNews, MailState, MilestoneStatus, Role, Standing

MOMENT = datetime(2022, 12, 19, 6, 3, tzinfo=UTC)

EXAMPLES: list[errors.StoreError] = [
    errors.NotAllowed("load the roster", "helpdesk"),
    errors.NotFound("user", "U1"),
    errors.Conflict("U1", "alice", MOMENT, {"pending address": ("a@b.hk", "c@d.hk")}),
    errors.BadAddress("x", "no-at"),
    errors.SameAddress("U1"),
    errors.AddressInUse("U2"),
    errors.NotOpenYet("Registration of DAs' email address for 2FA", "Q1 2023"),
    errors.NothingToVerify("U1"),
    errors.TooSoon("U1", 45, "wait"),
    errors.EnquiryNeeded(),
    errors.CodeRefused("U1", "wrong", 3),
    errors.NotNow("parallel-start", "two people"),
    errors.CannotFollow("user registration", "parallel run"),
    errors.BeforeRoster(MOMENT, MOMENT + timedelta(days=2)),
    errors.BadFile("encoding", 3, "0xff"),
    errors.BadHead("missing", "/tmp/head.json"),
    errors.DatabaseFault("locked", "/tmp/desk.db"),
    errors.KeyFault("missing", "/tmp/desk.key"),
    errors.SessionOver("aged"),
    errors.ProofNeeded(),
    errors.SignInRefused("wrong", tries_left=4),
    errors.BadKey("weak", "rsa, 1024 bits"),
    errors.BadLogin("Root!"),
    errors.OwnProposal(),
    errors.Voided(12, "expired"),
    errors.ReasonNeeded("rejection"),
    errors.EnrolmentOver("idle"),
    errors.Crowded(600),
    errors.EntryRefused("code", "wrong", tries_left=4),
    errors.PasswordRefused("common", "password"),
    errors.NotYet("activation"),
    errors.NoSuchMoment("before", MOMENT, MOMENT),
    errors.BadWindow("reversed"),
    errors.AlreadyProposed("End of parallel run", "amy", MOMENT),
    errors.LookAgain(2),
    errors.OwnPhaseChange(),
    errors.PhaseVoided(7, "decided", "ben"),
    errors.TextTooLong("question", 300, 301),
    errors.BadDay(date(2022, 12, 18), "past"),
    errors.BadPhone("ring me"),
    errors.FollowUpDone(12, "amy", MOMENT),
    errors.CheckRefused("wrong", 2),
]


def test_every_error_of_the_store_is_among_the_examples() -> None:
    known = {
        each
        for _name, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, errors.StoreError) and each is not errors.StoreError
    }
    assert known == {type(example) for example in EXAMPLES}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_every_error_is_one_sentence_of_its_own(error: errors.StoreError) -> None:
    sentence = explain_error(error)
    assert sentence[0].isupper() or sentence.startswith(("U1", "'"))
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert sentence != explain_error(errors.StoreError())
    assert "%" not in sentence


def test_a_refusal_says_what_where_and_what_to_do() -> None:
    assert "/tmp/desk.db" in explain_error(errors.DatabaseFault("missing", "/tmp/desk.db"))
    assert "ccms-tui init" in explain_error(errors.DatabaseFault("missing", "/tmp/desk.db"))
    assert "Q1 2023" in explain_error(EXAMPLES[6])
    assert "45 seconds" in explain_error(EXAMPLES[8])
    assert "3 tries are left" in explain_error(EXAMPLES[10])
    assert "1 try is left" in explain_error(errors.CodeRefused("U1", "wrong", 1))
    assert "alice on 19 Dec 2022 at 14:03" in explain_error(EXAMPLES[2])


VOIDED = ["decided", "expired", "moved", "kind", "disabled", "changed"]


@pytest.mark.parametrize("why", VOIDED)
def test_a_change_that_cannot_be_decided_says_which_why_and_that_nothing_was_done(why: str) -> None:
    sentence = explain_error(errors.Voided(12, why, "cora"))
    assert "hange no. 12 " in sentence
    assert "nothing of yours was done" in sentence or "so nothing was done" in sentence
    assert ("cora" in sentence) is (why in {"decided", "moved", "disabled", "changed"})
    assert [explain_error(errors.Voided(12, other, "cora")) for other in VOIDED].count(sentence) == 1
    assert "somebody else" in explain_error(errors.Voided(12, why)) or "cora" not in sentence


def test_a_change_void_for_a_reason_nobody_foresaw_is_to_be_looked_at_again() -> None:
    assert explain_error(errors.Voided(3, "100%s", "%d")) == explain_error(errors.Voided(3, "changed", "%d"))
    assert "%d changed it" in explain_error(errors.Voided(3, "changed", "%d"))


def test_ones_own_change_needs_another_checker() -> None:
    assert "another checker of your participant" in explain_error(errors.OwnProposal())


def test_every_reason_that_is_missing_is_asked_for_in_its_own_words() -> None:
    asked = {
        explain_error(errors.ReasonNeeded(what)) for what in ("rejection", "reveal", "waiver", "disabling")
    }
    assert len(asked) == 4
    assert "the maker will read it" in explain_error(errors.ReasonNeeded("rejection"))
    assert explain_error(errors.ReasonNeeded("unheard-of")) == "A reason is needed; the audit keeps it."


def test_a_length_of_time_is_told_in_its_largest_unit() -> None:
    spans = [
        timedelta(0),
        timedelta(minutes=1),
        timedelta(minutes=119),
        timedelta(hours=47.9),
        timedelta(days=2),
    ]
    assert [span(each) for each in spans] == ["0 minutes", "1 minute", "1 hour", "47 hours", "2 days"]
    assert [short_span(each) for each in spans] == ["0 min", "1 min", "1 h", "47 h", "2 d"]
    assert span(-timedelta(days=3)) == "0 minutes"


def test_decisions_a_maker_hears_of_are_told_together() -> None:
    yes = [DecisionNews(f"U{number}", True, "carl", "") for number in range(1_200)]
    no = DecisionNews("U9", False, "cora", "wrong person")
    assert news_words([no]) == "cora rejected your change of U9: wrong person"
    assert news_words([*yes, no]) == (
        "carl approved 1,200 of your changes. cora rejected your change of U9: wrong person"
    )


DATABASE_FAULTS = [
    "missing", "locked", "read-only", "newer", "older",
    "damaged", "unreachable", "denied", "unsupported", "full", "refused",
]  # fmt: skip


@pytest.mark.parametrize("kind", DATABASE_FAULTS)
def test_every_kind_of_database_fault_has_its_own_sentence(kind: str) -> None:
    assert kind in sentences._DATABASE
    assert "here.db" in explain_error(errors.DatabaseFault(kind, "here.db"))


@pytest.mark.parametrize("kind", ["missing", "unreadable", "exposed", "malformed", "unwritable", "wrong"])
def test_every_kind_of_key_fault_has_its_own_sentence(kind: str) -> None:
    assert kind in sentences._KEY
    assert "desk.key" in explain_error(errors.KeyFault(kind, "desk.key"))


@pytest.mark.parametrize("reason", ["wrong", "expired", "malformed", "spent", "day-limit"])
def test_every_refused_code_has_its_own_sentence(reason: str) -> None:
    assert reason in sentences._CODE


@pytest.mark.parametrize("entry", ["code", "password", "otp"])
@pytest.mark.parametrize(
    "reason",
    [
        "wrong", "malformed", "wait", "locked", "replayed", "clock", "earlier", "elsewhere", "expired",
        "used", "spent", "suspended", "unheard-of",
    ],
)  # fmt: skip
def test_every_refused_entry_is_told_what_to_do(entry: str, reason: str) -> None:
    sentence = explain_error(errors.EntryRefused(entry, reason, seconds=60, tries_left=3))
    assert sentence.endswith(".")
    assert "%" not in sentence


def test_a_refused_entry_tells_the_wait_the_tries_and_the_clock() -> None:
    assert explain_error(errors.EntryRefused("password", "wrong", seconds=60, tries_left=6)) == (
        "That user ID or password is not right. Wait 60 seconds before the next try. 6 tries are left."
    )
    assert "10 minutes fast" in explain_error(errors.EntryRefused("otp", "clock", seconds=600))
    assert "1 minute slow" in explain_error(errors.EntryRefused("otp", "clock", seconds=-60))


@pytest.mark.parametrize(
    "reason", ["superseded", "idle", "aged", "ended", "reset", "suspended", "address", "?"]
)
def test_every_end_of_an_enrolment_is_told(reason: str) -> None:
    assert explain_error(errors.EnrolmentOver(reason)).endswith(".")


@pytest.mark.parametrize(
    "needs",
    ["activation", "password", "method", "enrolment", "by-app", "by-password", "administrator", "?"],
)
def test_every_step_that_is_missing_is_told(needs: str) -> None:
    assert explain_error(errors.NotYet(needs)).endswith(".")


@pytest.mark.parametrize("problem", [*PasswordProblem, "unheard-of"])
def test_every_problem_of_a_password_is_a_sentence_even_with_hostile_detail(problem: str) -> None:
    sentence = explain_error(errors.PasswordRefused(problem, "100%s"))
    assert sentence.endswith(".")
    assert sentence.count("100%s") <= 1


@pytest.mark.parametrize("strength", Strength)
@pytest.mark.parametrize("hint", [None, *Hint])
def test_every_advice_has_its_words(strength: Strength, hint: Hint | None) -> None:
    assert advice_words(PasswordAdvice(strength, hint)).startswith(strength.value)
    assert advice_words(PasswordAdvice(strength, hint, PasswordProblem.SHORT, "15")).endswith(".")


@pytest.mark.parametrize("what", ["mail 7", "da-email", "U1"])
@pytest.mark.parametrize("why", [*MailState, "two people", "begun", "suspended", "something new"])
def test_whatever_cannot_be_done_now_is_said_in_a_sentence(what: str, why: str) -> None:
    sentence = explain_error(errors.NotNow(what, why))
    assert sentence.endswith(".")
    assert "%" not in sentence


def test_a_word_nobody_foresaw_still_makes_a_sentence() -> None:
    for error in (
        errors.BadAddress("x", "unheard-of"),
        errors.TooSoon("U1", 7_201, "unheard-of"),
        errors.CodeRefused("U1", "unheard-of", 2),
        errors.DatabaseFault("unheard-of", "100%s.db"),
        errors.KeyFault("unheard-of", "k"),
        errors.NotFound("unheard-of", "%d"),
        errors.NotNow("100%", "unheard-of"),
    ):
        assert explain_error(error).endswith(".")


def test_the_words_cover_the_store_s_own() -> None:
    assert set(PROBLEMS) == set(Problem)
    assert set(LINTS) == set(Lint)
    assert set(LEFT_OUT) == set(LeftOut)
    assert set(STANDINGS) == set(MEANINGS) == set(Standing)
    assert set(MAIL_STATES) == set(MAIL_MEANINGS) == set(MailState)
    assert set(MILESTONES) == set(MilestoneStatus)
    assert set(METHODS) == set(OtpMethod)


def test_no_two_states_look_alike() -> None:
    glyphs = [look(standing).glyph for standing in Standing] + [LOCKED.glyph, SUSPENDED.glyph]
    assert len(set(glyphs)) == len(glyphs)
    assert len({each.glyph for each in MAIL_STATES.values()}) == len(MAIL_STATES)


@pytest.mark.parametrize("role", Role)
def test_a_key_that_is_not_allowed_says_why(role: Role) -> None:
    assert not_allowed("Edit email", role).endswith(").")


@pytest.mark.parametrize("permission", Permission)
def test_a_refused_permission_reads_as_a_sentence(permission: Permission) -> None:
    assert f"may not {permission.value};" in explain_error(errors.NotAllowed(permission.value, "helpdesk"))


@pytest.mark.parametrize("kind", Lint)
def test_a_warning_with_hostile_detail_is_still_words(kind: Lint) -> None:
    assert "100%s" in warning_words(AddressWarning(kind, "100%s"))


def test_another_participant_that_may_not_be_named_is_not() -> None:
    words = warning_words(AddressWarning(Lint.OTHER_PARTICIPANT))
    assert words == "Another participant has this address."


@pytest.mark.parametrize(
    "action",
    [
        "address.registered", "address.proposed", "verification.issued", "verification.refused",
        "address.verified", "user.imported", "user.changed", "participant.imported", "mail.accepted",
        "mail.deferred", "mail.bounced", "mail.expired", "mail.held", "mail.released", "mail.retried",
        "mail.cancelled", "milestone.begun", "milestone.done", "milestone.revised", "milestone.proposed",
        "milestone.approved", "milestone.rejected", "milestone.withdrawn", "milestone.voided",
        "enquiry.logged", "address.shared", "operator.added",
        "address.approved", "address.rejected", "proposal.voided",
        "activation.sent", "enrolment.activated", "password.set", "password.changed", "password.rehashed",
        "otp.chosen", "otp.changed", "otp.sent", "factor.proven", "user.enrolled", "user.proven",
        "logon.passed", "entry.refused", "user.locked", "user.unlocked", "user.reset",
    ],
)  # fmt: skip
def test_every_event_has_words_even_when_its_facts_are_gone(action: str) -> None:
    words = history_words(action, {})
    assert action not in words
    assert "{" not in words


def test_an_event_tells_its_facts() -> None:
    facts = {"email": "a@b.hk", "old_email": "c@d.hk", "basis": "form DA 3", "remarks": ""}
    assert history_words("address.registered", facts) == "registered a@b.hk, in place of c@d.hk, by form DA 3"
    assert history_words("verification.issued", {"number": 2}) == "issued code no. 2"
    assert history_words("made.up", {"{x}": "[/y]"}) == "made.up"


def test_moments_are_told_as_hong_kong_reads_them() -> None:
    assert hk_time(MOMENT) == "14:03"
    assert hk_date(datetime(2022, 12, 18, 16, 0, tzinfo=UTC)) == "19 Dec 2022"
    assert hk_moment(MOMENT, MOMENT + timedelta(hours=1)) == "14:03"
    assert hk_moment(MOMENT, MOMENT + timedelta(days=1)) == "19 Dec 14:03"
    assert hk_moment(MOMENT, MOMENT + timedelta(days=30)) == "19 Dec 2022 14:03"
    assert [waiting_time(seconds) for seconds in (0, 60, 91, 3_600, 80_000)] == [
        "1 second", "60 seconds", "2 minutes", "60 minutes", "23 hours",
    ]  # fmt: skip


def test_sentences_need_neither_textual_nor_a_database() -> None:
    code = (
        "import sys, screens.sentences, screens.history;"
        "print([name for name in ('textual', 'rich', 'sqlalchemy', 'sqlmodel') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("problem", WindowProblem)
def test_every_window_that_cannot_be_says_what_to_correct(problem: WindowProblem) -> None:
    sentence = explain_error(errors.BadWindow(problem.value, MOMENT.date()))
    assert sentence.endswith(".")
    assert "%" not in sentence
    others = [explain_error(errors.BadWindow(each.value, MOMENT.date())) for each in WindowProblem]
    assert others.count(sentence) == 1


@pytest.mark.parametrize("why", NOT_NOW)
def test_a_declaration_that_cannot_follow_names_the_milestone_and_what_to_do(why: str) -> None:
    sentence = explain_error(errors.NotNow("100%s [/x]", why))
    assert ("100%s [/x]" in sentence) is ("%s" in NOT_NOW[why])
    assert sentence.endswith(".")


@pytest.mark.parametrize("why", ["decided", "expired", "changed"])
def test_a_phase_change_that_cannot_be_decided_says_why_and_that_nothing_was_done(why: str) -> None:
    sentence = explain_error(errors.PhaseVoided(7, why, "ben"))
    assert "othing" in sentence
    assert ("ben" in sentence) is (why == "decided")
