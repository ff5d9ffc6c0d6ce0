"""Exercise 1's questions: one answer each, worked out here from the raw log files, and a message for each mistake."""

import datetime
import gzip
import html.parser
import itertools
import json
import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from waiting import PATIENCE

from workshop import places
from workshop.exercises.questions import answer, question, quiz
from workshop.exercises.questions.all_questions import FOR_EVERYBODY, QUESTIONS
from workshop.exercises.questions.choices import LETTERS, QUIZZES, Choice, Quiz
from workshop.exercises.questions.kinds import SERVICE, SHARE
from workshop.exercises.questions.lake import lake
from workshop.exercises.questions.model import Wrong

NUMBERS = range(1, len(QUESTIONS) + 1)
INSTANCE = re.compile(r"/i-[a-zA-Z0-9]{8,}$")
ADDRESS = re.compile(r"[\d.]+$|.*:")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home folder of its own for each test."""
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def delivered():
    """All records as they lie in the log files, read with nothing but the standard library."""
    records = []
    for kind in ("CloudTrail", "CloudTrail-Insight"):
        for path in sorted(places.data().glob(f"AWSLogs/*/{kind}/**/*.json.gz")):
            records += json.loads(gzip.decompress(path.read_bytes()))["Records"]
    return records


@pytest.fixture(scope="module")
def records(delivered):
    """The records without copies, the oldest first."""
    return sorted({record["eventID"]: record for record in delivered}.values(), key=lambda record: record["eventTime"])


def the_most(values):
    """Return the most frequent value, having seen that no other is as frequent."""
    (first, most), (_, second) = Counter(values).most_common(2)
    assert most > second, "a tie: the question would have two answers"
    return first


def identity(record, *names):
    """Return a field of userIdentity, or None."""
    value = record.get("userIdentity") or {}
    for name in names:
        value = (value or {}).get(name)
    return value


def answers(records, delivered):
    """Work out each answer from the raw records, in another way than the kit does."""
    failed = [record for record in records if record.get("errorCode")]
    made = [record for record in records if record.get("sourceIPAddress") == "cloudformation.amazonaws.com"]
    behind = {identity(record, "arn") for record in made}
    assert len(behind) == 1
    signed_in = [
        record["eventID"]
        for record in records
        if record.get("eventName") == "ConsoleLogin"
        and record["responseElements"] == {"ConsoleLogin": "Success"}
        and record["additionalEventData"]["MFAUsed"] == "No"
    ]
    fails_most = the_most(identity(record, "arn") for record in failed if identity(record, "arn"))
    addresses, first_seen = {}, {}
    for place, record in enumerate(records):
        if INSTANCE.search(identity(record, "arn") or "") and ADDRESS.match(record.get("sourceIPAddress", "")):
            addresses.setdefault(identity(record, "accessKeyId"), set()).add(record["sourceIPAddress"])
            first_seen.setdefault(identity(record, "accessKeyId"), place)
    key = min((key for key, seen in addresses.items() if len(seen) > 1), key=first_seen.get)
    failures = [record for record in failed if identity(record, "accessKeyId") == key]
    assert failures[0]["eventTime"] < failures[1]["eventTime"], "two calls in one second: no first one"
    flags = [str(record["readOnly"]).lower() == "true" for record in records if record.get("readOnly") is not None]
    hours = Counter(record["eventTime"][:13] for record in records)
    quietest, next_quiet = sorted(hours.values())[:2]
    assert quietest < next_quiet
    assert len(hours) == 4 * 24, "an hour without any event would be quieter still"
    hour = min(hours, key=hours.get)
    return {
        1: the_most(record["eventSource"] for record in records if "eventSource" in record),
        2: sum(record["awsRegion"] == "us-east-1" for record in records),
        3: the_most(record["eventName"] for record in made),
        4: behind.pop(),
        5: len(signed_in),
        6: failures[0]["eventName"],
        7: {record["eventCategory"] for record in records if "eventCategory" in record},
        8: 100 * sum(flags) / len(flags),
        9: sum(identity(record, "arn") == fails_most for record in failed),
        10: datetime.datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=datetime.timezone.utc),
        11: len(delivered) - len(records),
    }


@pytest.fixture(scope="module")
def truth(records, delivered):
    """The answer to each question by number."""
    return answers(records, delivered)


def every_wrong():
    """Yield (number, Wrong) for each likely wrong answer of each question."""
    for number, asked in enumerate(QUESTIONS, 1):
        for wrong in asked.wrong(lake()):
            yield number, wrong


def test_there_are_at_least_eight_questions_and_five_mistakes_for_each():
    """The catalogue is as large as the workshop needs."""
    assert len(QUESTIONS) >= 8
    assert min(Counter(number for number, _ in every_wrong()).values()) >= 5


@pytest.mark.parametrize("number", NUMBERS)
def test_the_answer_is_the_one_the_raw_records_give(number, truth):
    """The kit computes what this test computes from the files in another way, and `answer` accepts it."""
    computed = QUESTIONS[number - 1].answer(lake())
    assert computed == (pytest.approx(truth[number]) if QUESTIONS[number - 1].kind is SHARE else truth[number])
    result = answer(number, truth[number])
    assert (result.outcome, result.remarks) == ("passed", [])
    assert QUESTIONS[number - 1].meaning.replace("`", "") in result.message


def test_the_share_is_the_same_number_whichever_events_one_divides_by(records, delivered, truth):
    """Events without readOnly, and copies, do not change the rounded percentage: there is one answer."""
    reads = [str(record.get("readOnly")).lower() == "true" for record in delivered]
    once = [str(record.get("readOnly")).lower() == "true" for record in records]
    shares = [sum(reads) / len(reads), sum(once) / len(once), truth[8] / 100]
    assert {round(share * 100) for share in shares} == {round(truth[8])}
    assert all(answer(8, share).passed and answer(8, round(share * 100)).passed for share in shares)


def test_failed_sign_ins_are_those_with_an_error_message(records):
    """The column that the question names tells what the full record tells."""
    for record in records:
        if record.get("eventName") == "ConsoleLogin":
            assert (record["responseElements"]["ConsoleLogin"] == "Failure") == bool(record.get("errorMessage"))


@pytest.mark.parametrize("number", NUMBERS)
def test_every_likely_mistake_has_its_own_message(number):
    """A mistake is named by its id; the message says what came about, the field and the next step; none is shared."""
    told = {}
    for wrong in QUESTIONS[number - 1].wrong(lake()):
        result = answer(number, wrong.value)
        assert (result.outcome, result.misconception) == ("wrong", wrong.id)
        assert wrong.why.replace("`", "") in result.message
        assert all(field in result.message for field in QUESTIONS[number - 1].fields)
        assert "Try next:" in result.message
        told.setdefault(wrong.id, wrong.why)
    assert len(set(told.values())) >= len(told) - 1  # a role by its name or by its ARN may share one


@pytest.mark.parametrize("number", NUMBERS)
def test_no_message_gives_the_answer_away(number, truth):
    """Neither the question nor any feedback on a wrong answer holds the right one."""
    value = truth[number]
    given_away = {
        7: [" and ".join(sorted(value))] if isinstance(value, set) else [],
        8: [f" {round(value)} %", f"{value:.1f}"] if number == 8 else [],
        10: [f"{value:%Y-%m-%d %H}", f"{value:%H}:00"] if number == 10 else [],
    }.get(number, [str(value)])
    texts = [str(question(number)), answer(number, "something else").message, answer(number).message]
    for wrong in QUESTIONS[number - 1].wrong(lake()):
        result = answer(number, wrong.value)
        result.got = ""
        texts.append(result.message)
    for text, secret in itertools.product(texts, given_away):
        assert not re.search(rf"(?<![\w.]){re.escape(secret)}(?![\w])", text), text


def forms_of(number, value):
    """Return (what people hand in, whether a remark is due) for a right answer."""
    frame = lake().events
    if isinstance(value, datetime.datetime):
        naive = value.replace(tzinfo=None)
        there = value.astimezone(datetime.timezone(datetime.timedelta(hours=-4)))
        hours = frame["eventTime"].dt.floor("h").value_counts(ascending=True)
        return [
            (naive, False),
            (pd.Timestamp(value), False),
            (np.datetime64(naive), False),
            (pd.Period(naive, "h"), False),
            (f"{value:%Y-%m-%d %H:%M}", False),
            (f"{value:%Y-%m-%dT%H:%M:%SZ}", False),
            (f"{value:%Y-%m-%d %H}", False),
            (f"{value:%Y-%m-%d %H:%M} UTC", False),
            (value + datetime.timedelta(minutes=17), True),
            (there, True),
            (hours.head(1), True),
            (hours.index[:1], True),
        ]
    if isinstance(value, set):
        some = sorted(value)
        return [
            (some, False),
            (tuple(some), False),
            (np.array(some), False),
            (pd.Series(some), False),
            (pd.Index(some), False),
            (pd.Series(1, index=some), False),
            (dict.fromkeys(some, 1), False),
            (", ".join(some), False),
            (" and ".join(some), False),
            ([*some, some[0]], False),
            ([*some, float("nan"), None], True),
            ([name.swapcase() for name in some], number == 7),
        ]
    if isinstance(value, str):
        return [
            (f"  '{value}' ", False),
            (value.upper(), True),
            ([value], True),
            ((value,), True),
            (np.array([value]), True),
            (np.str_(value), False),
            (pd.Series([value]), True),
            (pd.Series({value: 7}), True),
            (pd.DataFrame({"name": [value]}), True),
        ]
    return [
        (float(value), False),
        (np.int64(round(value)), False),
        (np.float32(value), False),
        (str(value), True),
        ([value], True),
        (np.array([value]), True),
        (np.array(value), False),
        (pd.Series([value]), True),
        (pd.Series({"events": value}), True),
        (pd.DataFrame([[value]]), True),
        ({"events": value}, True),
    ]


@pytest.mark.parametrize("number", NUMBERS)
def test_right_answers_are_accepted_in_any_form(number, truth):
    """Lists, Series, NumPy's types, other capitals, text for numbers: right is right, with a remark where it pays."""
    for value, remark in forms_of(number, truth[number]):
        result = answer(number, value)
        assert result.passed, (value, result.message)
        assert bool(result.remarks) == remark, (value, result.remarks)


