"""AWS, as far as a sandbox needs it: clients that note their calls, and a boto3 that makes such clients.

Nothing here talks to AWS. The rules of the real clients are checked afterwards, from the calls that were noted.
"""

import gzip
import io
import sys
import types
from collections.abc import Callable
from typing import Any

from .outcome import plain


class Client:
    """A boto3 client that notes its calls. S3's get_object gives the log file; everything else answers nothing.

    `operations` are the methods of a CloudWatch client. `own`: the function made this client by itself.
    """

    def __init__(
        self,
        service: str,
        calls: list[dict[str, Any]],
        operations: frozenset[str],
        own: bool,
        error: Exception | None = None,
        log_file: bytes = b"",
    ) -> None:
        self._service, self._calls, self._operations = service, calls, operations
        self._own, self._error, self._log_file = own, error, log_file

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        if name.startswith("__") or (self._service == "cloudwatch" and name not in self._operations):
            if self._own and not name.startswith("_"):  # a resource has other methods than a client
                self._calls.append({"operation": name, "own": True, "parameters": {}})
            raise AttributeError(f"'CloudWatch' object has no attribute '{name}'")

        def call(*arguments: object, **parameters: object) -> dict[str, Any]:
            if arguments:
                raise TypeError(f"{name}() only accepts keyword arguments.")
            self._calls.append({"operation": name, "own": self._own, "parameters": plain(parameters)})
            if self._error and name.startswith("put_"):
                raise self._error
            answer: dict[str, Any] = {
                "ResponseMetadata": {"RequestId": "check", "HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0}
            }
            return {**answer, "Body": io.BytesIO(self._log_file)} if name == "get_object" else answer

        return call


def install_boto3(calls: list[dict[str, Any]], operations: frozenset[str], log_file: str) -> None:
    """Put a boto3 in place whose clients note their calls; S3 has one log file, given as text."""
    body = gzip.compress(log_file.encode())

    class Session:
        region_name = "ca-central-1"

        def __init__(self, *arguments: object, **options: object) -> None:
            pass

        def client(self, service: str = "cloudwatch", *arguments: object, **options: object) -> Client:
            return Client(service, calls, operations, own=True, log_file=body)

        resource = client

    boto3, session = types.ModuleType("boto3"), types.ModuleType("boto3.session")
    vars(session).update(Session=Session)
    vars(boto3).update(Session=Session, session=session, client=Session().client, resource=Session().client)
    sys.modules.update({"boto3": boto3, "boto3.session": session})


def refused() -> Exception:
    """Return the exception of a call that IAM does not allow."""
    try:
        from botocore.exceptions import ClientError
    except ImportError:
        return RuntimeError("AccessDenied when calling the PutMetricData operation")
    return ClientError({"Error": {"Code": "AccessDenied", "Message": "the check refuses this call"}}, "PutMetricData")
