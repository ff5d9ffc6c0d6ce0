"""How JupyterLab looks when `workshop lab` opens it: no news, a narrow file browser, and nothing there but notebooks.

The settings are written into the kit's folder of state. What people change in JupyterLab itself goes before them.
"""

import json
import os

from workshop import places

# No news is asked for or fetched. Without a second column the file browser is as narrow as JupyterLab lets it be. Links
# to docs/ open the page, not its text.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/filebrowser-extension:browser": {"showLastModifiedColumn": False},
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
}
# Folders beside the notebooks that the file browser does not list: a stray click opens no solution.
HIDDEN = ("solutions", "source", "pictures")
# What JupyterLab hides anyway.
_ALWAYS_HIDDEN = ("__pycache__", "*.pyc", "*.pyo", ".DS_Store", "*~")


def options() -> list[str]:
    """Return JupyterLab's options that keep folders out of the file browser; paths into them still open."""
    return [f"--ContentsManager.hide_globs={pattern}" for pattern in (*_ALWAYS_HIDDEN, *HIDDEN)]


def environment(known: dict[str, str]) -> dict[str, str]:
    """Write the settings, and return the environment variable by which JupyterLab finds them besides its own."""
    folder = places.state() / "lab"
    (folder / "labconfig").mkdir(parents=True, exist_ok=True)
    places.write(folder / "labconfig" / "default_setting_overrides.json", json.dumps(SETTINGS, indent=1))
    return {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, [str(folder), known.get("JUPYTER_CONFIG_PATH")]))}
