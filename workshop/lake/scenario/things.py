"""The things that a call is about: buckets, keys, ids."""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from .callers import iso
from .company import THINGS, arn
from .dice import Dice


class Things:
    """The things that one event's call is about: the actor named them, or the company has them, or they are fresh.

    `when` is in seconds since 1970; the same entropy `ids` makes the same things.
    """

    def __init__(self, when: int, ids: int, named: dict[str, Any]) -> None:
        self._entropy = ids.to_bytes(32, "big")
        self._drawn = 0
        self.now = when
        self.__dict__.update(named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = self._make(name)
        setattr(self, name, value)
        return value

    def _make(self, name: str) -> Any:
        if name in THINGS:
            choices = THINGS[name]
            return choices[int.from_bytes(self._fresh(4), "big") % len(choices)]
        fresh: dict[str, Callable[[], Any]] = {
            "request_id": self.uuid,
            "token": self.uuid,
            "association": self.uuid,
            "commit": lambda: self.hex(7),
            "suffix": lambda: hashlib.sha256(self.secret.encode()).hexdigest()[:6],
            "issued_key": lambda: Dice(self.hex(16)).access_key(),
            "role_arn": lambda: arn("iam", f"role/{self.role}"),
            "copy_name": lambda: f"{self.database}-{self.day(0)}",
            "log_stream": lambda: f"{self.day(0).replace('-', '/')}/[$LATEST]{self.hex(32)}",
            "ssm_session": lambda: f"{self.user}-{self.hex(17)}",
            "statement": lambda: f"allow-{self.rule}",
            "cdn": lambda: "I" + self.hex(13).upper(),
            "purpose": lambda: "bucket",
            "lifetime": lambda: 3600,
            "days": lambda: 30,
            "count": lambda: 2,
            "read_write": lambda: "All",
        }
        if name not in fresh:
            raise AttributeError(f"The actor did not name {name!r} for this call, and the company has no such thing")
        return fresh[name]()

    def _fresh(self, length: int) -> bytes:
        self._drawn += 1
        out = b""
        while len(out) < length:
            out += hashlib.sha256(self._entropy + bytes([self._drawn % 256, len(out) % 256])).digest()
        return out[:length]

    def hex(self, count: int) -> str:
        """Return fresh lower-case hexadecimal digits."""
        return self._fresh(count).hex()[:count]

    def base64(self, length: int) -> str:
        """Return that many fresh bytes in base64."""
        return base64.b64encode(self._fresh(length)).decode()

    def uuid(self) -> str:
        """Return a fresh random UUID."""
        return uuid_of(self._fresh(16))

    def date(self, later: int = 0) -> str:
        """Return the event's moment, or so many seconds later, as answers write it: Mar 9, 2026, 2:05:00 PM."""
        moment = datetime.fromtimestamp(self.now + later, timezone.utc)
        month = "JanFebMarAprMayJunJulAugSepOctNovDec"[moment.month * 3 - 3 : moment.month * 3]
        hour = moment.hour % 12 or 12
        half = "AM" if moment.hour < 12 else "PM"
        return f"{month} {moment.day}, {moment.year}, {hour}:{moment:%M:%S} {half}"

    def stamp(self) -> str:
        """Return the event's moment as 2026-03-09T14:05:00Z."""
        return iso(self.now)

    def day(self, later: int) -> str:
        """Return the event's day, or so many days later, as 2026-03-09."""
        return iso(self.now + later * 86_400)[:10]


def uuid_of(entropy: bytes) -> str:
    """Return a random UUID made of 16 bytes."""
    digits = bytearray(entropy)
    digits[6] = digits[6] & 0x0F | 0x40
    digits[8] = digits[8] & 0x3F | 0x80
    text = digits.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
