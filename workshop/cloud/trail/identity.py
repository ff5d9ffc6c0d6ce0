"""Who made a call: the userIdentity element of a record, from the credentials that signed it."""

import threading
from datetime import datetime, timezone

from botocore.exceptions import ClientError


class Identities:
    """The identities behind access keys, each asked for once.

    `session` is a boto3 session of the account that no trail is attached to, or the questions would be recorded.
    """

    def __init__(self, session):
        self._session = session
        self._known = {}
        self._lock = threading.Lock()

    def of(self, credentials):
        """Return the userIdentity of frozen credentials, or None when nobody has them (any more).

        Raises: botocore's errors when it cannot be found out.
        """
        with self._lock:
            if credentials.access_key not in self._known:
                self._known[credentials.access_key] = self._ask(credentials)
            return self._known[credentials.access_key]

    def learn(self, caller, answer, called_at, delivery=None):
        """Remember whose temporary credentials an answer of STS holds; `caller` is the userIdentity that asked.

        `delivery` is given for an instance's credentials: the version of the metadata service they come from.
        """
        access_key = answer["Credentials"]["AccessKeyId"]
        attributes = {"creationDate": f"{called_at:%Y-%m-%dT%H:%M:%SZ}", "mfaAuthenticated": "false"}
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

    def _ask(self, credentials):
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
                # AWS knows no account to record such a call in either.
                return None
            raise
        arn, user_id, access_key = who["Arn"], who["UserId"], credentials.access_key
        if ":assumed-role/" in arn:
            # When the session began is known only to who has seen its AssumeRole; it was there by now.
            attributes = {
                "creationDate": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
                "mfaAuthenticated": "false",
            }
            return self._assumed_role(user_id, arn, access_key, attributes)
        if arn.endswith(":root"):
            return _identity("Root", who["Account"], arn, access_key)
        if ":user/" in arn:
            return {**_identity("IAMUser", user_id, arn, access_key), "userName": arn.rpartition("/")[2]}
        return _identity("FederatedUser", user_id, arn, access_key)

    def _assumed_role(self, assumed_id, arn, access_key, attributes):
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

    def _role_arn(self, role, account):
        # The session's ARN lacks the role's path.
        try:
            return self._session.client("iam").get_role(RoleName=role)["Role"]["Arn"]
        except ClientError:
            return f"arn:aws:iam::{account}:role/{role}"


def _identity(kind, principal, arn, access_key):
    return {
        "type": kind,
        "principalId": principal,
        "arn": arn,
        "accountId": arn.split(":")[4],
        "accessKeyId": access_key,
    }
