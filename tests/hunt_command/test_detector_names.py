"""`--detector`: functions in files, folders, modules, my_answers/; what is no detector is refused before the hunt."""

import json
import re
import sys
import textwrap

import pytest

from workshop.exercises.sample_records import Maker
from workshop.hunt_command.detector_names import NoDetector, default_detectors, detectors_named


@pytest.fixture(autouse=True)
def imports_are_undone(monkeypatch):
    """Have modules of the same name in another test's folder imported anew."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    folders = ("ourrules", "brokenrules", "beside_it", "made_by")
    for name in [name for name in sys.modules if name.partition(".")[0] in folders]:
        del sys.modules[name]


def written(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    return folder


def names(*given):
    return [detector.__name__ for detector in detectors_named([str(one) for one in given])]


DETECTOR = "def {0}(record):\n    return True\n"


def test_without_a_name_both_model_answers_run():
    assert detectors_named([]) == default_detectors()
    assert names("deleting_logs") == ["deleting_logs"]


def test_a_file_has_all_its_detectors_run(tmp_path):
    """Private functions, those of two parameters, imported ones and classes are none."""
    written(
        tmp_path,
        rules="""
            from json import dumps
            from dataclasses import dataclass

            @dataclass
            class Threshold:
                calls: "int" = 3

            def _begins(record):
                return True

            def both(record, other):
                return True

            def first(record):
                return dumps(record) == ""

            def second(record, threshold=Threshold()):
                return False
        """,
    )
    assert names(tmp_path / "rules.py") == ["first", "second"]
    assert names(f"{tmp_path}/rules.py:_begins") == ["_begins"]


MADE_BY = {
    "made_by": """
        def deco(function):
            def wrapper(record):
                return function(record)
            return wrapper

        class Named:
            def __init__(self, name):
                self.name = name

            def __call__(self, record):
                return record["eventName"] == self.name

        def plain(record):
            return True
    """,
    "rules": """
        import enum, functools, json, logging, operator, re, typing
        import made_by
        from collections import namedtuple
        from made_by import deco, plain, deco as imported, Named

        def own_deco(function):
            return lambda record: function(record)

        def rule_of(name):
            return own_deco

        def _is(name, record):
            return record["eventName"] == name

        @deco
        def wrapped(record):
            return _is("DeleteTrail", record)

        @own_deco
        def wrapped_here(record):
            return _is("DeleteTrail", record)

        if json:
            @rule_of("T1562.008")
            def wrapped_below(record):
                return _is("DeleteTrail", record)

        class Rules:
            def method(self, record):
                return self.named("DeleteTrail", record)

            def named(self, name, record):
                return _is(name, record)

        by_lambda = lambda record: _is("DeleteTrail", record)
        by_partial: object = functools.partial(_is, "DeleteTrail")
        by_object, by_method = Named("DeleteTrail"), Rules().method
        by_both = functools.partial(Rules().named, "DeleteTrail")
        _private = functools.partial(_is, "DeleteTrail")
        dumps, also_plain, name_of = json.dumps, made_by.plain, operator.itemgetter("eventName")
        begins, log, Pair = re.compile("Delete").match, logging.getLogger("x").info, namedtuple("Pair", "one two")
        Kind, Id = enum.Enum("Kind", "ONE TWO"), typing.NewType("Id", str)
        Record: typing.Any = typing.Dict[str, typing.Any]
        as_json = functools.partial(json.dumps, indent=1)

        @functools.lru_cache
        def country_of(address):
            return "CA"

        def last(record):
            return False
    """,
}
MADE = [
    "wrapped",
    "wrapped_here",
    "wrapped_below",
    "by_lambda",
    "by_partial",
    "by_object",
    "by_method",
    "by_both",
    "last",
]


def test_what_a_file_makes_is_a_detector_however_it_is_made(hunt, logs, tmp_path):
    """It is called as its variable. What it imports, its decorators and functions of C code are none."""
    written(tmp_path, **MADE_BY)
    assert names(tmp_path / "rules.py") == MADE
    status, report, _ = hunt(logs, "--detector", tmp_path / "rules.py")
    assert (status, report["errors"]) == (0, {})
    assert {name: len(found) for name, found in report["matches"].items()} == {**dict.fromkeys(MADE, 1), "last": 0}
    for name in MADE[:5]:
        assert hunt(logs, "--detector", f"{tmp_path}/rules.py:{name}", "--processes", "2")[1]["matches"] == {
            name: report["matches"][name]
        }


def test_a_function_that_became_something_else_is_named(tmp_path, capsys):
    """Its author took it for a detector; a helper takes something else, or is private."""
    wrapped = "@{0}\ndef {1}:\n    return True\n"
    parts = [("forgets", "lost(record)"), ("forgets", "_lost(record)"), ("cache", "kept(one)"), ("cache", "two(a, b)")]
    code = "from functools import cache\ndef forgets(function):\n    pass\n" + DETECTOR.format("rule")
    written(tmp_path, rules=code + "".join(wrapped.format(*part) for part in parts))
    assert names(tmp_path / "rules.py") == ["rule"]
    lost, kept = capsys.readouterr().err.splitlines()
    assert "lost in " in lost
    assert " is left out: it has become a NoneType, which is no detector; call a helper _lost" in lost
    assert " is left out: it has become a _lru_cache_wrapper, which is no detector; call a helper _kept" in kept


def test_a_folder_has_the_detectors_of_all_its_files_run(tmp_path):
    """A file with a function of its own name has helpers beside it, as saved answers do."""
    written(
        tmp_path,
        deleting=DETECTOR.format("helper") + DETECTOR.format("deleting"),
        others=DETECTOR.format("one") + DETECTOR.format("two"),
        print_short_record=DETECTOR.format("print_short_record"),
        test_others="raise ValueError('tests are no detectors')",
    )
    assert names(tmp_path) == ["deleting", "one", "two"]


def test_my_answers_are_found_wherever_the_command_is_called(tmp_path, home, monkeypatch):
    """The folder is the kit's, unless there is one of that name here."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoDetector, match=r"there is no folder .*my_answers yet"):
        detectors_named(["my_answers"])
    written(home / "my_answers", deleting_logs=DETECTOR.format("deleting_logs"))
    (mine,) = detectors_named(["my_answers/"])
    assert mine.__name__ == "deleting_logs"
    assert mine not in default_detectors()


