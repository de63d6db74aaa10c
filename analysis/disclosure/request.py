"""One more cut of a released survey, answered from the point of view of what is out already."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.dataset import Dataset
from analysis.disclosure.gate import History, decide
from analysis.disclosure.plan import RESPONSE, CellKey, Place, ReportingPlan, with_cut
from analysis.disclosure.release import Cell, print_cells
from analysis.disclosure.suppression import CannotProtect
from analysis.units import UnitPath
from instruments.questionnaire import Questionnaire

#: A released row, as :meth:`analysis.disclosure.release.Cell.row` gives it, as texts.
Row = tuple[str, ...]


def divide_unit(
    dataset: Dataset,
    questionnaire: Questionnaire,
    plan: ReportingPlan,
    released: Mapping[CellKey, Row],
    k: int,
    path: UnitPath,
    cut: str,
    barred: frozenset[str] = frozenset(),
) -> Mapping[CellKey, Cell] | None:
    """The new cells when one more unit of a released survey is divided by a cut; None for a refusal.

    ``plan`` holds everything that was ``released`` of its own wave. That stays, and every figure of it is
    attacked again together with the new ones. It is refused, without a reason for anybody, when nothing new
    could be open, when the unit or the cut is not in the plan or the division is there already, when what was
    released tells of one of the new groups what must not be found out, and when ``dataset`` no longer gives the
    released figures: somebody withdrew since, and a new figure beside the old ones would tell about that person.
    ``barred``: as in :class:`analysis.disclosure.gate.History`.

    Raises as :func:`analysis.disclosure.gate.decide`.
    """
    if path not in plan.tree or cut not in {each.key for each in plan.cuts} or path in plan.crossed(plan.cut(cut)):
        return None
    wider = with_cut(plan, path, cut)
    opened: dict[Place, set[str]] = {place: set() for place in plan.places}
    for key, row in released.items():
        if key.wave == plan.wave and row[-1] == "0":
            opened[key.place].add(key.measure)
    settled = {place: frozenset(measures) for place, measures in opened.items()}
    try:
        decision = decide(dataset, questionnaire, wider, k, History(settled, barred))
    except CannotProtect:
        return None
    cells = print_cells(decision, questionnaire, wider, k)
    if any(row != as_texts(cells[key]) for key, row in released.items() if key.wave == plan.wave):
        return None
    new = {key: cell for key, cell in cells.items() if key not in released}
    return new if any(not cell.closed and key.measure != RESPONSE for key, cell in new.items()) else None


def as_texts(cell: Cell) -> Row:
    """The row of a cell as it stands in a file."""
    return tuple(str(field) for field in cell.row())
