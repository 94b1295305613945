"""Enrolment over real SSH: any key reaches the enrolment terminal, and nothing else is reached by it."""

import getpass
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from store.database import Database
from store.migrate import upgrade
from store.tables import VISITS
from tests.command_line import ROOT, Done
from tests.enrol_host import gone
from tests.ssh_host import ENV, SshHost, family, furnish
from tests.terminal import Terminal

FRAGMENT = ROOT / "deploy" / "sshd-ccms-enrol.conf"
INSTALLED = "/opt/ccms-tui/bin/python -I -m ccms_tui --config /etc/ccms-tui/config.toml"


class EnrolHost(SshHost):
    """Its account is the enrolment's."""

    def _sshd_config(self) -> str:
        own, _match, _fragment = super()._sshd_config().partition("# /etc/ssh/sshd_config.d/")
        fragment = FRAGMENT.read_text(encoding="utf-8")
        user = getpass.getuser()
        for delivered, here in (
            (INSTALLED, " ".join((ENV, *self.program))),
            ("Match User enrol", f"Match User {user}"),
            ("AuthorizedKeysCommandUser nobody", f"AuthorizedKeysCommandUser {user}"),
        ):
            assert fragment.count(delivered) == 1
            fragment = fragment.replace(delivered, here)
        return own + fragment

    def visitors(self) -> list[int]:
        """The processes of enrolment terminals."""
        assert self.sshd is not None
        return [
            pid
            for pid in family(self.sshd.pid)
            if words(pid)[-2:] == ["enrol", "--forced"] and "-m" in words(pid)
        ]

    def visits(self) -> list[tuple[str, str | None]]:
        async def read(database: Database) -> list[tuple[str, str | None]]:
            async with database.reading() as connection:
                query = select(VISITS.c.origin, VISITS.c.end_reason).order_by(VISITS.c.began_at)
                return [tuple(row) for row in await connection.execute(query)]

        found: list[tuple[str, str | None]] = self.run(read)
        return found


def words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")[:-1]
    except OSError:  # it has ended meanwhile
        return []


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EnrolHost]:
    home = tmp_path_factory.mktemp("enrol-ssh")
    made = EnrolHost(home, f"sqlite:///{home / 'desk.db'}")
    upgrade(made.database_url)
    made.run(lambda database: furnish(made, database))
    made.start()
    yield made
    made.stop()


def opened(host: EnrolHost, *asked: str) -> Terminal:
    shown = Terminal(host.command(host.stranger(), asked, ("-tt",)))
    shown.wait_for("Your CCMS user ID")
    return shown


def test_any_key_opens_the_enrolment_terminal_and_a_hang_up_ends_it(host: EnrolHost) -> None:
    shown = opened(host)
    shown.press("NOBODY9", "enter")
    shown.wait_for("Verification code")
    [visitor] = map(os.pidfd_open, host.visitors())
    os.close(shown.child.child_fd)
    assert gone(visitor)
    os.close(visitor)
    assert host.visits() == [("127.0.0.1", "ended")]


@pytest.mark.parametrize(
    "asked", ["sh", "exec sh", "ccms-tui status", "$(id)", "ssh gateway --operator ops1"]
)
def test_whatever_is_asked_for_on_a_terminal_it_is_enrolment(host: EnrolHost, asked: str) -> None:
    shown = opened(host, asked)
    shown.press("esc")
    assert shown.wait_end() == 0


def tried(host: EnrolHost, *asked: str, options: tuple[str, ...] = (), stdin: bytes = b"") -> Done:
    return host.ssh(host.stranger(), *asked, options=options, stdin=stdin)


@pytest.mark.parametrize(
    "asked",
    [(), ("sh",), ("touch {marker}",), ("$(touch {marker})",), ("; touch {marker}",), ("x\ntouch {marker}",),
     ("scp -t {marker}",), ("rsync --server . {marker}",), ("enrol --serve",),
     ("--", "--config /etc/passwd")],
)  # fmt: skip
def test_no_command_works(host: EnrolHost, tmp_path: Path, asked: tuple[str, ...]) -> None:
    marker = tmp_path / "marker"
    done = tried(host, *(word.format(marker=marker) for word in asked), stdin=b"touch marker\n")
    assert (done.code, done.out) == (1, "")
    assert "needs a terminal" in done.sentence
    assert not marker.exists()


@pytest.mark.parametrize("subsystem", ["sftp", "shell"])
def test_no_subsystem_works(host: EnrolHost, subsystem: str) -> None:
    done = tried(host, subsystem, options=("-s",))
    assert done.code != 0
    assert done.out == ""


@pytest.mark.parametrize(
    "options",
    [("-W", "127.0.0.1:{port}"), ("-N", "-R", "0:127.0.0.1:{port}"), ("-N", "-w", "any:any"),
     ("-N", "-R", "{home}/socket:127.0.0.1:{port}")],
    ids=["stdio", "remote", "tunnel", "socket"],
)  # fmt: skip
def test_nothing_is_forwarded(host: EnrolHost, options: tuple[str, ...]) -> None:
    strict = ("-o", "ExitOnForwardFailure=yes")
    filled = tuple(option.format(port=host.port, home=host.home) for option in options)
    done = tried(host, options=(*strict, *filled))
    assert done.code == 255
    assert "SSH-2.0" not in done.out
    assert not (host.home / "socket").exists()


@pytest.mark.parametrize("method", ["none", "password", "keyboard-interactive", "hostbased"])
def test_there_is_no_way_in_without_a_key(host: EnrolHost, method: str) -> None:
    done = tried(host, options=("-o", f"PreferredAuthentications={method}", "-o", "PubkeyAuthentication=no"))
    assert done.code == 255
    assert "Permission denied (publickey)" in done.err


def test_no_variable_gets_through(host: EnrolHost, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    sent = (
        f"SetEnv=PYTHONSTARTUP={marker} PYTHONPATH={tmp_path} LD_PRELOAD={marker} CCMS_TUI_CONFIG=/dev/null"
    )
    shown = Terminal(host.command(host.stranger(), (), ("-tt", "-o", sent)))
    shown.wait_for("Your CCMS user ID")
    [visitor] = host.visitors()
    names = {each.partition("=")[0] for each in Path(f"/proc/{visitor}/environ").read_text().split("\0")}
    assert not names & {"PYTHONSTARTUP", "PYTHONPATH", "LD_PRELOAD", "CCMS_TUI_CONFIG"}
    shown.press("esc")
    assert shown.wait_end() == 0


def test_terminals_are_limited_and_a_place_comes_back(host: EnrolHost) -> None:
    settings = host.config.read_text(encoding="utf-8")
    try:
        host.config.write_text(f"{settings}enrol_terminals_per_address = 1\n", encoding="utf-8")
        first = opened(host)
        second = Terminal(host.command(host.stranger(), (), ("-tt",)))
        second.wait_ended()
        assert "Too many enrolment windows are open from your network" in second.text.replace("\n", " ")
        first.press("esc")
        assert first.wait_end() == 0
        host.config.write_text(f"{settings}enrol_terminals = 1\n", encoding="utf-8")
        third = opened(host)
        fourth = Terminal(host.command(host.stranger(), (), ("-tt",)))
        fourth.wait_ended()
        assert "Too many people are enrolling" in fourth.text
        third.close()
    finally:
        host.config.write_text(settings, encoding="utf-8")
