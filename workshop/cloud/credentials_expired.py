"""AWS credentials that stop being valid in the middle of the workshop, and what to do then."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

# What services call credentials that were valid once: IAM and most others, those with JSON, S3 for old signatures.
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}


class CredentialsExpired(ClientError):
    """The AWS credentials are no longer valid, as happens to temporary ones in the middle of the workshop."""

    def __str__(self) -> str:
        return (
            f"The AWS credentials have expired ({self.response['Error']['Code']} in {self.operation_name}). "
            "Sign in again (`aws sso login`, `aws login`, or new environment variables and a restart of the kernel), "
            'then run the cell with connect("aws") again: the stack and your answers are still there.'
        )


def raise_if_expired(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Raise CredentialsExpired for an answer that says so: a handler of botocore's event after-call."""
    if parsed.get("Error", {}).get("Code") in _EXPIRED:
        raise CredentialsExpired(parsed, model.name)
