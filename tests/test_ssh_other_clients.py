# ruff: noqa: E501 - what the page docs/escapes.md says
"""Through real SSH: what other clients and a client's other switches ask of the host, it does not give."""

import getpass
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.escapes import shown
from tests.ssh_host import Person, free_port, make_key
from tests.terminal import PATIENCE
from tests.watched_ssh import WatchedHost, environment, maker, marker, nothing_but_the_gateway, watched

__all__ = ["maker", "marker", "nothing_but_the_gateway", "watched"]

PROMPT = "One-time password:"


@contextmanager
def held_open(host: WatchedHost, key: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A client that stays, without a command."""
    client = subprocess.Popen(
        host.command(key, options=("-N", *options)), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield client
    finally:
        client.kill()
        client.communicate()


def through(port: int, *sent: bytes) -> bytes:
    """What comes out of the client's own `port`, once it listens."""
    while True:
        with socket.socket() as line:
            line.settimeout(PATIENCE)
            if line.connect_ex(("127.0.0.1", port)):
                continue
            came = b""
            for each in sent:
                line.sendall(each)
                came += line.recv(100)
            while more := line.recv(100):
                came += more
            return came


@shown(
    "`-N`: a connection without a command",
    "nothing is started for it, and nothing recorded: nobody has signed in",
)
def test_a_connection_without_a_command_starts_nothing(watched: WatchedHost, maker: Person) -> None:
    with held_open(watched, maker.key, "-v") as client:
        assert client.stderr is not None
        while b"Entering interactive session" not in client.stderr.readline():
            assert client.poll() is None
        assert watched.gateways() == []
    assert watched.events(maker.login) == []


@shown("`-L port:127.0.0.1:22`: a port of the host", "the channel is refused; not a byte comes back")
def test_no_port_of_the_host_is_reached(watched: WatchedHost, maker: Person) -> None:
    port = free_port()
    with held_open(watched, maker.key, "-L", f"127.0.0.1:{port}:127.0.0.1:{watched.port}"):
        assert through(port) == b""
    assert "refused local port forward" in watched.log


@shown(
    "`-L port:/path/to/socket`: a socket file of the host", "the channel is refused; not a byte comes back"
)
def test_no_socket_file_of_the_host_is_reached(watched: WatchedHost, maker: Person, tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(str(path))
        served.listen()
        served.setblocking(False)
        with held_open(watched, maker.key, "-L", f"127.0.0.1:{port}:{path}"):
            assert through(port) == b""
        with pytest.raises(BlockingIOError):
            served.accept()


@shown(
    "`-D port`: the host as a proxy (SOCKS)",
    "the channel is refused; not a byte of the other side comes back",
)
def test_the_host_is_no_proxy(watched: WatchedHost, maker: Person) -> None:
    port = free_port()
    hello = b"\x05\x01\x00"
    connect = b"\x05\x01\x00\x01" + socket.inet_aton("127.0.0.1") + watched.port.to_bytes(2, "big")
    with held_open(watched, maker.key, "-D", f"127.0.0.1:{port}"):
        assert b"SSH-2.0" not in through(port, hello, connect)


@pytest.mark.parametrize("switch", ["-A", "-X", "-Y"])
@shown(
    "`-A`, `-X`, `-Y`: the client's agent and display",
    "no socket is made and no variable names one: at the prompt the gateway's variables are those of a client without them",
)
def test_neither_agent_nor_display_is_taken_along(
    watched: WatchedHost, maker: Person, tmp_path: Path, switch: str
) -> None:
    agent, authority = tmp_path / "agent", tmp_path / "authority"
    serving = subprocess.Popen(("ssh-agent", "-D", "-a", str(agent)), stdout=subprocess.DEVNULL)
    display = {"DISPLAY": "127.0.0.1:99", "XAUTHORITY": str(authority), "SSH_AUTH_SOCK": str(agent)}
    subprocess.run(
        ("xauth", "-f", str(authority), "add", "127.0.0.1:99", ".", "0" * 32), check=True, capture_output=True
    )
    try:
        for options in ((), (switch, "-o", f"IdentityAgent={agent}")):
            terminal = watched.terminal(maker, options=("-t", *options), env=display)
            terminal.wait_for(PROMPT)
            [gateway] = watched.gateways()
            names = set(environment(gateway))
            assert names == {
                "HOME", "LOGNAME", "PATH", "SHELL", "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "TERM", "USER",
            } | (names & {"MAIL", "OLDPWD", "PWD", "SHLVL", "_"})  # fmt: skip
            assert watched.listening() == {f"port {watched.port}"}
            terminal.press("\x03")
            assert terminal.wait_end() == 4
    finally:
        serving.kill()
        serving.wait()


def copying(host: WatchedHost, key: Path, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run `sftp` or `scp` with the options of the client."""
    command = host.command(key)
    options = [*command[1 : command.index("-p")], "-P", str(host.port)]
    return subprocess.run(
        (program, *options, *words), capture_output=True, timeout=PATIENCE, check=False,
        input=b"pwd\nput /etc/hostname marker\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("sftp", ("-b", "-", "{host}")),
        ("scp", ("/etc/hostname", "{host}:{marker}")),
        ("scp", ("-O", "/etc/hostname", "{host}:{marker}")),
        ("scp", ("{host}:/etc/hostname", "{marker}")),
        ("scp", ("-O", "{host}:/etc/hostname", "{marker}")),
        ("scp", ("-O", "-r", "{host}:/etc/ssh", "{marker}")),
    ],
)
@shown(
    "`sftp`; `scp` up and down, by SFTP and by its old protocol (`-O`), also of a directory",
    "refused as any other command; recorded; no file goes either way",
)
def test_no_file_is_copied(
    watched: WatchedHost, maker: Person, marker: Path, program: str, words: Sequence[str]
) -> None:
    host = f"{getpass.getuser()}@127.0.0.1"
    done = copying(watched, maker.key, program, *(w.format(host=host, marker=marker) for w in words))
    assert done.returncode != 0
    assert b"There is no such command here" in done.stderr or b"Connection closed" in done.stderr
    assert watched.refusals(maker) == ["command"]


@pytest.mark.parametrize("up", [True, False], ids=["up", "down"])
@shown("`rsync` up and down", "refused as any other command; recorded; no file goes either way")
def test_no_file_is_synchronised(watched: WatchedHost, maker: Person, marker: Path, up: bool) -> None:
    remote = f"{watched.command(maker.key)[-1]}:{marker if up else '/etc/hostname'}"
    words = ("/etc/hostname", remote) if up else (remote, str(marker))
    shell = " ".join(watched.command(maker.key)[:-1])
    done = subprocess.run(("rsync", "-e", shell, *words), capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode != 0
    assert b"There is no such command here" in done.stderr
    assert watched.refusals(maker) == ["command"]


@shown(
    "`ssh desk otp CODE import < /dev/zero`, a list without an end, by a Delegated Administrator",
    "8 MB of it are read; one sentence says that it is too large; exit 1",
)
def test_a_list_without_an_end_is_not_read_to_its_end(watched: WatchedHost, maker: Person) -> None:
    command = watched.command(maker.key, ("otp", maker.code(), "import"))
    with Path("/dev/zero").open("rb") as zeros:
        done = subprocess.run(command, stdin=zeros, capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"larger than 8 MB" in done.stderr


@shown("a second session over the same connection (`ControlMaster`)", "refused by sshd (`MaxSessions 1`)")
def test_one_connection_carries_one_session(watched: WatchedHost, maker: Person, tmp_path: Path) -> None:
    control = ("-o", f"ControlPath={tmp_path / 'control'}")
    first = watched.terminal(maker, options=("-t", "-o", "ControlMaster=yes", *control))
    first.wait_for(PROMPT)
    alone = ("-o", "ProxyCommand=false", "-o", "ControlMaster=no")
    second = watched.ssh(maker.key, "help", options=(*control, *alone))
    assert (second.code, second.out) == (255, "")
    assert "Session open refused" in second.err
    forward = watched.ssh(maker.key, options=(*control, "-O", "forward", "-R", "0:127.0.0.1:22"))
    assert forward.code == 255
    assert len(watched.gateways()) == 1
    first.press("\x03")
    first.wait_ended()


@pytest.mark.parametrize("principal", ["the account", "everybody"])
@shown(
    "a certificate for a stranger's key, made with an operator's key",
    "`Permission denied (publickey)`: no certificate is taken, whoever made it and whomever it names",
)
def test_no_certificate_opens_the_door(watched: WatchedHost, maker: Person, principal: str) -> None:
    key = watched.stranger()
    names = ("-n", f"{getpass.getuser()},{maker.login}") if principal == "the account" else ()
    made = ("ssh-keygen", "-q", "-s", str(maker.key), "-I", maker.login, *names, f"{key}.pub")
    subprocess.run(made, check=True)
    done = watched.ssh(key, "help", options=("-o", f"CertificateFile={key}-cert.pub"))
    assert (done.code, done.out) == (255, "")
    assert "Permission denied (publickey)" in done.err


@pytest.mark.parametrize("kind", ["rsa -b 2048", "ecdsa-as-ed25519"])
@shown(
    "a weak key (RSA of 2,048 bits); an operator's key under another name for its type",
    "`Permission denied (publickey)`",
)
def test_a_weak_key_opens_nothing(watched: WatchedHost, tmp_path: Path, kind: str) -> None:
    key = tmp_path / "weak"
    made = ["rsa", "-b", "2048"] if kind.startswith("rsa") else ["ecdsa"]
    make_key(key, *made)
    done = watched.ssh(key, "help")
    assert (done.code, done.out) == (255, "")
    assert "Permission denied (publickey)" in done.err


@shown(
    "a password, the keyboard-interactive way, GSSAPI, a trusted host, no authentication at all",
    "`Permission denied (publickey)`: sshd offers nothing but keys",
)
def test_there_is_no_other_way_in(watched: WatchedHost, maker: Person) -> None:
    for way in ("password", "keyboard-interactive", "gssapi-with-mic", "hostbased", "none"):
        options = (
            "-o",
            f"PreferredAuthentications={way}",
            "-o",
            "BatchMode=no",
            "-o",
            "PubkeyAuthentication=no",
        )
        done = watched.ssh(
            maker.key, "help", options=options, env={**os.environ, "SSH_ASKPASS": "/bin/false"}
        )
        assert (done.code, done.out) == (255, "")
        assert done.err.strip().endswith("Permission denied (publickey).")
    assert watched.events(maker.login) == []
