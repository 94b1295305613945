"""Goals, who is furthest behind, and the one step that helps most."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules.burn_up import burn_up
from store.rules.day_counts import DayCounts
from store.rules.goals import REACHED, Goal, due_of, goal_of, next_milestone, opens_das
from store.rules.progress import Action, FirmProgress, Step, actions, laggards, together
from store.rules.standing import Party
from store.schedule import MILESTONES
from store.views import Kind, MilestoneRow, MilestoneStatus, Phase, Standing

COUNTED = st.dictionaries(
    st.tuples(st.sampled_from(list(Kind)), st.sampled_from(list(Standing))), st.integers(0, 50), max_size=12
)
FIRMS = st.lists(COUNTED, max_size=8).map(
    lambda all_of_them: [FirmProgress(f"C{n}", f"Firm {n}", each) for n, each in enumerate(all_of_them)]
)
GOALS = st.sampled_from(list(Goal))


def firm(uncoded: int = 0, **standings: int) -> FirmProgress:
    return FirmProgress(
        "C1", "Firm", {(Kind.USER, Standing[word.upper()]): n for word, n in standings.items()}, uncoded
    )


def begun(*milestone_ids: str) -> tuple[MilestoneRow, ...]:
    moment = datetime(2023, 2, 1, tzinfo=UTC)
    return tuple(
        MilestoneRow(
            row.milestone_id, row.title, row.window, row.earliest, row.latest, row.status, row.opens,
            row.circular, moment if row.milestone_id in milestone_ids else None, row.version,
        )
        for row in MILESTONES
    )  # fmt: skip


@pytest.mark.parametrize(
    ("phase", "goal", "due"),
    [
        (Phase.NOT_STARTED, Goal.VERIFIED, "connectivity"),
        (Phase.USER_REGISTRATION, Goal.VERIFIED, "connectivity"),
        (Phase.DA_REGISTRATION, Goal.VERIFIED, "connectivity"),
        (Phase.CONNECTIVITY_TEST, Goal.ENROLLED, "parallel-start"),
        (Phase.PARALLEL_RUN, Goal.PROVEN, "parallel-end"),
        (Phase.TWO_FACTOR_ONLY, Goal.PROVEN, "parallel-end"),
    ],
)
def test_each_phase_works_towards_its_goal(phase: Phase, goal: Goal, due: str) -> None:
    assert goal_of(phase) is goal
    found = due_of(goal, MILESTONES)
    assert found is not None
    assert found.milestone_id == due


@given(st.data())
def test_no_goal_is_due_before_one_that_it_needs_however_the_schedule_was_revised(
    data: st.DataObject,
) -> None:
    days = st.dates(min_value=date(2022, 12, 19), max_value=date(2024, 12, 31))
    moments = st.sampled_from([None, None, None, datetime(2023, 2, 1, tzinfo=UTC)])
    revised = [
        replace(
            row,
            earliest=data.draw(days),
            status=data.draw(st.sampled_from(list(MilestoneStatus))),
            begun_at=data.draw(moments),
        )
        for row in MILESTONES
    ]
    due = [due_of(goal, revised) for goal in (Goal.VERIFIED, Goal.ENROLLED, Goal.PROVEN)]
    for needed, needs in pairwise(due):
        assert needs is None or (needed is not None and needed.earliest <= needs.earliest)
    for row in filter(None, due):
        assert not row.begun_at
        assert row.status is not MilestoneStatus.CANCELLED


def test_the_goals_of_the_circulars_own_windows_come_in_their_order() -> None:
    due = {goal.value: due_of(goal, MILESTONES) for goal in Goal}
    assert {word: row and row.earliest for word, row in due.items()} == {
        "verified": date(2023, 4, 1),
        "enrolled": date(2023, 4, 1),
        "proven": date(2023, 5, 16),
    }


def test_addresses_are_needed_by_the_parallel_run_once_the_connectivity_test_began() -> None:
    found = due_of(Goal.VERIFIED, begun("user-email", "da-email", "connectivity"))
    assert found is not None
    assert found.milestone_id == "parallel-start"


def test_what_a_goal_counts_is_within_what_the_goal_before_it_counts() -> None:
    for needed, needs in pairwise(Goal):
        assert REACHED[needs] < REACHED[needed]


def test_a_cancelled_milestone_needs_nothing() -> None:
    cancelled = [
        MilestoneRow(
            row.milestone_id, row.title, row.window, row.earliest, row.latest, MilestoneStatus.CANCELLED,
            row.opens, row.circular, None, row.version,
        )
        for row in MILESTONES
    ]  # fmt: skip
    assert due_of(Goal.VERIFIED, cancelled) is None
    assert next_milestone(cancelled) is None


def test_the_next_milestone_is_the_first_that_has_not_begun() -> None:
    found = next_milestone(begun("user-email", "da-email"))
    assert found is not None
    assert found.milestone_id == "briefing"
    assert next_milestone(begun(*(row.milestone_id for row in MILESTONES))) is None


def test_addresses_of_das_open_with_their_own_milestone() -> None:
    assert not opens_das(begun("user-email", "connectivity"))
    assert opens_das(begun("user-email", "da-email"))


@pytest.mark.parametrize(
    ("counted", "goal", "action"),
    [
        (firm(no_email=14, code_expired=9), Goal.VERIFIED, Action(Step.REGISTER, 14, Party.MAKER)),
        (firm(no_email=2, code_expired=14), Goal.VERIFIED, Action(Step.RESEND, 14, Party.MAKER)),
        (firm(awaiting_approval=3, no_email=2), Goal.VERIFIED, Action(Step.APPROVE, 3, Party.CHECKER)),
        (firm(undeliverable=3, verified=90), Goal.VERIFIED, Action(Step.CORRECT, 3, Party.MAKER)),
        (firm(unverified=9, uncoded=6), Goal.VERIFIED, Action(Step.SEND, 6, Party.MAKER)),
        (firm(unverified=9, uncoded=2), Goal.VERIFIED, Action(Step.ENTER, 7, Party.USER)),
        (firm(verified=9, password_set=4, no_email=12), Goal.ENROLLED, Action(Step.ENROL, 13, Party.USER)),
        (firm(enrolled=9, proven=4, no_email=2), Goal.PROVEN, Action(Step.PROVE, 9, Party.USER)),
    ],
)
def test_the_step_that_moves_most_users_comes_first(
    counted: FirmProgress, goal: Goal, action: Action
) -> None:
    assert actions(counted, goal, das_open=False)[0] == action


def test_of_two_steps_for_as_many_the_desks_own_comes_first() -> None:
    assert (
        actions(firm(awaiting_approval=3, no_email=3), Goal.VERIFIED, das_open=False)[0].step is Step.APPROVE
    )


def test_addresses_of_das_wait_for_operations_to_open_their_registration() -> None:
    one = FirmProgress(
        "C1", "Firm", {(Kind.DA_MAKER, Standing.NO_EMAIL): 5, (Kind.USER, Standing.NO_EMAIL): 1}
    )
    closed, opened = (actions(one, Goal.VERIFIED, das_open=das_open) for das_open in (False, True))
    assert closed == (Action(Step.REGISTER, 1, Party.MAKER), Action(Step.OPEN, 5, Party.OPERATIONS))
    assert opened[0] == Action(Step.REGISTER, 5, Party.OPERATIONS)


@given(COUNTED, GOALS, st.booleans(), st.integers(0, 60))
def test_the_actions_are_for_all_who_miss_the_goal_and_for_nobody_else(
    counted: dict[tuple[Kind, Standing], int], goal: Goal, das_open: bool, uncoded: int
) -> None:
    one = FirmProgress("C1", "Firm", counted, uncoded)
    found = actions(one, goal, das_open=das_open)
    assert sum(action.users for action in found) == one.users - one.reached(goal)
    assert all(action.users > 0 for action in found)


@given(FIRMS, GOALS)
def test_laggards_are_those_who_miss_the_goal_the_most_missing_first(
    firms: list[FirmProgress], goal: Goal
) -> None:
    found = laggards(firms, goal)
    missing = [each.users - each.reached(goal) for each in found]
    assert missing == sorted(missing, reverse=True)
    assert {each.participant_id for each in found} == {
        each.participant_id
        for each in firms
        if any(n for (_k, at), n in each.counted.items() if at not in REACHED[goal])
    }


@given(FIRMS, GOALS)
def test_together_they_are_as_many_as_each_for_itself(firms: list[FirmProgress], goal: Goal) -> None:
    whole = together(firms, "all")
    assert whole.users == sum(each.users for each in firms)
    assert whole.reached(goal) == sum(each.reached(goal) for each in firms)


def test_a_participant_without_a_working_checker_is_not_ready() -> None:
    counted = {(Kind.DA_MAKER, Standing.ENROLLED): 1, (Kind.USER, Standing.PROVEN): 3}
    makers = frozenset({Kind.USER, Kind.DA_MAKER})
    assert not FirmProgress("C1", "Firm", counted, working=makers).ready
    assert FirmProgress("C1", "Firm", counted, working=makers | {Kind.DA_CHECKER}).ready
    alone = FirmProgress("C1", "Firm", counted, working=makers, single_da_waiver=True)
    assert alone.ready, "under a single-DA waiver a maker repairs it alone"
    assert not replace(alone, working=frozenset({Kind.USER, Kind.DA_CHECKER})).ready


def test_the_burn_up_counts_only_the_participants_asked_for_and_only_days_before_today() -> None:
    today = date(2023, 2, 6)
    moment = datetime(2023, 2, 6, tzinfo=UTC)
    days = [
        DayCounts(
            today - timedelta(days=back),
            moment,
            {Standing.VERIFIED: 110 - back},
            {"C1": firm(verified=10 - back), "C2": firm(verified=100)},
        )
        for back in range(8, -1, -1)
    ]
    found = burn_up(Goal.VERIFIED, [firm(verified=12, no_email=8)], days, MILESTONES, today)
    assert (found.done, found.total) == (12, 20)
    assert found.history[-2:] == ((date(2023, 2, 5), 9), (today, 12))
    assert (found.since(1), found.since(7), found.since(30)) == (3, 9, None)
