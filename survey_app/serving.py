"""The web application on one machine, without an access log."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import click
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from survey_app.tending import tend

HOST = "127.0.0.1"

#: Ports tried one after the other when the first is taken.
ATTEMPTS = 20


class _SilentHandler(WSGIRequestHandler):
    """Who reads which page at what time is nobody's business: no access log."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing is logged, a request that cannot be understood neither: it may hold a code."""


def make_quiet_server(app: Flask, port: int, host: str = HOST) -> BaseWSGIServer:
    """A threaded server for ``app`` that logs no request; ``port`` 0 takes any that is free.

    Raises ``OSError`` when the address cannot be had.
    """
    # Made here, because the server would end the program when the port is in use.
    with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        return make_server(host, port, app, threaded=True, request_handler=_SilentHandler, fd=listener.fileno())


def serve(app: Flask, port: int, host: str = HOST, say: Callable[[str], None] = click.echo) -> None:
    """Serves until Ctrl+C, and sends the mail that is due meanwhile."""
    server = make_quiet_server(app, port, host)
    stop = threading.Event()
    clerk = threading.Thread(target=tend, args=(app, stop), daemon=True)
    clerk.start()
    say(f"Peil answers on http://{host}:{server.port}/. Ctrl+C stops.")
    try:
        server.serve_forever()  # ends on Ctrl+C by itself, and gives the port back
    finally:
        stop.set()
    say("Stopped.")


def free_port(first: int) -> int:
    """``first``, or the next port that nothing listens on."""
    for port in range(first, min(first + ATTEMPTS, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise click.ClickException(f"ports {first} to {first + ATTEMPTS - 1} are all in use; choose another with --port")
