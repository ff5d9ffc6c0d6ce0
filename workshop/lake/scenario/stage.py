"""The stage: actors do things on it, each with a caller and a moment; afterwards it holds all that happened."""

from dataclasses import dataclass, field
from typing import Any

from .api_calls import CALLS
from .callers import Caller, Identity, assumed_role, saml
from .calls import Call
from .company import DAY, DOMAIN, FIRST_DAY, HOME, HOUR, permission_set_role
from .dice import Dice
from .errors import Error
from .things import Things

# The office's working day in UTC, hour by hour: how likely somebody works then.
_OFFICE_HOURS = dict(zip(range(11, 24), (1, 4, 9, 11, 11, 7, 9, 11, 10, 6, 3, 1.5, 1), strict=True)) | {1: 0.5}


@dataclass(frozen=True)
class Label:
    """What is true of an event: which rules match it, and whether it is malicious, attempted or benign."""

    truth: str = "benign"
    step: str = "everyday"
    reason: str = ""
    deleting: bool = False
    stopping: bool = False
    instance: bool = False


@dataclass(eq=False)
class Event:
    """One thing that happened, before it is written as a record.

    `when` is in seconds since 1970, `ids` is entropy, `things` are those that the actor names; events with the same
    `together` are delivered in one file.
    """

    when: int
    call: Call
    caller: Caller
    region: str
    ids: int
    things: dict[str, Any] = field(default_factory=dict)
    error: Error | None = None
    label: Label | None = None
    oddity: str | None = None
    together: str | None = None

    def about(self) -> Things:
        """Return the things that the call is about."""
        return Things(self.when, self.ids, self.things)

    def pinned(self, kind: str) -> Any:
        """Return the thing of a kind that the event is about, and keep it: "log_group" -> "/mapleferry/web/access"."""
        self.things[kind] = thing = getattr(self.about(), kind)
        return thing


def names(text: str) -> tuple[str, ...]:
    """Return the names of calls in a text, as a tuple."""
    return tuple(text.split())


class Stage:
    """Collects events. `scale` multiplies the everyday load; the incident stays as it is."""

    def __init__(self, seed: int, scale: float = 1.0) -> None:
        self.seed = seed
        self.scale = scale
        self.events: list[Event] = []

    def actor(self, *names: object) -> "Actor":
        """Return an actor with dice of its own."""
        return Actor(self, Dice(self.seed, *names))


class Actor:
    """Does things on the stage and decides by its own dice."""

    def __init__(self, stage: Stage, dice: Dice) -> None:
        self.stage = stage
        self.dice = dice

    def does(
        self,
        when: float,
        call: str | Call,
        caller: Caller,
        *,
        error: Error | None = None,
        label: Label | None = None,
        **things: Any,
    ) -> Event:
        """Let the caller make a call at a moment; `things` name what it is about; return the event."""
        call = CALLS[call] if isinstance(call, str) else call
        event = Event(int(when), call, caller, call.region or HOME, self.dice.bits(256), things, error, label)
        self.stage.events.append(event)
        return event

    def takes_role(
        self,
        when: float,
        caller: Caller,
        role: str,
        session: str,
        call: str | Call = "sts:AssumeRole",
        *,
        key: str | None = None,
        invoked_by: str | None = None,
        **things: Any,
    ) -> Identity:
        """Let the caller take a role at a moment; return the userIdentity of the new session, with a fresh `key`."""
        key = key or self.dice.access_key()
        identity = assumed_role(role, session, key, when, invoked_by=invoked_by)
        issuer = identity["sessionContext"]["sessionIssuer"]["arn"]
        self.does(when, call, caller, role=role, role_arn=issuer, session_name=session, issued_key=key, **things)
        return identity

    def signs_in(self, when: float, name: str, permission_set: str, address: str, browser: str, key: str) -> Identity:
        """Let a person sign in through IAM Identity Center; return the userIdentity of the session."""
        person, role = Caller(saml(name), address, browser), permission_set_role(permission_set)
        call, session = "sts:AssumeRoleWithSAML", f"{name}@{DOMAIN}"
        return self.takes_role(when, person, role, session, call, key=key, lifetime=28_800)

    def count(self, number: float) -> int:
        """Return how often something happens at the stage's scale: a whole number near number * scale."""
        exact = number * self.stage.scale
        return int(exact) + self.dice.chance(exact - int(exact))

    def office_moment(self, day: int) -> float:
        """Return a moment of the office's working day (0 is the first day)."""
        return FIRST_DAY + day * DAY + self.dice.weighted(_OFFICE_HOURS) * HOUR + self.dice.between(0, HOUR)
