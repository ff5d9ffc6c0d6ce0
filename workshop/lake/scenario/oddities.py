"""The odd shapes that real logs hold now and then, given to a few everyday records."""

from .dice import Dice
from .stage import Event

_SHARE = {"readOnly text": 5, "no readOnly": 6, "agent list": 4, "fractions": 6, "old version": 7}


def sprinkle(seed: int, events: list[Event]) -> None:
    """Mark a few unlabelled events with an oddity each; record.py gives them their shape."""
    dice = Dice(seed, "oddities")
    everyday = dice.shuffled(event for event in events if event.label is None and event.caller.tls)
    for oddity, number in _SHARE.items():
        for _ in range(number):
            everyday.pop().oddity = oddity