def test_a_module_is_found_by_its_name(tmp_path, monkeypatch):
    """Also one that lies in the present folder."""
    written(tmp_path / "ourrules", __init__="", logs=DETECTOR.format("gone"))
    monkeypatch.chdir(tmp_path)
    assert names("ourrules.logs:gone") == ["gone"]
    assert names("ourrules.logs") == ["gone"]


def test_a_file_may_import_what_lies_beside_it(tmp_path):
    written(tmp_path, beside_it="WORD = 'Delete'", rules="from beside_it import WORD\n" + DETECTOR.format("rule"))
    assert names(tmp_path / "rules.py") == ["rule"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f():\n    return True\n", r"f takes \(\); a detector takes \(record\) or \(record, known\)"),
        ("def f(record, other):\n    return True\n", r"f takes \(record, other\); a detector takes"),
        ("def f(record, *, known):\n    return True\n", r"f takes \(record, \*, known\); a detector takes"),
        ("class f:\n    def __init__(self, record):\n        pass\n", r"f is a class; a detector takes"),
        ("f = 3\n", r"defines no function 'f'"),
    ],
    ids=["none", "two", "keyword", "class", "number"],
)
def test_what_is_no_detector_is_refused(tmp_path, code, said):
    """No record could be shown to it."""
    written(tmp_path, rules=code)
    with pytest.raises(NoDetector, match=said):
        detectors_named([f"{tmp_path}/rules.py:f"])


def test_a_function_of_its_files_name_is_not_left_out_of_a_folder(tmp_path):
    """It is meant as a detector: what it takes may be a slip. Of the exercises' answers, some are none."""
    written(tmp_path, good=DETECTOR.format("good"), publish_anomalies="def publish_anomalies(a, b, c):\n    pass\n")
    assert names(tmp_path) == ["good"]
    written(tmp_path, rules="def rules(record, other):\n    return True\n")
    with pytest.raises(NoDetector, match=r"rules takes \(record, other\); a detector takes"):
        detectors_named([str(tmp_path)])


