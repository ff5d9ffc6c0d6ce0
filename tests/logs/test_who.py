"""Who made a call: one order of fields, which the function, the short line in Lambda and the explorer follow."""

import pytest
from log_files import record, write

from workshop.cloudtrail_analyzer import print_short_record
from workshop.explorer import explore
from workshop.logs.table.events import load_events
from workshop.logs.who import WHO, who

# The kinds of identity in the CloudTrail user guide ("CloudTrail userIdentity element"), as they come in records.
PERSON = "544894e8-80c1-707f-60e3-3ba6510dfac1"
STORE = "arn:aws:identitystore::111122223333:identitystore/d-1234567890"
SESSION = "arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0"
FEDERATED = "token.actions.githubusercontent.com:sts.amazonaws.com:repo:example/x:ref:refs/heads/main"
IDENTITIES = {
    "a user": ({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ana", "userName": "ana"}, "user/ana"),
    "a role's session": ({"type": "AssumedRole", "principalId": "AROAEXAMPLE:i-0123", "arn": SESSION}, SESSION),
    "root": ({"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root"}, ":root"),
    "a user whose sign-in failed": ({"type": "IAMUser", "accountId": "1", "userName": "ben", "accessKeyId": ""}, "ben"),
    "Identity Center": (
        {
            "type": "IdentityCenterUser",
            "accountId": "111122223333",
            "onBehalfOf": {"userId": PERSON, "identityStoreArn": STORE},
            "credentialId": "EXAMPLE",
        },
        PERSON,
    ),
    "a web identity": (
        {
            "type": "WebIdentityUser",
            "principalId": FEDERATED,
            "userName": "repo:example/x:ref:refs/heads/main",
            "identityProvider": "token.actions.githubusercontent.com",
        },
        "repo:example/x:ref:refs/heads/main",
    ),
    "SAML": ({"type": "SAMLUser", "principalId": "abc=:ana", "userName": "ana@example.com"}, "ana@example.com"),
    "another account": (
        {"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "444455556666"},
        "AIDAEXAMPLE",
    ),
    "another account that is all there is": ({"type": "AWSAccount", "accountId": "444455556666"}, "444455556666"),
    "a service": ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "ec2.amazonaws.com"),
    "a service's own event": ({"accountId": "111122223333", "invokedBy": "AWS Internal"}, "AWS Internal"),
    "a kind without a name": ({"type": "Unknown"}, "Unknown"),
    "an empty one": ({}, "-"),
    "none": (None, "-"),
}


@pytest.mark.parametrize(("identity", "named"), IDENTITIES.values(), ids=IDENTITIES)
def test_the_function_and_the_short_line_name_the_caller(capsys, identity, named):
    """The line stands alone in Lambda, so it has an order of its own: the same one."""
    one = record(1, userIdentity=identity)
    assert who(one).endswith(named)
    print_short_record(one)
    assert capsys.readouterr().out.strip().rpartition("  ")[2] == who(one)


def test_the_explorer_names_the_same_callers(tmp_path):
    """In its column User, whose values are counted and can be filtered by."""
    given = [record(number, userIdentity=identity) for number, (identity, _) in enumerate(IDENTITIES.values())]
    shown = explore(load_events(write(tmp_path, {"1.json.gz": given})))
    named = {who(one) for one in given} - {"-"}
    assert set(shown.session.search.values("user").values) == named
    for name in named:
        assert len(shown.filter(user=name).selection) == 1


@pytest.mark.parametrize("identity", ["root", 7, ["a"], {"onBehalfOf": "x", "type": "Odd"}])
def test_an_odd_identity_names_nobody(identity):
    """It stops nothing."""
    assert who(record(1, userIdentity=identity)) in ("-", "Odd")


def test_each_field_has_its_column():
    """So that the table has all that names a caller."""
    from workshop.logs.table.columns import COLUMNS

    assert {f"userIdentity.{path}" for path in WHO} <= {column.name for column in COLUMNS}
