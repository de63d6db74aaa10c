"""The whole way of one survey, played by invented people on one machine.

HR makes the promise, the works council signs it, mails go out to a mail server that delivers nothing,
people answer over HTTP, the council opens the urn and checks every ballot, and a report comes out.
Then a second, small survey is started for whoever wants to try it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import multiprocessing
import queue
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

from analysis.results import Results
from survey_app.analysing import WRITTEN
from survey_app.anonymity.audit import AuditReport
from survey_app.anonymity.client import load_booth
from survey_app.anonymity.manifest import Manifest
from survey_app.application import create_app
from survey_app.commission import lifecycle
from survey_app.commission.commissioning import Files, Wishes, commission_survey
from survey_app.commission.releasing import release_survey
from survey_app.config import Config
from survey_app.demo import Demo, Employee, make_demo
from survey_app.demo.council import DemoCouncil
from survey_app.demo.sheets import Sheet, write_whole
from survey_app.entering import ROLES, new_staff_key, staff_link
from survey_app.mail.sending import Pace, send_due
from survey_app.mail.sink import MailSink, links
from survey_app.mail.transport import MailSettings, SmtpTransport
from survey_app.serving import make_quiet_server
from survey_app.stores import results as opened_ballots
from survey_app.transport import HttpTransport

#: The day on which the invented people answer, and the one on which the urn is opened.
ANSWERING, OPENING = dt.date(2026, 10, 12), dt.date(2026, 10, 26)

#: How many of the invented people change what they sent, and how many who will not take part send
#: something and take it back. Nothing of either may be seen afterwards.
CHANGING, WITHDRAWING = 25, 15

#: The division that can be tried, and for how many days from today.
TRIED, TRIED_DAYS = "Behandeling en revalidatie", 14

#: People who answer at the same time.
AT_ONCE = 4

#: What lies in the folder of the played survey.
DATA, MAIL, COUNCIL, EARLIER = "data", "mail", "council", "earlier"

_STAFF_COLUMNS = ("wave", "unit", "age", "sex", "contract", "name", "email", "language")

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Played:
    """What came of it: the results, what to tell about it, and links to try by what they show."""

    results: Results
    account: str
    links: dict[str, str]
    config: Config


def play(folder: Path, stage: Path, seed: int, address: str, progress: Progress) -> Played:
    """Plays the survey whose demo files lie in ``folder``; databases, mails and keys go to ``stage``.

    The report is copied into ``folder``. ``address`` is where the pages will be served afterwards.
    """
    demo = make_demo(seed)
    config = Config(stage / DATA, address)
    omar = DemoCouncil.founded(stage / COUNCIL)
    day = _Day(ANSWERING)
    app = create_app(config, day)
    files = _write_inputs(folder, stage, demo)
    wishes = Wishes(2, omar.keys.opening_key, omar.keys.witness_key)
    with app.app_context(), MailSink(stage / MAIL) as sink:
        manifest = _promise(files, wishes, omar, day(), progress)
        _send_invitations(sink, manifest, progress)
        acts = _cast(demo.staff, stage / MAIL, random.Random(seed))
        _answer(config, manifest.survey, acts, progress)
        lifecycle.close(manifest.survey)
        day.today = OPENING
        checks = _open(manifest, omar, day(), progress)
        results = release_survey(manifest.survey, progress)
        assert results is not None, "this stage is new, so nothing was released on it before"
        for name in WRITTEN:
            shutil.copyfile(config.release_folder(manifest.survey) / name, folder / name)
        day.today = dt.date.today()
        tried = _start_trial(files, wishes, omar, day(), stage, progress)
        _send_invitations(sink, tried, progress)
        invitation = links(sink.folder)[-1].address
        to_try = {
            "Answer yourself (a fresh invitation)": invitation,
            "The same without JavaScript": _assisted(invitation),
        }
        to_try |= _staff_links(address, tried, manifest)
        return Played(results, _account(manifest, acts, checks), to_try, config)


_WHO = {"hr": "HR", "council": "Works council", "board": "Board"}


def _staff_links(address: str, running: Manifest, finished: Manifest) -> dict[str, str]:
    """Links for everybody on the staff; the board has nothing to see of a survey that runs."""
    found = {
        f"{_WHO[role]}, of the survey that {stands}": staff_link(address, new_staff_key(manifest.survey, role))
        for stands, manifest, roles in (("runs", running, ROLES[:2]), ("is finished", finished, ROLES))
        for role in roles
    }
    return {**found, "The tally list, for everybody": f"{address}/v/{finished.survey}"}


def _account(manifest: Manifest, acts: Sequence[_Act], checks: AuditReport) -> str:
    """What happened, in a few lines."""
    withdrawn, changed = sum(act.withdraws for act in acts), sum(act.first is not None for act in acts)
    head = opened_ballots.head(manifest.survey)
    assert head is not None  # it was stored a moment ago
    good = sum(check.ok for check in checks.checks)
    return "\n".join(
        [
            f"{manifest.invited} people were invited, {len(acts)} answered over HTTP; {changed} changed what they had "
            f"sent, {withdrawn} took it back.",
            f"The works council opened the urn: {head.size} ballots counted, {head.invalid} invalid.",
            f"Its audit: {good} of {len(checks.checks)} checks hold. Recognition words: {manifest.words}.",
        ]
    )


class _Day:
    """The calendar of the play."""

    def __init__(self, today: dt.date) -> None:
        self.today = today

    def __call__(self) -> dt.date:
        return self.today


def _write_inputs(folder: Path, stage: Path, demo: Demo) -> Files:
    """The staff list of this wave and the files of the earlier one, as HR would have them."""
    earlier = stage / EARLIER
    earlier.mkdir()
    files = Files(folder / "survey.toml", folder / "staff.csv", earlier / "answers.csv", earlier / "roster.csv")
    write_whole(files.roster, _staff_list(demo.staff))
    for path, sheet in ((files.earlier, demo.answers), (files.earlier_roster, demo.roster)):
        assert path is not None  # both were named a few lines above
        before = tuple(row for row in sheet.rows if row[0] != demo.staff[0].row[0])
        write_whole(path, Sheet(sheet.header, before).as_csv())
    return files


def _staff_list(staff: Sequence[Employee]) -> str:
    rows = tuple(
        (*person.row, f"Medewerker {place + 1:04}", _email(place), "nl" if place % 8 else "en")
        for place, person in enumerate(staff)
    )
    return Sheet(_STAFF_COLUMNS, rows).as_csv()


def _email(place: int) -> str:
    return f"m{place + 1:04}@vlierwaarde.example"


def _promise(files: Files, wishes: Wishes, omar: DemoCouncil, today: dt.date, progress: Progress) -> Manifest:
    """HR promises, the council tries its key and signs, and the survey starts."""
    manifest = commission_survey(files, wishes, today, progress)
    lifecycle.accept_witness(manifest.survey, omar.sign(manifest))
    lifecycle.start(manifest.survey)
    return manifest


def _send_invitations(sink: MailSink, manifest: Manifest, progress: Progress) -> None:
    settings = MailSettings.from_url(sink.url, "Peil <peil@vlierwaarde.example>")
    now = dt.datetime.combine(manifest.opens, dt.time(9)).astimezone()
    with SmtpTransport(settings) as transport:
        send_due(
            now, transport, settings.from_, pace=Pace(minutes=0),
            progress=lambda count: progress("mail", count / manifest.invited),
        )  # fmt: skip


@dataclass(frozen=True)
class _Act:
    """What one person does: answers, changes it perhaps, or thinks better of it."""

    code: str
    employee: Employee
    first: Employee | None = None
    withdraws: bool = False


def _cast(staff: Sequence[Employee], mails: Path, chance: random.Random) -> list[_Act]:
    """Who does what with the link in the mail, in an order that has nothing to do with the roster."""
    codes = {found.to: found.address.rpartition("#")[2] for found in links(mails)}
    taking_part = [(codes[_email(place)], one) for place, one in enumerate(staff) if one.answers is not None]
    others = [codes[_email(place)] for place, one in enumerate(staff) if one.answers is None]
    acts = [_Act(code, person) for code, person in taking_part]
    for place in chance.sample(range(len(acts)), min(CHANGING, len(acts))):
        acts[place] = replace(acts[place], first=taking_part[place - 1][1])
    model = taking_part[0][1]
    acts += [_Act(code, model, withdraws=True) for code in chance.sample(others, min(WITHDRAWING, len(others)))]
    chance.shuffle(acts)
    return acts


def _answer(config: Config, survey_id: str, acts: Sequence[_Act], progress: Progress) -> None:
    """Everybody acts over HTTP, :data:`AT_ONCE` at a time, with a server in a process of its own."""
    todo: queue.SimpleQueue[_Act] = queue.SimpleQueue()
    for act in acts:
        todo.put(act)
    with serving_apart(config, ANSWERING) as address, ThreadPoolExecutor(AT_ONCE) as pool:
        work = [pool.submit(_work, address, survey_id, todo) for _ in range(AT_ONCE)]
        while wait(work, timeout=0.5).not_done:
            progress("respondents", 1 - todo.qsize() / len(acts))
    for done in work:
        done.result()  # raises what went wrong


def _work(address: str, survey_id: str, todo: queue.SimpleQueue[_Act]) -> None:
    with HttpTransport(address) as transport:
        booth = load_booth(transport, survey_id)
        while not todo.empty():
            try:
                act = todo.get_nowait()
            except queue.Empty:
                return
            respondent = booth.begin(act.code)
            for person in filter(None, (act.first, act.employee)):
                respondent.submit(person.about or {}, person.answers or {})
            if act.withdraws:
                respondent.withdraw()
            else:
                respondent.done()


@contextmanager
def serving_apart(config: Config, today: dt.date) -> Iterator[str]:
    """The address of this installation, served by another process while the block runs."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(config, today, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        ours.close()
        process.terminate()
        process.join()


