"""Functions of notebook cells become the source of the Lambda function."""

import base64
import hashlib
import io
import sys
import types
import zipfile
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from cells import function_of, run_cell

from workshop import cloudtrail_analyzer
from workshop.attendee_code.packaging import PackagingError, is_stub, package, standalone, starter
from workshop.exercises.sample_records import Maker
from workshop.logs.knowledge import learn

MATCH = {"eventSource": "logs.amazonaws.com", "eventName": "DeleteLogGroup", "userIdentity": {}}
PLAIN = """
def deleting_logs(record):
    if record["eventName"].startswith("Delete"):
        print_short_record(record)
        return True
    return False
"""


def run(package):
    """Execute a packaged source as Lambda does: as a module called index that knows nothing of the notebook."""
    index = types.ModuleType("index")
    sys.modules["index"], before = index, sys.modules.get("index")
    try:
        exec(compile(package.source, "index.py", "exec"), index.__dict__)  # noqa: S102
    finally:
        sys.modules.pop("index") if before is None else sys.modules.update(index=before)
    return index


def detector(cell, name="deleting_logs"):
    """Return a cell's function as it comes out of the packaged source."""
    return getattr(run(package(function_of(cell, name))), name)


def test_starter_is_the_analyzer_as_it_is():
    """The starter package is the file itself, with the analyzer's own tuple."""
    assert starter().source == Path(cloudtrail_analyzer.__file__).read_text("utf-8")
    assert starter().analysis_functions == (
        "print_short_record",
        "deleting_logs",
        "instance_creds_used_outside_ec2",
    )
    assert starter().functions == ()


def test_function_replaces_its_stub_and_goes_into_the_tuple():
    """The attendee's text stands in the file once, in place of the stub; the tuple names the detector alone."""
    made = package(function_of(PLAIN, "deleting_logs"))
    assert made.source.count("def deleting_logs") == 1
    assert PLAIN.strip() in made.source
    assert made.functions == made.analysis_functions == ("deleting_logs",)
    assert [f.__name__ for f in run(made).analysis_functions] == ["deleting_logs"]
    assert run(made).deleting_logs(MATCH) is True


def test_nothing_but_the_stub_and_the_tuple_changes():
    """Every other line of the analyzer stays as it was."""
    before, after = starter().source.splitlines(), package(function_of(PLAIN, "deleting_logs")).source.splitlines()
    assert set(before) - set(after) == {
        '    """Tell whether a record is an API call that deletes logs in CloudWatch Logs or CloudTrail.',
        '    raise NotImplementedError("deleting_logs is Exercise 2, Phase 1: notebook 02")',
        "    print_short_record,",
        "    instance_creds_used_outside_ec2,",
    }


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        (["deleting_logs"], None, ("deleting_logs",)),
        (["print_short_record", "publish_anomalies"], None, ()),
        (["instance_creds_used_outside_ec2", "deleting_logs"], None, None),
        (["deleting_logs"], ["print_short_record", "deleting_logs"], ("print_short_record", "deleting_logs")),
        (["deleting_logs", "stopped"], None, ("deleting_logs", "stopped")),
        (["get_records", "deleting_logs"], None, ("deleting_logs",)),
    ],
)
def test_tuple_of_analysis_functions(given, wanted, expected):
    """Detectors are in the tuple in the order given; the warm-up only if it is named; machinery never."""
    source = "\n\n".join(f"def {name}(*a):\n    return False" for name in given)
    cell = run_cell(source)
    made = package(*(cell[name] for name in given), analysis_functions=wanted)
    expected = tuple(given) if expected is None else expected
    assert made.analysis_functions == expected
    assert tuple(f.__name__ for f in run(made).analysis_functions) == made.analysis_functions


def test_added_function_stands_above_the_tuple():
    """A function the analyzer does not know is added behind the known detectors."""
    source = package(function_of("def stopped(record):\n    return False\n", "stopped")).source
    assert source.index("def instance_creds_used") < source.index("def stopped") < source.index("# Every record is")