def test_what_pandas_returns_can_be_handed_in_as_it_is():
    """The expressions that attendees write lead to accepted answers without unpacking."""
    events = lake().events
    failed = events[events["errorCode"].notna()]
    signed_in = events[(events["additionalEventData.MFAUsed"] == "No") & events["errorMessage"].isna()]
    hours = events["eventTime"].dt.floor("h").value_counts()
    for number, value in (
        (1, events["eventSource"].value_counts().head(1)),
        (1, events["eventSource"].mode()),
        (2, (events["awsRegion"] == "us-east-1").sum()),
        (2, events["awsRegion"].value_counts()[["us-east-1"]]),
        (5, len(signed_in)),
        (5, signed_in["userIdentity.userName"].count()),
        (7, events["eventCategory"].unique()),
        (7, events["eventCategory"].value_counts(dropna=False)),
        (8, events["readOnly"].mean()),
        (9, failed["userIdentity.arn"].value_counts().max()),
        (9, failed["userIdentity.arn"].value_counts().head(1)),
        (10, hours.idxmin()),
        (10, hours.tail(1)),
        (11, events.attrs["duplicates"]),
    ):
        assert answer(number, value).passed, (number, value)


def test_a_whole_table_is_no_answer_and_its_length_is_not_told(truth):
    """Whoever hands in the right rows still has to count them."""
    events = lake().events
    result = answer(2, events[events["awsRegion"] == "us-east-1"])
    assert result.misconception == "wrong_form"
    assert str(truth[2]) not in result.message


