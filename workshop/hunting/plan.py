"""What a sweep is to do: detectors under names of their own, and how each of them may be asked."""

from collections.abc import Callable, Container, Iterable

from workshop.attendee_code.call_slips import slip
from workshop.attendee_code.cell_source import is_stub
from workshop.attendee_code.knowing import shown_name
from workshop.hunting.verdict_memo.memo import VerdictMemo


class Plan:
    """Detectors by name, and what is known of them: `memo`, and `stubs`, the names of those that are not written yet.

    `exact`: every record is shown in full, whatever is known.

    It is made once, where the detectors' source is, and can be sent to other processes that do a part of the work.

    Raises: ValueError when there is no detector, TypeError when something is not a detector.
    """

    def __init__(self, detectors: Iterable[Callable], exact: bool = False) -> None:
        self.detectors: dict[str, Callable] = {}
        self.exact = exact
        for detector in detectors:
            if not callable(detector):
                got = repr(detector) if len(repr(detector)) < 60 else f"an object of type {type(detector).__name__}"
                raise TypeError(
                    f"A detector is a function that takes a record; got {got}. "
                    f"{slip('hunt(source, {})', detector, several=True)}"
                )
            self.detectors[free_name(shown_name(detector), self.detectors)] = detector
        if not self.detectors:
            raise ValueError('hunt(source, *detectors) needs at least one detector: hunt("data", deleting_logs)')
        self.memo = VerdictMemo(self.detectors)
        self.stubs = {name for name, detector in self.detectors.items() if is_stub(detector)}

    @property
    def in_full(self) -> bool:
        """Whether each record is shown in full, in order."""
        return self.exact or bool(self.memo.not_simple)

    def why_not_in_parts(self) -> str:
        """Return why one process should show all records in order; an empty text if there is no reason."""
        if self.exact:
            return "exact=True shows all records in order"
        for name in self.memo.may_keep:
            return f"{name} may keep something from one record to the next: {self.memo.not_simple[name]}"
        return ""

    def refuse_parts(self, asked: str) -> None:
        """Refuse what is `asked`, that several processes show a part of the records each, if it makes a difference.

        Raises: ValueError with the reason.
        """
        if self.exact and asked.startswith("processes"):
            raise ValueError(f"{asked} and exact=True exclude each other: the latter shows all records in order.")
        for name, kept in self.memo.may_keep.items():
            if kept:
                raise ValueError(
                    f"{asked} gives each process a part of the records, but {name} keeps something from one record to "
                    f"the next: {kept}. Without {asked.partition('=')[0]}=, one process shows it all records in order."
                )


def free_name(plain: str, taken: Container[str]) -> str:
    """Return a name, or one with a number behind it if it is taken."""
    name, namesakes = plain, 1
    while name in taken:
        namesakes += 1
        name = f"{plain} ({namesakes})"
    return name
