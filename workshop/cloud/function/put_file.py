"""A log file that was put into the stack's bucket, which sets the Lambda function off."""

import html
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workshop import places


@dataclass(frozen=True)
class Trigger:
    """A log file put into the stack's bucket: from which file, under which key, when (UTC).

    `put` is False where nothing was put; `reason` says why, or what was done first.
    """

    file: Path
    bucket: str
    key: str | None = None
    put_at: datetime | None = None
    reason: str = ""

    @property
    def put(self) -> bool:
        return self.key is not None

    def __str__(self) -> str:
        if not self.put:
            return f"Nothing deployed, so no log file was put: {self.reason}"
        lines = [f"Put {_short(self.file)} at {self.put_at:%H:%M:%S} UTC as", f"  s3://{self.bucket}/{self.key}"]
        return "\n".join([*lines, self.reason] if self.reason else lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "<p>" + html.escape(str(self)).replace("\n", "<br>") + "</p>"


def _short(file: Path) -> str:
    try:
        return file.resolve().relative_to(places.checkout()).as_posix()
    except ValueError:
        return str(file)