def _serve(config: Config, today: dt.date, pipe: Connection) -> None:
    server = make_quiet_server(create_app(config, lambda: today), 0)
    pipe.send(server.port)
    server.serve_forever()


def _open(manifest: Manifest, omar: DemoCouncil, today: dt.date, progress: Progress) -> AuditReport:
    """The council opens the urn on its own computer, checks the ballots and hands them in."""
    urn = lifecycle.take_urn(manifest.survey)
    opened, checks = omar.open(urn, lambda part: progress("opening", part))
    lifecycle.accept_opened(manifest.survey, opened, today)
    return checks


def _start_trial(
    files: Files, wishes: Wishes, omar: DemoCouncil, today: dt.date, stage: Path, progress: Progress
) -> Manifest:
    """A small survey that runs from today, of one division, to try by hand."""
    folder = stage / "trial"
    folder.mkdir()
    text = files.survey.read_text(encoding="utf-8")
    for old, new in (
        ("fieldwork_from = 2026-10-05", f"fieldwork_from = {today.isoformat()}"),
        ("fieldwork_to = 2026-10-23", f"fieldwork_to = {(today + dt.timedelta(days=TRIED_DAYS)).isoformat()}"),
        ('earlier_waves = ["2025"]\n', ""),
        ('nl = "Werk, vermoeidheid en mantelzorg 2026"', 'nl = "Werk, vermoeidheid en mantelzorg (om te proberen)"'),
        ('en = "Work, fatigue and caregiving 2026"', 'en = "Work, fatigue and caregiving (to try)"'),
    ):
        assert old in text, f"the demo's survey file no longer says {old}"
        text = text.replace(old, new)
    write_whole(folder / "survey.toml", text)
    header, *rows = csv.reader(io.StringIO(files.roster.read_text(encoding="utf-8")))
    chosen = tuple(tuple(row) for row in rows if row[1].startswith(TRIED))
    write_whole(folder / "staff.csv", Sheet(tuple(header), chosen).as_csv())
    return _promise(Files(folder / "survey.toml", folder / "staff.csv"), wishes, omar, today, progress)


def _assisted(link: str) -> str:
    """The address without JavaScript, and the code to type there."""
    address, _, code = link.partition("#")
    return f"{address.replace('/b/', '/a/')} with the code {code}"
