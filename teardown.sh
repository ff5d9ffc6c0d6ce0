#!/usr/bin/env bash
# Deletes the workshop's stack, and all that it left, from an AWS account.
#
#   ./teardown.sh [-p PROFILE] [-s STACK] [-r REGION] [-y]
#
# Lists what it deletes and asks first; -y skips the question. It can be run again at any time, and exits with a
# status other than 0 while anything remains. It needs Python 3 with boto3, as AWS CloudShell has it.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
for python in "$here/.venv/bin/python" "$here/.venv/Scripts/python.exe" python3 python; do
    if "$python" -c "import importlib.util, sys; sys.exit(not importlib.util.find_spec('boto3'))" 2>/dev/null; then
        PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" exec "$python" -m workshop.cloud.teardown --aws "$@"
    fi
done
echo "teardown.sh: no Python 3 with boto3 found. Run it in AWS CloudShell, or 'python3 -m pip install boto3' first." >&2
exit 1
