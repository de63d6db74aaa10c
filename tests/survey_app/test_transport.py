"""How the Python client reaches a server: replies understood, losses repeated, and said when they last."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask, Response, request

from survey_app import transport
from survey_app.transport import PAUSE, ConnectionLost, FlaskTransport, HttpTransport

HOST = "127.0.0.1"


class Server(ThreadingHTTPServer):
    """A server that keeps connections open and can hang up before it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), Handler)
        self.hang_up = 0
        self.peers: list[int] = []
        self.requests: list[tuple[str, str, bytes]] = []

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}/base/"


class Handler(BaseHTTPRequestHandler):
    """Answers every request with what was asked, and hangs up as often as the server says."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, content))
        self.server.peers.append(self.client_address[1])
        if self.server.hang_up:
            self.server.hang_up -= 1
            self.close_connection = True
            return
        kind = "text/plain" if self.path.endswith(".txt") else "application/json"
        answer = {"odd": b'{"odd"', "big": b"[" + b"1," * 100 + b"1]"}.get(self.path.rsplit("/")[-1], b'{"fine":1}')
        self.send_response(403 if self.path.endswith("no") else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST  # noqa: N815 — the name that http.server looks for

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def server() -> Iterator[Server]:
    """The server, listening."""
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def pauses() -> list[float]:
    """How long was waited between attempts."""
    return []


def test_replies_are_understood_and_the_connection_is_kept(server: Server) -> None:
    with HttpTransport(server.address) as send:
        assert send("POST", "/u/open", {"a": "é"}) == (200, {"fine": 1})
        assert send("GET", "/no") == (403, {"fine": 1})
        assert send("GET", "/list.txt") == (200, '{"fine":1}')
        assert send("GET", "/odd") == (200, '{"odd"')
    assert server.requests[0] == ("POST", "/base/u/open", b'{"a":"\\u00e9"}')
    assert len(set(server.peers)) == 1


def test_a_request_without_reply_is_sent_again(server: Server, pauses: list[float]) -> None:
    server.hang_up = 3
    with HttpTransport(server.address, pause=pauses.append) as send:
        assert send("POST", "/u/open", {"a": "b"}) == (200, {"fine": 1})
    assert server.requests == [("POST", "/base/u/open", b'{"a":"b"}')] * 4
    assert pauses == [PAUSE, PAUSE * 2, PAUSE * 4]


def test_a_loss_that_lasts_is_said(server: Server, pauses: list[float]) -> None:
    server.hang_up = 99
    with HttpTransport(server.address, pause=pauses.append) as send, pytest.raises(ConnectionLost):
        send("GET", "/m/a.json")
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    with HttpTransport(f"http://{HOST}:{port}", attempts=2, pause=pauses.append) as send, pytest.raises(ConnectionLost):
        send("GET", "/m/a.json")


def test_a_reply_without_end_is_not_read_to_its_end(
    server: Server, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 100)
    with HttpTransport(server.address, pause=pauses.append) as send:
        assert send("GET", "/no") == (403, {"fine": 1})
        with pytest.raises(ConnectionLost):
            send("GET", "/big")


@pytest.mark.parametrize("address", ["peil.example.nl", "ftp://peil.example.nl", "https://", "https://a.nl/?x"])
def test_only_addresses_of_servers_are_taken(address: str) -> None:
    with pytest.raises(ValueError, match="looks like https"):
        HttpTransport(address)


def test_an_application_is_asked_for_the_one_who_asks() -> None:
    app = Flask(__name__)

    @app.route("/where", methods=["GET", "PUT"])
    def where() -> dict[str, object]:
        return {"from": request.remote_addr, "body": request.get_json(silent=True), "cookie": request.cookies}

    @app.get("/text")
    def text() -> Response:
        return Response("a\nb\n", mimetype="text/plain")

    send = FlaskTransport(app.test_client(), remote_addr="192.0.2.7")
    assert send("PUT", "/where", {"a": 1}) == (200, {"from": "192.0.2.7", "body": {"a": 1}, "cookie": {}})
    assert send("GET", "/where") == (200, {"from": "192.0.2.7", "body": None, "cookie": {}})
    assert send("GET", "/text") == (200, "a\nb\n")
    assert FlaskTransport(app.test_client())("GET", "/where")[1]["from"] == "127.0.0.1"
