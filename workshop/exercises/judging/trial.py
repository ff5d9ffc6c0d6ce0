"""The first two stages: an answer is packaged, and its package runs on the cases in the sandbox."""

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from workshop.attendee_code import packaging
from workshop.attendee_code.cell_source import CellFunction, PackagingError
from workshop.attendee_code.packaging import Package
from workshop.attendee_code.sandbox import cloudwatch_operations, run_all, run_cases
from workshop.attendee_code.syntax_tree import tree_of
from workshop.exercises.case import Case
from workshop.exercises.exercise import Exercise, Trial
from workshop.exercises.sample_records import Maker

RESTARTS = 2  # behind repaired answers that end the child process


def pack(exercise: Exercise, cases: tuple[Case, ...], answer: Callable[..., Any] | CellFunction) -> Trial:
    """Package an answer, a function or its source; return the Trial, which has the package or the refusal."""
    cell = None
    try:
        cell = packaging.cell_of(answer, exercise.name)
        return Trial(exercise, cases, cell, packaging.package(cell))
    except PackagingError as error:
        return Trial(exercise, cases, cell, refusal=error)


def run(trial: Trial, make: Maker) -> Trial:
    """Run what was packaged on the cases, round by round, and on probes made for it; return the Trial with its run."""
    exercise, package = trial.exercise, trial.package
    if package is None:
        return trial
    kind, count = exercise.kind, len(trial.cases)
    probes = tuple(exercise.probes(make, own_texts(package))) if "probes" in kind.rounds else ()
    rounds: dict[str, tuple[str, Iterable[int]]] = {
        "first": ("first", range(count)),
        "again": ("again", [n for n in range(count - 1, -1, -1) if trial.cases[n].twice]),
        "probes": ("first", range(count, count + len(probes))),
        # Those that the catalogue looks at go first: the time is bounded.
        "watched": ("watched", sorted(range(count), key=lambda number: not trial.cases[number].watch)),
    }
    twins = {case.name: case.record for case in trial.cases}
    result = run_cases(
        package,
        exercise.name,
        [*(case.sent() for case in trial.cases), *(probe.sent(twins[probe.twin] or {}) for probe in probes)],
        [rounds[name] for name in kind.rounds],
        spy=kind.spy,
        operations=cloudwatch_operations() if kind.client else (),
    )
    return Trial(exercise, trial.cases, trial.cell, package, None, probes, result)


def screen(
    exercise: Exercise, cases: tuple[Case, ...], cell: CellFunction, sources: Sequence[str], deadline: float
) -> list[Trial | None]:
    """Run the first round of many versions of a cell, in one child process as long as none of them ends it.

    Behind one that ends the process the others go on in another, twice. What was not reached until `deadline`, by
    time.monotonic(), is None.
    """
    trials: list[Trial | None] = [None] * len(sources)
    for number, source in enumerate(sources):
        if monotonic() < deadline:
            trials[number] = pack(exercise, cases, replace(cell, text=source))
    waiting = [number for number, trial in enumerate(trials) if trial and trial.package]
    for _ in range(1 + RESTARTS):
        left = deadline - monotonic()
        packages = [trial.packaged for number in waiting if (trial := trials[number])]
        if left <= 0 or not packages:
            break
        runs = run_all(
            packages,
            exercise.name,
            [case.sent() for case in cases],
            [("first", range(len(cases)))],
            spy=exercise.kind.spy,
            operations=cloudwatch_operations() if exercise.kind.client else (),
            seconds=left,
        )
        for number, run in zip(waiting, runs, strict=True):
            trial = trials[number]
            trials[number] = replace(trial, run=run) if trial and run.ended != "not reached" else trial
        waiting = [number for number, run in zip(waiting, runs, strict=True) if run.ended == "not reached"]
    return [trial if trial and (trial.run or trial.refusal) else None for trial in trials]


def own_texts(package: Package) -> list[str]:
    """Return the texts in the attendee's own code, at most 40; as values of fields, they give misspellings away."""
    known = {node.value for node in ast.walk(tree_of(packaging.starter().source)) if isinstance(node, ast.Constant)}
    own = [node.value for node in ast.walk(tree_of(package.source)) if isinstance(node, ast.Constant)]
    texts = [text for text in own if isinstance(text, str) and text not in known and 1 < len(text) < 200]
    texts = [part for text in texts for part in (text, *re.split(r"[|()^$:]", text.replace("\\.", "."))) if part]
    return [text for text in dict.fromkeys(texts) if not re.search(r"\s\S+\s", text)][:40]
