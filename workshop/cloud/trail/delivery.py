"""CloudTrail records -> log files in a bucket, within seconds, in the background, without blocking anybody."""

import atexit
import gzip
import json
import secrets
import string
import threading
import weakref
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError

from workshop.cloud.clock import now

# Seconds in which records are gathered into one log file. CloudTrail itself delivers about every five minutes.
WINDOW = 2
# As many records wait while there is no bucket yet, or while it cannot be written to. Then the oldest are lost.
_MOST_WAITING = 10_000


class Delivery:
    """Records on their way into a bucket.

    `put` is called with bucket, key and bytes for each log file, and raises what boto3 raises. `say` is called once
    with a sentence when the delivery has to end by itself. Records wait until `start(bucket)`.

    bucket     where log files go, or None before that is known
    delivered  the keys of the log files delivered, oldest first
    errors     what went wrong
    ended      why nothing is delivered any more, or ""
    """

    def __init__(
        self,
        put: Callable[[str, str, bytes], object],
        *,
        account: str,
        window: float = WINDOW,
        say: Callable[[str], object] = print,
    ) -> None:
        self._put = put
        self.account = account
        self._window = window
        self._say = say
        self.bucket: str | None = None
        self.delivered: list[str] = []
        self.errors: list[str] = []
        self.ended = ""
        self._waiting: list[dict[str, Any]] = []
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._delivering = threading.Lock()
        flush = weakref.WeakMethod(self._last_flush)
        atexit.register(lambda: (flush() or bool)())

    def start(self, bucket: str) -> None:
        """Deliver into this bucket: what waits, and all that comes from now on."""
        self.bucket = bucket
        self._start_timer()

    def add(self, record: dict[str, Any]) -> None:
        """Have a record delivered within seconds."""
        with self._lock:
            self._waiting = [*self._waiting, record][-_MOST_WAITING:]
        self._start_timer()

    def flush(self) -> list[str]:
        """Deliver at once what waits; return the keys of the log files, one for each Region."""
        # Not for ever, so that the end of the interpreter never hangs on a delivery under way.
        if not self._delivering.acquire(timeout=10):
            return []
        try:
            return self._deliver(self.bucket) if self.bucket and not self.ended else []
        finally:
            self._delivering.release()

    def end(self, reason: str) -> None:
        """Deliver nothing any more, and return when no delivery is under way."""
        self.ended = self.ended or reason
        if self._delivering.acquire(timeout=10):
            self._delivering.release()

    def _start_timer(self) -> None:
        with self._lock:
            if self._timer or not self._waiting or not self.bucket or self.ended:
                return
            self._timer = threading.Timer(self._window, self._on_timer)
            self._timer.daemon = True
            try:
                self._timer.start()
            except RuntimeError:
                # The interpreter is ending: the last flush delivers it.
                self._timer = None

    def _on_timer(self) -> None:
        with self._lock:
            self._timer = None
        self.flush()

    def _last_flush(self) -> None:
        # Nobody is left to read what it says.
        self._say = lambda sentence: None
        self.flush()

    def _deliver(self, bucket: str) -> list[str]:
        with self._lock:
            records, self._waiting = self._waiting, []
        keys: list[str] = []
        regions: dict[str, list[dict[str, Any]]] = {}
        for record in records:
            regions.setdefault(record["awsRegion"], []).append(record)
        for region, group in regions.items():
            key = log_file_key(self.account, region)
            try:
                self._put(bucket, key, gzip.compress(json.dumps({"Records": group}, default=str).encode()))
                keys.append(key)
            except (ClientError, BotoCoreError) as error:
                if _is_gone(error):
                    self.ended = f"The local trail has ended: its bucket {bucket} is gone."
                    self._say(self.ended)
                    break
                self.errors.append(f"{len(group)} records were not delivered, and will be tried again: {error}")
                with self._lock:
                    self._waiting = [*group, *self._waiting][-_MOST_WAITING:]
        self.delivered += keys
        return keys


def log_file_key(account: str, region: str) -> str:
    """Return a key as CloudTrail gives it to a log file that it delivers now."""
    time, alphabet = now(), string.ascii_letters + string.digits
    suffix = "".join(secrets.choice(alphabet) for _ in range(16))
    name = f"{account}_CloudTrail_{region}_{time:%Y%m%dT%H%MZ}_{suffix}.json.gz"
    return f"AWSLogs/{account}/CloudTrail/{region}/{time:%Y/%m/%d}/{name}"


def _is_gone(error: ClientError | BotoCoreError) -> bool:
    """Tell whether an error says that the bucket is gone, or the emulator with it."""
    if isinstance(error, ClientError):
        # A new emulator at the old port does not know the old root key.
        return error.response["Error"]["Code"] in ("NoSuchBucket", "InvalidAccessKeyId", "SignatureDoesNotMatch")
    return isinstance(error, ConnectionError)
