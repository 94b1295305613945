"""The enrolment terminal as sshd's forced command, through a real sshd and the real client."""

import getpass
import os
import select
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from store.migrate import upgrade
from tests.ssh_host import ENV, Person, SshHost, family, furnish, make_key, process_file


class EnrolmentHost(SshHost):
    """A host whose account leads to the enrolment terminal alone."""

    def _sshd_config(self) -> str:
        own = [
            f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.home / 'host_key'}",
            f"PidFile {self.home / 'sshd.pid'}", "UsePAM no", "StrictModes no", "PermitRootLogin yes",
            "AcceptEnv *", f"SetEnv HOME={self.home}", f"AuthorizedKeysFile {self.home / 'visitor.pub'}",
            f"Match User {getpass.getuser()}", "DisableForwarding yes",
            f"ForceCommand {' '.join((ENV, *self.program))} enrol --forced",
        ]  # fmt: skip
        return "\n".join(own) + "\n"

    def enrolments(self) -> list[int]:
        """The processes of enrolment terminals at work."""
        assert self.sshd is not None
        words = b"\0".join(word.encode() for word in self.program) + b"\0enrol\0--forced\0"
        return [pid for pid in family(self.sshd.pid) if process_file(pid, "cmdline") == words]

    def origins(self) -> list[str]:
        """Where the visits came from."""
        with closing(sqlite3.connect(self.home / "desk.db")) as connection:
            return [row[0] for row in connection.execute("SELECT origin FROM enrolment_session")]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[EnrolmentHost]:
    made = EnrolmentHost(tmp_path, f"sqlite:///{tmp_path / 'desk.db'}")
    upgrade(made.database_url)
    made.run(lambda database: furnish(made, database))
    make_key(tmp_path / "visitor")
    made.start()
    yield made
    made.stop()


def visitor(host: EnrolmentHost) -> Person:
    return Person("visitor", host.home / "visitor", "")


def test_over_ssh_it_takes_nothing_from_the_client_but_the_terminal(host: EnrolmentHost) -> None:
    client = {"CCMS_TUI_DATABASE_URL": "sqlite:////nowhere.db", "TEXTUAL": "devtools", "LANG": "xx"}
    options = ("-t", *(part for name in client for part in ("-o", f"SendEnv={name}")))
    shown = host.terminal(visitor(host), "sh", "-c", "id", options=options, env=client)
    shown.wait_for("Your CCMS user ID")
    shown.press("OWN1U00001", "enter")
    shown.wait_for("Verification code")
    assert host.origins() == ["127.0.0.1"]
    shown.press("\x1a", "\x1c", "\x03")
    shown.wait_for("Press esc twice to leave.")
    shown.press("esc")
    shown.wait_for("Press esc again to leave")
    shown.press("esc")
    assert shown.wait_end() == 0
    assert "uid=" not in shown.text


def test_without_a_terminal_it_says_so_over_ssh_too(host: EnrolmentHost) -> None:
    done = host.ssh(host.home / "visitor", "id")
    assert (done.code, done.out) == (1, "")
    assert "needs a terminal" in done.sentence


def test_a_client_that_goes_away_ends_the_process(host: EnrolmentHost) -> None:
    shown = host.terminal(visitor(host))
    shown.wait_for("Your CCMS user ID")
    [pid] = host.enrolments()
    process = os.pidfd_open(pid)
    try:
        shown.close()
        assert select.select([process], [], [], 30)[0], "it is still at work"
    finally:
        os.close(process)
