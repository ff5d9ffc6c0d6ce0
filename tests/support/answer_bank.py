"""Wrong answers as people hand them in, by authors who knew the tasks and not the kit's catalogue of mistakes.

Each file of tests/exercises/wrong_answers has blocks: a line `=== exercise | id of the cause | the cause in a
sentence`, then the cell's text as it was typed. Two causes are joined by " + ".
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from cells import run_cell

from workshop import cloudtrail_analyzer as analyzer
from workshop.exercises.feedback import Result
from workshop.exercises.judging.judge import judge
from workshop.exercises.registry import BY_NAME
from workshop.exercises.sample_records import Maker

BANK = Path(__file__).resolve().parent.parent / "exercises" / "wrong_answers"
_HEADER = re.compile(r"^=== *(\w+) *\| *(.+?) *\| *(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class WrongAnswer:
    """One block of the bank."""

    exercise: str
    cause: str
    sentence: str
    source: str
    number: int

    def __str__(self) -> str:
        return f"{self.number}-{self.exercise}-{self.cause}".replace(" ", "")


def wrong_answers(name: str) -> list[WrongAnswer]:
    """Return the blocks of one file of the bank."""
    text = (BANK / f"{name}.txt").read_text("utf-8")
    heads = list(_HEADER.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        WrongAnswer(*head.groups(), text[head.end() : end].strip("\n") + "\n", number)
        for number, (head, end) in enumerate(zip(heads, ends, strict=True), 1)
    ]


def notebook() -> dict[str, object]:
    """Return the names that an attendee's notebook has when the exercises come."""
    record = Maker(1).record("logs.amazonaws.com", "DescribeLogGroups")
    names = ("print_short_record", "instance_identifier_arn_pattern", "METRIC_NAME", "METRIC_NAMESPACE")
    own = {"record": record, "records": [record], "events": pd.DataFrame([record]), "pd": pd, "re": re}
    return {"__name__": "__main__", **{name: getattr(analyzer, name) for name in names}, **own}


@functools.cache
def handed_in(answer: WrongAnswer) -> Result | BaseException:
    """Return what check says of an answer, or what the cell itself raises where it does not even run."""
    try:
        function = run_cell(answer.source, notebook())[answer.exercise]
    except BaseException as error:
        return error
    return judge(BY_NAME[answer.exercise], function, Maker(7))
