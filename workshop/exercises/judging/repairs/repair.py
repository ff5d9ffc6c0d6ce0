"""What a repair is: one edit of an answer, and what it says of the answer if trying it proves it right."""

import ast
import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from workshop.exercises.judging.repairs.answer import Answer, replaced


@dataclass(frozen=True)
class Swap:
    """Another node, or statements, in the place of one; or of several at once, as `also` {id(node): new}.

    `words` are what `says` and `advice` of the repair name; `at` is the node whose line is shown, if it is not `old`.
    """

    old: Any
    new: Any
    words: dict[str, str] = field(default_factory=dict)
    also: dict[int, Any] = field(default_factory=dict)
    at: Any = None


@dataclass(frozen=True)
class Edit:
    """An answer with one mistake put right: `source` is all of it, `line` where the mistake is in the answer's text.

    `places` is how many nodes were changed; `whole` says that one of them is the whole function.
    """

    id: str
    says: str
    advice: str
    line: int
    source: str
    places: int = 1
    whole: bool = False


_Swaps = Callable[[Answer], Iterator[Swap]]


class Rank(enum.IntEnum):
    """How soon a repair is named: of two with which an answer passes, the one of the lower rank."""

    SLIP = enum.auto()  # it is named whatever the verdicts look like, since hardly any such code is ever meant
    NEEDLESS = enum.auto()  # a condition that can go altogether, before what stands in it
    USUAL = enum.auto()
    BROAD = enum.auto()  # it can be tried nearly everywhere: the answer's author may have meant something else
    NEVER_TRIED = enum.auto()  # it is no more than certain


@dataclass(frozen=True)
class Repair:
    """A mistake by its repair: `swaps` yields each place where it could be put right.

    `says` and `advice` may name what the swap's words hold, as {word}. `certain`: where there is such a place, what it
    says is true of the answer, whatever else is wrong. `client`: only functions that get a CloudWatch client have it.
    """

    id: str
    says: str
    advice: str
    swaps: _Swaps
    rank: Rank = Rank.USUAL
    certain: bool = False
    client: bool = False

    def edits(self, answer: Answer) -> Iterator[Edit]:
        """Yield the answer with this mistake put right, once for each place."""
        for swap in self.swaps(answer) if answer.exercise.kind.client or not self.client else ():
            new = {id(swap.old): swap.new, **swap.also}
            for node in new.values():  # all others have their places
                for part in node if isinstance(node, list) else [node]:
                    ast.fix_missing_locations(part)
            try:
                source = ast.unparse(replaced(answer.tree, new)) + "\n"
                compile(source, "repaired", "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError):  # such a change cannot be written here
                continue
            line = getattr(swap.at or swap.old, "lineno", 1)
            says, advice = self.says.format(**swap.words), self.advice.format(**swap.words)
            yield Edit(
                self.id, says, advice, line, source, len({id(swap.old), *swap.also}), swap.old is answer.function
            )


def repair(identifier: str, says: str, advice: str, **more: Any) -> Callable[[_Swaps], Repair]:
    """Return a decorator that makes a Repair, with `more` of its fields, of a function that yields its swaps."""
    return lambda swaps: Repair(identifier, says, advice, swaps, **more)


def repairs_in(module: ModuleType) -> list[Repair]:
    """Return the repairs that a module defines, in its order."""
    return [value for value in vars(module).values() if isinstance(value, Repair)]


def code(node: ast.AST) -> str:
    """Return a node as source, in short."""
    text = ast.unparse(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\\" in node.value:  # as patterns are written
        text = f'r"{node.value}"'
    return text if len(text) <= 60 else f"{text[:59]}…"
