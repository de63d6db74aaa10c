"""Fetching StatLine tables from CBS: plain GETs that say nothing about who asks.

OData version 4 is asked first; a table that is not there is asked of version 3. Only the two
services of CBS are spoken to, over https, also when a page or a redirect names another address.
:mod:`analysis.benchmark.statline` reads what comes back.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from email.message import Message
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

#: Called with an address, gives the JSON that is there; numbers with a point are exact.
Get = Callable[[str], Any]

#: Seconds that a server may stay silent, and how often one address is asked at most.
TIMEOUT = 30.0
ATTEMPTS = 4

#: Seconds before the second attempt, twice as long before each further one; the most that a server may ask for.
PAUSE = 1.0
LONGEST_PAUSE = 30.0

#: The largest document, and the most pages of one entity.
MOST_BYTES = 64 * 1024 * 1024
MOST_PAGES = 500

_BLOCK = 1024 * 1024


class NotThere(LookupError):
    """The service answers, and does not give this document; the message says how it refused."""


class CbsUnreachable(ConnectionError):
    """No usable answer on any attempt; the message is half a sentence that says what happened."""


@dataclass(frozen=True)
class Services:
    """Where the two versions live: addresses to which the number of a table is added."""

    v4: str = "https://datasets.cbs.nl/odata/v1/CBS/"
    v3: str = "https://opendata.cbs.nl/ODataFeed/odata/"


CBS = Services()


class _Strict(urllib.request.HTTPRedirectHandler):
    """Follows a redirect within the services only."""

    def __init__(self, allow: Callable[[str], str]) -> None:
        self._allow = allow

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        """The request to the new address. Raises :class:`NotThere` for an address elsewhere."""
        return super().redirect_request(req, fp, code, msg, headers, self._allow(newurl))  # type: ignore[arg-type]


class HttpGet:
    """A :data:`Get` that speaks to ``services`` and nobody else.

    Asks again, with longer and longer pauses, when the connection fails or breaks off, and after
    429 and every 5xx. ``pause`` waits a number of seconds.
    """

    def __init__(
        self,
        services: Services = CBS,
        pause: Callable[[float], None] = time.sleep,
        timeout: float = TIMEOUT,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._schemes = {urlsplit(address).netloc: urlsplit(address).scheme for address in (services.v4, services.v3)}
        self._pause = pause
        self._timeout = timeout
        self._most_bytes = most_bytes
        self._opener = urllib.request.build_opener(_Strict(self._allowed))
        self._opener.addheaders = [("User-Agent", "peil"), ("Accept", "application/json")]

    def __call__(self, address: str) -> Any:
        """The JSON at ``address``. Raises :class:`NotThere` and :class:`CbsUnreachable`."""
        wait = PAUSE
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._pause(min(wait, LONGEST_PAUSE))
                wait = PAUSE * 2**attempt
            try:
                return json.loads(self._read(address), parse_float=Decimal)
            except urllib.error.HTTPError as error:
                with error:
                    problem = f"it answers {error.code}"
                    if error.code != 429 and error.code < 500:
                        raise NotThere(problem) from error
                    asked = error.headers.get("Retry-After", "")
                    wait = float(asked) if asked.isdecimal() else wait
            except urllib.error.URLError as error:
                problem = _reason(error.reason)
            except (OSError, http.client.HTTPException) as error:
                problem = _reason(error)
            except ValueError:
                problem = "its answer breaks off or is no JSON"
        raise CbsUnreachable(f"{urlsplit(address).netloc}: {problem}")

    def _read(self, address: str) -> bytes:
        with self._opener.open(self._allowed(address), timeout=self._timeout) as reply:
            parts = []
            size = 0
            while part := reply.read(_BLOCK):
                size += len(part)
                if size > self._most_bytes:
                    raise NotThere(f"a document is larger than {self._most_bytes // 1024**2} MB")
                parts.append(part)
            if reply.length:  # reading in parts, a body that breaks off is not an error of its own
                raise http.client.IncompleteRead(b"", reply.length)
            return b"".join(parts)

    def _allowed(self, address: str) -> str:
        """``address`` with the scheme of its service: version 3 names next pages with plain http."""
        parts = urlsplit(address)
        if parts.netloc not in self._schemes or parts.scheme not in ("http", "https"):
            raise NotThere(f"it leads to {parts.netloc or 'an address'}, which is not a service of CBS that Peil knows")
        return parts._replace(scheme=self._schemes[parts.netloc]).geturl()


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "its answer breaks off"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def fetch_table(
    number: str,
    get: Get,
    retrieved: dt.date,
    report: Callable[[float], None] = lambda part: None,
    services: Services = CBS,
) -> dict[str, Any]:
    """Everything about table ``number``, in the form that :func:`analysis.benchmark.statline.read_document` reads.

    ``report`` is told how far it is, from 0 to 1. Raises :class:`NotThere` when neither service has
    the table, and :class:`CbsUnreachable` when the one that would have it cannot be reached.
    """
    refusals = []
    missing = True
    for api, fetch, base in (("v4", _fetch_v4, services.v4), ("v3", _fetch_v3, services.v3)):
        try:
            documents = fetch(f"{base}{number}/", get, report)
        except NotThere as error:
            refusals.append(f"{api}: {error}")
        except CbsUnreachable as error:
            refusals.append(f"{api}: {error}")
            missing = False
        except (KeyError, TypeError, AttributeError) as error:
            refusals.append(f"{api}: its answer is put together in another way than Peil knows ({error!r})")
        else:
            return {"table": number, "api": api, "retrieved": retrieved.isoformat(), "documents": documents}
    raise (NotThere if missing else CbsUnreachable)("; ".join(refusals))


def save_text(document: Mapping[str, Any]) -> str:
    """A fetched table as the text of a file; :func:`load_text` reads it back."""
    return json.dumps(document, ensure_ascii=False, indent=1, default=float) + "\n"


def load_text(text: str) -> Any:
    """A table from the text of a file, numbers exact. Raises ``ValueError`` when it is no JSON."""
    return json.loads(text, parse_float=Decimal)


def _fetch_v4(base: str, get: Get, report: Callable[[float], None]) -> dict[str, Any]:
    dimensions = _entity(base, "Dimensions", get)
    wanted = ["MeasureCodes", *(f"{row['Identifier']}Codes" for row in dimensions["value"]), "Observations"]
    documents = {"Properties": get(f"{base}Properties"), "Dimensions": dimensions}
    try:
        documents["MeasureGroups"] = _entity(base, "MeasureGroups", get)
    except NotThere:
        documents["MeasureGroups"] = {"value": []}  # a table without groups
    for place, name in enumerate(wanted):
        report(place / len(wanted))
        documents[name] = _entity(base, name, get)
    return documents


def _fetch_v3(base: str, get: Get, report: Callable[[float], None]) -> dict[str, Any]:
    properties = _entity(base, "DataProperties", get, "?$format=json")
    dimensions = [row["Key"] for row in properties["value"] if row["Type"].endswith("Dimension")]
    documents = {"DataProperties": properties}
    wanted = ["TableInfos", *dimensions, "TypedDataSet"]
    for place, name in enumerate(wanted):
        report(place / len(wanted))
        try:
            documents[name] = _entity(base, name, get, "?$format=json")
        except NotThere:
            if name != "TypedDataSet":
                raise
            documents["UntypedDataSet"] = _entity(base, "UntypedDataSet", get, "?$format=json")
    return documents


def _entity(base: str, name: str, get: Get, query: str = "") -> dict[str, Any]:
    """All pages of an entity as one document."""
    rows: list[Any] = []
    address: str | None = f"{base}{name}{query}"
    seen: set[str] = set()
    while address is not None:
        if address in seen or len(seen) == MOST_PAGES:
            raise NotThere(f"the pages of {name} do not end")
        seen.add(address)
        page = get(address)
        rows.extend(page["value"])
        following = page.get("@odata.nextLink") or page.get("odata.nextLink")
        address = urljoin(address, following) if following else None
    return {"value": rows}
