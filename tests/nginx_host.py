"""Debian's nginx with the fragment of `deploy/` on ports of its own, before a served enrolment terminal."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command_line import ROOT, Desk
from tests.enrol_host import ServingProcess
from tests.smtp_servers import certificate
from tests.ssh_host import free_port

FRAGMENT = ROOT / "deploy" / "nginx-enrol.conf"
NGINX = "/usr/sbin/nginx"
NAME = "enrol.example.com"
PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass
class WebHost:
    """A desk whose enrolment browsers reach at `url`; `desk` is its command line."""

    desk: Desk
    serving: ServingProcess
    port: int
    plain_port: int
    trusted: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"


def fragment(ports: dict[str, int], home: Path) -> str:
    """The fragment as delivered, but for its ports and the certificate's place."""
    text = FRAGMENT.read_text(encoding="utf-8")
    changes = {
        "listen 80;": f"listen 127.0.0.1:{ports['plain']};",
        "listen 443 ssl;": f"listen 127.0.0.1:{ports['tls']} ssl;",
        "http://127.0.0.1:8080;": f"http://127.0.0.1:{ports['serving']};",
        "/etc/ssl/ccms-tui/enrol.pem": str(home / "server.pem"),
        "/etc/ssl/ccms-tui/enrol.key": str(home / "server.key"),
    }
    for delivered, here in changes.items():
        assert text.count(delivered) == 1
        text = text.replace(delivered, here)
    return text


def start_nginx(home: Path, ports: dict[str, int]) -> "subprocess.Popen[bytes]":
    (home / "fragment.conf").write_text(fragment(ports, home), encoding="utf-8")
    temporary = "\n".join(f"{place}_temp_path {home / place};" for place in PLACES)
    worker = "user root;" if os.geteuid() == 0 else ""
    (home / "nginx.conf").write_text(
        f"{worker}\ndaemon off;\nworker_processes 1;\n"
        f"pid {home / 'nginx.pid'};\nerror_log {home / 'error.log'};\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{temporary}\ninclude {home / 'fragment.conf'};\n}}\n",
        encoding="utf-8",
    )
    command = ("setpriv", "--pdeathsig", "TERM", NGINX, "-p", str(home), "-c", str(home / "nginx.conf"))
    process = subprocess.Popen((*command, "-e", str(home / "error.log")))
    while not _answers(ports["tls"]):
        if process.poll() is not None:
            pytest.fail(f"nginx did not start: {(home / 'error.log').read_text()}", pytrace=False)
    return process


def _answers(port: int) -> bool:
    with socket.socket() as attempt:
        attempt.settimeout(0.1)
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def settings_file(desk: Desk, **more: str) -> Path:
    """The desk's settings in a file, as the server wants them."""
    known = {name: value for name, value in desk.environment.items() if name.startswith("CCMS_TUI_")}
    settings = {re.sub("^CCMS_TUI_", "", name).lower(): value for name, value in known.items()} | more
    path = desk.home / "config.toml"
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in settings.items()), encoding="utf-8")
    return path


def serve_behind_nginx(desk: Desk, **settings: str) -> Iterator[WebHost]:
    """The desk's enrolment behind nginx, with further settings, until the generator is closed."""
    if shutil.which(NGINX) is None:
        pytest.fail("nginx is missing: install nginx-light.", pytrace=False)
    ports = {name: free_port() for name in ("plain", "tls", "serving")}
    _context, trusted = certificate(desk.home, NAME)
    config = settings_file(desk, enrol_url=f"https://{NAME}:{ports['tls']}", **settings)
    serving = ServingProcess(config, ports["serving"])
    nginx = start_nginx(desk.home, ports)
    try:
        context = ssl.create_default_context(cafile=str(trusted))
        yield WebHost(desk, serving, ports["tls"], ports["plain"], context)
    finally:
        nginx.send_signal(signal.SIGTERM)
        nginx.wait()
        serving.stop()