@pytest.mark.parametrize("name", ["{}/rules.py:f", "{}/rules.py", "{}", "my_answers"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f(record):\n    yield True\n", "has a yield"),
        ("def f(record, known):\n    yield True\n", "has a yield"),
        ("async def f(record):\n    yield True\n", "has a yield"),
        ("async def f(record):\n    return True\n", "is async"),
    ],
    ids=["yield", "known", "async yield", "async"],
)
def test_what_would_match_every_record_is_refused_and_not_left_out(home, monkeypatch, name, code, said):
    """However it is named, and also beside a detector; a helper that takes something else is left out as any other."""
    monkeypatch.chdir(home.parent)  # the checkout may have a folder of that name
    helpers = "def parts(record, other):\n    yield True\n\n\ndef _parts(record):\n    yield True\n"
    folder = written(home / "my_answers", deleting=DETECTOR.format("deleting"), rules=code + helpers)
    with pytest.raises(NoDetector, match=rf"f in .*rules\.py {said}, so that its result is no verdict"):
        detectors_named([name.format(folder)])
    written(folder, rules=helpers)
    assert names(folder) == ["deleting"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1\nprint(y)\n", r"rules\.py, line 2: NameError: name 'y' is not defined"),
        ("def f(record):\n    return (\n", r"rules\.py, line 2: SyntaxError: '\(' was never closed"),
        ("import no_such_module\n", r"rules\.py, line 1: ModuleNotFoundError: No module named 'no_such_module'"),
        ("x = 1\n\nraise SystemExit('no')\n", r"rules\.py, line 3: SystemExit: no"),
        ("import asyncio\n\nraise asyncio.CancelledError('no')\n", r"rules\.py, line 3: CancelledError: no"),
        ("x = 1\0\n", r"rules\.py.*: (Syntax|Value)Error: source code .*cannot contain null bytes"),
    ],
    ids=["name", "syntax", "import", "exit", "cancelled", "null"],
)
def test_a_broken_file_is_named_with_its_line(tmp_path, monkeypatch, code, said):
    """Whether it is given as a file, in a folder or as a module."""
    written(tmp_path / "brokenrules", __init__="", rules=code)
    monkeypatch.chdir(tmp_path)
    for name in (f"{tmp_path}/brokenrules/rules.py:f", "brokenrules", "brokenrules.rules:f"):
        with pytest.raises(NoDetector, match=f"--detector {re.escape(name)}: .*{said}"):
            detectors_named([name])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("deleting_log", "no detector 'deleting_log'; give one of deleting_logs, instance_creds_used_outside_ec2, or"),
        ("gone.py:f", "there is no file gone.py"),
        ("", "name a detector; --detector . takes all of the present folder"),
        ("no.such.module:f", "there is no file no.such.module, and no module of that name"),
        ("{folder}", r"no function in .* takes \(record\) or \(record, known\); there is no file that ends in .py"),
        ("{folder}/notes.txt:f", "notes.txt is no file of Python code"),
    ],
)
def test_a_name_that_leads_nowhere_says_what_could_be_given(tmp_path, name, said):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(NoDetector, match=said):
        detectors_named([name.format(folder=tmp_path)])


def test_what_a_file_prints_when_it_is_loaded_is_no_part_of_the_output(hunt, logs, tmp_path):
    written(tmp_path, rules="print('loaded')\n" + DETECTOR.format("rule"))
    status, report, errors = hunt(logs, "--detector", tmp_path / "rules.py")
    assert (status, len(report["matches"]["rule"]), errors) == (0, 3, "loaded\n")


ASKS = """
def issued(record, known):
    return record["userIdentity"].get("accessKeyId") in known.issued_to


def from_nat(record, known):
    return record["sourceIPAddress"] in known.nat_addresses
"""


def test_a_second_parameter_called_known_makes_a_detector(tmp_path):
    """Alone or among others; `other` in its place makes a helper."""
    written(tmp_path, rules=ASKS + "def helper(record, other):\n    return True\n")
    assert names(tmp_path / "rules.py") == ["issued", "from_nat"]
    assert names(f"{tmp_path}/rules.py:issued") == ["issued"]


