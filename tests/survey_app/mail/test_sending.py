"""The queue: every mail goes once, whatever breaks off where, and nothing is lost without being seen."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select, update

from survey_app.anonymity.codes import derive_token, token_hash
from survey_app.config import Config
from survey_app.mail import outbox
from survey_app.mail.codes_in_force import WrongVault
from survey_app.mail.message import Sender
from survey_app.mail.outbox import AnotherSender, Stage
from survey_app.mail.sending import PATIENCE, Pace, Sent, mail_chore, send_due
from survey_app.mail.sink import MailSink, links, received
from survey_app.mail.transport import Deferred, MailSettings, NoService, Refused, SmtpTransport, Uncertain
from survey_app.stores import reading, roster, writing
from survey_app.stores.roster import State
from survey_app.stores.tables_roster import INVITATION, OUTBOX
from survey_app.vault import Vault
from tests.survey_app.mail.servers import Moody, Slow
from tests.survey_app.running_survey import CLOSES, OPENS, VAULT, RunningSurvey, make_running_survey

AMSTERDAM = dt.timezone(dt.timedelta(hours=2))
SENDER = Sender("peil@voorbeeld.nl", "Voorbeeld BV")
AT_ONCE = Pace(0, 1)


def moment(day: dt.date, hour: int = 9, minute: int = 0) -> dt.datetime:
    """A time of day in Amsterdam."""
    return dt.datetime.combine(day, dt.time(hour, minute), AMSTERDAM)


FIRST, LATER, LAST = OPENS, OPENS + dt.timedelta(days=7), OPENS + dt.timedelta(days=14)


class Post:
    """A transport that remembers what it was given, and does what it is told to."""

    def __init__(self, answer: Callable[[EmailMessage], None] = lambda _: None) -> None:
        self.answer = answer
        self.taken: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        self.answer(message)
        self.taken.append(message)

    @property
    def people(self) -> list[str]:
        return [str(message["To"]) for message in self.taken]


def raising(error: Exception | BaseException, at: int = 1) -> Callable[[EmailMessage], None]:
    """Fails at the ``at``-th mail."""
    left = [at]

    def answer(_: EmailMessage) -> None:
        left[0] -= 1
        if not left[0]:
            raise error

    return answer


def transport_to(sink: MailSink) -> SmtpTransport:
    """A transport to a server on this machine."""
    return SmtpTransport(MailSettings.from_url(sink.url, "peil@voorbeeld.nl"))


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[RunningSurvey]:
    """Twenty-two people in two teams, k is 5, and a context of the application."""
    survey = make_running_survey(tmp_path, teams={"Zorg": 12, "Kantoor": 10}, k=5, k_invite=10)
    with survey.app.app_context():
        yield survey


def send(transport: object, now: dt.datetime = moment(FIRST), **options: object) -> Sent:  # noqa: B008  # a constant
    """One pass."""
    return send_due(now, transport, SENDER, **{"pace": AT_ONCE, **options})  # type: ignore[arg-type]


def stages() -> Counter[str]:
    """How many mails are in each stage."""
    with reading("roster") as connection:
        return Counter(connection.execute(select(OUTBOX.c.state)).scalars())


def finish(survey: RunningSurvey, unit: str, count: int) -> None:
    """``count`` people of a unit are done."""
    with writing("roster") as connection:
        ids = connection.execute(select(INVITATION.c.id).where(INVITATION.c.unit == unit).limit(count)).scalars().all()
        connection.execute(update(INVITATION).where(INVITATION.c.id.in_(ids)).values(done=True))


def change(**values: object) -> str:
    """Changes one invitation and gives its address."""
    with writing("roster") as connection:
        row = connection.execute(select(INVITATION).order_by(INVITATION.c.id).limit(1)).one()
        connection.execute(update(INVITATION).where(INVITATION.c.id == row.id).values(**values))
    return str(row.email)


def test_everybody_gets_one_invitation_with_a_code_of_their_own(survey: RunningSurvey, tmp_path: Path) -> None:
    with MailSink(tmp_path / "mail") as sink, transport_to(sink) as transport:
        assert send(transport) == Sent(sent=22)
        assert send(transport) == Sent()
    found = links(tmp_path / "mail")
    tokens = {token for unit in ("u1", "u2") for token in survey.tokens[unit]}
    assert {link.address for link in found} == {f"https://peil.example.nl/b/abcd1234#{token}" for token in tokens}
    assert len({link.to for link in found}) == len(found) == 22
    for link in found:
        token = link.address.rpartition("#")[2]
        invitation = roster.find_invitation("abcd1234", token_hash("abcd1234", token))
        assert invitation is not None and invitation.email == link.to
    languages = {str(message["Content-Language"]) for message in received(tmp_path / "mail")}
    assert languages == {"nl", "en"}


def test_no_code_and_no_moment_is_kept(survey: RunningSurvey, tmp_path: Path) -> None:
    send(Post())
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("roster.sqlite*"))
    for token in survey.tokens["u1"]:
        assert token.encode() not in kept
    with sqlite3.connect(tmp_path / "roster.sqlite") as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(outbox)")]
        assert columns == ["id", "survey_id", "invitation_id", "round", "state", "due", "attempts", "reason"]
        assert connection.execute("SELECT DISTINCT due, reason FROM outbox").fetchall() == [(0, "")]
    connection.close()


def test_mails_are_spread_at_random_over_the_window(survey: RunningSurvey) -> None:
    post, pace = Post(), Pace(start=9 * 60, minutes=4 * 60)
    assert send(post, moment(FIRST, 8, 59), pace=pace) == Sent()
    sent = [send(post, moment(FIRST, 9 + half // 2, 30 * (half % 2)), pace=pace).sent for half in range(9)]
    assert sum(sent) == 22
    assert sum(count > 0 for count in sent) >= 4, sent
    order = [person.email for person in roster.invitations("abcd1234")]
    assert post.people != sorted(post.people) and post.people != order


def test_who_starts_late_spreads_from_now_on(survey: RunningSurvey) -> None:
    post, pace = Post(), Pace(start=9 * 60, minutes=60)
    sent = [send(post, moment(FIRST + dt.timedelta(days=2), 20, minute), pace=pace).sent for minute in (0, 20, 21, 59)]
    assert sum(sent) + send(post, moment(FIRST + dt.timedelta(days=2), 21), pace=pace).sent == 22
    assert max(sent) < 20, sent


def test_who_starts_late_and_at_night_waits_for_the_morning(survey: RunningSurvey) -> None:
    post, pace, day = Post(), Pace(start=9 * 60, minutes=60), FIRST + dt.timedelta(days=2)
    night = [send(post, moment(day, hour, 59), pace=pace).sent for hour in (0, 4, 8)]
    assert night == [0, 0, 0]
    assert send(post, moment(day, 10), pace=pace) == Sent(sent=22)


def test_a_limit_holds(survey: RunningSurvey) -> None:
    seen: list[int] = []
    assert send(Post(), limit=10, progress=seen.append) == Sent(sent=10)
    assert seen == list(range(1, 11))
    assert send(Post()) == Sent(sent=12)


@pytest.mark.parametrize("day", [OPENS - dt.timedelta(days=1), CLOSES + dt.timedelta(days=1)])
def test_nothing_goes_before_the_first_day_or_after_the_last(survey: RunningSurvey, day: dt.date) -> None:
    assert send(Post(), moment(day)) == Sent()


def test_nothing_goes_once_the_survey_is_closed(survey: RunningSurvey) -> None:
    send(Post(), limit=5)
    roster.move("abcd1234", State.RUNNING, State.CLOSED)
    assert send(Post()) == Sent()


@pytest.mark.parametrize("values", [{"revoked": True}, {"opted_out": True}, {"channel": "letter"}, {"channel": "card"}])
def test_some_get_no_mail(survey: RunningSurvey, values: dict[str, object]) -> None:
    address = change(**values)
    post = Post()
    assert send(post).sent == 21
    assert address not in post.people


def test_who_asks_for_no_more_mail_while_it_waits_gets_none(survey: RunningSurvey) -> None:
    send(Post(), limit=0)
    (person,) = (person for person in roster.invitations("abcd1234") if person.email == "u1.3@example.nl")
    address = person.email
    outbox.opt_out("abcd1234", person.id)
    post = Post()
    assert send(post) == Sent(sent=21, dropped=1)
    assert address not in post.people
    assert address not in (send(post, moment(LATER)), post)[1].people


# ---- reminders


def test_reminders_go_on_their_days_to_who_is_not_done(survey: RunningSurvey) -> None:
    send(Post())
    assert send(Post(), moment(LATER - dt.timedelta(days=1))) == Sent()
    finish(survey, "u1", 8)
    post = Post()
    assert send(post, moment(LATER)).sent == 14
    assert {str(message["Subject"]) for message in post.taken} <= {
        "Herinnering: Werk en energie",
        "Reminder: Work and energy",
    }
    assert send(post, moment(LATER)) == Sent()


def test_fewer_than_k_who_are_done_are_reminded_as_well(survey: RunningSurvey) -> None:
    send(Post())
    finish(survey, "u1", 4)
    finish(survey, "u2", 5)
    assert send(Post(), moment(LATER)).sent == 22 - 5
    finish(survey, "u1", 5)
    finish(survey, "u2", 9)
    assert send(Post(), moment(LAST)).sent == 17 - 5, "only four more of u2, so they stay"


def test_everybody_is_reminded_when_the_survey_says_so(survey: RunningSurvey) -> None:
    roster.set_remind_all("abcd1234", True)
    send(Post())
    finish(survey, "u1", 10)
    assert send(Post(), moment(LATER)).sent == 22


def test_a_round_that_was_missed_is_made_up_for_and_never_doubled(survey: RunningSurvey) -> None:
    send(Post())
    assert send(Post(), moment(LATER + dt.timedelta(days=3))).sent == 22
    assert send(Post(), moment(LAST + dt.timedelta(days=1))).sent == 22
    assert outbox.last_round("abcd1234") == 2


def test_who_was_not_reached_by_the_invitation_gets_one_mail_not_two(survey: RunningSurvey) -> None:
    send(Post(), limit=15)
    post = Post()
    assert send(post, moment(LATER)).sent == 22
    assert len(set(post.people)) == 22
    assert stages() == {"sent": 37, "dropped": 7}


def test_who_is_done_by_the_time_a_reminder_goes_out_gets_it_all_the_same(survey: RunningSurvey) -> None:
    send(Post())
    send(Post(), moment(LATER), limit=0)
    finish(survey, "u1", 12)
    assert send(Post(), moment(LATER)).sent == 22


# ---- what breaks off


class PulledPlug(BaseException):
    """The program ends here and now."""


def test_a_program_that_dies_between_claiming_and_marking_sends_nothing_twice(survey: RunningSurvey) -> None:
    post = Post()
    delivered = post.send

    def die_after_sending(message: EmailMessage) -> None:
        delivered(message)
        if len(post.taken) in (3, 10):
            raise PulledPlug

    post.send = die_after_sending  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(PulledPlug):
            send(post)
    assert send(post).sent == 22 - 10
    assert len(post.people) == len(set(post.people)) == 22
    assert stages() == {"sent": 20, "uncertain": 2}


def test_a_program_that_dies_before_sending_loses_nothing_without_showing_it(survey: RunningSurvey) -> None:
    post = Post(raising(PulledPlug(), at=4))
    with pytest.raises(PulledPlug):
        send(post)
    assert send(post).sent == 22 - 4
    (tally,) = outbox.tallies("abcd1234")
    assert tally.stages == {Stage.SENT: 21, Stage.UNCERTAIN: 1}
    with outbox.only_sender():
        assert outbox.queue_again("abcd1234", Stage.UNCERTAIN) == 1
    assert send(post).sent == 1
    assert len(post.people) == len(set(post.people)) == 22


def test_a_mail_keeps_its_number_when_it_is_sent_again(survey: RunningSurvey) -> None:
    seen: list[str] = []

    def lose_first(message: EmailMessage) -> None:
        seen.append(str(message["Message-ID"]))
        if len(seen) == 1:
            raise Uncertain("connection")

    assert send(Post(lose_first)) == Sent(sent=21, uncertain=1)
    outbox.queue_again("abcd1234", Stage.UNCERTAIN)
    send(Post(lose_first))
    assert seen[-1] == seen[0] and len(set(seen)) == 22


def test_a_server_that_hangs_up_after_the_text_makes_one_mail_uncertain(survey: RunningSurvey, tmp_path: Path) -> None:
    handler = Moody(tmp_path / "mail", after={2: "hang up"})
    with MailSink(tmp_path / "mail", handler=handler) as sink, transport_to(sink) as transport:
        assert send(transport) == Sent(sent=21, uncertain=1)
        assert send(transport) == Sent()
    assert len({str(message["To"]) for message in received(tmp_path / "mail")}) == 22


def test_one_refused_recipient_stops_nobody_and_is_seen(survey: RunningSurvey, tmp_path: Path) -> None:
    handler = Moody(tmp_path / "mail", {"u1.3@example.nl": "550 unknown", "u2.4@example.nl": "450 greylisted"})
    with MailSink(tmp_path / "mail", handler=handler) as sink, transport_to(sink) as transport:
        assert send(transport) == Sent(sent=20, failed=1, later=1)
        assert send(transport, moment(FIRST, 9, 9)) == Sent()
        assert send(transport, moment(FIRST, 9, 10)) == Sent(later=1)
    (tally,) = outbox.tallies("abcd1234")
    assert tally.stages == {Stage.SENT: 20, Stage.FAILED: 1, Stage.WAITING: 1}
    assert tally.reasons == {"550": 1}


def test_a_slow_server_delays_and_doubles_nothing(survey: RunningSurvey, tmp_path: Path) -> None:
    with MailSink(tmp_path / "mail", handler=Slow(tmp_path / "mail", 0.05)) as sink, transport_to(sink) as transport:
        assert send(transport, limit=12) == Sent(sent=12)
    assert len({str(message["To"]) for message in received(tmp_path / "mail")}) == 12


def test_patience_ends(survey: RunningSurvey) -> None:
    post = Post(raising_always(Deferred("451")))
    now = moment(FIRST)
    assert send(post, now, limit=1) == Sent(later=1)
    with writing("roster") as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.attempts == 0).values(state="dropped"))
    for wait in PATIENCE[:-1]:
        now += dt.timedelta(minutes=wait - 1)
        assert send(post, now) == Sent()
        now += dt.timedelta(minutes=1)
        assert send(post, now) == Sent(later=1)
    assert send(post, now + dt.timedelta(minutes=PATIENCE[-1])) == Sent(failed=1)
    assert outbox.queue_again("abcd1234", Stage.FAILED) == 1
    assert send(Post(), now) == Sent(sent=1)


def raising_always(error: Exception) -> Callable[[EmailMessage], None]:
    """Fails at every mail."""

    def answer(_: EmailMessage) -> None:
        raise error

    return answer


def test_without_a_server_nothing_changes(survey: RunningSurvey) -> None:
    done = send(Post(raising(NoService("no mail server answers"), at=6)))
    assert done == Sent(sent=5, problem="no mail server answers")
    assert stages() == {"sent": 5, "waiting": 17}
    assert send(Post()) == Sent(sent=17)


def test_an_address_that_is_none_is_set_aside(survey: RunningSurvey) -> None:
    change(email="kees@@voorbeeld")
    assert send(Post()) == Sent(sent=21, failed=1)
    assert outbox.tallies("abcd1234")[0].reasons == {"address": 1}


def test_a_refusal_is_final_for_one_round_only(survey: RunningSurvey) -> None:
    send(Post(raising(Refused("550"))))
    assert stages() == {"sent": 21, "failed": 1}
    assert send(Post(), moment(LATER)).sent == 22


def test_codes_of_another_installation_are_never_mailed(survey: RunningSurvey) -> None:
    survey.app.extensions["peil.vault"] = Vault(b"another secret of 32 bytes......")
    post = Post()
    with pytest.raises(WrongVault, match=r"installation\.key"):
        send(post)
    assert not post.taken
    assert stages() == {"waiting": 22}


def test_a_replaced_invitation_is_mailed_with_its_new_code(survey: RunningSurvey) -> None:
    send(Post())
    person = roster.invitations("abcd1234")[0]
    code = derive_token(VAULT.link_key, person.id, 1)
    roster.reissue("abcd1234", person.id, token_hash("abcd1234", code), 20)
    assert outbox.queue_new_code("abcd1234", person.id)
    post = Post()
    assert send(post) == Sent(sent=1)
    assert post.people == [person.email]
    assert code in str(post.taken[0].get_body(("plain",)))


def test_two_programs_never_send_at_once(survey: RunningSurvey) -> None:
    with outbox.only_sender(), pytest.raises(AnotherSender):
        send(Post())
    assert send(Post(), limit=1) == Sent(sent=1)


def test_two_programs_that_both_think_they_may_do_not_claim_the_same_mail(
    survey: RunningSurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(Post(), limit=0)
    claimed = [outbox.claim_next("abcd1234", lambda _: 10_000) for _ in range(23)]
    ids = [claim.id for claim in claimed if claim is not None]
    assert len(ids) == len(set(ids)) == 22 and claimed[-1] is None


@dataclass
class Warned:
    """What an application wrote into its log."""

    lines: list[str]

    def warning(self, template: str, *values: object) -> None:
        self.lines.append(template % values)


def test_the_chore_of_a_server_sends_and_says_what_stands_in_its_way(
    survey: RunningSurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Warned([])
    send(Post(), limit=0)
    monkeypatch.setattr(type(survey.app), "logger", log)
    survey.app.extensions["peil.config"] = Config(tmp_path, smtp="smtp://127.0.0.1:1", sender="peil@voorbeeld.nl")
    monkeypatch.setattr("survey_app.mail.sending.clock", lambda app: moment(app.extensions["peil.today"](), 23))
    assert mail_chore(survey.app).sent == 0
    survey.app.extensions["peil.config"] = Config(tmp_path)
    mail_chore(survey.app)
    assert [line.split(":")[0] for line in log.lines] == ["Mail is waiting"] * 2
    assert not [line for line in log.lines if "u1." in line or "u2." in line]
    survey.app.extensions["peil.config"] = Config(tmp_path, smtp="smtp://127.0.0.1:1", sender="peil@voorbeeld.nl")
    with outbox.only_sender():
        assert mail_chore(survey.app) == Sent()
