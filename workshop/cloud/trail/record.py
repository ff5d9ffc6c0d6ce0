"""One API call and its outcome -> one CloudTrail record, its fields in CloudTrail's order."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.model import OperationModel

from workshop.cloud.trail import elements, spelling

# What a record says of the encryption of a call to AWS. Calls to the emulator never leave this machine and are not
# encrypted. The fields are there, as in every record of today, and say what the same call would look like on AWS.
_TLS = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"}


@dataclass
class Call:
    """One API call on its way: botocore's model and parameters, then who signed it, when and where."""

    model: OperationModel
    params: dict[str, Any]
    at: datetime
    identity: dict[str, Any] | None = None
    region: str = ""
    agent: str = ""
    sent: int = 0
    # The AWS service that makes the call for itself, such as "ec2.amazonaws.com", or "".
    by_service: str = ""

    @property
    def service(self) -> str:
        return self.model.service_model.service_name

    @property
    def name(self) -> str:
        return f"{self.service}:{self.model.name}"


def record_of(call: Call, answer: dict[str, Any], account: str, received: int = 0) -> dict[str, Any]:
    """Return the CloudTrail record of a call; `answer` is botocore's parsed answer, with Error if it failed.

    Raises: Unmapped when how CloudTrail spells the operation is not known.
    """
    model, service = call.model, call.service
    if service not in spelling.SERVICES:
        raise spelling.Unmapped("how this service is recorded is not known")
    source, version = spelling.SERVICES[service]
    region = spelling.GLOBAL_REGION if service in spelling.GLOBAL_SERVICES else call.region
    host = _host(call, region)
    record: dict[str, Any] = {
        "eventVersion": version,
        "userIdentity": {"type": "AWSService", "invokedBy": call.by_service} if call.by_service else call.identity,
        "eventTime": f"{call.at:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": elements.event_name(model),
        "awsRegion": region,
        # Where the emulator sees calls come from. An invented address would name a place where nobody was.
        "sourceIPAddress": call.by_service or "127.0.0.1",
        "userAgent": call.by_service or (f"[{call.agent}]" if service == "s3" else call.agent),
    }
    error = answer.get("Error")
    if error:
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        record["errorCode"] = elements.error_code(model, error.get("Code", ""), status)
        record["errorMessage"] = error.get("Message") or error.get("message") or ""
    denied = record.get("errorCode") == "AccessDenied" and service not in spelling.SHOWN_WHEN_DENIED
    record["requestParameters"] = (
        None
        if denied
        else elements.request_parameters(model, call.params, account=account, region=call.region, host=host)
    )
    record["responseElements"] = None if error else elements.response_elements(model, answer)
    if service == "s3":
        record["additionalEventData"] = _transfer(call, answer, received)
    record["requestID"] = answer.get("ResponseMetadata", {}).get("RequestId") or str(uuid.uuid4())
    record["eventID"] = str(uuid.uuid4())
    record["readOnly"] = elements.is_read(model)
    resources = None if error else _resources(call, region, account)
    if resources:
        record["resources"] = resources
    record |= {"eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": account}
    if call.by_service:
        record["sharedEventID"] = str(uuid.uuid4())
    record["eventCategory"] = "Management"
    if not call.by_service:
        record["tlsDetails"] = {**_TLS, "clientProvidedHostHeader": host}
    return record


def _host(call: Call, region: str) -> str:
    """Return the name of the endpoint that the call would have gone to on AWS."""
    if call.service in spelling.GLOBAL_SERVICES:
        return spelling.GLOBAL_SERVICES[call.service]
    bucket = f"{call.params['Bucket']}." if call.service == "s3" and "Bucket" in call.params else ""
    return f"{bucket}{call.model.service_model.endpoint_prefix}.{region}.amazonaws.com"


def _resources(call: Call, region: str, account: str) -> list[dict[str, str]] | None:
    """Return the `resources` element for the operations whose records have one, or None."""
    if call.name == "sts:AssumeRole":
        arn = call.params["RoleArn"]
        return [{"accountId": arn.partition("iam::")[2].partition(":")[0], "type": "AWS::IAM::Role", "ARN": arn}]
    if call.name in ("ssm:GetParameters", "ssm:GetParameter"):
        names = call.params.get("Names") or [call.params.get("Name")]
        prefix = f"arn:aws:ssm:{region}:{account}:parameter"
        arns = [name if name.startswith("arn:") else f"{prefix}/{name.removeprefix('/')}" for name in names]
        return [{"accountId": account, "ARN": arn} for arn in arns]
    if call.service == "s3" and "Bucket" in call.params:
        return [{"accountId": account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{call.params['Bucket']}"}]
    return None


def _transfer(call: Call, answer: dict[str, Any], received: int) -> dict[str, Any]:
    return {
        "SignatureVersion": "SigV4",
        "CipherSuite": _TLS["cipherSuite"],
        "bytesTransferredIn": call.sent,
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": answer.get("ResponseMetadata", {}).get("HostId", ""),
        "bytesTransferredOut": received,
    }
