"""Through real SSH: whatever is asked for, nothing runs on the host but the gateway, and nothing listens."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.views import Role
from tests.escapes import COMMANDS, ENVIRONMENT, FORWARDING, MARKER, Escape
from tests.ssh_host import Person
from tests.watched_ssh import WatchedHost, watched

__all__ = ["watched"]

PROMPT = "One-time password:"


@pytest.fixture
def maker(watched: WatchedHost) -> Person:
    """Whose key was stolen: somebody new each time, as a repeated refusal is recorded once a minute."""
    return watched.operator(Role.DA_MAKER, "OWN1")


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "marker"


@pytest.fixture(autouse=True)
def _nothing_but_the_gateway(watched: WatchedHost, marker: Path) -> Iterator[None]:
    """After each attempt: what ran, what was written, what listens."""
    yield
    assert watched.strangers() == []
    assert not list(marker.parent.glob("marker*"))
    assert watched.listening() == {f"port {watched.port}"}


def refusals(host: WatchedHost, person: Person) -> list[str]:
    return [
        json.loads(facts)["reason"]
        for action, facts in host.events(person.login)
        if action == "signin.refused"
    ]


@pytest.mark.parametrize("escape", COMMANDS + FORWARDING, ids=lambda escape: escape.tried[:40])
def test_no_command_leads_out(watched: WatchedHost, maker: Person, marker: Path, escape: Escape) -> None:
    before = len(refusals(watched, maker))
    words, options = (
        [part.replace(MARKER, str(marker)) for part in parts] for parts in (escape.words, escape.options)
    )
    done = watched.ssh(maker.key, *words, options=options)
    assert (done.code, done.out) == (escape.code, "")
    assert escape.told in done.err
    assert len(done.err.splitlines()) <= 1
    assert refusals(watched, maker)[before:] == ([escape.recorded] if escape.recorded else [])


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
