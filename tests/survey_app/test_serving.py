"""Showing results on this machine: served, silent, and stopped as one asked."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from queue import Queue

import click
import pytest
from werkzeug.serving import BaseWSGIServer

from survey_app import serving
from survey_app.serving import ATTEMPTS, HOST, free_port, serve_results
from tests.survey_app.conftest import ShownDemo


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


def get(port: int, address: str) -> tuple[int, bytes]:
    """The status and the content of an address."""
    connection = HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", address)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def free() -> int:
    """A port on which nothing listens now."""
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


def test_results_are_served_on_this_machine_and_nobody_is_noted_down(
    shown_demo: ShownDemo, servers: Queue[BaseWSGIServer], capfd: pytest.CaptureFixture[str]
) -> None:
    results = shown_demo.results
    thread = threading.Thread(target=serve_results, args=(results, shown_demo.folder, free()))
    thread.start()
    server = servers.get(timeout=30)
    try:
        assert server.host == HOST
        status, content = get(server.port, "/nl/")
        assert status == 200 and results.survey.organisation.encode() in content
        assert get(server.port, "/files/released.csv")[1].decode() == results.release.as_csv()
        assert get(server.port, "/nothing")[0] == 404
    finally:
        server.shutdown()
        thread.join(timeout=30)
    assert not thread.is_alive()
    said = capfd.readouterr()
    assert said.err == ""
    first, last = said.out.splitlines()
    assert f"http://{HOST}:{server.port}/" in first and "Ctrl+C" in first
    assert last == "Stopped."
    with pytest.raises(ConnectionRefusedError):
        get(server.port, "/nl/")


def test_a_port_in_use_is_passed_over(
    taken: int,
    shown_demo: ShownDemo,
    servers: Queue[BaseWSGIServer],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socketserver.BaseServer, "serve_forever", lambda self, poll_interval: None)
    serve_results(shown_demo.results, shown_demo.folder, taken)
    server = servers.get(timeout=1)
    assert taken < server.port < taken + ATTEMPTS
    assert f":{server.port}/" in capsys.readouterr().out


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
    shown_demo: ShownDemo,
    servers: Queue[BaseWSGIServer],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def press(self: socketserver.BaseServer, poll_interval: float = 0.5) -> None:
        raise KeyboardInterrupt

    # The loop itself is interrupted, as the signal does, and not the method around it.
    monkeypatch.setattr(socketserver.BaseServer, "serve_forever", press)
    serve_results(shown_demo.results, shown_demo.folder, free())
    server = servers.get(timeout=1)
    said = capfd.readouterr()
    assert said.out.splitlines()[-1] == "Stopped."
    assert said.err == ""
    assert free_port(server.port) == server.port
