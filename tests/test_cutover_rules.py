"""The simulation of the cut-over: against a second, plain working-out of the same on random rosters."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest

from store.board import figures_of
from store.enrolment_views import OtpMethod
from store.participants import rows_of
from store.rules import phases
from store.rules.access import Method
from store.rules.cutover import Cause, Simulation, simulate
from store.rules.picture import Firm, Person, Picture
from store.rules.standing import Facts
from store.schedule import MILESTONES
from store.status import status_of
from store.views import Kind, Phase
from tests.conftest import START
from tests.cutover_oracle import expected, gets_in, ready_firms, ways

ROSTERS = 1_000
AT = START + timedelta(days=30)


def moment(random: Random) -> datetime | None:
    return random.choice([None, AT - timedelta(minutes=1), AT, AT + timedelta(minutes=1)])


def random_person(random: Random, participant_id: str, number: int) -> Person:
    """Anybody at all: most are far on the way, so that whole participants get in now and then."""

    def mostly() -> bool:
        return random.random() < 0.9

    has_pending = random.random() < 0.3
    return Person(
        user_id=f"{participant_id}U{number:03d}",
        user_name="CHAN Tai Man",
        participant_id=participant_id,
        kind=random.choice([Kind.USER, Kind.USER, Kind.DA_MAKER, Kind.DA_CHECKER]),
        smartcard=mostly(),
        suspended=not mostly(),
        locked=not mostly(),
        undeliverable=not mostly(),
        clock_right=mostly(),
        otp_method=random.choice([None, OtpMethod.APP, OtpMethod.EMAIL]),
        progress=Facts(
            has_active=mostly(),
            has_pending=has_pending,
            undeliverable=has_pending and not mostly(),
            code_expires_at=moment(random) if has_pending else None,
            proposal_expires_at=moment(random),
            password_set=mostly(),
            enrolled=mostly(),
            proven=random.random() < 0.5,
        ),
    )


def random_picture(random: Random) -> Picture:
    """A roster of up to five participants and a schedule that has come some way."""
    firms = {
        name: Firm(name, f"{name} Securities Limited", random.random() < 0.3)
        for name in (f"CP{number}" for number in range(random.randint(0, 5)))
    }
    people = tuple(
        random_person(random, name, number)
        for name in firms
        for number in range(random.choice([0, 1, 2, 3, 8]))
    )
    begun = random.randint(0, len(MILESTONES))
    milestones = tuple(
        replace(row, begun_at=START if position < begun else None) for position, row in enumerate(MILESTONES)
    )
    return Picture(START, firms, people, milestones)


def told(simulation: Simulation) -> dict[str, object]:
    return {
        "locked_out": [
            {
                "user_id": each.user_id,
                "participant_id": each.participant_id,
                "reason": each.reason.value,
            }
            for each in simulation.locked_out
        ],
        "participants_losing_everyone": [firm.participant_id for firm in simulation.losing_everyone],
        "participants_without_maker_or_checker": [
            firm.participant_id for firm in simulation.without_maker_or_checker
        ],
    }


@pytest.mark.parametrize("phase", list(Phase))
def test_simulation_says_what_the_plain_working_out_says_on_a_thousand_rosters(phase: Phase) -> None:
    met: Counter[str] = Counter()
    for seed in range(ROSTERS):
        picture = random_picture(Random(seed))
        simulation = simulate(picture, phase, AT)
        assert told(simulation) == expected(picture, phase, AT), f"roster {seed}"
        met.update(each.reason.value for each in simulation.locked_out)
        met["everyone"] += len(simulation.losing_everyone)
        met["repair"] += len(simulation.without_maker_or_checker)
    words = {"suspended", "locked", "everyone", "repair"}
    if phase in (Phase.PARALLEL_RUN, Phase.TWO_FACTOR_ONLY):
        words |= {cause.value for cause in Cause} - {"no smartcard", "smartcards decommissioned"}
    else:
        words |= {"no smartcard", "smartcards decommissioned"}
    assert words <= set(met), "the rosters show every reason"


def test_who_is_out_already_and_who_loses_the_way_in_add_up() -> None:
    losing = 0
    for seed in range(ROSTERS):
        picture = random_picture(Random(seed))
        simulation = simulate(picture, Phase.TWO_FACTOR_ONLY, AT)
        today = ways(picture, picture.phase)
        in_today = {person.user_id for person in picture.people if gets_in(person, today)}
        assert {each.user_id for each in simulation.losing} == in_today & {
            each.user_id for each in simulation.locked_out
        }
        losing += len(simulation.losing)
    assert losing


def test_simulation_of_the_present_phase_is_the_access_rule_itself() -> None:
    for seed in range(ROSTERS):
        picture = random_picture(Random(seed))
        out = {each.user_id: each.refusal for each in simulate(picture, picture.phase, AT).locked_out}
        for person in picture.people:
            refusals = [person.refusal(method, picture.programme, AT) for method in Method]
            assert (person.user_id in out) is all(refusals)
            assert person.user_id not in out or out[person.user_id] in refusals


def test_smartcards_that_are_decommissioned_let_nobody_in_in_any_phase() -> None:
    picture = Picture(START, {"CP": Firm("CP", "CP")}, (ready(smartcard=True, enrolled=False),), MILESTONES)
    begun = tuple(replace(row, begun_at=START) for row in MILESTONES)
    assert not simulate(picture, Phase.PARALLEL_RUN, AT).locked_out
    assert simulate(replace(picture, milestones=begun), Phase.PARALLEL_RUN, AT).locked_out


def ready(*, smartcard: bool = False, enrolled: bool = True, kind: Kind = Kind.USER) -> Person:
    progress = Facts(has_active=True, password_set=enrolled, enrolled=enrolled)
    return Person(
        "U1", "CHAN", "CP", kind, smartcard, False, False, False, True, OtpMethod.APP, progress
    )  # fmt: skip


def test_code_that_runs_out_before_the_day_is_an_expired_one_on_that_day() -> None:
    waiting = Facts(has_pending=True, code_expires_at=START + timedelta(hours=24))
    person = replace(ready(), progress=waiting)
    picture = Picture(START, {"CP": Firm("CP", "CP")}, (person,), MILESTONES)
    (today,) = simulate(picture, Phase.TWO_FACTOR_ONLY, START).locked_out
    (later,) = simulate(picture, Phase.TWO_FACTOR_ONLY, START + timedelta(days=2)).locked_out
    assert (today.reason, later.reason) == (Cause.UNVERIFIED, Cause.CODE_EXPIRED)


def test_participant_with_a_single_da_waiver_needs_no_checker() -> None:
    def after(*, waiver: bool) -> list[str]:
        firms = {"CP": Firm("CP", "CP", waiver)}
        simulation = simulate(
            Picture(START, firms, (ready(kind=Kind.DA_MAKER),), MILESTONES), Phase.TWO_FACTOR_ONLY, AT
        )
        return [firm.participant_id for firm in simulation.without_maker_or_checker]

    assert after(waiver=True) == []
    assert after(waiver=False) == ["CP"]


def test_status_board_and_list_call_those_participants_ready_that_the_words_do() -> None:
    met: Counter[bool] = Counter()
    for seed in range(ROSTERS):
        picture = random_picture(Random(seed))
        ready_ones = ready_firms(picture)
        assert [row.participant_id for row in rows_of(picture) if row.ready] == ready_ones, f"roster {seed}"
        assert [firm.participant_id for firm in figures_of(picture).firms if firm.ready] == ready_ones
        assert status_of(picture).ready_participants == len(ready_ones)
        met.update(picture.firms[each].single_da_waiver for each in ready_ones)
    assert min(met[True], met[False]), "the rosters show both"


def test_participant_without_users_loses_nobody() -> None:
    simulation = simulate(Picture(START, {"CP": Firm("CP", "CP")}, (), MILESTONES), Phase.PARALLEL_RUN, AT)
    assert (simulation.users, simulation.firms, simulation.locked_out) == (0, (), ())


@pytest.mark.parametrize("present", list(Phase))
def test_programme_never_goes_back(present: Phase) -> None:
    reached = list(Phase)[list(Phase).index(present) :]
    assert [phase for phase in Phase if phases.may_follow(phase, present)] == reached
