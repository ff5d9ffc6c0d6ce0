"""All API calls of the scenario by name: the tables api_*.py, read together."""

from . import api_applications, api_compute, api_identity, api_operations, api_storage
from .calls import Call

_TABLES = (api_applications, api_compute, api_identity, api_operations, api_storage)
CALLS: dict[str, Call] = {call.key: call for table in _TABLES for call in table.CALLS}
