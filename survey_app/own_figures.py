"""The folder with the figures that this installation added, see :mod:`analysis.benchmark.own_figures`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from analysis.benchmark.figures import BrokenCatalogue, Catalogue, load_figures
from analysis.benchmark.own_figures import load_figures_with
from analysis.errors import InputError, did_you_mean, quoted
from analysis.survey import Survey
from survey_app.config import Config


class CannotKeep(OSError):
    """The files could not be written, and are as they were; one sentence."""


def figures_folder(config: Config) -> Path:
    """Where an installation keeps the figures that it added."""
    return config.data_folder / "figures"


def installed_figures(config: Config | None) -> Catalogue:
    """The catalogue with what this installation added; without an installation the catalogue as it is.

    Raises :class:`~analysis.benchmark.figures.BrokenCatalogue`.
    """
    if config is None or not figures_folder(config).is_dir():
        return load_figures()
    return load_figures_with(figures_folder(config))


def figures_in(folder: Path | None) -> tuple[Catalogue, dict[str, str]]:
    """The catalogue with what was added in ``folder``, and the SHA-256 of each file of it, in hexadecimal.

    Raises :class:`analysis.errors.InputError`, which names the file that is damaged.
    """
    if folder is None or not folder.is_dir():
        return load_figures(), {}
    try:
        paths = sorted(folder.rglob("*.toml"))
        sums = {f"figures/{path.relative_to(folder)}": hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
        return load_figures_with(folder), sums
    except BrokenCatalogue as error:
        raise InputError(f"{folder}: {error}; mend the file, or remove it") from error
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror})") from error


def check_named(path: Path, survey: Survey, catalogue: Catalogue) -> None:
    """Refuses a survey file in which a question names a figure that is not there: :class:`InputError`."""
    for measure in survey.questionnaire.measures:
        for key in measure.figures:
            if key not in catalogue.indicators:
                raise InputError(
                    f"{path}: {quoted(measure.key)} is to stand beside the figure {quoted(key)}, which is not there"
                    f"{did_you_mean(key, catalogue.indicators)}; add it with 'peil figures add', or correct the name"
                )


def texts_in(folder: Path) -> dict[str, str]:
    """The texts of the files from StatLine in ``folder``, by the indicator that they belong to."""
    if not folder.is_dir():
        return {}
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))}


def write_all(texts: Mapping[Path, str]) -> None:
    """Writes all files or none: whole beside their places first, and put back when one cannot be moved.

    Raises :class:`CannotKeep`.
    """
    waiting: dict[Path, Path] = {}
    before: dict[Path, bytes | None] = {}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[path] = _write_beside(path, text)
        for path in texts:
            old = path.read_bytes() if path.exists() else None
            waiting[path].replace(path)
            before[path] = old
    except OSError as error:
        for path, old in before.items():
            with contextlib.suppress(OSError):
                path.unlink() if old is None else path.write_bytes(old)
        raise CannotKeep(f"{error.filename}: cannot be written ({error.strerror}); nothing was added") from error
    finally:
        for beside in waiting.values():
            beside.unlink(missing_ok=True)


def _write_beside(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
