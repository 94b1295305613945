"""While many objects are made, Python looks for no circles among them; afterwards it does again."""

import gc

import pytest

from store.bulk import in_bulk


def test_the_collector_rests_until_the_last_one_at_work_has_ended() -> None:
    assert gc.isenabled()
    with in_bulk():
        with in_bulk():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_fault_in_between_lets_it_work_again() -> None:
    with pytest.raises(KeyError), in_bulk():
        raise KeyError
    assert gc.isenabled()
