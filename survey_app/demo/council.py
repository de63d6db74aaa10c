"""The works council of the demo, with its files on what stands for its own computer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from survey_app.anonymity import council
from survey_app.anonymity.audit import AuditReport, audit
from survey_app.anonymity.manifest import Manifest
from survey_app.anonymity.opening import open_urn, read_urn
from survey_app.anonymity.register import Register, read_register, with_register
from survey_app.demo import PASSPHRASE
from survey_app.demo.sheets import write_whole

KEY_FILE, PUBLIC_FILE = "council-key.json", "council-public.json"


@dataclass(frozen=True)
class DemoCouncil:
    """A council that does what ``peil council`` does, and keeps the same files in ``folder``."""

    folder: Path
    keys: council.CouncilKeys

    @classmethod
    def founded(cls, folder: Path) -> DemoCouncil:
        """A council with a new key: key file, public key file and three shares."""
        folder.mkdir(parents=True)
        master = council.new_master()
        write_whole(folder / KEY_FILE, council.key_file(master, PASSPHRASE))
        write_whole(folder / PUBLIC_FILE, council.public_file(master))
        for number, words in enumerate(council.shares(master), start=1):
            write_whole(folder / f"share-{number}.txt", f"{words}\n")
        return cls(folder, council.keys_of(master))

    def sign(self, manifest: Manifest) -> str:
        """Tries the key on a dummy envelope and signs the promise: the text of the witness file."""
        council.try_dummy_envelope(self.keys, manifest)
        self._remember(lambda register: register.after_signing(manifest))
        return self._keep("witness", manifest, council.witness_file(self.keys, manifest))

    def open(self, urn_text: str, progress: Callable[[float], None]) -> tuple[str, AuditReport]:
        """Opens an urn and checks every ballot: the text of the opened file, and the checks."""
        urn = read_urn(urn_text)
        self._remember(lambda register: register.after_opening(urn.manifest, urn.hash))
        self._keep("urn", urn.manifest, urn_text)
        opening = open_urn(urn, self.keys.opening, self.keys.witness, progress)
        self._keep("audit", urn.manifest, opening.audit_text)
        opened = self._keep("opened", urn.manifest, opening.opened_text)
        return opened, audit(opening.audit_text, opened=opened, words=urn.manifest.words)

    def _remember(self, change: Callable[[Register], Register]) -> None:
        text = (self.folder / KEY_FILE).read_text(encoding="utf-8")
        changed = change(read_register(text, self.keys))
        write_whole(self.folder / KEY_FILE, with_register(text, self.keys, changed))

    def _keep(self, what: str, manifest: Manifest, text: str) -> str:
        write_whole(self.folder / f"{what}-{manifest.survey}.json", text)
        return text
