"""How it is put into words what a function asked of a record."""

import pytest

from workshop.exercises.judging.fields_read import Asked

RECORD = {"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "userIdentity": {"type": "AssumedRole"}}
USUAL = {"eventSource", "eventName", "userIdentity"}


def key(path, name):
    return (path, "key", name)


@pytest.mark.parametrize(
    ("notes", "found", "told"),
    [
        ([key("", "errorCode")], [{"errorCode": "AccessDenied"}], "also asks for `errorCode` (not in this record)"),
        ([key("", "awsRegion")], [{}], "It never"),  # a record that was found has it just so: it decided nothing
        (
            [key("", "userIdentity"), key("userIdentity", "type"), ("userIdentity.type", "==", "Root")],
            [],
            'also asks for `userIdentity.type` (is it "Root"?)',
        ),
        ([key("", "eventName"), ("eventName", "startswith", "Delete")], [], 'does it start with "Delete"?'),
        (
            [key("", "eventName"), ("eventName", "slice", "Dec"), ("eventName[:]", "==", "Del")],
            [],
            'piece of it, "Dec"',
        ),
        ([key("", "eventSource"), ("eventSource", "part", "kms")], [], 'looks at the piece "kms"'),
        (
            [key("", "eventName"), ("eventName", "startswith", "De"), key("", "eventSource")],
            [],
            'What it asks of `eventSource` (here "kms.amazonaws.com") was not seen',
        ),
        ([key("", "eventName")], [], "The last field that it reads is `eventName`"),
    ],
)
def test_why_a_record_was_left_out(notes, found, told):
    """A field too many comes first, then the last question; a field that found records share decides nothing."""
    said = Asked(notes, RECORD).left_out(USUAL, found)
    assert told in said if told != "It never" else "also asks" not in said


def test_a_part_that_the_record_lacks_is_named_by_what_is_read_elsewhere():
    """What lies inside of an absent part cannot be read there; the other records tell what it is."""
    said = Asked([key("", "requestParameters")], RECORD).left_out(USUAL, [], ["requestParameters.name"])
    assert "`requestParameters.name`" in said


def test_why_a_record_was_let_through():
    """Either the field that decides was not looked at, or what was asked of it holds."""
    notes = [key("", "eventName"), ("eventName", "==", "Encrypt"), ("eventName", "contains", "crypt")]
    assert Asked(notes, RECORD).let_through(("eventSource",)) == "It decides without a look at `eventSource`."
    assert '"crypt" in it?) holds' in Asked(notes, RECORD).let_through(("eventName",))
    assert Asked(notes[:2], RECORD).let_through(("eventName",)) == ""


def test_whoever_goes_through_all_fields_is_told_nothing():
    """A loop over the record may have looked at any field: nothing sure can be said."""
    notes = [("", "all", ""), key("", "errorCode")]
    assert Asked(notes, RECORD).left_out(USUAL, []) == Asked(notes, RECORD).let_through(("eventName",)) == ""
