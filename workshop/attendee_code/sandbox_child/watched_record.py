"""Records that note what is read from them and compared, and what a function may know besides its record."""

import types
from collections.abc import Iterable, Iterator
from typing import Any

from .outcome import text_of

# What was asked, in order: [path, "key", key], or [path, how it was compared, with what].
Notes = list[list[str]]


def _noting_parts(name: str) -> Any:
    """Return the method of texts of that name, for a watched text: the parts that it gives are watched too."""
    original = getattr(str, name)
    return lambda text, *arguments, **options: text._parts(original(text, *arguments, **options))


class WatchedText(str):
    """A string that notes what it is compared with."""

    notes: Notes
    path: str

    def _note(self, how: str, other: object) -> None:
        if isinstance(other, str):
            self.notes.append([self.path, how, str(other)])
        elif isinstance(other, tuple):
            self.notes.extend([self.path, how, str(item)] for item in other)
        elif type(other).__name__ == "Pattern":
            self.notes.append([self.path, how, "re.Pattern"])

    def __eq__(self, other: object) -> bool:
        self._note("==", other)
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        self._note("!=", other)
        return str.__ne__(self, other)

    __hash__ = str.__hash__

    def __getitem__(self, index: Any) -> str:
        value = str.__getitem__(self, index)
        if not isinstance(index, slice):
            return value
        self.notes.append([self.path, "slice", value])
        return watched(value, self.notes, f"{self.path}[:]")

    def __contains__(self, other: Any) -> bool:
        self._note("contains", other)
        return str.__contains__(self, other)

    def startswith(self, prefix: Any, *more: Any) -> bool:
        self._note("startswith", prefix)
        return str.startswith(self, prefix, *more)

    def endswith(self, suffix: Any, *more: Any) -> bool:
        self._note("endswith", suffix)
        return str.endswith(self, suffix, *more)

    def lower(self) -> str:
        self.notes.append([self.path, "lower", ""])
        return watched(str.lower(self), self.notes, self.path)

    casefold = lower

    def upper(self) -> str:
        self.notes.append([self.path, "upper", ""])
        return watched(str.upper(self), self.notes, self.path)

    def strip(self, *characters: Any) -> str:
        return watched(str.strip(self, *characters), self.notes, self.path)

    def _parts(self, parts: Iterable[str]) -> "WatchedParts":
        path = f"{self.path}[part]"
        value = WatchedParts(watched(part, self.notes, path) for part in parts)
        value.notes, value.path = self.notes, self.path
        return value

    split, rsplit, partition, rpartition = map(_noting_parts, ("split", "rsplit", "partition", "rpartition"))


class WatchedParts(list[str]):
    """The parts of a watched text; it notes which of them is looked at."""

    notes: Notes
    path: str

    def __getitem__(self, index: Any) -> Any:
        value = list.__getitem__(self, index)
        if isinstance(value, str):
            self.notes.append([self.path, "part", str(value)])
        return value


class WatchedDict(dict[Any, Any]):
    """A dictionary that notes the keys it is asked for."""

    notes: Notes
    path: str

    def _asked_for(self, key: object) -> None:
        self.notes.append([self.path, "key", key if isinstance(key, str) else text_of(key)])

    def __getitem__(self, key: Any) -> Any:
        self._asked_for(key)
        return dict.__getitem__(self, key)

    def get(self, key: Any, default: Any = None) -> Any:
        self._asked_for(key)
        return dict.get(self, key, default)

    def __contains__(self, key: object) -> bool:
        self._asked_for(key)
        return dict.__contains__(self, key)

    def _everything(self) -> None:
        self.notes.append([self.path, "all", ""])

    def __iter__(self) -> Iterator[Any]:
        self._everything()
        return dict.__iter__(self)

    def __repr__(self) -> str:
        self._everything()
        return dict.__repr__(self)

    def items(self) -> Any:
        self._everything()
        return dict.items(self)

    def values(self) -> Any:
        self._everything()
        return dict.values(self)


def watched(value: Any, notes: Notes, path: str = "") -> Any:
    """Return a copy of a record's value whose texts and dictionaries note what is asked of them."""
    if isinstance(value, str):
        value = WatchedText(value)
    elif isinstance(value, dict):
        value = WatchedDict((k, watched(v, notes, f"{path}.{k}".strip("."))) for k, v in value.items())
    else:
        return value
    value.notes, value.path = notes, path
    return value


class Known(types.SimpleNamespace):
    """What a function may know besides its record; like the kit's own, nothing in it can be changed."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"cannot assign to field {name!r}")


def known(told: Any) -> Any:
    """Return the second argument of a function, from JSON: tables read-only, lists as sets."""
    if isinstance(told, dict):
        return types.MappingProxyType({key: known(value) for key, value in told.items()})
    return frozenset(told) if isinstance(told, list) else told
