"""All predictions by name, in the order of the notebooks; each `holds` gets the value that its notebook hands in."""

from collections.abc import Callable

from workshop.exercises.predictions.prediction import Expectation, Prediction

_DELETIONS, _INSTANCES = "deleting_logs", "instance_creds_used_outside_ec2"


def _is(value: object) -> Callable[[object], bool]:
    return lambda found: found == value


def _times(most: float, least: float = 0) -> Callable[[dict[str, int]], bool]:
    """Return whether the second detector matched at least `least` and less than `most` times what the first did."""
    return lambda matches: least <= matches[_INSTANCES] / matches[_DELETIONS] < most


def _how_many(unit: str) -> tuple[Expectation, ...]:
    return (
        Expectation(f"Fewer than ten {unit}", lambda count: 0 < count < 10),
        Expectation("Dozens", lambda count: 10 <= count < 100),
        Expectation("Hundreds", lambda count: 100 <= count < 1000),
        Expectation("Thousands", lambda count: count >= 1000),
    )


PREDICTIONS = {
    # The type of userIdentity with the most calls.
    "who calls": Prediction(
        "Who makes most of the calls?",
        (
            Expectation("Users, each with a name and a password or key", _is("IAMUser")),
            Expectation("Sessions of roles", _is("AssumedRole")),
            Expectation("AWS services in their own name", _is("AWSService")),
        ),
        "Programs work day and night, and most calls of people come from a role too.",
    ),
    # The callers in the records of calls that came from CloudFormation.
    "who asked": Prediction(
        "CloudFormation made these calls for somebody. Whom does `userIdentity` name?",
        (
            Expectation("CloudFormation", lambda names: {*names} == {"cloudformation.amazonaws.com"}),
            Expectation(
                "The person who asked for the stack",
                lambda names: bool(len(names)) and "cloudformation.amazonaws.com" not in {*names},
            ),
            Expectation("Now one, now the other", lambda names: {"cloudformation.amazonaws.com"} < {*names}),
        ),
        "CloudFormation works with that person's permissions. `invokedBy` in `userIdentity` names the service.",
    ),
    # The key that get_log_file_location returns for the object with a space in its key.
    "the key": Prediction(
        "Which key will `get_log_file_location` return?",
        (
            Expectation("As in the event, with + for each space", lambda key: "+" in key),
            Expectation("With the spaces that it has in the bucket", lambda key: " " in key),
            Expectation("The file's name, without the folder", lambda key: key.endswith(".gz") and "/" not in key),
        ),
        "S3 encodes keys in its events as in a URL. An object called `my+first+file` does not exist.",
    ),
    # How many records of the lake deleting_logs matched.
    "deletions": Prediction(
        "How many records of the four days will `deleting_logs` match?",
        _how_many("records"),
        "Logs are hardly ever deleted on purpose, and an attacker needs few calls.",
    ),
    # How many records of the lake instance_creds_used_outside_ec2 matched.
    "one theft": Prediction(
        "There was one theft. How many records will match?",
        _how_many("records"),
        "The rule asks for an instance's credentials, and machines use theirs all day.",
    ),
    # How many messages came after the second publication.
    "messages": Prediction(
        "You publish a second anomaly within the same minute. How many more messages does the alarm send?",
        (Expectation("None", _is(0)), Expectation("One", _is(1)), Expectation("Two", _is(2))),
        "An alarm sends a message when it turns. While it is red, a larger sum changes nothing. After a minute without "
        "anomalies it is `OK`, and the next one turns it again.",
    ),
    # Matches by the detector's name.
    "which more": Prediction(
        "Which function will match more records, and how many times more?",
        (
            Expectation("`deleting_logs`", _times(1)),
            Expectation("`instance_creds_used_outside_ec2`, up to ten times more", _times(10, 1)),
            Expectation("`instance_creds_used_outside_ec2`, more than ten times more", _times(float("inf"), 10)),
        ),
        "Machines call all day long. Nobody looks any more at an alarm that is always red.",
    ),
    # How many records of the own calls' log file deleting_logs matched.
    "own calls": Prediction(
        "You create a log group, and you delete it. How many of the two calls will `deleting_logs` match?",
        (
            Expectation("None: nobody has put a log file into the bucket", _is(0)),
            Expectation("One", _is(1)),
            Expectation("Both", _is(2)),
        ),
        "Creating destroys nothing. The log file came by itself, as it does for every call in the account.",
    ),
}
