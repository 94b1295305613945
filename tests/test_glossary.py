"""The help of a screen explains the short forms that stand there."""

import pytest

from screens.glossary import SHORT_FORMS
from screens.help import HelpScreen
from screens.schedule import ScheduleScreen
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.setup import initialise
from store.views import Role
from tests.at_the_desk import opened, shows, until
from tests.conftest import DeskOf, HeldClock


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def operations(database: Database, clock: HeldClock, keys: Keys, desk_of: DeskOf) -> Desk:
    await initialise(database, clock, keys, "ops", "Operations")
    return desk_of(Role.OPERATIONS)


@pytest.mark.parametrize("place", SHORT_FORMS)
async def test_the_short_forms_of_a_screen_are_in_its_help(place: str, operations: Desk) -> None:
    async with opened(operations, HelpScreen(place), size=(120, 60)) as pilot:
        words = [each.split(":")[0][:40] for each in SHORT_FORMS[place].values()]
        await until(pilot, shows(pilot, "Short forms here", *SHORT_FORMS[place], *words))


async def test_the_help_of_a_screen_without_short_forms_has_none(operations: Desk) -> None:
    async with opened(operations, HelpScreen(ScheduleScreen.PLACE), size=(120, 60)) as pilot:
        await until(pilot, shows(pilot, "Keys here", "Standings"))
        assert not shows(pilot, "Short forms")()
