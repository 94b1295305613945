"""Through real SSH: whatever is asked for, nothing runs on the host but the gateway, and nothing listens."""

from pathlib import Path

import pytest

from tests.escapes import COMMANDS, ENVIRONMENT, FORWARDING, MARKER, Escape
from tests.ssh_host import Person
from tests.watched_ssh import WatchedHost, maker, marker, nothing_but_the_gateway, watched

__all__ = ["maker", "marker", "nothing_but_the_gateway", "watched"]


@pytest.mark.parametrize("escape", COMMANDS + FORWARDING, ids=lambda escape: escape.tried[:40])
def test_no_command_leads_out(watched: WatchedHost, maker: Person, marker: Path, escape: Escape) -> None:
    before = len(watched.refusals(maker))
    words, options = (
        [part.replace(MARKER, str(marker)) for part in parts] for parts in (escape.words, escape.options)
    )
    done = watched.ssh(maker.key, *words, options=options)
    assert (done.code, done.out) == (escape.code, "")
    assert escape.told in done.err
    assert len(done.err.splitlines()) <= 1
    assert watched.refusals(maker)[before:] == ([escape.recorded] if escape.recorded else [])


@pytest.mark.parametrize("variables", ENVIRONMENT)
def test_no_variable_gets_through(watched: WatchedHost, maker: Person, marker: Path, variables: str) -> None:
    trap = marker.parent / "marker.sh"
    sent = variables.replace(MARKER, str(marker))
    if str(trap) in sent:
        trap = marker.parent / "trap.sh"
        trap.write_text(f"touch {marker}\n", encoding="utf-8")
        sent = sent.replace(f"{marker}.sh", str(trap))
    done = watched.ssh(maker.key, "help", options=["-o", f"SetEnv={sent}"])
    assert (done.code, done.err) == (0, "")
    assert done.out == watched.ssh(maker.key, "help").out
