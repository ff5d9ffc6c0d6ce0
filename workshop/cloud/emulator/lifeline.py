"""The clients of a connection, kept on the local emulator: when it crashed, the next call starts it again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from botocore.exceptions import ConnectionClosedError, ConnectionError

from workshop.cloud.emulator import emulator
from workshop.cloud.emulator.emulator import Emulator, EmulatorError, Say

# What a call meets when the emulator ends, or hangs, in the middle of it.
_LOST = (ConnectionError, ConnectionClosedError)


class EmulatorGone(ConnectionError):
    """Why a call cannot reach the local emulator, and what to do about it."""

    fmt = "{reason}"


class Lifeline:
    """Hooks of botocore that look before each call of a session's clients whether the emulator is there.

    One that crashed is started again, with the stack, the code and the metric that it had, and `say` gets a line on
    that. One that was stopped stays stopped: the call fails with EmulatorGone. Another notebook may have started it
    again, even at another port: the call goes there.
    """

    def __init__(self, running: Emulator, say: Say = print) -> None:
        self._running = running
        self._say = say

    def attach(self, session: Any) -> None:
        """Look after all clients that a boto3 session makes from now on."""
        session.events.register_first("before-call", self._before_call)
        session.events.register_first("needs-retry", self._after_failure)

    def _before_call(self, params: dict[str, Any], **_: Any) -> None:
        if not emulator.lives(self._running):
            self._start_again()
        self._aim(params)

    def _after_failure(
        self, caught_exception: Exception | None, request_dict: dict[str, Any], attempts: int, **_: Any
    ) -> int | None:
        """Return 0, to have the call tried again at once, if the emulator had to be started again for it."""
        if not isinstance(caught_exception, _LOST) or attempts > 2:
            return None
        before = self._running
        self._start_again()
        if self._running.pid == before.pid:
            return None  # it is slow, or was: botocore decides whether to try again
        self._aim(request_dict)
        return 0

    def _start_again(self) -> None:
        try:
            running = emulator.start_again(self._say)
        except EmulatorError as error:
            raise EmulatorGone(reason=str(error)) from error
        if running is None:
            raise EmulatorGone(reason="The local AWS emulator was stopped. connect() starts it again, empty.")
        self._running = running

    def _aim(self, request: dict[str, Any]) -> None:
        """Send a request to the port that the emulator has now."""
        here = urlsplit(self._running.endpoint)
        request["url"] = urlunsplit(urlsplit(request["url"])._replace(scheme=here.scheme, netloc=here.netloc))
