"""Serving on one machine: silent, under its own names only, tended meanwhile, and stopped as one asked."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from queue import Queue

import click
import pytest
from flask import Flask, request
from werkzeug.serving import BaseWSGIServer

from survey_app import serving
from survey_app.application import trusted_hosts
from survey_app.config import Config
from survey_app.serving import ATTEMPTS, HOST, free_port, make_quiet_server, serve
from survey_app.words import words_for
from tests.survey_app.conftest import ShownResults


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens already."""
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Queue[BaseWSGIServer]:
    """Every server that is made, so that a test can stop it."""
    made: Queue[BaseWSGIServer] = Queue()
    make: Callable[..., BaseWSGIServer] = serving.make_server

    def make_and_tell(*arguments: object, **options: object) -> BaseWSGIServer:
        server = make(*arguments, **options)
        made.put(server)
        return server

    monkeypatch.setattr(serving, "make_server", make_and_tell)
    return made


@pytest.fixture(autouse=True)
def tended(monkeypatch: pytest.MonkeyPatch) -> Queue[threading.Event]:
    """What is tended while pages are served: the event that stops it, of each time."""
    begun: Queue[threading.Event] = Queue()
    monkeypatch.setattr(serving, "tend", lambda app, stop: begun.put(stop))
    return begun


def get(port: int, address: str, host: str | None = None) -> tuple[int, bytes]:
    """The status and the content of an address, asked for under the name ``host``."""
    connection = HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", address, headers={} if host is None else {"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def free() -> int:
    """A port on which nothing listens now."""
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


def test_pages_are_served_on_this_machine_and_nobody_is_noted_down(
    shown_demo: ShownResults,
    servers: Queue[BaseWSGIServer],
    tended: Queue[threading.Event],
    capfd: pytest.CaptureFixture[str],
) -> None:
    thread = threading.Thread(target=serve, args=(shown_demo.app, 0))
    thread.start()
    server = servers.get(timeout=30)
    stop = tended.get(timeout=30)
    try:
        assert server.host == HOST
        status, content = get(server.port, "/")
        assert status == 200 and words_for("home", "nl")["lead"].encode() in content
        assert get(server.port, "/nothing")[0] == 404
        assert get(server.port, "/static/peil.css")[0] == 200
        assert not stop.is_set()
    finally:
        server.shutdown()
        thread.join(timeout=30)
    assert not thread.is_alive()
    assert stop.is_set(), "what was begun beside the server ends with it"
    said = capfd.readouterr()
    assert said.err == ""
    first, last = said.out.splitlines()
    assert f"http://{HOST}:{server.port}/" in first and "Ctrl+C" in first
    assert last == "Stopped."
    with pytest.raises(ConnectionRefusedError):
        get(server.port, "/")


def test_only_its_own_names_are_answered_to(shown_demo: ShownResults) -> None:
    assert shown_demo.app.config["TRUSTED_HOSTS"] == ["127.0.0.1", "localhost"]
    app = Flask("survey_app")
    app.config["TRUSTED_HOSTS"] = trusted_hosts(Config(Path("data"), "https://peil.example.nl"))
    app.add_url_rule("/", view_func=lambda: request.host)
    server = make_quiet_server(app, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    statuses = {
        "127.0.0.1": 200,
        "127.0.0.1:8123": 200,
        "localhost": 200,
        "peil.example.nl": 200,
        "peil.example.nl:443": 200,
        "evil.example": 400,
        "127.0.0.1.evil.example": 400,
        "peil.example.nl.evil.example": 400,
        "": 400,
    }
    try:
        assert {name: get(server.port, "/", name)[0] for name in statuses} == statuses
    finally:
        server.shutdown()
        thread.join(timeout=30)
        server.server_close()


def test_a_port_in_use_is_passed_over(taken: int) -> None:
    assert taken < free_port(taken) < taken + ATTEMPTS


def test_a_port_that_was_asked_for_and_is_in_use_is_an_error(taken: int, shown_demo: ShownResults) -> None:
    with pytest.raises(OSError, match="in use"):
        serve(shown_demo.app, taken, say=lambda _: None)


def test_a_free_port_is_taken_as_it_is() -> None:
    port = free()
    assert free_port(port) == port


def test_when_all_ports_are_in_use_the_remedy_is_said(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "ATTEMPTS", 1)
    with pytest.raises(click.ClickException, match=f"ports {taken} to {taken} are all in use.*--port"):
        free_port(taken)


def test_the_last_port_of_all_is_tried_and_none_after_it() -> None:
    assert free_port(65535) == 65535


def test_ctrl_c_stops_with_a_word_and_gives_the_port_back(
    shown_demo: ShownResults,
    servers: Queue[BaseWSGIServer],
    tended: Queue[threading.Event],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def press(self: socketserver.BaseServer, poll_interval: float = 0.5) -> None:
        raise KeyboardInterrupt

    # The loop itself is interrupted, as the signal does, and not the method around it.
    monkeypatch.setattr(socketserver.BaseServer, "serve_forever", press)
    serve(shown_demo.app, free())
    server = servers.get(timeout=1)
    assert tended.get(timeout=30).is_set()
    said = capfd.readouterr()
    assert said.out.splitlines()[-1] == "Stopped."
    assert said.err == ""
    assert free_port(server.port) == server.port


def test_a_request_that_cannot_be_understood_is_not_noted_down(
    shown_demo: ShownResults, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    server = make_quiet_server(shown_demo.app, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        with socket.create_connection((HOST, server.port), timeout=30) as connection:
            connection.sendall(b"GET /b/abcd1234#CANARY and more than that\r\n\r\n")
            assert b"400" in connection.recv(1000)
    finally:
        server.shutdown()
        thread.join(timeout=30)
        server.server_close()
    said = capfd.readouterr()
    assert "CANARY" not in said.out + said.err + caplog.text
    assert HOST not in said.err + caplog.text
