"""All API calls of the scenario by name: the tables api_*.py, read together."""

from . import api_applications, api_compute, api_identity, api_operations, api_storage

CALLS = {
    call.key: call
    for table in (
        api_applications.CALLS,
        api_compute.CALLS,
        api_identity.CALLS,
        api_operations.CALLS,
        api_storage.CALLS,
    )
    for call in table
}
