"""SageMaker, where notebooks may run on a host that belongs to the stack itself.

Needs only the standard library, as the teardown does.
"""

from __future__ import annotations

import json
from pathlib import Path

# Here a notebook instance or an app of Studio can read what it is.
METADATA = Path("/opt/ml/metadata/resource-metadata.json")


def host() -> str | None:
    """Return the name of the notebook instance or Studio app that this runs on, or None anywhere else."""
    try:
        return json.loads(METADATA.read_text(encoding="utf-8")).get("ResourceName")
    except (OSError, ValueError, AttributeError):
        return None


def teardown_commands(stack: str, region: str, source: str) -> list[str]:
    """Return the shell commands, one a line, that tear down the stack from AWS CloudShell.

    `source` is where the kit comes from: the https address of a Git repository or of a zip file, or "".
    """
    if source.endswith(".zip"):
        fetch = [f"curl -fsSL -o kit.zip '{source}'", "python3 -m zipfile -e kit.zip workshop-kit"]
    else:
        fetch = [f"git clone --depth 1 '{source or '<the address of this kit>'}' workshop-kit"]
    return [*fetch, f'bash "$(find workshop-kit -name teardown.sh | head -1)" -s {stack} -r {region}']
