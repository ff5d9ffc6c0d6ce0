"""What the fields of a CloudTrail record mean, one line each, for the record tree of `explore`.

The keys are paths as in a record, without the positions in lists. Fields that are columns are explained in
workshop/logs/table/columns.py, the others here. Source: the CloudTrail record reference,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
and its page on userIdentity, in our own words.
"""

from typing import Any

from workshop.logs.record import Record
from workshop.logs.table.columns import COLUMNS

EXPLANATIONS = {column.name: column.explanation for column in COLUMNS} | {
    "eventVersion": "Version of the record format, major.minor.",
    "requestParameters": "The parameters of this call, which each API defines for itself.",
    "responseElements": "The service's answer to calls that change something; null for calls that only read.",
    "additionalEventData": "Extras of the event that are in neither request nor response.",
    "additionalEventData.MobileVersion": "Whether the console was opened on its mobile page.",
    "additionalEventData.LoginTo": "The page that the sign-in led to.",
    "requestID": "The number that the called service gave to the request.",
    "apiVersion": "The API version of the call, where the service has one.",
    "sharedEventID": "The same in all copies of one event that several accounts received.",
    "vpcEndpointId": "The VPC endpoint that the call came through.",
    "vpcEndpointAccountId": "The account that owns that VPC endpoint.",
    "serviceEventDetails": "Details of an event that a service started by itself.",
    "sessionCredentialFromConsole": "True if the credentials came from a sign-in to the console.",
    "addendum": "Why this record was delivered late or corrects an earlier one.",
    "edgeDeviceDetails": "The edge device that the call was made to.",
    "eventContext": "Tags and condition keys that the trail was configured to add.",
    "insightDetails": "What was unusual: the API, and its rate now and normally (Insight events only).",
    "resources": "The resources that the call touched, if the service says so.",
    "resources.ARN": "The full name of a resource that the call touched.",
    "resources.accountId": "The account that owns the resource.",
    "resources.type": "The kind of resource, such as AWS::S3::Bucket.",
    "tlsDetails": "How the connection was encrypted.",
    "tlsDetails.tlsVersion": "The TLS version of the connection.",
    "tlsDetails.cipherSuite": "The ciphers that were agreed on.",
    "tlsDetails.clientProvidedHostHeader": "The host name that the client asked for.",
    "userIdentity": "The caller: the kind of identity and the credentials that were used.",
    "userIdentity.identityProvider": "The provider that vouched for a federated user.",
    "userIdentity.credentialId": "The id of the bearer token or credential that was used.",
    "userIdentity.onBehalfOf": "The Identity Center user for whom the call was made.",
    "userIdentity.inScopeOf": "The AWS resource, such as an instance, that the credentials were issued for.",
    "userIdentity.inScopeOf.issuerType": "The kind of resource that the credentials were issued for.",
    "userIdentity.inScopeOf.credentialsIssuedTo": "The resource that got the credentials; not where they were used.",
    "userIdentity.sessionContext": "The session behind temporary credentials.",
    "userIdentity.sessionContext.attributes": "When the session began, and whether with a second factor.",
    "userIdentity.sessionContext.attributes.creationDate": "When the temporary credentials were issued, in UTC.",
    "userIdentity.sessionContext.sessionIssuer": "Where the session came from: the role that was assumed, or the user.",
    "userIdentity.sessionContext.sessionIssuer.type": "The kind of issuer: Role, IAMUser, Root …",
    "userIdentity.sessionContext.sessionIssuer.principalId": "The unique id of the role or user behind the session.",
    "userIdentity.sessionContext.sessionIssuer.accountId": "The account that owns that role or user.",
    "userIdentity.sessionContext.sessionIssuer.userName": "The name of the role or user behind the session.",
    "userIdentity.sessionContext.webIdFederationData": "The web identity that was exchanged for the session.",
    "userIdentity.sessionContext.sourceIdentity": "The name the first caller set; a chain of roles keeps it.",
}


def explanations_of(record: Record) -> dict[str, str]:
    """Return {path: explanation} for every path of `record` that has one; lists add nothing to a path."""
    found: dict[str, str] = {}
    todo: list[tuple[str, Any]] = [("", record)]
    while todo:
        path, value = todo.pop()
        if path in EXPLANATIONS:
            found[path] = EXPLANATIONS[path]
        if isinstance(value, dict):
            todo += [(f"{path}.{key}" if path else str(key), part) for key, part in value.items()]
        elif isinstance(value, list):
            todo += [(path, part) for part in value]
    return found
