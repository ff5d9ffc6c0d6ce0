"""The kit's files as a zip file: what git tracks, or without git all that .gitignore does not leave out."""

import fnmatch
import os
import subprocess
import zipfile
from pathlib import Path

FOLDER = "cloudtrail-workshop"  # that the zip file unpacks to


def files_of(checkout: Path, but: Path | None = None) -> list[Path]:
    """Return the paths of the kit's files, relative to the checkout, sorted; without those below the folder `but`."""
    tracked = _tracked_by_git(checkout)
    found = _not_ignored(checkout) if tracked is None else tracked
    left_out = but and but.resolve()
    return sorted(
        path for path in found if (checkout / path).is_file() and left_out not in (checkout.resolve() / path).parents
    )


def _tracked_by_git(checkout: Path) -> list[Path] | None:
    """Return what git tracks; None where there is no git, or the checkout is no repository of its own."""
    try:
        top, listed = (
            subprocess.run(["git", "-C", checkout, *command], capture_output=True, check=True).stdout
            for command in (["rev-parse", "--show-toplevel"], ["ls-files", "-z"])
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    if not os.path.samefile(os.fsdecode(top.rstrip(b"\r\n")), checkout):
        return None
    return [Path(os.fsdecode(name)) for name in listed.split(b"\0") if name]


def _not_ignored(checkout: Path) -> list[Path]:
    lines = (checkout / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = [line.strip().rstrip("/") for line in lines if line.strip() and not line.startswith("#")] + [".git"]

    def kept(names: list[str]) -> list[str]:
        return [name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in ignored)]

    found = []
    for folder, folders, names in os.walk(checkout):
        folders[:] = kept(folders)
        found += [(Path(folder) / name).relative_to(checkout) for name in kept(names)]
    return found


def write_zip(checkout: Path, target: Path) -> int:
    """Write the kit's files into a zip file, below the folder `FOLDER`; return how many there are.

    Nothing that lies beside the zip file goes into it.
    """
    files = files_of(checkout, but=target.parent)
    # Whoever looks meanwhile sees the old file, or none, but not a part.
    part = target.with_name(f"{target.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in files:
            archive.write(checkout / path, f"{FOLDER}/{path.as_posix()}")
    os.replace(part, target)
    return len(files)
