"""Invoke a handler as Lambda does, in a process of its own; print what that cost as JSON.

    python one_invocation.py MODULE EVENT.json ROUNDS

MODULE is `index` (which must lie on the path) or `handler_2017`. The cold start is what happens once: importing the
module with boto3, and the clients; the first invocation makes them. The other ROUNDS are warm, and the median counts.
Times are of this process's CPU: what the network and the other side take is left out.
"""

import contextlib
import importlib
import io
import json
import statistics
import sys
import time
from collections import Counter

from peak_memory import peak_megabytes


def main(module, event, rounds):
    with open(event, encoding="utf-8") as file:
        event = json.load(file)
    began = time.process_time()
    handler = importlib.import_module(module).handler
    imported = time.process_time() - began
    calls = _counted_calls()
    seconds = []
    for _ in range(1 + int(rounds)):
        calls.clear()
        began = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            handler(event, None)
        seconds.append(time.process_time() - began)
    warm = statistics.median(seconds[1:] or seconds)
    cold = imported + max(0.0, seconds[0] - warm)
    print(json.dumps({"warm": warm, "cold": cold, "megabytes": peak_megabytes(), "calls": dict(calls)}))


def _counted_calls():
    """Return a counter of the API calls that any client of this process makes from now on."""
    from botocore.client import BaseClient

    calls, make = Counter(), BaseClient._make_api_call

    def counted(client, operation, parameters):
        calls[operation] += 1
        return make(client, operation, parameters)

    BaseClient._make_api_call = counted
    return calls


if __name__ == "__main__":
    main(*sys.argv[1:])
