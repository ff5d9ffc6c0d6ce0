"""The stage: actors do things on it, each with a caller and a moment; afterwards it holds all that happened."""

from dataclasses import dataclass, field

from .api_calls import CALLS
from .callers import Caller
from .calls import Call
from .company import FIRST_DAY, HOME
from .dice import Dice

# The office's working day in UTC, hour by hour: how likely somebody works then.
_OFFICE_HOURS = {
    11: 1,
    12: 4,
    13: 9,
    14: 11,
    15: 11,
    16: 7,
    17: 9,
    18: 11,
    19: 10,
    20: 6,
    21: 3,
    22: 1.5,
    23: 1,
    1: 0.5,
}


@dataclass(frozen=True)
class Label:
    """What the author of an event says about it: which rules it triggers, and what it is in truth."""

    truth: str = "benign"
    step: str = "everyday"
    reason: str = ""
    deleting: bool = False
    stopping: bool = False
    instance: bool = False


@dataclass(eq=False)
class Event:
    """One thing that happened, before it is written as a record.

    `when` is in seconds since 1970, `ids` is entropy; events with the same `together` are delivered in one file.
    """

    when: int
    call: Call
    caller: Caller
    region: str
    ids: int
    things: dict = field(default_factory=dict)
    error: tuple | None = None
    label: Label | None = None
    oddity: str | None = None
    together: str | None = None


def names(text):
    """Return the names of calls in a text, as a tuple."""
    return tuple(text.split())


class Stage:
    """Collects events. `scale` multiplies the everyday load; the incident stays as it is."""

    def __init__(self, seed, scale=1.0):
        self.seed = seed
        self.scale = scale
        self.events = []

    def actor(self, *names):
        """Return an actor with dice of its own."""
        return Actor(self, Dice(self.seed, *names))


class Actor:
    """Does things on the stage and decides by its own dice."""

    def __init__(self, stage, dice):
        self.stage = stage
        self.dice = dice

    def does(self, when, call, caller, *, region=None, error=None, label=None, oddity=None, **things):
        """Let the caller make a call at a moment; `things` name what it is about; return the event."""
        if isinstance(call, str):
            call = CALLS[call]
        region = region or call.region or HOME
        event = Event(int(when), call, caller, region, self.dice.bits(256), things, error, label, oddity)
        self.stage.events.append(event)
        return event

    def count(self, number):
        """Return how often something happens at the stage's scale: a whole number near number * scale."""
        exact = number * self.stage.scale
        return int(exact) + self.dice.chance(exact - int(exact))

    def office_moment(self, day):
        """Return a moment of the office's working day (0 is the first day)."""
        return FIRST_DAY + day * 86_400 + self.dice.weighted(_OFFICE_HOURS) * 3600 + self.dice.between(0, 3600)
