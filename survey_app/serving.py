"""Showing results on this machine, for whoever ran the demo."""

from __future__ import annotations

import socket
from pathlib import Path

import click
from werkzeug.serving import WSGIRequestHandler, make_server

from analysis.results import Results
from survey_app import create_app

HOST = "127.0.0.1"

#: Ports tried one after the other when the first is taken.
ATTEMPTS = 20


class _SilentHandler(WSGIRequestHandler):
    """Who reads which page at what time is nobody's business: no access log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing is logged."""


def serve_results(results: Results, folder: Path, port: int) -> None:
    """Serves the result page on this machine only, until Ctrl+C."""
    port = free_port(port)
    app = create_app(results, folder)
    app.config["TRUSTED_HOSTS"] = [HOST, "localhost"]  # another name for this machine may be somebody's trick
    server = make_server(HOST, port, app, threaded=True, request_handler=_SilentHandler)
    click.echo(f"Read it on http://{HOST}:{port}/ (this machine only). Ctrl+C stops.")
    server.serve_forever()  # ends on Ctrl+C by itself, and gives the port back
    click.echo("Stopped.")


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
