"""``peil council``: the works council's tool, for who prefers a command line to the offline page."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from survey_app.anonymity import council as council_keys
from survey_app.anonymity.audit import SOUND, audit, check_receipt, read_bundle
from survey_app.anonymity.encoding import Malformed
from survey_app.anonymity.manifest import Manifest, check_witness
from survey_app.anonymity.opening import TooFewBallots, TooManyBallots, open_urn, read_urn, urn_hash
from survey_app.anonymity.register import AgainstRegister, Register
from survey_app.anonymity.sealing import open_sealed, seal
from survey_app.cli import council_pages as pages
from survey_app.cli.analyse import ANY_PATH
from survey_app.cli.council_client import NotOrigin, pinned_page, server_origin
from survey_app.cli.council_files import (
    Held,
    destroy_key_file,
    hold_key_file,
    hold_shares,
    objection,
    read_passphrase,
    read_text,
    refuse_overwriting,
    write_files,
)
from survey_app.cli.council_roster import Difference, UnusableRoster, compare_with_list, read_own_list
from survey_app.cli.council_words import Words
from survey_app.cli.errors import BadInput
from survey_app.cli.pages import language_option, wrap
from survey_app.cli.progress import Progress

KEY_FILE, PUBLIC_FILE = "council-key.json", "council-public.json"
WITNESS, OPENED, AUDIT, DESTROYED = "witness.json", "opened.json", "audit.json", "destroyed.json"

#: Shorter passphrases are refused.
MIN_PASSPHRASE = 12

out_option = click.option(
    "--out", type=ANY_PATH, default=Path(), metavar="DIR", help="Where the files go; without it, here."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")


def with_language(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--language`` and hands the command its texts as ``words``."""

    @language_option
    @functools.wraps(command)
    def wrapped(*arguments: Any, language: str, **options: Any) -> Any:
        return command(*arguments, words=Words("nl" if language == "nl" else "en"), **options)

    return wrapped


