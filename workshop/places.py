"""Where things lie: the checkout (template, data, notebooks) and what the kit writes (answers, state)."""

import os
import sys
from pathlib import Path


def checkout():
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

    Messages that send people to a terminal use it. start.py makes the folder .venv, which no shell has on its path;
    anybody who installed the kit in another environment (conda) has `workshop` there.
    """
    if Path(sys.prefix).resolve() != Path(__file__).resolve().parent.parent / ".venv":
        return f"workshop {arguments}"
    return f"{'py' if sys.platform == 'win32' else 'python3'} start.py {arguments}"


def home():
    """Return the folder that the kit writes to: $WORKSHOP_HOME, or else the checkout."""
    return Path(os.environ["WORKSHOP_HOME"]).resolve() if os.environ.get("WORKSHOP_HOME") else checkout()


def template():
    """Return the path of the CloudFormation template."""
    return checkout() / "cloudformation.yaml"


def data():
    """Return the folder of the log lake: AWSLogs/ and labels.csv."""
    return checkout() / "data"


def year():
    """Return the folder of the generated year of log files; it need not exist yet."""
    return home() / "year"


def answers():
    """Return the folder of the attendee's saved answers; it need not exist yet."""
    return home() / "my_answers"


def state():
    """Return the folder of the kit's own state (emulator, progress), made if it is missing."""
    folder = home() / ".workshop"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