@pytest.mark.parametrize(
    ("number", "shorten"),
    [
        (1, lambda value: value.removesuffix(".amazonaws.com")),
        (3, lambda value: re.sub(r"\d{8}(v\d+)?$", "", value)),
        (4, lambda value: value.split("assumed-role/")[1]),
        (4, lambda value: value.rsplit("/", 1)[1]),
        (4, lambda value: value.rsplit("/", 1)[1].split("@")[0]),
    ],
)
def test_a_short_name_that_is_clear_is_accepted_with_the_full_one(number, shorten, truth):
    """Leaving out .amazonaws.com, a date or an account is no mistake; the remark shows what the field holds."""
    result = answer(number, shorten(truth[number]))
    assert result.passed
    assert truth[number] in " ".join(result.remarks)


def test_a_short_name_that_two_identities_share_is_not_accepted():
    """A session's name that occurs under two roles does not tell which one is meant."""
    arns = lake().events["userIdentity.arn"].dropna().unique()
    sessions = Counter(arn.rsplit("/", 1)[-1] for arn in arns if ":assumed-role/" in arn)
    shared = next(name for name, count in sessions.items() if count > 1)
    assert shared.casefold() not in lake().names_of_identities


@pytest.mark.parametrize("text", ["1,234 events", "79 %", "about 79"])
def test_numbers_are_read_out_of_text(text):
    """A thousands separator, a unit, a word before it do no harm."""
    assert answer(8, text).misconception != "wrong_form"