def with_key(required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds the ways to give the council's key and hands the command the keys as ``held``.

    None when no key is given and none is ``required``. Stands below :func:`with_language`.
    """

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--key", "key_file", type=ANY_PATH, metavar="FILE", help=f"The council's {KEY_FILE}.")
        @click.option(
            "--passphrase-file", type=ANY_PATH, metavar="FILE", help="Holds the passphrase; without it you type it."
        )
        @click.option(
            "--share", "shares", multiple=True, metavar="FILE", help="A share in a file, or its words; give two."
        )
        @functools.wraps(command)
        def wrapped(
            *arguments: Any,
            words: Words,
            key_file: Path | None,
            passphrase_file: Path | None,
            shares: Sequence[str],
            **options: Any,
        ) -> Any:
            held = None
            if shares and key_file is None:
                held = hold_shares(shares, words)
            elif key_file is not None and not shares:
                held = hold_key_file(key_file, words, lambda: _ask_passphrase(passphrase_file, words, confirm=False))
            elif required or key_file is not None:
                raise BadInput(words.sentence("key_or_shares"))
            return command(*arguments, words=words, held=held, **options)

        return wrapped

    return add


@click.group()
def council() -> None:
    """The works council's key: make it, sign the promise, open the urn, audit, destroy.

    Everything works without a network, and so does the page survey_app/static/council/council.html,
    which does the same in a browser.
    """


@council.command()
@click.option("--out", type=ANY_PATH, required=True, metavar="DIR", help="Where the key files go.")
@click.option("--passphrase-file", type=ANY_PATH, metavar="FILE", help="Holds the passphrase; without it you type it.")
@click.option("--shares-dir", type=ANY_PATH, metavar="DIR", help="Also write the three sheets as text files.")
@with_language
def keygen(out: Path, passphrase_file: Path | None, shares_dir: Path | None, words: Words) -> None:
    """Make the council's key and print its three shares.

    Writes council-key.json, which stays with the council, and council-public.json, which goes to HR.
    Any two of the three printed sheets open the answers, also without the key file or passphrase.
    """
    key_path, public_path = out / KEY_FILE, out / PUBLIC_FILE
    sheets_at = [shares_dir / f"share-{place}.txt" for place in (1, 2, 3)] if shares_dir else []
    refuse_overwriting(dict.fromkeys([key_path, public_path, *sheets_at]), words)
    passphrase = _ask_passphrase(passphrase_file, words, confirm=True)
    if len(passphrase) < MIN_PASSPHRASE:
        raise BadInput(words.sentence("passphrase_short", length=MIN_PASSPHRASE))
    master = council_keys.new_master()
    keys = council_keys.keys_of(master)
    shares = council_keys.shares(master)
    _try_key(keys, master, shares, words)
    text = Held(keys, Register(), key_path, council_keys.key_file(master, passphrase)).remembering(Register())[key_path]
    name, today = pages.key_name(keys), dt.date.today()
    sheets = [
        "\n".join(pages.sheet_lines(share, place, len(shares), name, today, words)) + "\n"
        for place, share in enumerate(shares, start=1)
    ]
    files = {
        key_path: text,
        public_path: council_keys.public_file(master),
        **dict(zip(sheets_at, sheets, strict=False)),
    }
    write_files(files, words, private=[key_path, *sheets_at])
    _print(words("key_ready"), words("key_files"), "", words("key_shares_lead"), words("key_shares_only_here"))
    for sheet in sheets:
        click.echo(f"\n{'-' * 72}\n\n{sheet}")


@council.command()
@click.argument("manifest_file", type=ANY_PATH, metavar="PROMISE")
@click.option("--roster", type=ANY_PATH, metavar="ROSTER.csv", help="The council's own list of people or of units.")
@out_option
@yes_option
@with_language
@with_key(required=True)
def witness(manifest_file: Path, roster: Path | None, out: Path, yes: bool, words: Words, held: Held) -> None:
    """Show the PROMISE of a survey in plain words and sign it.

    One promise is signed for each survey. ROSTER.csv has one line a person with a column 'unit', or
    one line a unit with the number of people in a column 'invited'. Writes witness.json.
    """
    manifest, questions = _read_promise(manifest_file, words)
    _check_signing(manifest, held, words)
    differences = _compare(manifest, roster, words)
    register = _judge(lambda: held.register.after_signing(manifest), words)
    if yes and differences:
        raise BadInput(words.sentence("roster_unequal", line=pages.difference(differences[0], words)))
    click.echo("\n".join(pages.promise_lines(manifest, questions, words)))
    if differences is not None:
        click.echo("\n".join(pages.difference_lines(manifest, differences, words)))
    click.echo()
    if not yes and not click.confirm(words("promise_ask")):
        click.echo(words("promise_not_signed"))
        raise SystemExit(1)
    council_keys.try_dummy_envelope(held.keys, manifest)
    signed = council_keys.witness_file(held.keys, manifest)
    write_files({out / WITNESS: signed}, words, held.remembering(register))
    _print(words("promise_signed"), *_shares_warning(held, words))


@council.command("client")
@click.argument("manifest_file", type=ANY_PATH, metavar="PROMISE")
@click.option("--server", required=True, metavar="URL", help="Where the survey is served: https:// and the host.")
@click.option("--out", "page", type=ANY_PATH, required=True, metavar="FILE.html", help="Where the page goes.")
@with_language
def client_command(manifest_file: Path, server: str, page: Path, words: Words) -> None:
    """Make the page of the council's own that people can answer on, from the PROMISE that was signed.

    One file, for a place that the server has no hand in, or to hand out. It talks with this server
    only, and refuses any other promise. Prints its SHA-256 for the notice board; the same release of
    Peil gives the same file again. No key is needed.
    """
    manifest, _ = _read_promise(manifest_file, words)
    if manifest.level == 1:
        raise BadInput(words.sentence("client_level"))
    try:
        content = pinned_page(manifest, server_origin(server))
    except NotOrigin as error:
        raise BadInput(words.sentence("client_server", address=server)) from error
    write_files({page: content}, words)
    _print(pages.about(manifest, words), words("client_ready", file=page, server=server_origin(server)))
    click.echo(f"\nSHA-256  {hashlib.sha256(content.encode()).hexdigest()}")
    click.echo(f"{words('client_words')}  {manifest.words}\n")
    _print(words("client_post"))


@council.command("open")
@click.argument("urn_file", type=ANY_PATH, metavar="URN")
@out_option
@with_language
@with_key(required=True)
def open_command(urn_file: Path, out: Path, words: Words, held: Held) -> None:
    """Open the URN of a closed survey, once.

    Writes opened.json, which goes back to the server, and audit.json, which stays with the council.
    The same urn may be opened again and gives the same files; another one is refused.
    """
    urn = _read(read_urn, read_text(urn_file, words), "not_urn", words)
    if not held.keys.belong_to(urn.manifest):
        raise BadInput(words.sentence("other_council"))
    register = _judge(lambda: held.register_for(urn.manifest).after_opening(urn.manifest, urn.hash), words)
    progress = Progress()
    try:
        opening = open_urn(urn, held.keys.opening, held.keys.witness, lambda part: progress("opening", part))
    except TooFewBallots as error:
        raise BadInput(words.sentence("too_few_ballots", k=urn.manifest.k)) from error
    except TooManyBallots as error:
        name = urn.manifest.unit(error.unit).name
        raise BadInput(words.sentence("too_many_ballots", unit=name)) from error
    finally:
        progress.done()
    files = {out / OPENED: opening.opened_text, out / AUDIT: opening.audit_text}
    write_files(files, words, held.remembering(register), private=list(files))
    click.echo("\n".join([*pages.urn_lines(urn, words), *pages.opening_lines(opening, words)]))
    click.echo()
    _print(words("urn_files"), *_shares_warning(held, words))


@council.command("audit")
@click.argument("bundle_file", type=ANY_PATH, metavar="AUDIT")
@click.option("--opened", type=ANY_PATH, metavar="FILE", help="The opened file that went to the server.")
@click.option("--board", type=ANY_PATH, metavar="FILE", help="The public tally list: /v/SURVEY/board.jsonl, saved.")
@click.option("--head", type=ANY_PATH, metavar="FILE", help="The head of the tally list: /v/SURVEY/head, saved.")
@click.option("--receipt", type=ANY_PATH, metavar="FILE", help="A receipt that somebody brought.")
@click.option("--words", "posted", metavar="WORDS", help="The six recognition words that the council posted.")
@with_language
@with_key(required=False)
def audit_command(
    bundle_file: Path,
    opened: Path | None,
    board: Path | None,
    head: Path | None,
    receipt: Path | None,
    posted: str | None,
    words: Words,
    held: Held | None,
) -> None:
    """Check a count with AUDIT, the file that the opening left with the council. No server is needed.

    Exit code 1 when a check fails. With the key, a receipt can be judged in full.
    """
    if (board is None) != (head is None):
        raise BadInput(words.sentence("board_without_head"))
    bundle = read_text(bundle_file, words)
    report = audit(
        bundle,
        words=posted,
        opened=None if opened is None else read_text(opened, words),
        head=None if head is None else _read(json.loads, read_text(head, words), "board_without_head", words),
        board=None if board is None else read_text(board, words),
    )
    outcomes = [(check.ok, pages.check_line(check, words)) for check in report.checks]
    if receipt is not None and report.checks[0].ok:
        outcomes.append(_judge_receipt(bundle, read_text(receipt, words), held, words))
    for ok, sentence in outcomes:
        click.echo("\n".join(pages.report_line(ok, sentence, words)))
    click.echo()
    _print(*(words(f"remark_{remark.name}", **remark.values) for remark in report.remarks))
    failed = sum(not ok for ok, _ in outcomes)
    if failed:
        click.echo(words("audit_failed_1") if failed == 1 else words("audit_failed", number=failed))
        raise SystemExit(1)
    click.echo(words("audit_passed"))


@council.command()
@click.argument("sealed_file", type=ANY_PATH, metavar="URN|AUDIT")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="The day in the record; without it, today."
)
@out_option
@yes_option
@with_language
@with_key(required=True)
def destroy(sealed_file: Path, on: dt.datetime | None, out: Path, yes: bool, words: Words, held: Held) -> None:
    """Destroy the key after the days for objections, and leave a signed record of it.

    URN or AUDIT says which survey it was. Writes destroyed.json, then overwrites and deletes the key
    file. Burning the sheets with the shares is up to you.
    """
    manifest, envelopes, sealed_hash = _read_sealed(read_text(sealed_file, words), words)
    if not held.keys.belong_to(manifest):
        raise BadInput(words.sentence("other_council"))
    _judge(lambda: held.register_for(manifest).check_destroying(manifest), words)
    _print(pages.about(manifest, words), words("end_agree"))
    if not yes and not click.confirm(words("end_ask")):
        click.echo(words("end_not_done"))
        raise SystemExit(1)
    day = on.date() if on else dt.date.today()
    record = council_keys.destruction_record(held.keys, manifest, day, sealed_hash, envelopes)
    write_files({out / DESTROYED: record}, words)
    lines = [words("end_send")]
    if held.file is not None:
        destroy_key_file(held.file, words)
        lines.append(words("end_deleted", file=held.file.name))
    _print(*lines, words("end_burn"))


def _ask_passphrase(file: Path | None, words: Words, confirm: bool) -> str:
    question = words("key_passphrase" if confirm else "holder_passphrase")
    again = words("key_passphrase_again") if confirm else False
    return read_passphrase(file, words, lambda: str(click.prompt(question, hide_input=True, confirmation_prompt=again)))


def _try_key(keys: council_keys.CouncilKeys, master: bytes, shares: Sequence[str], words: Words) -> None:
    """Refuses a key that does not open a dummy, or that two of its shares do not give back."""
    survey, dummy = secrets.token_bytes(32), secrets.token_bytes(512)
    opened = open_sealed(keys.opening, survey, seal(keys.opening_key, survey, dummy))
    pairs = ([shares[0], shares[1]], [shares[0], shares[2]], [shares[1], shares[2]])
    if opened != dummy or any(council_keys.join_shares(pair) != master for pair in pairs):
        raise BadInput(words.sentence("test_failed"))


def _read_promise(file: Path, words: Words) -> tuple[Manifest, list[Mapping[str, str]] | None]:
    try:
        return pages.read_promise(read_text(file, words))
    except pages.FormDiffers as error:
        raise BadInput(words.sentence("form_differs")) from error
    except Malformed as error:
        raise BadInput(words.sentence("not_promise")) from error


def _check_signing(manifest: Manifest, held: Held, words: Words) -> None:
    if manifest.level == 1:
        raise BadInput(words.sentence("level_1_nothing"))
    if not held.keys.belong_to(manifest):
        raise BadInput(words.sentence("other_council"))


def _compare(manifest: Manifest, roster: Path | None, words: Words) -> list[Difference] | None:
    if roster is None:
        return None
    try:
        return compare_with_list(manifest, read_own_list(read_text(roster, words), manifest.wave))
    except UnusableRoster as error:
        raise BadInput(words.sentence(error.key, **error.values)) from error


def _judge(ask: Callable[[], Any], words: Words) -> Any:
    try:
        return ask()
    except AgainstRegister as against:
        raise objection(against, words) from against


def _read(reader: Callable[[str], Any], text: str, unfit: str, words: Words) -> Any:
    """What ``reader`` makes of a text; ``unfit`` names the sentence for a text that it cannot read."""
    try:
        return reader(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(words.sentence(unfit)) from error


def _judge_receipt(bundle: str, receipt: str, held: Held | None, words: Words) -> tuple[bool, str]:
    """A receipt fails the audit unless its ballot, or a later one, was counted, or may have been."""
    opening = held.keys.opening if held else None
    verdict = _read(lambda text: check_receipt(bundle, text, opening), receipt, "not_receipt", words)
    return verdict in SOUND, words(pages.verdict_key(verdict, held is not None))


def _read_sealed(text: str, words: Words) -> tuple[Manifest, int, bytes]:
    """The survey, number of envelopes and urn hash of an urn or audit file."""
    try:
        urn = read_urn(text)
        return urn.manifest, len(urn.envelopes), urn.hash
    except Malformed:
        pass  # Then it may be the other kind.
    bundle = _read(read_bundle, text, "not_urn_or_audit", words)
    if not check_witness(bundle.manifest, bundle.witness):
        raise BadInput(words.sentence("not_witnessed"))
    return bundle.manifest, len(bundle.envelopes), urn_hash(bundle.manifest, bundle.envelopes)


def _shares_warning(held: Held, words: Words) -> list[str]:
    return [] if held.file else [words("holder_loaded_shares")]


def _print(*paragraphs: str) -> None:
    for paragraph in paragraphs:
        click.echo("\n".join(wrap(paragraph)))