def test_parts_of_detectors_among_the_answers_are_not_hunted_with(home, monkeypatch):
    """The steps of notebook 05a lie in my_answers/, and are answers to a question, not detectors."""
    monkeypatch.chdir(home.parent)  # the checkout may have a folder of that name
    steps = ("issued_by_ec2", "made_by_aws", "called_from_home", "moved_since_first_use")
    written(home / "my_answers", **{name: DETECTOR.format(name) for name in (*steps, "narrowing_logs", "own")})
    assert names("my_answers") == ["narrowing_logs", "own"]


def test_what_detectors_ask_for_is_learned_from_the_source(hunt, tmp_path):
    """Births and first uses from all log files, also those of days that are not chosen; what is owned from the list."""
    make = Maker(5)
    birth = make.record(
        "sts.amazonaws.com",
        "AssumeRole",
        make.service("ec2.amazonaws.com"),
        {"roleSessionName": "i-0123456789abcdef0"},
        {"credentials": {"accessKeyId": "ASIABORNEXAMPLE"}},
    )
    use = make.record("ec2.amazonaws.com", "DescribeTags", make.session(key="ASIABORNEXAMPLE"))
    use["sourceIPAddress"] = "203.0.113.9"
    for day, record in (("09", birth), ("10", use)):
        folder = tmp_path / f"AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/{day}"
        folder.mkdir(parents=True)
        name = f"111122223333_CloudTrail_ca-central-1_202603{day}T0005Z_aaaaaaaaaaaaaaaa.json"
        (folder / name).write_text(json.dumps({"Records": [record]}))
    rules = tmp_path / "rules.py"
    rules.write_text(ASKS)
    inventory = tmp_path / "own.csv"
    inventory.write_text("resource,id,address\nAWS::EC2::NatGateway,nat-1,203.0.113.9\n")
    asked = (tmp_path / "AWSLogs", "--detector", rules, "--start", "2026-03-10")
    status, report, said = hunt(*asked, "--inventory", inventory)
    assert (status, report["records"]) == (0, 1)
    ids = {name: [match["eventID"] for match in matches] for name, matches in report["matches"].items()}
    assert ids == {"issued": [use["eventID"]], "from_nat": [use["eventID"]]}
    assert "issued_to: 1" in said
    _, report, _ = hunt(*asked)
    assert {name: len(matches) for name, matches in report["matches"].items()} == {"issued": 1, "from_nat": 0}


NAMELESS = """
import functools

def _is(name, record, known):
    return record["eventName"] == name

class Is:
    def __call__(self, record, known):
        return record["eventName"] == "DeleteTrail"

partial, of_class = functools.partial(_is, "DeleteTrail"), Is()
"""


@pytest.mark.parametrize("name", ["partial", "of_class"])
def test_what_has_no_name_of_its_own_may_ask_for_what_is_known(hunt, logs, tmp_path, name):
    """It is called as its variable."""
    (tmp_path / "rules.py").write_text(NAMELESS)
    status, report, said = hunt(logs, "--detector", f"{tmp_path}/rules.py:{name}", "--detector", "deleting_logs")
    assert (status, {one: len(found) for one, found in report["matches"].items()}) == (0, {name: 1, "deleting_logs": 2})
    assert said.startswith(f"{name}: ")


def test_a_file_that_nothing_could_be_learned_from_is_in_the_report(hunt, logs, tmp_path):
    """Of days that are not hunted in, too; one that the hunt could not read either is named once."""
    (tmp_path / "rules.py").write_text(ASKS)
    folder = logs / "AWSLogs/111122223333/CloudTrail/ca-central-1/2026/03/09"
    folder.mkdir(parents=True)
    (folder / "1.json").write_text("damaged")
    asked = (logs, "--detector", tmp_path / "rules.py")
    for more in ((), ("--start", "2026-03-10")):
        status, report, _ = hunt(*asked, *more)
        assert (status, [one["path"] for one in report["skipped"]]) == (4, [str(folder / "1.json")])


def test_a_list_that_nobody_asks_for_is_bad_usage(hunt, logs, tmp_path, capsys):
    """Nothing that was given is left aside in silence."""
    with pytest.raises(SystemExit) as ended:
        hunt(logs, "--inventory", tmp_path / "own.csv")
    assert ended.value.code == 2
    assert "--inventory is for detectors that take (record, known)" in capsys.readouterr().err
