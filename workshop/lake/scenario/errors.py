"""How calls fail: errors as records name them."""

from typing import NamedTuple


class Error(NamedTuple):
    """An error of a record; {who}, {action} and {target} in the message are filled in for each call."""

    code: str
    message: str


_NOT_ALLOWED = (
    "{who} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
)
DENIED = Error("AccessDenied", f"User: {_NOT_ALLOWED}")
EC2_DENIED = Error(
    "Client.UnauthorizedOperation",
    f"You are not authorized to perform this operation. User: {_NOT_ALLOWED}.",
)
SCP_DENIED = Error(
    "AccessDenied",
    "User: {who} is not authorized to perform: {action} on {target} with an explicit deny in a service control policy",
)
NO_TRAIL = Error("TrailNotFoundException", "Unknown trail")
NOT_FOUND = Error("ResourceNotFoundException", "The specified resource does not exist.")
NO_INSTANCE = Error("Client.InvalidInstanceID.NotFound", "The instance ID does not exist")
EXISTS = Error("ResourceAlreadyExistsException", "The specified log stream already exists")
NO_ENTITY = Error("NoSuchEntityException", "The entity cannot be found.")
THROTTLED = Error("ThrottlingException", "Rate exceeded")
NEEDS_NAME = Error("ValidationError", "Must specify userName when calling with non-User credentials")
NO_LOGIN = Error("Failure", "Failed authentication")
