"""What a repair may not say: sentences that a run of the answer would refute."""

import pytest
from answer_bank import notebook
from cells import run_cell

from workshop.exercises.judging.judge import judge
from workshop.exercises.registry import BY_NAME
from workshop.exercises.sample_records import Maker

BOTH = '("logs.amazonaws.com", "cloudtrail.amazonaws.com")'
# The function's name, the cell, what the message says, and what it must not say.
ANSWERS = {
    "the letters of the other text differ": (
        "deleting_logs",
        (
            "def deleting_logs(record):\n"
            '    source, name = record["eventSource"].lower(), record["eventName"]\n'
            "    name = name.lower()\n"
            f'    if source in {BOTH} and name.startswith("Delete"):\n'
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        "'Delete'",
        "record['eventSource'].lower() makes",
    ),
    "a piece of the right length at another place": (
        "deleting_logs",
        (
            "def deleting_logs(record):\n"
            f'    if record["eventName"][1:7] == "Delete" and record["eventSource"] in {BOTH}:\n'
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        "counting begins at 0",
        "of another length",
    ),
    "the sign of a pattern that has a name": (
        "deleting_logs",
        (
            'DELETES = "Delete$"\n\n'
            "def deleting_logs(record):\n"
            f'    if record["eventSource"] in {BOTH} and re.match(DELETES, record["eventName"]):\n'
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        "the sign $ is the end of the text",
        "stands for itself",
    ),
    "a text that records have is left out": (
        "deleting_logs",
        (
            "def deleting_logs(record):\n"
            f'    if record["eventSource"] in {BOTH} and record["eventName"].startswith("Delete") \\\n'
            '            and record["eventName"] != "DeleteTrail":\n'
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        "DeleteTrail",
        "is not the text that stands in the records",
    ),
    "a method that is handed on": (
        "deleting_logs",
        (
            "def deleting_logs(record):\n"
            '    source, name = map(record.get, ("eventSource", "eventName"))\n'
            f"    if source in {BOTH}:\n"
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        "gives name a value, and does not look at it",
        "does not call it",
    ),
    "a selection is no record": (
        "deleting_logs",
        (
            'selection = {"eventSource": ["logs.amazonaws.com", "cloudtrail.amazonaws.com"], "eventName": "Delete"}\n\n'
            "def deleting_logs(record):\n"
            '    if record["eventSource"] in selection["eventSource"]:\n'
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        "only one of the two conditions holds",
        "of your notebook",
    ),
    "a module that nothing imports": (
        "deleting_logs",
        (
            "def deleting_logs(record):\n"
            f'    if fnmatch.fnmatch(record["eventName"], "Delete*") and record["eventSource"] in {BOTH}:\n'
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        "fnmatch is a module of Python",
        "a text stands in quotes",
    ),
    "what a cell does besides giving names values": (
        "blinding_logs",
        (
            'CALLS = {"cloudtrail.amazonaws.com": ["StopLogging", "StopEventDataStoreIngestion"]}\n'
            'CALLS["vpc.amazonaws.com"] = CALLS.pop("cloudtrail.amazonaws.com")\n\n'
            "def blinding_logs(record):\n"
            '    if record["eventName"] in CALLS.get(record["eventSource"], ()) and not record.get("errorCode"):\n'
            "        print_short_record(record)\n        return True\n    return False\n"
        ),
        "",
        "Tried:",
    ),
    "a value that stands in for an absent one": (
        "issued_by_ec2",
        (
            "def issued_by_ec2(record, known):\n"
            '    identity = record.get("userIdentity", {})\n'
            '    if identity.get("accessKeyId") in known.issued_to:\n        return True\n'
            '    attributes = identity.get("sessionContext", {}).get("attributes", {})\n'
            '    return None if attributes.get("creationDate", known.since) < known.since else False\n'
        ),
        "takes known.since in its place",
        "misses by one",
    ),
    "another field of what was learned": (
        "called_from_home",
        (
            "def called_from_home(record, known):\n"
            '    if "vpcEndpointId" in record:\n        return record["vpcEndpointId"] in known.vpc_endpoints\n'
            '    if record["sourceIPAddress"] in known.nat_addresses:\n        return True\n'
            '    instance = record["userIdentity"]["arn"].split("/")[-1]\n'
            "    if instance not in known.addresses:\n        return None\n"
            '    return any(record["sourceIPAddress"] in addresses for addresses in known.addresses.values())\n'
        ),
        "any instance's address",
        "It never is",
    ),
    "a set has no keys": (
        "called_from_home",
        (
            "def called_from_home(record, known):\n"
            '    if record.get("vpcEndpointId") is not None:\n'
            '        return record["sourceIPAddress"] in known.vpc_endpoints\n'
            '    if record["sourceIPAddress"] in known.nat_addresses:\n        return True\n'
            '    instance = record["userIdentity"].get("arn", "").split("/")[-1]\n'
            "    if instance not in known.addresses:\n        return None\n"
            '    return record["sourceIPAddress"] in known.addresses[instance]\n'
        ),
        "print known.vpc_endpoints: what stands in it?",
        "keys",
    ),
    "a set that is asked for its keys": (
        "called_from_home",
        (
            "def called_from_home(record, known):\n"
            '    if record.get("vpcEndpointId") is not None:\n'
            '        return record["vpcEndpointId"] in known.vpc_endpoints.keys()\n'
            '    if record["sourceIPAddress"] in known.nat_addresses:\n        return True\n'
            '    instance = record["userIdentity"].get("arn", "").split("/")[-1]\n'
            "    if instance not in known.addresses:\n        return None\n"
            '    return record["sourceIPAddress"] in known.addresses[instance]\n'
        ),
        "known.vpc_endpoints is a set",
        "other values stand there",
    ),
    "one service of two is asked for both conditions": (
        "deleting_logs",
        (
            "def deleting_logs(record):\n"
            '    match record["eventSource"]:\n'
            '        case "logs.amazonaws.com":\n'
            '            if record["eventName"].startswith("Delete"):\n'
            "                print_short_record(record)\n                return True\n"
            '        case "cloudtrail.amazonaws.com":\n'
            "            print_short_record(record)\n            return True\n"
            "    return False\n"
        ),
        "each call of cloudtrail.amazonaws.com",
        "is enough",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_message_says_what_is_so_and_not_what_only_fits(name):
    """Each answer had a message with a sentence that was not true of it, or would have without a guard."""
    exercise, source, says, never = ANSWERS[name]
    function = run_cell(source, notebook())[exercise]
    message = " ".join(str(judge(BY_NAME[exercise], function, Maker(7))).split())
    assert says in message, message
    assert never not in message, message
