"""Detectors put together at random, all of them simple: the fast way finds and prints what the plain way does."""

import itertools
import random
import re

import pytest
from any_records import assert_both_ways_find_the_same
from cells import function_of
from log_files import record

# What may stand in the place of each @word. Far down in an expression it is one of the first two.
GRAMMAR = {
    "field": ["eventTime", "eventName", "errorCode", "awsRegion", "eventSource"],
    "name": ["one", "other"],
    "read": ["record.get('@field')", "@name", "record.get('@field', '-')", "record['@field']", "'a'"],
    "value": [
        *("@read", "@read", "(@value + @read)", "(@value or @read)", "(@read if @condition else 'b')"),
        *('f"<@hole>"', 'f"{@read!r}@hole"', 'f"{@read:>30}"', "str(@value)", "[@value]", "@value[:3]"),
        *("'-'.join([@value, @read])", "'-'.join(map(str, [@value, @read]))", "'-'.join(map(str, @name))"),
    ],
    "hole": ["{@name}", "{@read}"],
    "condition": [
        *("@read == 'DeleteTrail'", "@read == 'AccessDenied'", "@read", "not @value", "bool(@read)", "@read is None"),
        *("@name == [@read]", "'@field' in record", "'e' in str(@value)", "'a' in @name"),
    ],
    "step": [
        *(
            "print(@value)",
            "return @condition",
            "@name = @value",
            "@name = @value",
            "@name += @value",
            "@name += [@read]",
        ),
        *(
            "@name = []",
            "@name = ''",
            "@name.append(@value)",
            "@name = @name = []",
            "@name = [@name]",
            "print(*[@read])",
        ),
        *("print(@value, @read, sep='|')", "print(@name)", "print(*@name)"),
    ],
    "block": [
        "    @step\n",
        "    if @condition:\n        @step\n",
        "    if @condition:\n        @step\n    else:\n        @step\n",
        "    try:\n        @step\n    except (KeyError, TypeError) as problem:\n        print(problem)\n",
    ],
    "begin": ["'x'", "[]", "record.get('@field')"],
    "body": ["@block@block@block", "@block", "@block@block"],
}
DETECTOR = "def detector(record):\n    one = @begin\n    other = @begin\n@body    return @condition\n"


def put_together(text, dice, depth=0):
    """Return the text with something in the place of each @word."""

    def chosen(found):
        choices = GRAMMAR[found[1]]
        return put_together(dice.choice(choices if depth < 5 else choices[:2]), dice, depth + 1)

    return re.sub("@([a-z]+)", chosen, text)


def files(dice):
    """Return the entries of some files: first usual ones, then all sorts that differ in a few texts."""
    texts = {
        "eventName": ["DeleteTrail", "PutObject", ...],
        "eventSource": ["logs.amazonaws.com", "DeleteTrail", None],
        "errorCode": [..., "AccessDenied", "", "%s 100 %"],
        "awsRegion": ["a", "DeleteTrail", None],
    }
    sorts = [dict(zip(texts, values, strict=True)) for values in itertools.product(*texts.values())]
    usual = [{"eventName": name, "eventSource": "logs.amazonaws.com"} for name in ("DeleteTrail", "PutObject", "a")]
    entries = [record(number, **fields) for number, fields in enumerate([*usual * 2, *dice.sample(sorts, len(sorts))])]
    return [entries[:6]] + [entries[start : start + 12] for start in range(6, len(entries), 12)]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # chance compares literals with `is`
@pytest.mark.parametrize("seed", range(60))
def test_any_detector_finds_the_same_both_ways(seed):
    """The same matches, prints and errors in the same order."""
    dice = random.Random(seed)
    detectors = [function_of(put_together(DETECTOR, dice), "detector") for _ in range(25)]
    assert_both_ways_find_the_same(files(dice), detectors)