SPELLINGS = {
    "import": ("import re as regex", 'return bool(regex.match("Delete", record["eventName"]))'),
    "from import": ("from fnmatch import fnmatch", 'return fnmatch(record["eventName"], "Delete*")'),
    "from private": ("from functools import reduce", "return reduce(lambda a, b: b, [False, True])"),
    "submodule": ("import xml.etree.ElementTree", 'return xml.etree.ElementTree.fromstring("<a/>").tag == "a"'),
    "set": ("SOURCES = {'logs.amazonaws.com', 'x'}", 'return record["eventSource"] in SOURCES'),
    "tuple": ('PREFIXES = ("Delete",)', 'return record["eventName"].startswith(PREFIXES)'),
    "dict": ("RULES = {'logs.amazonaws.com': ['Delete']}", 'return "Delete" in RULES[record["eventSource"]]'),
    "frozenset": ("S = frozenset({'logs.amazonaws.com'})", 'return record["eventSource"] in S'),
    "pattern": (
        "import re\nP = re.compile(r'^\\w+\\.amazonaws\\.com$', re.I)",
        'return bool(P.match(record["eventSource"]))',
    ),
    "method": ("import re\nmatches = re.compile('Del').match", 'return bool(matches(record["eventName"]))'),
    "generator": ("NAMES = ['Delete']", 'return any(record["eventName"].startswith(name) for name in NAMES)'),
    "helper": ("def yes(x):\n    return no(x)\ndef no(x):\n    return x > LIMIT\nLIMIT = 3", "return yes(4)"),
    "recursive": ("def down(n):\n    return n == 0 or down(n - 1)", "return down(3)"),
    "mutual": ("def a(n):\n    return n == 0 or b(n)\ndef b(n):\n    return a(n - 1)", "return a(3)"),
    "lambda helper": ("yes = lambda x: x", "return yes(True)"),
    "alias": ("def yes(x):\n    return x\nalso = yes", "return also(True)"),
    "cached": ("from functools import lru_cache\n@lru_cache\ndef yes(x):\n    return x", "return yes(True)"),
    "annotations": (
        "from typing import Any, Dict\ndef yes(x: Dict[str, Any]) -> bool:\n    return True",
        "return yes(1)",
    ),
    "default": ("LIMIT = 3\ndef yes(x=LIMIT):\n    return x == 3", "return yes()"),
    "the analyzer": (
        "from workshop import cloudtrail_analyzer as analyzer",
        "return analyzer.print_short_record(record) is False",
    ),
    "another name": ("from workshop import print_short_record as show", "return show(record) is False"),
    "taken name": ("session = 'mine'", "return session == 'mine'"),
    "taken helper": ("def analyze(x):\n    return x", "return analyze(True)"),
    "plain dots": ("X = ...", "return X is ..."),
    "infinity": ("X = float('inf')", "return X > 10**9"),
}


@pytest.mark.parametrize("before", SPELLINGS, ids=str)
def test_names_of_the_notebook_are_carried(before):
    """What the function uses from other cells works in the packaged source, where there is no notebook."""
    other_cell, body = SPELLINGS[before]
    namespace = run_cell(other_cell)
    run_cell(f"def deleting_logs(record):\n    {body}\n", namespace)
    made = package(namespace["deleting_logs"])
    index = run(made)
    assert index.deleting_logs(MATCH) is True
    assert index.session is not None
    assert not isinstance(index.session, str)


@pytest.mark.parametrize("before", SPELLINGS, ids=str)
def test_carried_functions_live_in_a_file_of_their_own_too(before, tmp_path):
    """The text that is kept in my_answers/ runs by itself, and its function can be packaged again."""
    other_cell, body = SPELLINGS[before]
    namespace = run_cell(other_cell)
    run_cell(f"def deleting_logs(record):\n    {body}\n", namespace)
    text = standalone(namespace["deleting_logs"])
    again = function_of(text, "deleting_logs")
    assert again(MATCH) is True
    assert run(package(again)).deleting_logs(MATCH) is True


DECORATED = {
    "wraps": """
        import functools
        def logged(f):
            @functools.wraps(f)
            def inner(*a):
                return f(*a)
            return inner
        @logged
        def deleting_logs(record):
            return True
        """,
    "no wraps": """
        def logged(f):
            def inner(*a):
                return f(*a)
            return inner
        @logged
        def deleting_logs(record):
            return True
        """,
    "with arguments": """
        def times(n):
            def decorate(f):
                def inner(*a):
                    return [f(*a) for _ in range(n)][-1]
                return inner
            return decorate
        @times(2)
        def deleting_logs(record):
            return True
        """,
    "lru_cache": """
        import functools
        @functools.lru_cache(maxsize=None)
        def deleting_logs(record):
            return True
        """,
    "lambda": "deleting_logs = lambda record: True",
    "lambda over lines": "deleting_logs = (\n    lambda record:\n    True\n)",
    "annotated lambda": "from typing import Callable\ndeleting_logs: Callable = lambda record: True",
    "alias": "def mine(record):\n    return True\ndeleting_logs = mine",
    "under if": "if True:\n    def deleting_logs(record):\n        return True",
}


