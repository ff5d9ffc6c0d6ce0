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
    "field": ["eventTime", "eventName", "errorCode", "errorMessage", "eventSource"],
    "part": ["arn", "type", "sessionContext"],
    "name": ["one", "other"],
    "identity": """who
        record['userIdentity']
        (record.get('userIdentity') or {})
        record.get('userIdentity', {})
        record.get('userIdentity')""",
    "read": """record.get('@field')
        @identity.get('@part')
        @name
        record.get('@field', '-')
        record['@field']
        record.get(key)
        'a'
        @identity['@part']
        @identity.get('@part', '-')""",
    "value": """@read
        @read
        (@value + @read)
        (@value or @read)
        (@read if @condition else 'b')
        f"<@hole>"
        f"{@read!r}@hole"
        f"{@read:>30}"
        str(@value)
        [@value]
        @value[:3]
        '-'.join([@value, @read])
        '-'.join(map(str, [@value, @read]))
        '-'.join(map(str, @name))
        '-'.join(str(record.get(each)) for each in ('@field', '@field') if each in record)
        [record.get(each) or @read for each in FIELDS]
        '-'.join(f"{each} {@identity[each]}" for each in ['@part', '@part'])""",
    "hole": ["{@name}", "{@read}"],
    "condition": """@read == 'DeleteTrail'
        @read == 'AccessDenied'
        @read
        not @value
        bool(@read)
        @read is None
        @name == [@read]
        '@field' in record
        'e' in str(@value)
        'a' in @name
        str(@value).startswith('De')
        (@identity.get('accessKeyId') or '').startswith(('AS', 'AKI'))
        @identity['accessKeyId'][:2] == 'AS'
        (str(@identity.get('accessKeyId')) + @read).startswith('AS')
        '@part' in @identity
        @identity is None
        not @identity
        (@identity and @read)
        isinstance(@identity, dict)
        'userIdentity' in record""",
    "step": """print(@value)
        return @condition
        @name = @value
        @name = @value
        @name += @value
        @name += [@read]
        @name = []
        @name = ''
        @name.append(@value)
        @name = [@name]
        print(*[@read])
        print(@value, @read, sep='|')
        print(@name)
        print(*@name)
        print(*(record.get(each) for each in FIELDS), sep='-')""",
    "block": [
        "    @step\n",
        "    if @condition:\n        @step\n",
        "    if @condition:\n        @step\n    else:\n        @step\n",
        "    try:\n        @step\n    except (KeyError, TypeError) as problem:\n        print(problem)\n",
        "    for key in ('@field', '@field'):\n        @step\n",
    ],
    "begin": ["'x'", "[]", "record.get('@field')"],
    "body": ["@block@block@block", "@block", "@block@block"],
}
GRAMMAR = {word: re.split(r"\n +", texts) if isinstance(texts, str) else texts for word, texts in GRAMMAR.items()}
# With these some detector of a hunt looks at more of a record, and the hunt decodes it as a whole.
LAVISH = {
    "part": [*GRAMMAR["part"], "accessKeyId"],
    "condition": [*GRAMMAR["condition"], "who", "len(who) == 2"],
    "step": [*GRAMMAR["step"], "@name = @name = []"],
}
DETECTOR = """FIELDS = ["eventTime", "eventName"]
def detector(record):
    key = "eventName"
    who = @identity
    one = @begin
    other = @begin
@body    return @condition
"""
IDENTITIES = [
    *({"type": "AssumedRole", "arn": "DeleteTrail", "accessKeyId": "ASIA1"}, ..., {}, {"arn": "a"}, None, []),
    *({"type": "AssumedRole", "arn": "DeleteTrail", "accessKeyId": "ASIA2", "sessionContext": {"arn": "a"}}, "arn"),
    *({"type": "AssumedRole", "arn": "", "accessKeyId": None}, {"type": None, "arn": "DeleteTrail"}),
    *({"type": "IAMUser", "arn": "a", "accessKeyId": "AKIA3"}, {"type": "", "arn": 3, "accessKeyId": "A"}),
]


def put_together(text, dice, grammar, depth=0):
    """Return the text with something in the place of each @word."""

    def chosen(found):
        choices = grammar[found[1]]
        return put_together(dice.choice(choices if depth < 5 else choices[:2]), dice, grammar, depth + 1)

    return re.sub("@([a-z]+)", chosen, text)


def files(dice):
    """Return the entries of some files: first usual ones, then all sorts that differ in a few texts."""
    texts = {
        "eventName": ["DeleteTrail", "PutObject", ...],
        "eventSource": ["logs.amazonaws.com", "DeleteTrail", None],
        "errorCode": [..., "AccessDenied", "", "%s 100 %"],
        "errorMessage": ["a", "DeleteTrail", None, ...],
    }
    sorts = [dict(zip(texts, values, strict=True)) for values in itertools.product(*texts.values())]
    usual = [{"eventName": name, "eventSource": "logs.amazonaws.com"} for name in ("DeleteTrail", "PutObject", "a")]
    for fields in sorts:
        fields["userIdentity"] = dice.choice(IDENTITIES)
    entries = [record(number, **fields) for number, fields in enumerate([*usual * 2, *dice.sample(sorts, len(sorts))])]
    return [entries[:6]] + [entries[start : start + 12] for start in range(6, len(entries), 12)]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # chance compares literals with `is`
@pytest.mark.parametrize("seed", range(60))
def test_any_detector_finds_the_same_both_ways(seed):
    """The same matches, prints and errors in the same order."""
    dice = random.Random(seed)
    grammar, together = (GRAMMAR | LAVISH, 25) if seed % 2 else (GRAMMAR, 3)
    entries = files(dice)
    for _ in range(25 // together):
        detectors = [function_of(put_together(DETECTOR, dice, grammar), "detector") for _ in range(together)]
        assert_both_ways_find_the_same(entries, detectors)
