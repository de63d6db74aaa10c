"""What a works council does on its offline page, in words of the council."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Download, Page, Request, expect

FILE = Path(__file__).parents[3] / "survey_app" / "static" / "council" / "council.html"

#: Generous, because two cores are shared by all tests; nothing waits when all is well.
PATIENCE = 15_000

Step = Literal["key", "promise", "urn", "audit", "end"]

#: Makes the browser one without Ed25519, as some were until recently.
WITHOUT_ED25519 = """
const importKey = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (format, key, algorithm, ...more) =>
  (algorithm.name ?? algorithm) === "Ed25519"
    ? Promise.reject(new DOMException("unknown", "NotSupportedError"))
    : importKey(format, key, algorithm, ...more);
"""


class CouncilPage:
    """The page in a browser without a network; whatever goes wrong on it fails the test."""

    def __init__(self, browser: Browser, language: str = "en-GB", script: str | None = None, width: int = 1100) -> None:
        self._context = browser.new_context(
            accept_downloads=True, locale=language, offline=True, viewport={"width": width, "height": 900}
        )
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self._faults: list[str] = []
        self._downloads: list[Download] = []
        self.page.on("pageerror", lambda error: self._faults.append(str(error)))
        self.page.on("console", lambda message: self._faults.append(f"{message.type}: {message.text}"))
        self.page.on("request", self._watch)
        self.page.on("download", lambda download: self._downloads.append(download))
        if script:
            self.page.add_init_script(script)
        self.page.goto(FILE.as_uri())

    def close(self) -> None:
        self._context.close()
        assert not self._faults, self._faults

    def forgive(self) -> None:
        """Forgets what went wrong until now, because it was meant to."""
        self._faults.clear()

    def go(self, step: Step) -> None:
        self.page.locator(f"[data-step={step}]").click()
        expect(self.page.locator(f"#title-{step}")).to_be_focused()

    def load(self, field: str, text: str, name: str = "file.json") -> None:
        """Chooses a file with this text in the field with this id."""
        self.page.set_input_files(f"#{field}", {"name": name, "mimeType": "text/plain", "buffer": text.encode()})
        expect(self.page.locator(f".field:has(#{field}) .chosen")).to_contain_text(name, timeout=PATIENCE)

    def take_key(self, key_file: str, passphrase: str) -> None:
        self.load("holder-file", key_file, "council-key.json")
        self.page.fill("#holder-passphrase", passphrase)
        self.page.locator("#holder-form button[type=submit]").click()
        expect(self.page.locator("#holder-loaded button")).to_be_visible(timeout=PATIENCE)

    def take_shares(self, *shares: str) -> None:
        self.page.locator("#holder summary").click()
        for place, share in enumerate(shares, start=1):
            self.page.fill(f"#share-{place}", share)
        self.page.locator("#shares-form button[type=submit]").click()

    def put_key_away(self) -> None:
        self.page.locator("#holder-loaded button").click()

    def press(self, form: str) -> None:
        """Presses the main button of a form."""
        self.page.locator(f"#{form} button[type=submit]").click()

    def result(self, step: Step) -> str:
        """What a step says when it is done."""
        part = self.page.locator(f"#{step}-result")
        expect(part.locator("h3").first).to_be_focused(timeout=PATIENCE)
        return part.inner_text()

    def refusal(self, form: str) -> str:
        """What is said about something that was refused."""
        alert = self.page.locator(f"#{form} .error")
        expect(alert).to_be_visible(timeout=PATIENCE)
        return alert.inner_text()

    def saved(self, *names: str) -> dict[str, str]:
        """The files of these names that were saved last; there must be no others."""
        for _ in range(200):
            if len(self._downloads) >= len(names):
                break
            self.page.wait_for_timeout(20)
        files = {download.suggested_filename: Path(download.path()).read_text("utf-8") for download in self._downloads}
        self._downloads.clear()
        assert set(files) == set(names)
        return files

    def checks(self) -> Mapping[str, bool]:
        """The checks of the audit on the page, by name, and whether each is ok."""
        self.result("audit")
        listed: list[tuple[str, str]] = self.page.locator("#audit-result li").evaluate_all(
            "items => items.map((item) => [item.dataset.check, item.className])"
        )
        return {name: state == "ok" for name, state in listed}

    def drop(self, *files: tuple[str, str]) -> None:
        """Drops files, pairs of name and text, somewhere on the page."""
        self.page.evaluate(
            """(files) => {
              const dataTransfer = new DataTransfer();
              for (const [name, text] of files) dataTransfer.items.add(new File([text], name));
              document.querySelector("header").dispatchEvent(
                new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
            }""",
            [list(file) for file in files],
        )

    def _watch(self, request: Request) -> Any:
        if not request.url.startswith(("file:", "blob:null/")):
            self._faults.append(f"asks for {request.url}")