@pytest.mark.parametrize("how", DECORATED)
def test_every_way_to_make_a_function(how):
    """Decorated, wrapped, cached, lambda, renamed: the function arrives, and knows its name."""
    function = detector(DECORATED[how])
    assert function("r") is True
    assert function.__name__ == "deleting_logs"


def test_redefinition_counts():
    """The function as it was last run is the one that is packaged, from its own cell."""
    namespace = run_cell("def deleting_logs(record):\n    return 'old'\n")
    old = namespace["deleting_logs"]
    run_cell("\n\ndef deleting_logs(record):\n    return 'new'\n", namespace)
    assert run(package(namespace["deleting_logs"])).deleting_logs({}) == "new"
    assert run(package(old)).deleting_logs({}) == "old"


def test_own_pattern_takes_the_place_of_the_analyzers():
    """A pattern that the attendee redefined is used, under its name, where the analyzer defines it."""
    source = """
        import re
        instance_identifier_arn_pattern = re.compile("mine")
        def instance_creds_used_outside_ec2(record):
            return bool(instance_identifier_arn_pattern.match("mine"))
        """
    made = package(function_of(source, "instance_creds_used_outside_ec2"))
    assert made.source.count("instance_identifier_arn_pattern = ") == 1
    assert run(made).instance_creds_used_outside_ec2({}) is True


def test_equal_pattern_is_not_carried():
    """A pattern equal to the analyzer's leaves the analyzer's line alone."""
    source = """
        import re
        instance_identifier_arn_pattern = re.compile(r"(.*?)/i\\-[a-zA-Z0-9]{8,}$")
        def instance_creds_used_outside_ec2(record):
            return bool(instance_identifier_arn_pattern.match(record))
        """
    made = package(function_of(source, "instance_creds_used_outside_ec2"))
    line = 'instance_identifier_arn_pattern = re.compile(r"(.*?)/i\\-[a-zA-Z0-9]{8,}$")'
    assert line in made.source
    assert made.source.count("re.compile") == 1


def test_a_class_is_carried_with_its_base_its_constants_and_what_its_methods_use():
    """A class of the notebook goes to Lambda, and into a file of its own and from there to Lambda, as functions do."""
    cell = """
        PREFIX = "Delete"

        class Rule:
            prefixes = [PREFIX]
            first = prefixes[0]
            def __init__(self, source):
                self.source = source

        class LogsRule(Rule):
            def hits(self, record):
                return record["eventSource"] == self.source and record["eventName"].startswith(self.first)

        def deleting_logs(record):
            return LogsRule("logs.amazonaws.com").hits(record)
    """
    function = function_of(cell, "deleting_logs")
    assert run(package(function)).deleting_logs(MATCH) is True
    kept = run_cell(standalone(function))["deleting_logs"]
    assert run(package(kept)).deleting_logs(MATCH) is True
    assert run(package(kept)).deleting_logs({**MATCH, "eventSource": "s3.amazonaws.com"}) is False


def test_another_name_for_the_argument_is_told():
    """Who renames the argument in the `def` line only is told just that."""
    with pytest.raises(PackagingError, match="argument's name"):
        package(function_of("def deleting_logs(event):\n    return record['eventName'] == 'x'\n", "deleting_logs"))


def test_own_print_short_record_is_used():
    """A print_short_record redefined in the notebook replaces the analyzer's; a stub of it does not."""
    own = run_cell("def print_short_record(record):\n    return 'own'\n")
    run_cell("def deleting_logs(record):\n    return print_short_record(record)\n", own)
    made = package(own["deleting_logs"])
    assert made.source.count("def print_short_record") == 1
    assert run(made).deleting_logs({}) == "own"
    assert made.functions == ("deleting_logs",)
    run_cell("def print_short_record(record):\n    raise NotImplementedError('notebook 02')\n", own)
    assert run(package(own["deleting_logs"])).deleting_logs({}) is False


