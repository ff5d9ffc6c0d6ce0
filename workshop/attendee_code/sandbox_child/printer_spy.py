"""Notes what print_short_record is called with, under whatever name the attendee calls it."""

import types
from typing import Any

NAME = "print_short_record"
_length = len
_SPY = f"""
def {NAME}(*a, **k):
    read = __printed__((*a, *k.values()))
    try:
        return __original__(*a, **k)
    finally:
        __shown__(read)
"""


class PrinterSpy:
    """The calls of print_short_record in a packaged module: `printed` has the arguments of each."""

    def __init__(self, index: types.ModuleType, notes: list[list[str]]) -> None:
        self.printed: list[tuple[Any, ...]] = []
        self.notes = notes
        printer, names = getattr(index, NAME), vars(index)
        if isinstance(printer, types.FunctionType) and not printer.__closure__:
            # Its code is replaced, so that whoever holds the function calls the spy.
            names["__original__"] = types.FunctionType(
                printer.__code__, printer.__globals__, NAME, printer.__defaults__, printer.__closure__
            )
            names["__printed__"], names["__shown__"] = self.begins, self.ends
            made: dict[str, Any] = {}
            exec(compile(_SPY, "spy.py", "exec"), made)  # noqa: S102
            printer.__code__, printer.__defaults__ = made[NAME].__code__, None
            printer.__kwdefaults__ = None
            return

        def spy(*arguments: object, **options: object) -> object:
            read = self.begins((*arguments, *options.values()))
            try:
                return printer(*arguments, **options)
            finally:
                self.ends(read)

        setattr(index, NAME, spy)

    def begins(self, arguments: tuple[Any, ...]) -> int:
        """Note a call; return how much had been read of the record by then."""
        self.printed.append(arguments)
        return _length(self.notes)

    def ends(self, read: int) -> None:
        """Forget what print_short_record itself read: it is not what the function asked."""
        del self.notes[read:]
