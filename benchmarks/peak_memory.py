"""How much memory this process has held at most."""

import re
import sys
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None


def peak_megabytes():
    """Return the peak of this process's resident memory in MB, or None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent had when it forked
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))[1]) / 1024
    if resource is None:
        return None
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
