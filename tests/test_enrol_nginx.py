"""Debian's nginx with the delivered fragment before the enrolment server: TLS, and who the visitor is."""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import Desk
from tests.nginx_host import NAME, WebHost, serve_behind_nginx
from tests.terminal import PATIENCE


@pytest.fixture(scope="module")
def web_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHost]:
    desk = Desk(Path(tmp_path_factory.mktemp("nginx")))
    assert desk.run("init").code == 0
    yield from serve_behind_nginx(desk)


def handshake(host: WebHost, context: ssl.SSLContext) -> ssl.SSLSocket:
    return context.wrap_socket(socket.create_connection(("127.0.0.1", host.port)), server_hostname=NAME)


def ask(
    host: WebHost, path: str = "/", method: str = "GET", body: bytes | None = None, **headers: str
) -> http.client.HTTPResponse:
    connection = http.client.HTTPSConnection("127.0.0.1", host.port, context=host.trusted)
    connection.sock = handshake(host, host.trusted)
    connection.request(method, path, body, {"Host": NAME, **headers})
    return connection.getresponse()


def test_the_page_comes_by_tls_and_says_so_for_good(web_host: WebHost) -> None:
    answer = ask(web_host)
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert web_host.url.replace("https", "wss").encode() in answer.read()


def test_plain_http_is_sent_to_tls(web_host: WebHost) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", web_host.plain_port)
    connection.request("GET", "/", headers={"Host": NAME})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{NAME}/")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_old_tls_is_refused(web_host: WebHost) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(web_host, context)


def test_the_script_is_packed_and_what_is_typed_is_not(web_host: WebHost) -> None:
    assert ask(web_host, "/terminal.js", **{"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert "Sec-WebSocket-Extensions" not in upgrade(web_host).headers


@pytest.mark.parametrize(
    ("method", "size", "status"), [("POST", 10, 403), ("POST", 5000, 413), ("PUT", 1, 403)]
)
def test_nothing_is_taken(web_host: WebHost, method: str, size: int, status: int) -> None:
    assert ask(web_host, "/", method, b"x" * size).status == status


def upgrade(host: WebHost, **headers: str) -> http.client.HTTPResponse:
    """Ask for a terminal; it ends when the answer is dropped."""
    wanted = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": host.url,
        "Sec-WebSocket-Extensions": "permessage-deflate", **headers,
    }  # fmt: skip
    return ask(host, "/ws", **wanted)


def test_a_visitor_cannot_say_who_they_are(web_host: WebHost) -> None:
    answer = upgrade(web_host, **{"X-Forwarded-For": "198.51.100.1"})
    assert answer.status == 101
    log = logged(web_host, "opened from 127.0.0.1")
    assert "198.51.100.1" not in log


def logged(web_host: WebHost, words: str) -> str:
    """What the server has written, once `words` are in it: it writes after it has answered."""
    deadline = time.monotonic() + PATIENCE
    while words not in (log := web_host.serving.log.read_text(encoding="utf-8")):
        assert time.monotonic() < deadline, log
        time.sleep(0.01)
    return log


def test_another_page_opens_no_terminal(web_host: WebHost) -> None:
    assert upgrade(web_host, Origin="https://elsewhere.example").status == 403
