"""An AWS account without AWS: moto's server in a process of its own, on this machine's loopback address."""

import contextlib
import socket
import subprocess
import sys
import urllib.request

import boto3
from waiting import wait_for

REGION = "ca-central-1"


class Account:
    """The clients of an empty account."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def client(self, service):
        """Return a client with keys that moto takes for an administrator's."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id="AKIAEXAMPLEEXAMPLE00",
            aws_secret_access_key="moto",
        )


@contextlib.contextmanager
def running():
    """Run moto's server, and yield the Account in it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: _answers(endpoint, process), "answer from moto's server")
        yield Account(endpoint)
    finally:
        process.kill()
        process.wait()


def _answers(endpoint, process):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{endpoint}/moto-api/", timeout=5):
            return True
    except OSError:
        assert process.poll() is None, "moto's server did not start"
        return False
