"""What follows on a pressed button in the path without JavaScript.

Every step may be taken twice, by a double click, a page that is loaded again or one that was left
behind: a page brings along all that it needs, and what is asked of the service may be repeated.
Raises what the client raises when it is not about this very page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import Response

from survey_app.anonymity.client import Refused, Respondent
from survey_app.anonymity.codes import RECOVERY_SYMBOLS, TOKEN_SYMBOLS, BadCode, read_recovery_code, read_token
from survey_app.anonymity.drafts import State
from survey_app.anonymity.sealing import TooLong
from survey_app.respond.carrying import Carried, carried_from
from survey_app.respond.pages import ABOUT, CHECK, keys_of, page_at, pages_of, place_of, read_page
from survey_app.respond.routing import cleaned_about, cleaned_answers
from survey_app.respond.showing import (
    PAUSE,
    RESUME,
    THANKS,
    WELCOME,
    WITHDRAW,
    WITHDRAWN,
    Visit,
    category_field,
    groups_of,
    show_check,
    show_code,
    show_later,
    show_resume,
    show_start,
    show_step,
    show_thanks,
    show_welcome,
    show_withdraw,
)
from survey_app.stores import urn

Fields = Mapping[str, str]
Shown = str | Response

#: Fields with something wrong, and the sentence about it.
Errors = dict[str, str]

#: Refusals that pass: the page stays, with a word about it and everything that was filled in.
PASSING = {"busy": 503, "changed": 409, "failed": 503, "slow_down": 429}

_TOKEN, _CODE = "typed_token", "typed_code"

#: What the service says of a code, and the field and text with which that is told.
_CODE_ERRORS = {
    "unknown": (_TOKEN, "code_unknown"),
    "refused": (_CODE, "code_nothing"),
    "taken": (_CODE, "code_taken"),
}


def enter(visit: Visit, pressed: str, fields: Fields) -> Shown:
    """Comes in with an invitation code, a recovery code, or both."""
    typed = {name: _behind_hash(fields.get(name, "")) for name in (_TOKEN, _CODE)}
    if pressed != "next":
        return show_start(visit, typed, {})
    # The two kinds can be told apart, so neither field is the wrong one.
    if not typed[_CODE] and len(_symbols(typed[_TOKEN])) == RECOVERY_SYMBOLS:
        typed = {_TOKEN: "", _CODE: typed[_TOKEN]}
    errors = _wrong_codes(visit, typed)
    if not any(typed.values()):
        errors = {_TOKEN: str(visit.words("code_empty"))}
    if errors:
        return Response(show_start(visit, typed, errors), 422)
    try:
        return _come_in(visit, typed[_TOKEN], typed[_CODE])
    except Refused as refused:
        if refused.word in _CODE_ERRORS:
            name, text = _CODE_ERRORS[refused.word]
            return Response(show_start(visit, typed, {name: str(visit.words(text))}), 422)
        return _passing(visit, refused.word, lambda trouble: show_start(visit, typed, {}, trouble))


def move(visit: Visit, at: str, pressed: str, fields: Fields) -> Shown:
    """The page after ``at``, or ``at`` again."""
    moves: dict[str, Callable[[Visit, str, Fields], Shown]] = {
        RESUME: _resume,
        WELCOME: _start,
        PAUSE: _go_on,
        CHECK: _check,
        THANKS: _afterwards,
        WITHDRAW: _withdraw,
        WITHDRAWN: _again,
    }
    if at in moves:
        return moves[at](visit, pressed, fields)
    return _answer(visit, at, pressed, fields)


def erase(visit: Visit, pressed: str, fields: Fields) -> Shown:
    """After closing: has the opened answers of a recovery code erased."""
    typed = {_CODE: _behind_hash(fields.get(_CODE, ""))}
    if pressed != "erase":
        return show_later(visit, typed, {})
    errors = _wrong_codes(visit, typed) or ({} if typed[_CODE] else {_CODE: str(visit.words("code_empty"))})
    if errors:
        return Response(show_later(visit, typed, errors), 422)
    try:
        Respondent(visit.booth, read_recovery_code(typed[_CODE]), None).withdraw_ballot()
    except Refused as refused:
        if refused.word in PASSING:
            return _passing(visit, refused.word, lambda trouble: show_later(visit, typed, {}, trouble=trouble))
        return Response(show_later(visit, typed, {_CODE: str(visit.words("later_nothing"))}), 422)
    return show_later(visit, {}, {}, notice=visit.words("later_done"))


def _come_in(visit: Visit, token: str, code: str) -> Shown:
    """With a fresh invitation to the first page; with a recovery code to where someone was."""
    if not token:
        respondent = visit.booth.resume(code)
    else:
        respondent = visit.booth.begin(token, code or None)
        look = respondent.look()
        if look.issued and not code:
            return show_resume(visit.carrying(Carried(token=read_token(token))), {}, {})
        if look.issued:
            respondent.issue()
            respondent.restore()
    visit = visit.carrying(_carried(visit, respondent, token))
    if visit.carried.sent:
        return show_thanks(visit, notice=visit.words("sent_before"))
    place = 0 if respondent.state is None else respondent.state.place
    key = page_at(visit.form, visit.carried.answers, place)
    return show_welcome(visit) if key is None else show_step(visit, key, notice=visit.words("resumed"))


def _carried(visit: Visit, respondent: Respondent, token: str) -> Carried:
    state = respondent.state or State()
    unit = respondent.unit.key
    known = {group["key"] for group in groups_of(visit.manifest, unit)}
    return carried_from(
        visit.form,
        token=read_token(token) if token else "",
        code=respondent.code,
        unit=unit,
        report_as=state.report_as if state.report_as in known else unit,
        answers=state.answers,
        about=state.about,
        sent=respondent.sent,
    )


def _resume(visit: Visit, pressed: str, fields: Fields) -> Shown:
    typed = {_CODE: _behind_hash(fields.get(_CODE, ""))}
    if pressed == "back":
        return show_start(visit, {}, {})
    if pressed != "next":
        return show_resume(visit, typed, {})
    errors = _wrong_codes(visit, typed) or ({} if typed[_CODE] else {_CODE: str(visit.words("code_empty"))})
    if errors:
        return Response(show_resume(visit, typed, errors), 422)
    try:
        return _come_in(visit, visit.carried.token, typed[_CODE])
    except Refused as refused:
        if refused.word not in _CODE_ERRORS:
            return _passing(visit, refused.word, lambda trouble: show_resume(visit, typed, {}, trouble))
        text = _CODE_ERRORS[refused.word][1]
        return Response(show_resume(visit, typed, {_CODE: str(visit.words(text))}), 422)


def _start(visit: Visit, pressed: str, fields: Fields) -> Shown:
    chosen = fields.get("report_as", "")
    if chosen in {group["key"] for group in groups_of(visit.manifest, visit.carried.unit)}:
        visit = visit.carrying(replace(visit.carried, report_as=chosen))
    back_to = _back_to(fields)
    if pressed not in ("next", "back"):
        return show_welcome(visit, back_to=back_to)
    return show_check(visit) if back_to else show_step(visit, keys_of(visit.form, visit.carried.answers)[0])


def _answer(visit: Visit, at: str, pressed: str, fields: Fields) -> Shown:
    """Takes over what was filled in on a page of questions, and goes where the button leads."""
    wrong: Mapping[str, str] = {}
    if at == ABOUT:
        visit = visit.carrying(_with_about(visit, fields))
    else:
        page = next((page for page in pages_of(visit.form, visit.carried.answers) if page.key == at), None)
        if page is None:
            return show_check(visit)
        read = read_page(page, fields)
        visit, wrong = visit.carrying(visit.carried.with_answers(read.answers)), read.wrong
    back_to = _back_to(fields)
    if wrong or pressed not in ("next", "back", "pause"):
        return Response(show_step(visit, at, wrong=wrong, back_to=back_to), 422 if wrong else 200)
    if pressed == "pause":
        return _pause(visit, at)
    key = _target(visit, at, pressed, back_to)
    return show_welcome(visit) if key == WELCOME else show_step(visit, key, back_to=back_to)


def _with_about(visit: Visit, fields: Fields) -> Carried:
    about = dict(visit.carried.about)
    for cut in visit.form["about"]:
        category = fields.get(category_field(cut["key"]))
        known = {"", *(option["key"] for option in cut["options"])}
        if category is not None and category in known:
            about[cut["key"]] = category
    return replace(visit.carried, about=about)


def _target(visit: Visit, at: str, pressed: str, back_to: str) -> str:
    """The page that the button leads to; who came to mend one thing goes back to checking."""
    keys = keys_of(visit.form, visit.carried.answers)
    place = keys.index(at)
    if back_to:
        opened = [] if pressed == "back" else _opened(visit, at)
        return opened[0] if opened else back_to
    if pressed == "back":
        return keys[place - 1] if place else WELCOME
    return keys[place + 1]


def _opened(visit: Visit, at: str) -> list[str]:
    """The pages after ``at`` on the same topic on which nothing is answered yet, such as those a new answer opened."""
    shown = pages_of(visit.form, visit.carried.answers)
    topics = {page.key: page.topic for page in shown}
    after = shown[list(topics).index(at) + 1 :] if at in topics else []
    answered = visit.carried.answers
    return [p.key for p in after if p.topic == topics[at] and not any(item["key"] in answered for item in p.items)]


def _pause(visit: Visit, at: str) -> Shown:
    """Puts what there is in the locker; from then on the recovery code is worth something."""

    def keep() -> Shown:
        _respondent(visit).save_draft(_state(visit, at))
        return show_code(visit, "pause", PAUSE, "pause_title", back_to=at)

    return _trying(visit, keep, lambda trouble: show_step(visit, at, trouble=trouble))


def _go_on(visit: Visit, pressed: str, fields: Fields) -> Shown:
    at = fields.get("back_to", "")
    if pressed != "next":
        return show_code(visit, "pause", PAUSE, "pause_title", back_to=at)
    known = keys_of(visit.form, visit.carried.answers)
    return show_step(visit, at if at in known else known[0])


def _check(visit: Visit, pressed: str, fields: Fields) -> Shown:
    keys = keys_of(visit.form, visit.carried.answers)
    wanted = pressed.partition("to:")[2]
    if pressed == "send":
        return _trying(visit, lambda: _send(visit), lambda trouble: show_check(visit, trouble))
    if pressed == "pause":
        return _pause(visit, CHECK)
    if pressed == "back":
        return show_step(visit, keys[-2])
    if wanted == WELCOME:
        return show_welcome(visit, back_to=CHECK)
    return show_step(visit, wanted, back_to=CHECK) if wanted in keys else show_check(visit)


def _send(visit: Visit) -> Shown:
    respondent = _respondent(visit)
    is_first = not respondent.sent
    respondent.submit(
        cleaned_about(visit.form, visit.carried.about),
        cleaned_answers(visit.form, visit.carried.answers),
        visit.carried.report_as,
    )
    if is_first:
        # How many came this way, of the survey as a whole; nothing says which envelopes they are.
        urn.count_assisted(visit.manifest.survey)
    return show_thanks(visit.carrying(replace(visit.carried, sent=True)))


def _afterwards(visit: Visit, pressed: str, fields: Fields) -> Shown:
    if pressed == "change":
        answered = visit.carried.answers
        return show_check(visit) if answered else show_step(visit, keys_of(visit.form, answered)[0])
    if pressed == "withdraw":
        return show_withdraw(visit)
    acts: dict[str, Callable[[], Shown]] = {"receipt": lambda: _receipt(visit), "done": lambda: _tell(visit)}
    if pressed in acts:
        return _trying(visit, acts[pressed], lambda trouble: show_thanks(visit, trouble=trouble))
    return show_thanks(visit)


def _receipt(visit: Visit) -> Shown:
    """The receipt of what lies in the locker now, as a file; the page stays where it is."""
    response = Response(_respondent(visit).receipt_file(), mimetype="application/json")
    name = f"peil-{visit.manifest.survey}-receipt.json"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _tell(visit: Visit) -> Shown:
    """Tells the roster that this invitation is done: at a moment that the person chooses, not along with sending."""
    _respondent(visit).done()
    return show_thanks(visit, notice=visit.words("done_sent"), told=True)


def _withdraw(visit: Visit, pressed: str, fields: Fields) -> Shown:
    if pressed == "back":
        return show_thanks(visit)
    if pressed != "withdraw":
        return show_withdraw(visit)
    return _trying(visit, lambda: _empty(visit), lambda trouble: show_withdraw(visit, trouble))


def _empty(visit: Visit) -> Shown:
    respondent = _respondent(visit)
    respondent.withdraw()
    visit = visit.carrying(replace(visit.carried, answers={}, about={}, sent=False))
    # A draft without answers holds the credentials, so that the recovery code alone is enough to start again.
    respondent.save_draft(_state(visit, ""))
    return show_code(visit, "withdrawn", WITHDRAWN, "withdrawn")


def _again(visit: Visit, pressed: str, fields: Fields) -> Shown:
    if pressed != "next":
        return show_code(visit, "withdrawn", WITHDRAWN, "withdrawn")
    return show_welcome(visit)


def _respondent(visit: Visit) -> Respondent:
    """The client of this person with what lies in her locker; gets the credentials if she has none yet."""
    carried = visit.carried
    if not carried.token:
        return visit.booth.resume(carried.code)
    respondent = visit.booth.begin(carried.token, carried.code)
    respondent.issue()
    respondent.restore()
    return respondent


def _state(visit: Visit, at: str) -> State:
    carried = visit.carried
    return State(dict(carried.about), dict(carried.answers), carried.report_as, place_of(visit.form, at))


def _trying(visit: Visit, work: Callable[[], Shown], again: Callable[[str], str]) -> Shown:
    """Does the work. What passes is told on the same page, and somebody else in between is tried over once."""
    for attempt in (1, 2):
        try:
            return work()
        except TooLong:
            return Response(again(visit.words("error_full_text")), 413)
        except Refused as refused:
            if refused.word == "taken":
                # The invitation was used elsewhere since this page was made.
                return Response(show_resume(visit.carrying(Carried(token=visit.carried.token)), {}, {}), 409)
            if refused.word != "changed" or attempt == 2:
                return _passing(visit, refused.word, again)
    raise AssertionError("the second attempt always ends")


def _passing(visit: Visit, word: str, again: Callable[[str], str]) -> Response:
    if word not in PASSING:
        raise Refused(word) from None
    text = "error_slow_text" if word == "slow_down" else "not_saved"
    return Response(again(visit.words(text)), PASSING[word])


def _wrong_codes(visit: Visit, typed: Fields) -> Errors:
    """What cannot be right in the codes as they were typed, by field; an empty field is no mistake."""
    readers: dict[str, tuple[Callable[[str], str], int]] = {
        _TOKEN: (read_token, TOKEN_SYMBOLS),
        _CODE: (read_recovery_code, RECOVERY_SYMBOLS),
    }
    errors: Errors = {}
    for name, text in typed.items():
        read, length = readers[name]
        try:
            if text:
                read(text)
        except BadCode as bad:
            found = len(_symbols(text))
            errors[name] = str(visit.words(f"code_{bad.reason}", expected=length, found=found))
    return errors


def _symbols(typed: str) -> str:
    return "".join(sign for sign in typed if not sign.isspace() and sign != "-")


def _behind_hash(typed: str) -> str:
    """Of a whole link only the code in it."""
    return typed.rpartition("#")[2].strip()


def _back_to(fields: Fields) -> str:
    return CHECK if fields.get("back_to") == CHECK else ""
