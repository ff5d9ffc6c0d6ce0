"""All predictions by name, in the order of the notebooks; each `holds` gets the value that its notebook hands in."""

from collections.abc import Callable

from workshop.exercises.predictions.prediction import Expectation, Prediction

_DELETIONS, _INSTANCES = "deleting_logs", "instance_creds_used_outside_ec2"


def _is(value: object) -> Callable[[object], bool]:
    return lambda found: found == value


def _times(most: float, least: float = 0) -> Callable[[dict[str, int]], bool]:
    """Return whether the second detector matched at least `least` and less than `most` times what the first did."""
    return lambda matches: least <= matches[_INSTANCES] / matches[_DELETIONS] < most


def _of_instance(caller: str) -> bool:
    return "/i-" in caller


def _tool(reasons: list[str]) -> bool:
    return any("jump tool" in reason for reason in reasons)


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
    # The share of the thief's calls in the matches of step a, in percent.
    "of a hundred": Prediction(
        "Of a hundred matches, how many are the thief's?",
        (
            Expectation("More than half", lambda share: share > 50),
            Expectation("More than ten, up to half", lambda share: 10 < share <= 50),
            Expectation("Ten or fewer", lambda share: share <= 10),
        ),
        "Machines use their credentials all day. The thief came for some minutes, twice.",
    ),
    # The reasons of the records that step b takes for no instance's.
    "no birth": Prediction(
        "Who among the matches of step a is `False` in step b?",
        (
            Expectation("The administrators' tool of notebook 03, alone", lambda why: _tool(why) and len(why) == 1),
            Expectation("The tool, and programs on the instances themselves", lambda why: _tool(why) and len(why) > 1),
            Expectation("Programs on the instances alone", lambda why: bool(why) and not _tool(why)),
        ),
        "The tool's keys were never issued by EC2. The births of some other keys are in no record: the next cell shows "
        "when. With the bonus of `issued_by_ec2`, AWS's own word takes the place of these births.",
    ),
    # The thief's calls that are found in the late logs, by what becomes of unknown.
    "unknown": Prediction(
        "Which of the two ways still finds the thief?",
        (
            Expectation("Unknown stays in", lambda found: bool(found["unknown in"]) and not found["unknown out"]),
            Expectation("Unknown stays out", lambda found: bool(found["unknown out"]) and not found["unknown in"]),
            Expectation("Both", lambda found: bool(found["unknown in"]) and bool(found["unknown out"])),
        ),
        "The stolen key is older than these logs, so nobody saw its birth. With the bonus of `issued_by_ec2`, AWS's "
        "own word says what the key was issued to.",
    ),
    # How many of the thief's calls step b finds and step c does not.
    "lost calls": Prediction(
        "How many of the thief's calls does this step lose?",
        (
            Expectation("None", _is(0)),
            Expectation("Fewer than ten", lambda count: 0 < count < 10),
            Expectation("Ten or more", lambda count: count >= 10),
        ),
        "Services make calls in the name of the thief's session, too.",
    ),
    # In how many of the four moves neither step finds any of the thief's calls.
    "unseen moves": Prediction(
        "In how many of the four do both questions (d and e) miss the thief?",
        (
            Expectation("In none", _is(0)),
            Expectation("In one", _is(1)),
            Expectation("In two or more", lambda count: count >= 2),
        ),
        "On the machine itself the thief is at home, and nothing moves.",
    ),
    # Who called in what the two detectors match: the last parts of the ARNs.
    "whose calls": Prediction(
        "Whose calls will the two detectors find?",
        (
            Expectation("The thief's alone", lambda who: bool(who) and all(map(_of_instance, who))),
            Expectation("The thief's and others'", lambda who: 0 < sum(map(_of_instance, who)) < len(who)),
            Expectation("Others' alone", lambda who: bool(who) and not any(map(_of_instance, who))),
        ),
        "A call of the same name can be an attack or a day's work.",
    ),
    # How many ways there are, and how many of them the detectors find.
    "ways": Prediction(
        "How many of these ways do your detectors find together?",
        (
            Expectation("Fewer than half", lambda one: one["found"] < one["ways"] / 2),
            Expectation("Half to three quarters", lambda one: 0.5 <= one["found"] / one["ways"] <= 0.75),
            Expectation("More than three quarters", lambda one: one["found"] > 0.75 * one["ways"]),
        ),
        "Some ways need a rule of their own, and some records that a trail does not have by itself.",
    ),
    # What the function runs after the update.
    "after the update": Prediction(
        "What will the function run after the update?",
        (
            Expectation("The stubs of the template", _is("something else")),
            Expectation("Your functions", _is("what you deployed")),
        ),
        "An update changes what differs between the old template and the new one.",
    ),
    # The outcome of watching the alarm: "alarm" or "not enough".
    "threshold": Prediction(
        "What will the alarm for deleted logs say?",
        (Expectation("`ALARM`", _is("alarm")), Expectation("`OK`", lambda what: what in ("not enough", "timed out"))),
        "The attack deletes fewer than 50 logs, so the threshold hides it.",
    ),
    # How many of the thief's calls are found with what is known now, and with what was known before.
    "old knowledge": Prediction(
        "How many of the thief's calls does the detector find with the old `known`?",
        (
            Expectation("As many as with the new one", lambda found: found["old"] == found["new"]),
            Expectation("Some of them", lambda found: 0 < found["old"] < found["new"]),
            Expectation("None", lambda found: found["old"] == 0 < found["new"]),
        ),
        "Step b takes a birth that it could not see for one that did not happen. With the bonus of `issued_by_ec2` it "
        "asks AWS's own word, which does not grow old.",
    ),
    # Seconds that the hunt over the year took.
    "seconds": Prediction(
        "How long will the hunt take?",
        (
            Expectation("Less than a second", lambda seconds: seconds < 1),
            Expectation("One to ten seconds", lambda seconds: 1 <= seconds <= 10),
            Expectation("More than ten seconds", lambda seconds: seconds > 10),
        ),
        "A hunt builds no more of a record than your functions read.",
    ),
    # How many of the weeks with an attack are among the tallest bars, by detector.
    "tall weeks": Prediction(
        "In whose matches will you see all the attacks with the naked eye, as the tallest bars?",
        (
            Expectation("`deleting_logs`", lambda weeks: weeks[_DELETIONS] == 3 > weeks[_INSTANCES]),
            Expectation("`instance_creds_used_outside_ec2`", lambda weeks: weeks[_INSTANCES] == 3 > weeks[_DELETIONS]),
            Expectation("Both", lambda weeks: min(weeks.values()) == 3),
            Expectation("Neither", lambda weeks: max(weeks.values()) < 3),
        ),
        "A few deletions within minutes stand out where deletions are rare. A thief's calls do not stand out among "
        "hundreds of the same kind.",
    ),
    # How many records only one of the two finds.
    "the same records": Prediction(
        "Will the query find the same records as your functions?",
        (
            Expectation("The same, to the last record", _is(0)),
            Expectation("Nearly: fewer than a hundred differ", lambda count: 0 < count < 100),
            Expectation("A hundred or more differ", lambda count: count >= 100),
        ),
        "Two languages that say the same find the same. The query has the bonus of `deleting_logs`: without it, your "
        "function does not find `StopLogging`.",
    ),
    # How many of the calls of a teardown deleting_logs matches.
    "cleaning": Prediction(
        "How many of these calls does your `deleting_logs` match?",
        (
            Expectation("None", _is(0)),
            Expectation("Two or three", lambda count: 2 <= count <= 3),
            Expectation("More than three", lambda count: count > 3),
        ),
        "The rule sees two services, and it does not know what you intend.",
    ),
}