class Hostile:
    """An object that raises whenever it is touched."""

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("<b>no</b>")

    __eq__ = __hash__ = __str__ = __len__ = __iter__ = __bool__ = __float__ = __index__ = __repr__


ODD = [
    None,
    ...,
    True,
    "",
    "   ",
    "<script>alert(1)</script>",
    "x" * 100_000,
    b"ssm",
    -1,
    0,
    10**400,
    1e308,
    float("nan"),
    float("inf"),
    complex(1, 2),
    np.nan,
    np.datetime64("NaT", "ns"),
    np.timedelta64(3, "h"),
    np.array([]),
    np.array(7),
    np.zeros((3, 3)),
    pd.NA,
    pd.NaT,
    pd.Series([], dtype=object),
    pd.Series(range(5000)),
    pd.Series([pd.NA]),
    pd.DataFrame(),
    pd.DataFrame({"a": [1, 2]}),
    pd.Timedelta("1h"),
    pd.Interval(0, 1),
    pd.DatetimeIndex(["2026-03-09"]),
    datetime.date(2026, 3, 9),
    datetime.time(3),
    [],
    [[[[[1]]]]],
    [None],
    [Hostile()],
    {},
    {1: 2, 3: 4},
    {"a": {"b": 1}},
    set(),
    itertools.count(),
    (letter for letter in "ab"),
    print,
    int,
    object(),
    Hostile(),
    Exception("x"),
    "23:00",
    23,
    "2026-03-11",
    "2026-13-45 99:99",
    "tomorrow",
    "1 2 3",
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("value", ODD, ids=[str(place) for place in range(len(ODD))])
def test_odd_answers_are_met_with_a_sentence(number, value):
    """Nothing that is handed in raises, hangs, or is called right; the message names the field and a next step."""
    result = answer(number, value)
    unreadable = number == 10 and "It was not judged" in result.message
    assert result.outcome == ("not attempted" if value is None or value is ... or unreadable else "wrong"), result
    assert all(field in result.message for field in QUESTIONS[number - 1].fields)
    assert result.advice
    assert len(result.message) < 1500
    assert result._repr_html_()


NO_NUMBERS = [0, 99, -1, "x", None, 1.5, True, [1], Hostile(), float("nan"), 10**400, "<b>"]


@pytest.mark.parametrize("n", NO_NUMBERS, ids=range(len(NO_NUMBERS)))
def test_a_question_that_does_not_exist_is_no_error(n):
    """A wrong number is answered with those there are."""
    assert answer(n, 1).outcome == "not attempted"
    assert "1 to" in answer(n, 1).message
    if n is not None:
        assert "question()" in str(question(n))
        assert "<b>" not in question(n)._repr_html_().split("</style>")[1]
        assert "There is a quiz for" in str(quiz(n))


@pytest.mark.parametrize("n", [2, "2", 2.0, np.int64(2), " 2 "])
def test_numbers_of_questions_come_in_any_form(n):
    """2 is 2."""
    assert question(n).title.startswith("Question 2 ")
    assert str(quiz(n)).startswith("Quiz 2:")
    assert answer(n, -5).exercise == "Question 2"


@pytest.mark.parametrize("number", NUMBERS)
def test_a_question_says_what_to_do_where_and_with_what(number):
    """Task, field, kind of answer and the call that hands it in; the fields are columns of the table."""
    asked = QUESTIONS[number - 1]
    text = " ".join(str(question(number)).split())
    assert all(field in text and field in lake().events.columns for field in asked.fields)
    assert asked.kind.expects in text
    assert f"answer({number}, ...)" in text
    assert asked.title in text
    assert (f"quiz({number})" in text) == (number in QUIZZES)


def test_partly_right_lists_are_told_so(truth):
    """One name too few, or one too many, is another thing than a wrong list."""
    some = sorted(truth[7])
    assert "not all of them" in answer(7, some[:1]).message
    assert "do not belong" in answer(7, [*some, "Weather"]).message
    assert "Not those" in answer(7, ["Weather"]).message


def test_a_name_that_does_not_occur_is_another_mistake_than_a_wrong_one():
    """Whoever misspells a name is sent to the spelling."""
    assert "not among the values" in answer(1, "cloudwatch.amazonaws.com").message
    assert "occurs in the records" in answer(1, "kms.amazonaws.com").message
    assert "occurs in the records" in answer(1, "kms").message
    assert "occurs in the records" in answer(6, "ListBuckets").message


def test_progress_is_remembered_and_what_was_right_stays_right(home, truth):
    """The list shows what is done, also in a new kernel; a wrong answer later takes nothing back."""
    assert question().done == []
    assert question().next == 1
    assert "0 of" in str(question())
    answer(1, truth[1])
    answer(1, "wrong")
    answer(2, -1)
    answer(3)
    shown = question()
    assert shown.done == [1]
    assert [state for _, _, state, _ in shown.rows[:3]] == ["done", "tried", "open"]
    code = "from workshop.exercises.questions import question; print(question())"
    new = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert new.stdout == f"{shown}\n"


def test_three_questions_are_for_everybody_and_the_others_a_card(truth):
    """The three come first and fill the bar; then the way on is notebook 02, and the others are there to be opened."""
    for number in FOR_EVERYBODY:
        assert question().next == number
        answer(number, truth[number])
    shown = question()
    assert shown.title == "3 of 3 questions about the logs answered"
    assert f"On to notebook 02, or one of the {len(QUESTIONS) - 3} more: question(2)" in str(shown)
    everybody, more = shown._repr_html_().split("<details>")
    assert sum(f"<td style='text-align:left'>{number}</td>" in everybody for number in NUMBERS) == 3
    assert sum(f"<td style='text-align:left'>{number}</td>" in more for number in NUMBERS) == len(QUESTIONS) - 3
    answer(4, truth[4])
    assert question().title == f"3 of 3 questions about the logs answered, and 1 of {len(QUESTIONS) - 3} more"


def test_the_list_ends_with_the_quizzes_and_then_with_the_next_notebook(truth):
    """When all is answered, the open quizzes come next."""
    for number in NUMBERS:
        answer(number, truth[number])
    assert f"quiz({next(iter(QUIZZES))})" in str(question())
    for number, asked in QUIZZES.items():
        quiz(number, LETTERS[[choice.right for choice in asked.choices].index(True)])
    assert "notebook 02" in str(question())
    assert question().next is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"1": 5, "2": {"outcome": 7, "tries": "x"}}', "\x00"])
