"""JSON as files have it: one document or several, in any of its encodings, with numbers and depths of any size."""

import json
import re
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from workshop.logs.unpacking import Unreadable

# Reads the same values as the json module, twice as fast, and refuses what only the json module accepts.
decode_strictly = msgspec.json.Decoder().decode

_Value = TypeVar("_Value")

# What stands between documents: files that were joined each have their byte order mark. And, of a broken list, what
# stands between its entries.
_SPACE = " \t\r\n\ufeff"
_BETWEEN = _SPACE + ",]"
_LIST = re.compile(r"\[\s*(?=\{)")
_LINE = re.compile(r"\n\ufeff?\{")

# Python refuses to convert integers of more than 4,300 digits; such a number is kept as its digits.
_decoder = json.JSONDecoder()
_decoder_of_huge_numbers = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) <= 4300 else digits)


def must_be_utf8(plain: bytes) -> None:
    """Raise UnicodeDecodeError if bytes are no UTF-8: msgspec passes over fields that it does not look at."""
    if not plain.isascii():
        plain.decode()


def text_of(data: bytes) -> tuple[str, str | None]:
    """Return the text of the bytes, and what is wrong with them or None.

    A few wrong bytes do not cost a file its records: they become U+FFFD, and the reason says so.
    """
    if not data.strip():
        raise Unreadable("empty file")
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError as error:
        blemish = f"not {error.encoding.upper()} at byte {error.start}: what is no text reads as U+FFFD; records kept"
        return data.decode(encoding, errors="replace"), blemish


def documents_in(text: str) -> list[Any]:
    """Return the JSON documents in a text; one that is broken is an Unreadable in its place.

    There is usually one document. After a broken one, reading goes on at the next line that begins with "{", as the
    lines of JSON Lines do; in a broken list, with what is in it. Raises Unreadable when no document can be read at all.
    """
    documents: list[Any] = []
    place, problem, of_list = 0, None, None
    while (place := _skip(text, place, _SPACE if problem is None else _BETWEEN)) < len(text):
        try:
            document, end = _decode(text, place)
            if kind_of(document) == "a number" and text[end : end + 1] not in _BETWEEN:
                raise ValueError(repr(text[place : place + 60].split("\n", 1)[0]))  # a line that begins with a time
            place = end
            documents.append(document)
        except (ValueError, RecursionError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else f"not JSON: {error}"
            if problem is None and (opened := _LIST.match(text, place)):
                problem = of_list = reason
                place = opened.end()
                continue
            problem = problem or reason
            documents.append(Unreadable(reason))
            if not (line := _LINE.search(text, place)):
                break
            place = line.start()
    if of_list and not any(isinstance(document, Unreadable) for document in documents):
        documents.append(Unreadable(of_list))  # it breaks off between two of its entries
    if all(isinstance(document, Unreadable) for document in documents):
        raise Unreadable(problem or "empty file")
    return documents


def however_deep(work: Callable[[Any], _Value], argument: Any) -> _Value:
    """Return work(argument), for work that goes as deep as JSON is nested.

    Python limits its own stack to 1,000 calls, of which the caller has used some: so it would depend on the caller
    whether a document can be read. What does not fit is done once more on a stack of its own. Raises: RecursionError
    when it does not fit there either.
    """
    try:
        return work(argument)
    except RecursionError:
        return _on_a_new_stack(work, argument)


def _on_a_new_stack(work: Callable[[Any], _Value], argument: Any) -> _Value:
    done, failed = list[_Value](), list[BaseException]()

    def try_it() -> None:
        try:
            done.append(work(argument))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=try_it, name="new stack")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def value_of(raw: bytes) -> Any:
    """Return the value that some bytes of JSON hold, whatever its numbers and depth."""
    try:
        return decode_strictly(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _decode(raw.decode(), 0)[0]


def kind_of(value: object) -> str:
    """Return what JSON calls a value: "null", "a string", "a list", …"""
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _decode(text: str, place: int) -> tuple[Any, int]:
    return however_deep(_decoded, (text, place))


def _decoded(text_and_place: tuple[str, int]) -> tuple[Any, int]:
    try:
        return _decoder.raw_decode(*text_and_place)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _decoder_of_huge_numbers.raw_decode(*text_and_place)


def _skip(text: str, place: int, signs: str) -> int:
    while place < len(text) and text[place] in signs:
        place += 1
    return place
