"""Who made a call: the userIdentity element of a record, from the credentials that signed it."""

import threading
from datetime import datetime
from typing import Any

from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from workshop.cloud.clock import now


class Identities:
    """The identities behind access keys, each asked for once.

    `session` is a boto3 session of the account that no trail is attached to, or the questions would be recorded.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self._known: dict[str, dict[str, Any] | None] = {}
        self._lock = threading.Lock()

    def of(self, credentials: ReadOnlyCredentials) -> dict[str, Any] | None:
        """Return the userIdentity of frozen credentials, or None when they are nobody's, or nobody's any more.

        Raises: botocore's errors when it cannot be found out.
        """
        with self._lock:
            if credentials.access_key not in self._known:
                self._known[credentials.access_key] = self._ask(credentials)
            return self._known[credentials.access_key]

    def learn(
        self, caller: dict[str, Any], answer: dict[str, Any], called_at: datetime, delivery: str | None = None
    ) -> None:
        """Remember whose temporary credentials an answer of STS holds; `caller` is the userIdentity that asked.

        `delivery` is given for an instance's credentials: the version of the metadata service they come from.
        """
        access_key = answer["Credentials"]["AccessKeyId"]
        attributes = _attributes(called_at)
        if "AssumedRoleUser" in answer:
            user = answer["AssumedRoleUser"]
            identity = self._assumed_role(user["AssumedRoleId"], user["Arn"], access_key, attributes)
            if delivery:
                identity["sessionContext"]["ec2RoleDelivery"] = delivery
        elif "FederatedUser" in answer:
            user = answer["FederatedUser"]
            issuer = {name: caller[name] for name in ("type", "principalId", "arn", "accountId", "userName")}
            context = {"sessionIssuer": issuer, "webIdFederationData": {}, "attributes": attributes}
            identity = _identity("FederatedUser", user["FederatedUserId"], user["Arn"], access_key)
            identity["sessionContext"] = context
        else:
            identity = {**caller, "accessKeyId": access_key, "sessionContext": {"attributes": attributes}}
        with self._lock:
            self._known[access_key] = identity

    def _ask(self, credentials: ReadOnlyCredentials) -> dict[str, Any] | None:
        client = self._session.client(
            "sts",
            aws_access_key_id=credentials.access_key,
            aws_secret_access_key=credentials.secret_key,
            aws_session_token=credentials.token,
        )
        try:
            who = client.get_caller_identity()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("InvalidClientTokenId", "ExpiredToken", "SignatureDoesNotMatch"):
                # On AWS too, such a call has no account to be recorded in.
                return None
            raise
        arn, user_id, access_key = who["Arn"], who["UserId"], credentials.access_key
        if ":assumed-role/" in arn:
            # When the session began, its AssumeRole would show. It has begun by now.
            return self._assumed_role(user_id, arn, access_key, _attributes(now()))
        if arn.endswith(":root"):
            return _identity("Root", who["Account"], arn, access_key)
        if ":user/" in arn:
            return {**_identity("IAMUser", user_id, arn, access_key), "userName": arn.rpartition("/")[2]}
        return _identity("FederatedUser", user_id, arn, access_key)

    def _assumed_role(self, assumed_id: str, arn: str, access_key: str, attributes: dict[str, str]) -> dict[str, Any]:
        role = arn.split("/")[1]
        account = arn.split(":")[4]
        issuer = {
            "type": "Role",
            "principalId": assumed_id.partition(":")[0],
            "arn": self._role_arn(role, account),
            "accountId": account,
            "userName": role,
        }
        identity = _identity("AssumedRole", assumed_id, arn, access_key)
        identity["sessionContext"] = {"sessionIssuer": issuer, "attributes": attributes}
        return identity

    def _role_arn(self, role: str, account: str) -> str:
        # The session's ARN lacks the role's path.
        try:
            return self._session.client("iam").get_role(RoleName=role)["Role"]["Arn"]
        except ClientError:
            return f"arn:aws:iam::{account}:role/{role}"


def _attributes(began: datetime) -> dict[str, str]:
    return {"creationDate": f"{began:%Y-%m-%dT%H:%M:%SZ}", "mfaAuthenticated": "false"}


def _identity(kind: str, principal: str, arn: str, access_key: str) -> dict[str, Any]:
    return {
        "type": kind,
        "principalId": principal,
        "arn": arn,
        "accountId": arn.split(":")[4],
        "accessKeyId": access_key,
    }