def test_a_damaged_progress_file_is_no_obstacle(content, truth):
    """What cannot be read counts as nothing, and is written anew."""
    (places.state() / "questions.json").write_text(content, "utf-8")
    assert question().done == []
    assert answer(2, truth[2]).passed
    assert question().done == [2]


def test_progress_that_cannot_be_saved_is_told(home, monkeypatch, truth):
    """A home that cannot be written to does not spoil the answer."""
    (home / "file").write_text("")
    monkeypatch.setenv("WORKSHOP_HOME", str(home / "file"))
    result = answer(2, truth[2])
    assert result.passed
    assert "could not be saved" in result.message


def test_logs_that_are_gone_are_told(tmp_path, monkeypatch):
    """Without data/ there is a sentence instead of a traceback."""
    monkeypatch.setattr(places, "data", lambda: tmp_path / "nothing")
    assert answer(1, "x").outcome == "raised"
    assert "data" in answer(1, "x").message
    assert "cannot be read" in question(6).title


class Tags(html.parser.HTMLParser):
    """Which tags a text opens, and that it closes them."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Note an opened tag."""
        self.seen.append(tag)
        if tag not in ("br", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the last opened tag."""
        assert self.open.pop() == tag


def test_what_is_shown_is_escaped():
    """What the attendee hands in is shown as text, never as HTML."""
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    for shown in (answer(1, evil), answer(5, [evil]), answer(evil, 1), question(evil), quiz(2, evil)):
        assert not {"script", "img"} & set(Tags(shown._repr_html_()).seen)
    for shown in (question(), question(1), QUIZZES[2]):
        Tags(shown.as_html(2) if shown is QUIZZES[2] else shown._repr_html_())


@pytest.mark.parametrize("number", QUIZZES)
def test_each_quiz_has_one_right_choice_and_says_something_about_each(number):
    """Every choice has a feedback of its own, by letter, number and text; right ones pass and are remembered."""
    asked = QUIZZES[number]
    assert 1 <= number <= len(QUESTIONS)
    assert sum(choice.right for choice in asked.choices) == 1
    assert len({choice.feedback for choice in asked.choices}) == len(asked.choices) >= 3
    for place, choice in enumerate(asked.choices):
        for way in (LETTERS[place], LETTERS[place].lower() + ")", place + 1, choice.text):
            result = quiz(number, way)
            assert result.outcome == ("passed" if choice.right else "wrong")
            assert choice.feedback.replace("`", "") in result.message
    assert question().rows[number - 1][3] == "done"


def test_the_right_choice_is_not_always_in_the_same_place():
    """Guessing one letter does not carry through."""
    places_of_right = [[choice.right for choice in asked.choices].index(True) for asked in QUIZZES.values()]
    assert max(Counter(places_of_right).values()) < len(places_of_right) * 0.7


NO_CHOICES = ["", "Z", 0, 9, True, 1.5, ["A"], Hostile(), "<b>"]


@pytest.mark.parametrize("choice", NO_CHOICES, ids=range(len(NO_CHOICES)))
def test_an_odd_choice_is_no_error(choice):
    """It is answered with the letters there are."""
    result = quiz(2, choice)
    assert result.outcome == "not attempted"
    assert "A, B, C" in result.message


def test_the_form_judges_what_the_browser_sends():
    """The verdict appears in the form and is remembered; odd messages are no error."""
    form = quiz(2)
    right = 1 + [choice.right for choice in QUIZZES[2].choices].index(True)
    wrong = 1 if right != 1 else 2
    assert form.feedback == ""
    form._handle_custom_msg({"choice": wrong}, [])
    assert "Not yet" in form.feedback
    assert form.result.outcome == "wrong"
    assert question().rows[1][3] == "tried"
    for content in ({}, {"choice": 99}, {"choice": "<b>"}, {"choice": None}):
        form._handle_custom_msg(content, [])
        assert form.result.outcome == "not attempted"
    form._handle_custom_msg({"choice": right}, [])
    assert "Passed" in form.feedback
    assert form.result.passed
    assert question().rows[1][3] == "done"


def test_a_quiz_shows_its_texts_as_text():
    """A choice that looks like HTML is shown as it stands."""
    evil = Quiz("<i>?</i>", (Choice("<script>a</script>", "<img src=x>", right=True), Choice("b", "c")))
    assert not {"i", "script", "img"} & set(Tags(evil.as_html(1)).seen)
    assert not {"i", "script", "img"} & set(Tags(evil.judge(1, "A")._repr_html_()).seen)


def test_the_form_has_a_static_shape():
    """A saved notebook and a terminal show the question, the choices, and how to choose without a widget."""
    form = quiz(7)
    bundle = form._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert repr(form) == data["text/plain"]
    for choice in QUIZZES[7].choices:
        assert choice.text in data["text/plain"]
        assert html.escape(choice.text, quote=False) in data["text/html"]
    assert Tags(data["text/html"]).seen.count("details") == len(QUIZZES[7].choices)
    assert not {"script", "iframe"} & set(Tags(data["text/html"]).seen)
    assert 'quiz(7, "A")' in data["text/plain"]


def test_no_likely_mistake_is_the_answer():
    """On this lake each foreseen mistake leads to another value than the right one, and to another than its fellows."""
    for number, asked in enumerate(QUESTIONS, 1):
        right, seen = asked.answer(lake()), []
        for wrong in asked.wrong(lake()):
            assert isinstance(wrong, Wrong)
            kind = wrong.kind or asked.kind
            assert not (kind is asked.kind and kind.same(wrong.value, right, lake(), [])), (number, wrong.id)
            twins = [one for one, other in seen if other is kind and kind.same(one, wrong.value, lake(), [])]
            assert not twins, (number, wrong.id)
            seen.append((wrong.value, kind))


def test_importing_the_questions_costs_nothing():
    """Neither pandas nor widgets are loaded before somebody asks."""
    code = "import sys, workshop.exercises.questions; print('pandas' in sys.modules, 'anywidget' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout.split() == ["False", "False"]
    assert SERVICE.expects


@pytest.mark.parametrize(
    "written",
    [
        "11 March 23:00",
        "11.03.2026 23:00",
        "11.3. 23 Uhr",
        "11/03/2026 23:00",
        "03/11/2026 23:00",
        "3/11 23:00",
        "March 11, 23:00",
        "Wednesday, March 11th, 11 pm",
        "Mar 11, 2026, 11:00 PM",
        "11-March-2026 23:00:00",
        "11th of March at 23:00 UTC",
        "23:00 on 11 March",
        "11 March 23:00-24:00",
        "11 March, 23:00 to 00:00",
        "2026/03/11 23h",
        "2026-03-11T23Z",
    ],
)
def test_an_hour_may_be_written_as_people_write_it(written):
    """One day of the logs is meant: without the year, and whichever of day and month comes first."""
    assert answer(10, written).outcome == "passed"
    assert answer(10, written.replace("11", "10", 1).replace("10 pm", "11 pm")).outcome == "wrong"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("23:00", "of which day"),
        (23, "of which day"),
        ("11 pm", "of which day"),
        ("11 March", "an hour of it"),
        ("11.03.2026", "an hour of it"),
        ("2026-03-11", "an hour of it"),
        ("5/4 23:00", "2026-04-05 or 2026-05-04"),
        ("32 March 23:00", "cannot be read"),
        ("11 March 25:00", "cannot be read"),
        ("11 March 24:00", "cannot be read"),
        ("11 March 20:00-23:00", "cannot be read"),
        ("11 March 23:00 EST", "cannot be read"),
        ("yesterday 23:00", "cannot be read"),
    ],
)
def test_an_hour_that_cannot_be_read_is_not_called_wrong(written, why):
    """Nobody has been judged: it says what is missing, counts as no try, and shows how to write it."""
    result = answer(10, written)
    assert result.outcome == "not attempted"
    assert why in result.message
    assert "2026-03-09 14:00" in result.message


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.int64(767), "767"),
        (np.float64(1.5), "1.5"),
        ([np.int64(1), np.int64(2)], "1, 2"),
        (pd.Index(["elif", "dagny"]), "elif, dagny"),
        (np.array([3, 4]), "3, 4"),
        (pd.Timestamp("2026-03-10 22:00", tz="UTC"), "2026-03-10 22:00 UTC"),
        (np.datetime64("2026-03-10T22:00"), "2026-03-10 22:00"),
        ("eleven", "eleven"),
    ],
)
def test_what_was_handed_in_is_shown_as_a_person_writes_it(value, written):
    """No names of types stand around a value."""
    assert answer(2, value).got == written


@pytest.mark.parametrize(
    ("handed_in", "instead"),
    [
        (lambda: (question(3), "x"), "answer(3, your_answer)"),
        (lambda: (question, "x"), "answer(1, your_answer)"),
        (lambda: (question(), "x"), "answer(1, your_answer)"),
        (lambda: ("2026-03-11 23:00",), "answer(1, your_answer)"),
        (lambda: (), "answer(1, your_answer)"),
        (lambda: (768,), "answer(1, your_answer)"),
        (lambda: ("ssm.amazonaws.com", 1), 'answer(1, "ssm.amazonaws.com")'),
        (lambda: (7, "Management", "Data"), 'answer(7, ["Management", "Data"])'),
    ],
)
def test_a_slip_in_calling_answer_is_told_with_what_to_write(handed_in, instead):
    """The question itself, no number, the number last, several values: each says how the call is written."""
    result = answer(*handed_in())
    assert result.outcome == "not attempted"
    assert instead in result.message


def test_a_function_is_no_question():
    """For functions there are hints."""
    assert "question(1)" in str(question(answer))
