"""Slips in calling the verbs that take functions: what was handed in instead of one, and what to write."""

from typing import Any


def slip(call: str, thing: Any, several: bool = False) -> str | None:
    """Return what is wrong with something that was handed in for a function, and what to write; None for a function.

    `call` is how the verb is called, with {} for the function, such as "check({})". A verb that takes `several`
    functions takes a list of them with a star.
    """
    if isinstance(thing, list | tuple | set | frozenset):
        if several and thing:
            return (
                f"That is a list. Put a star before it, and the functions in it are taken: {call.format('*detectors')}."
            )
        first = next((name for name in map(_name, thing) if name), "deleting_logs")
        return f"That is a list, and one function is asked for: {call.format(first)}."
    if isinstance(thing, str):
        before, bracket, _ = thing.strip().partition("(")
        name = before if before.isidentifier() else "deleting_logs"
        without = "quotes and brackets" if bracket and name == before else "quotes"
        return f"Pass the function itself, without {without}: {call.format(name)}."
    if thing is None or isinstance(thing, bool):
        what = f"{thing} is what a function returns"
    elif isinstance(thing, dict):
        what = "That is a dictionary, such as a record"
    elif callable(thing):
        return None
    else:
        kind = type(thing).__name__
        what = (
            f"That is an object of type {kind}, and no function" if kind != "Result" else "That is what check returns"
        )
    return f"{what}. Pass the function itself, its name without brackets behind it: {call.format('deleting_logs')}."


def _name(thing: Any) -> str | None:
    name = getattr(thing, "__name__", None)
    return name if isinstance(name, str) and name.isidentifier() else None
