"""Asking CBS: a server on this machine plays both services, with all their moods."""

from __future__ import annotations

import datetime as dt
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from analysis.benchmark.statline import read_document
from survey_app.statline import (
    ATTEMPTS,
    CBS,
    CbsUnreachable,
    HttpGet,
    NotThere,
    Services,
    fetch_table,
    load_text,
    save_text,
)
from tests.analysis.benchmark.statline_documents import MORNING, Sketch, morning, v3, v4

DAY = dt.date(2026, 11, 2)
ID = "85572NED"

#: What a service does with one request; None is: answer as usual.
Mood = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers from the server's tables; a mood for a path comes first and is used up."""

    protocol_version = "HTTP/1.1"
    server: PlayedCbs

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        path = urlsplit(self.path).path
        moods = self.server.moods.get(path, self.server.moods.get("*", []))
        if moods:
            moods.pop(0)(self)
            return
        document = self.server.documents.get(path)
        if document is None:
            self.reply(404, b"no such thing")
        elif isinstance(document.get("value"), list) and self.server.page:
            self.page(document["value"])
        else:
            self.json(document)

    def page(self, rows: list[Any]) -> None:
        """A part of the rows, with the address of the next part in the words of each version."""
        query = parse_qs(urlsplit(self.path).query)
        skip = int(query.get("$skip", ["0"])[0])
        body: dict[str, Any] = {"value": rows[skip : skip + self.server.page]}
        if skip + self.server.page < len(rows):
            old = "/v3/" in self.path
            follow = f"{self.server.address}{urlsplit(self.path).path}?$skip={skip + self.server.page}"
            body["odata.nextLink" if old else "@odata.nextLink"] = follow
        self.json(body)

    def json(self, document: Any) -> None:
        self.reply(200, json.dumps(document).encode())

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class PlayedCbs(ThreadingHTTPServer):
    """Both services at one address, below /v4/ and /v3/."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.documents: dict[str, Any] = {}
        self.moods: dict[str, list[Mood]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.page = 0
        self.pauses: list[float] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def services(self) -> Services:
        return Services(f"{self.address}/v4/", f"{self.address}/v3/")

    def put(self, sketch: Sketch, *versions: str) -> None:
        for version, documents in (("v4", v4(sketch)), ("v3", v3(sketch))):
            if version in versions:
                for name, document in documents.items():
                    self.documents[f"/{version}/{sketch.id}/{name}"] = document

    def get(self, **options: Any) -> HttpGet:
        return HttpGet(self.services, self.pauses.append, **options)

    def fetch(self, **options: Any) -> dict[str, Any]:
        return fetch_table(ID, self.get(**options), DAY, services=self.services)


@pytest.fixture
def cbs(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedCbs]:
    monkeypatch.setenv("no_proxy", "*")  # the machine that tests may have a proxy
    server = PlayedCbs()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def values(document: Any) -> set[str]:
    return {str(cell.value) for cell in read_document(document).cells}


EXPECTED = {number[0] for number in MORNING.values()}
OBSERVATIONS = f"/v4/{ID}/Observations"


def status(code: int, **headers: str) -> Mood:
    return lambda handler: handler.reply(code, b"{}", **headers)


class TestVersions:
    def test_version_4_is_asked_first_and_is_enough(self, cbs: PlayedCbs) -> None:
        cbs.put(morning(), "v4", "v3")
        document = cbs.fetch()
        assert (document["table"], document["api"], document["retrieved"]) == (ID, "v4", "2026-11-02")
        assert values(document) == EXPECTED
        assert not [path for path, _ in cbs.asked if path.startswith("/v3/")]

    def test_a_table_that_version_4_does_not_have_comes_from_version_3(self, cbs: PlayedCbs) -> None:
        cbs.put(morning(), "v3")
        document = cbs.fetch()
        assert document["api"] == "v3"
        assert values(document) == EXPECTED
        assert cbs.pauses == []

    def test_where_version_3_refuses_typed_data_the_untyped_are_taken(self, cbs: PlayedCbs) -> None:
        cbs.put(morning(), "v3")
        cbs.moods[f"/v3/{ID}/TypedDataSet"] = [status(406)]
        cbs.documents[f"/v3/{ID}/UntypedDataSet"] = v3(morning(), typed=False)["UntypedDataSet"]
        assert values(cbs.fetch()) == EXPECTED

    @pytest.mark.parametrize("version", ["v4", "v3"])
    @pytest.mark.parametrize("page", [1, 4])
    def test_all_pages_are_followed(self, cbs: PlayedCbs, version: str, page: int) -> None:
        cbs.put(morning(), version)
        cbs.page = page
        assert values(cbs.fetch()) == EXPECTED

    def test_pages_that_never_end_are_left(self, cbs: PlayedCbs) -> None:
        cbs.put(morning(), "v4")
        cbs.documents[OBSERVATIONS]["@odata.nextLink"] = f"{cbs.address}{OBSERVATIONS}"
        with pytest.raises(NotThere, match="the pages of Observations do not end"):
            cbs.fetch()

    def test_a_table_without_groups_of_columns_can_be_fetched(self, cbs: PlayedCbs) -> None:
        cbs.put(morning(), "v4")
        del cbs.documents[f"/v4/{ID}/MeasureGroups"]
        assert cbs.fetch()["documents"]["MeasureGroups"] == {"value": []}

    def test_an_answer_of_another_shape_is_one_sentence(self, cbs: PlayedCbs) -> None:
        cbs.documents[f"/v4/{ID}/Dimensions"] = {"error": "moved"}
        with pytest.raises(NotThere, match="put together in another way"):
            cbs.fetch()

    def test_both_refusals_are_told(self, cbs: PlayedCbs) -> None:
        with pytest.raises(NotThere, match="v4: it answers 404; v3: it answers 404"):
            cbs.fetch()


class TestPatience:
    @pytest.mark.parametrize("code", [500, 502, 503, 429])
    def test_a_failure_that_passes_is_tried_again(self, cbs: PlayedCbs, code: int) -> None:
        cbs.put(morning(), "v4")
        cbs.moods[OBSERVATIONS] = [status(code), status(code)]
        assert values(cbs.fetch()) == EXPECTED
        assert cbs.pauses == [1.0, 2.0]

    def test_the_server_says_how_long_to_wait(self, cbs: PlayedCbs) -> None:
        cbs.put(morning(), "v4")
        cbs.moods[OBSERVATIONS] = [status(429, Retry_After="7"), status(503, Retry_After="86400")]
        assert values(cbs.fetch()) == EXPECTED
        assert cbs.pauses == [7.0, 30.0]

    @pytest.mark.parametrize("body", [b'{"value": [', b"<html>busy</html>", b"\xff\xfe"])
    def test_a_body_that_breaks_off_is_fetched_again(self, cbs: PlayedCbs, body: bytes) -> None:
        cbs.put(morning(), "v4")
        cbs.moods[OBSERVATIONS] = [lambda handler: handler.reply(200, body)]
        assert values(cbs.fetch()) == EXPECTED
        assert cbs.pauses == [1.0]

    def test_a_connection_that_closes_halfway_is_tried_again(self, cbs: PlayedCbs) -> None:
        def break_off(handler: Handler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            handler.wfile.write(b'{"value": []}')
            handler.close_connection = True

        cbs.put(morning(), "v4")
        cbs.moods[OBSERVATIONS] = [break_off]
        assert values(cbs.fetch()) == EXPECTED
        cbs.moods[OBSERVATIONS] = [break_off] * ATTEMPTS
        with pytest.raises(CbsUnreachable, match="its answer breaks off"):
            cbs.get()(f"{cbs.address}{OBSERVATIONS}")

    def test_a_server_that_keeps_failing_is_left_after_four_times(self, cbs: PlayedCbs) -> None:
        cbs.moods["*"] = [status(500)] * 100
        with pytest.raises(CbsUnreachable, match=r"v4: 127\.0\.0\.1:\d+: it answers 500; v3: 127"):
            cbs.fetch()
        assert len(cbs.asked) == 2 * ATTEMPTS

    def test_a_server_that_stays_silent_is_left(self, cbs: PlayedCbs) -> None:
        release = threading.Event()
        started = time.monotonic()
        cbs.moods["*"] = [lambda handler: release.wait(10) and None] * 100
        try:
            with pytest.raises(CbsUnreachable, match="it does not answer in time"):
                cbs.get(timeout=0.05)(f"{cbs.address}{OBSERVATIONS}")
        finally:
            release.set()
        assert time.monotonic() - started < 3

    def test_nobody_at_home_is_said_in_one_sentence(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            address = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        pauses: list[float] = []
        get = HttpGet(Services(address, address), pauses.append)
        with pytest.raises(CbsUnreachable, match="Connection refused"):
            get(address + "x")
        assert pauses == [1.0, 2.0, 4.0]

    @pytest.mark.parametrize("code", [400, 403, 404, 406, 410])
    def test_a_refusal_is_not_tried_again(self, cbs: PlayedCbs, code: int) -> None:
        cbs.moods["*"] = [status(code)]
        with pytest.raises(NotThere, match=f"it answers {code}"):
            cbs.get()(f"{cbs.address}/v4/x")
        assert cbs.pauses == []


class TestNobodyElse:
    def test_cbs_is_asked_over_https_only(self) -> None:
        assert Services("https://datasets.cbs.nl/odata/v1/CBS/", "https://opendata.cbs.nl/ODataFeed/odata/") == CBS

    @pytest.mark.parametrize(
        "address",
        [
            "https://example.org/x",
            "file:///etc/passwd",
            "ftp://opendata.cbs.nl/x",
            "https://opendata.cbs.nl.example.org/",
        ],
    )
    def test_another_address_is_refused_before_anything_is_sent(self, address: str) -> None:
        with pytest.raises(NotThere, match="not a service of CBS"):
            HttpGet()(address)

    def test_plain_http_to_cbs_becomes_https(self) -> None:
        get = HttpGet()
        assert get._allowed("http://opendata.cbs.nl/x?$skip=1") == "https://opendata.cbs.nl/x?$skip=1"

    def test_a_redirect_elsewhere_is_not_followed(self, cbs: PlayedCbs) -> None:
        for place in ("http://127.0.0.2:9/x", "https://example.org/x"):
            cbs.moods["*"] = [status(302, Location=place)]
            with pytest.raises(NotThere, match="it leads to"):
                cbs.get()(f"{cbs.address}/v4/x")
        assert len(cbs.asked) == 2

    def test_a_redirect_within_the_service_is_followed(self, cbs: PlayedCbs) -> None:
        cbs.documents["/v4/there"] = {"value": [1]}
        cbs.moods["/v4/here"] = [status(302, Location=f"{cbs.address}/v4/there")]
        assert cbs.get()(f"{cbs.address}/v4/here") == {"value": [1]}

    def test_a_next_page_elsewhere_is_not_fetched(self, cbs: PlayedCbs) -> None:
        cbs.put(morning(), "v4")
        cbs.documents[OBSERVATIONS]["@odata.nextLink"] = "https://example.org/more"
        with pytest.raises(NotThere, match=r"it leads to example\.org"):
            cbs.fetch()

    def test_a_document_that_is_too_large_is_left(self, cbs: PlayedCbs) -> None:
        cbs.put(morning(), "v4")
        with pytest.raises(NotThere, match="larger than"):
            cbs.get(most_bytes=100)(f"{cbs.address}{OBSERVATIONS}")

    def test_a_request_says_nothing_about_who_asks(self, cbs: PlayedCbs) -> None:
        cbs.put(morning(), "v4", "v3")
        cbs.fetch()
        for path, headers in cbs.asked:
            assert urlsplit(path).query == ""
            assert {name.lower() for name in headers} == {
                "host",
                "user-agent",
                "accept",
                "accept-encoding",
                "connection",
            }
            assert headers["User-Agent"] == "peil"


def test_what_is_saved_reads_back_the_same(cbs: PlayedCbs) -> None:
    for version in ("v4", "v3"):
        cbs.documents.clear()
        cbs.put(morning(), version)
        document = cbs.fetch()
        again = load_text(save_text(document))
        assert again == document
        assert read_document(again) == read_document(document)
        assert values(again) == EXPECTED
