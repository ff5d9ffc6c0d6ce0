"""Where things lie: the checkout (template, data, notebooks) and what the kit writes (answers, state)."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path


def checkout() -> Path:
    """Return the folder of the kit's checkout, which holds cloudformation.yaml, data/ and notebooks/.

    Raises: FileNotFoundError when the package was installed without its checkout.
    """
    folder = Path(__file__).resolve().parent.parent
    if not (folder / "cloudformation.yaml").is_file():
        raise FileNotFoundError(
            f"The workshop package lies in {folder}, but cloudformation.yaml, data/ and notebooks/ are not beside it. "
            "Clone the whole repository and install it in place: pip install -e ."
        )
    return folder


def command(arguments: str) -> str:
    """Return what to type in a terminal for a command of the kit: `doctor` is "python3 start.py doctor" or so.

    Messages that send people to a terminal use it. start.py makes the folder .venv, which no shell has on its path.
    Anybody who installed the kit in another environment (conda) has `workshop` there.
    """
    if Path(sys.prefix).resolve() != Path(__file__).resolve().parent.parent / ".venv":
        return f"workshop {arguments}"
    return f"{'py' if sys.platform == 'win32' else 'python3'} start.py {arguments}"


def home() -> Path:
    """Return the folder that the kit writes to: $WORKSHOP_HOME, or else the checkout."""
    return Path(os.environ["WORKSHOP_HOME"]).resolve() if os.environ.get("WORKSHOP_HOME") else checkout()


def template() -> Path:
    """Return the path of the CloudFormation template."""
    return checkout() / "cloudformation.yaml"


def data() -> Path:
    """Return the folder of the log lake: AWSLogs/ and labels.csv."""
    return checkout() / "data"


def year() -> Path:
    """Return the folder of the generated year of log files; it need not exist yet."""
    return home() / "year"


def answers() -> Path:
    """Return the folder of the attendee's saved answers; it need not exist yet."""
    return home() / "my_answers"


def state() -> Path:
    """Return the folder of the kit's own state (emulator, progress), made if it is missing."""
    folder = home() / ".workshop"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write(path: Path, content: str | bytes) -> Path:
    """Write a file, readable for this user alone, so that it is there whole or not at all; return its path."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    return path


def set_aside(path: Path) -> Path:
    """Give a damaged file another name, under which it is kept, and return that. Raises: OSError."""
    kept = path.with_name(f"{path.name}.damaged-{datetime.now(timezone.utc):%Y%m%dT%H%M%S%f}")
    return path.rename(kept)