def test_two_notebooks_that_use_one_name_for_two_things():
    """Saved answers of two notebooks do not get into each other's way."""
    one = function_of("LIMIT = 1\ndef deleting_logs(r):\n    return LIMIT\n", "deleting_logs")
    other = run_cell(
        "LIMIT = 2\ndef helper():\n    return LIMIT\ndef instance_creds_used_outside_ec2(r):\n    return helper()\n"
    )
    index = run(package(one, other["instance_creds_used_outside_ec2"]))
    assert index.deleting_logs({}) == 1
    assert index.instance_creds_used_outside_ec2({}) == 2


def test_the_same_helper_of_two_notebooks_is_carried_once():
    """What two functions share stands in the file once."""
    helper = "def helper(x):\n    return x\n"
    one = function_of(helper + "def deleting_logs(r):\n    return helper(1)\n", "deleting_logs")
    name = "instance_creds_used_outside_ec2"
    other = function_of(helper + f"def {name}(r):\n    return helper(2)\n", name)
    made = package(one, other)
    assert made.source.count("def helper") == 1
    assert run(made).instance_creds_used_outside_ec2({}) == 2


REFUSED = {
    "pandas": ("import pandas as pd\n", "pd.DataFrame()", "pd", "Lambda does not have"),
    "function of pandas": ("from pandas import to_datetime\n", "to_datetime(1)", "to_datetime", "pandas"),
    "DataFrame": ("import pandas\nevents = pandas.DataFrame()\n", "len(events)", "events", "DataFrame"),
    "client": (
        """
        import boto3
        options = {'aws_access_key_id': 'EXAMPLE', 'aws_secret_access_key': 'EXAMPLE'}
        client = boto3.client('cloudwatch', region_name='ca-central-1', **options)
        """,
        "client.x()",
        "client",
        "AWS client",
    ),
    "undefined": ("", "recrod['eventName']", "recrod", "Did you mean `record`"),
    "get_ipython": ("get_ipython = print\n", "get_ipython()", "get_ipython", "notebook"),
    "class without methods": ("class Finding:\n    pass\n", "Finding()", "Finding", "class"),
    "partial": ("import functools\nf = functools.partial(print)\n", "f()", "f", "partial"),
    "the kit": ("from workshop import load_events\n", "load_events(1)", "load_events", "notebooks"),
    "closure": (
        "def make():\n    n = 1\n    def f():\n        return n\n    return f\nf = make()\n",
        "f()",
        "n",
        "inside",
    ),
    "open file": ("import os\nf = open(os.devnull)\nf.close()\n", "f.read()", "f", "object of your notebook"),
    "import inside": ("", "0\n    import pandas", "pandas", "Lambda does not have"),
    "gone from Python": ("", "0\n    import telnetlib", "telnetlib", "Lambda does not have"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_lambda_cannot_have_is_refused_by_name(what):
    """The error names what stands in the way, says why, and knows the line of the cell."""
    before, use, name, words = REFUSED[what]
    namespace = run_cell(before)
    run_cell(f"def deleting_logs(record):\n    return {use}\n", namespace)
    with pytest.raises(PackagingError, match="(?s)" + words) as refusal:
        package(namespace["deleting_logs"])
    assert refusal.value.name == name
    assert refusal.value.line in (2, 3)


class Callable:
    """Something callable that is no function."""

    def __call__(self, record):
        return True

    def method(self, record):
        return True


@pytest.mark.parametrize(
    "thing",
    [None, 3, "deleting_logs", Callable, Callable(), Callable().method, print, eval("lambda r: True")],
    ids=["None", "number", "name", "class", "instance", "method", "builtin", "lambda without source"],
)
def test_what_is_no_function_is_refused(thing):
    """Objects, classes, methods, builtins and functions without a source raise one clear error."""
    with pytest.raises(PackagingError):
        package(thing)


def test_name_given_twice_is_refused():
    """One name stands for one function."""
    with pytest.raises(PackagingError, match="twice"):
        package(function_of(PLAIN, "deleting_logs"), function_of(PLAIN, "deleting_logs"))


def test_origins_lead_to_the_cells_own_lines():
    """Each packaged line of the attendee's leads to the same text in the cell; the kit's own lines lead nowhere."""
    namespace = run_cell("# a comment\n\ndef helper(x):\n    return x\n")
    cell = run_cell("def deleting_logs(r):\n    # why\n    return helper(r)\n", namespace)
    import linecache

    made = package(cell["deleting_logs"])
    lines = made.source.splitlines()
    assert len(made.origins) == 5
    for packaged, (filename, line) in made.origins.items():
        assert lines[packaged - 1] == linecache.getline(filename, line).rstrip("\n")
    assert made.origin(1) is None


def test_zip_is_the_same_each_time():
    """The same functions give the same bytes; the hash is Lambda's CodeSha256; the archive holds index.py."""
    function = function_of(PLAIN, "deleting_logs")
    one, two = package(function), package(function)
    assert one.zip == two.zip
    assert one.code_sha256 == base64.b64encode(hashlib.sha256(one.zip).digest()).decode()
    with zipfile.ZipFile(io.BytesIO(one.zip)) as archive:
        assert archive.namelist() == ["index.py"]
        assert archive.read("index.py").decode() == one.source


@pytest.mark.parametrize("name", ["../../evil", "/evil", "a/b", "x\x00", "deleting_logs\nimport os", ".."])
def test_no_name_of_a_function_leads_out_of_the_package(name):
    """A function counts by the name in its text, whatever it says that it is called."""
    function = function_of(PLAIN, "deleting_logs")
    function.__name__ = function.__qualname__ = name
    made = package(function)
    assert "deleting_logs" in made.analysis_functions
    assert "evil" not in made.source
    with zipfile.ZipFile(io.BytesIO(made.zip)) as archive:
        assert archive.namelist() == ["index.py"]


@pytest.mark.parametrize(
    ("body", "stub"),
    [
        ('"""Doc."""', True),
        ("pass", True),
        ("...", True),
        ('"""Doc."""\n    raise NotImplementedError', True),
        ('raise NotImplementedError("notebook 02")', True),
        ("# your code here\n    pass", True),
        ("return False", False),
        ("raise ValueError", False),
        ("x = 1", False),
    ],
)
def test_is_stub(body, stub):
    """A stub does nothing at all; anything else is an attempt."""
    assert is_stub(function_of(f"def deleting_logs(record):\n    {body}\n", "deleting_logs")) is stub


def test_the_analyzers_own_stubs_can_be_packaged():
    """Packaging asks no questions: an unwritten function stays unwritten."""
    made = package(cloudtrail_analyzer.deleting_logs)
    assert is_stub(cloudtrail_analyzer.deleting_logs)
    assert made.analysis_functions == ("deleting_logs",)
    with pytest.raises(NotImplementedError):
        run(made).deleting_logs({})
    assert not is_stub(None)


ASKS = """
KNOWN = "mine"


def own(record, known):
    return record["key"] in known.issued_to


def deleting_logs(record, known, most=3):
    return own(record, known) and KNOWN == "mine" and known.addresses["i-1"] == {"198.51.100.7"} and most == 3
"""


def known(**fields):
    """What learn returns, with some of it given."""
    return replace(learn([Maker(1).record("ec2.amazonaws.com", "DescribeTags", Maker(1).user())]), **fields)


def test_what_a_detector_asks_for_is_written_into_the_source():
    """It is called with a record alone, and its helpers as they were; the same knowledge, the same source."""
    given = known(issued_to=MappingProxyType({"ASIA": "i-1"}), addresses={"i-1": frozenset({"198.51.100.7"})})
    cell = run_cell(ASKS)["deleting_logs"]
    index = run(package(cell, known=given))
    (detector,) = index.analysis_functions
    assert [detector({"key": key}) for key in ("ASIA", "AKIA")] == [True, False]
    assert index.own({"key": "AKIA"}, replace(given, issued_to={"AKIA": "i-2"})) is True
    assert package(cell, known=given).source == package(cell, known=given).source


def test_much_knowledge_finds_room():
    """More than a constant of a notebook may have."""
    given = known(issued_to={f"ASIA{n:016}": "i-1" for n in range(5_000)}, addresses={"i-1": {"198.51.100.7"}})
    (detector,) = run(package(run_cell(ASKS)["deleting_logs"], known=given)).analysis_functions
    assert detector({"key": f"ASIA{4_999:016}"}) is True


def test_knowledge_of_the_notebook_is_refused_with_what_to_write():
    """A function that looks into the notebook's own `known` learns how it can get it."""
    code = "def deleting_logs(record):\n    return record['key'] in known.issued_to\n"
    cell = run_cell(code, {"__name__": "__main__", "known": known()})
    with pytest.raises(
        PackagingError, match=r"uses `known`, which is what learn returned. .* `def f\(record, known\)`"
    ):
        package(cell["deleting_logs"])
