"""How answers to the warm-up, print_short_record, are judged and explained."""

import pytest
from catalogues import assert_all_tried, assert_named, each_spelling
from cells import function_of

from workshop.exercises import check
from workshop.exercises.tasks.print_short_record import EXERCISE

NAME = "print_short_record"
DEF = f"def {NAME}(record):\n"
FIELDS = ("eventTime", "awsRegion", "sourceIPAddress", "eventSource", "eventName")


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKSHOP_HOME", str(tmp_path))


def answer(source):
    """Return the function that a cell defines."""
    return function_of("import json, pprint, sys\n\n" + source, NAME)


def body(*lines):
    """Return the function with these lines."""
    return DEF + "".join(f"    {line}\n" for line in lines)


def printing(*names, end="return False"):
    """Return an answer that prints these fields."""
    values = ", ".join(f'record.get("{name}", "-")' for name in names)
    return body(f"print({values})", end)


SEEDS = """
def print_short_record(record):
    print('[{timestamp}] {region}\\t{ip}\\t{service}:{event}'.format(
        timestamp=record['eventTime'],
        region=record['awsRegion'],
        ip=record['sourceIPAddress'],
        service=record['eventSource'].split('.')[0],
        event=record['eventName']
    ))
    return False
"""
RIGHT = {
    "print with commas": printing(*FIELDS),
    "f-string": body(
        "get = record.get",
        "where = f\"{get('awsRegion')} {get('sourceIPAddress')}\"",
        "print(f\"{get('eventTime')} {where} {get('eventSource')}:{get('eventName')}\")",
        "return False",
    ),
    "percent": body(
        (
            'print("%s %s %s %s:%s" % tuple(record.get(n) for n in ["eventTime", "awsRegion", '
            '"sourceIPAddress", "eventSource", "eventName"]))'
        ),
        "return False",
    ),
    "join": body(f"print(' | '.join(str(record.get(n, '?')) for n in {FIELDS}))", "return False"),
    "constant": f"FIELDS = {FIELDS}\n" + body("print(*[record.get(n) for n in FIELDS], sep=';')", "return False"),
    "with the identity": body(
        "who = (record.get('userIdentity') or {}).get('arn', '-')",
        f"print(*[record.get(n) for n in {FIELDS}], who)",
        "return False",
    ),
    "helper": "def get(r, n):\n    return r[n] if n in r else ''\n"
    + body(f"print(*(get(record, n) for n in {FIELDS}))", "return False"),
    "write": body(f"sys.stdout.write(' '.join(str(record.get(n)) for n in {FIELDS}) + '\\n')", "return False"),
    "json": body(f"print(json.dumps({{n: record.get(n) for n in {FIELDS}}}))", "return False"),
    "lambda": f"{NAME} = lambda record: bool(print(*(record.get(n) for n in {FIELDS})))\n",
    "order and more fields": printing(
        "eventName", "eventSource", "sourceIPAddress", "awsRegion", "eventTime", "errorCode"
    ),
    "time only": body(
        "time = record['eventTime'][11:19]", f"print(time, *(record.get(n) for n in {FIELDS[1:]}))", "return False"
    ),
}
MISTAKES = {
    "skips_incomplete": [
        body(
            f"if all(n in record for n in {FIELDS}):", f"    print(*(record.get(n) for n in {FIELDS}))", "return False"
        ),
        body(
            f"if None not in [record.get(n) for n in {FIELDS}]:",
            f"    print(*map(record.get, {FIELDS}))",
            "return False",
        ),
        body("if 'sourceIPAddress' in record:", f"    print(*map(record.get, {FIELDS}))", "return False"),
    ],
    "skips_some": [
        body("if 'arn' in record.get('userIdentity', {}):", f"    print(*map(record.get, {FIELDS}))", "return False"),
        body("if not record.get('errorCode'):", f"    print(*map(record.get, {FIELDS}))", "return False"),
    ],
    "too_much": [body(f"print(*map(record.get, {FIELDS[:-1]}), 'x' * 800)", "return False")],
    "prints_object": [
        body(f"print(record.get(n) for n in {FIELDS})", "return False"),
        body(f"print(map(record.get, {FIELDS}))", "return False"),
        body("print(record.get)", "return False"),
    ],
    "no_seconds": [
        body(f"print(record['eventTime'][:16], *map(record.get, {FIELDS[1:]}))", "return False"),
        body(f"print(record['eventTime'][11:16], *map(record.get, {FIELDS[1:]}))", "return False"),
    ],
    "printed_twice": [
        body(
            "get = record.get",
            "print(get('eventTime'), get('awsRegion'), get('sourceIPAddress'), get('eventSource'), get('eventSource'))",
            "return False",
        ),
    ],
    "format_places": [
        body(
            "get = record.get",
            "print('{0} {1} {2} {3} {3}'.format(get('eventTime'), get('awsRegion'), "
            "get('sourceIPAddress'), get('eventSource'), get('eventName')))",
            "return False",
        ),
    ],
    "prints_nothing": [
        body("return False"),
        body("line = record.get('eventTime')", "return False"),
        body(f"print(*(record.get(n) for n in {FIELDS}), file=sys.stderr)", "return False"),
    ],
    "returns_text": [
        body(f"return ' '.join(str(record.get(n)) for n in {FIELDS})"),
        body("return f\"{record.get('eventTime')} {record.get('eventName')}\""),
        body(f"return tuple(record.get(n) for n in {FIELDS})"),
    ],
    "no_return": [
        printing(*FIELDS, end="return"),
        printing(*FIELDS, end="pass"),
        body(f"return print(*(record.get(n) for n in {FIELDS}))"),
    ],
    "returns_true": [
        printing(*FIELDS, end="return True"),
        printing(*FIELDS, end="return not None"),
        printing(*FIELDS, end="return 1 == 1"),
    ],
    "returns_other": [
        printing(*FIELDS, end="return 0"),
        printing(*FIELDS, end="return record"),
        printing(*FIELDS, end="return []"),
    ],
    "whole_record": [
        body("print(record)", "return False"),
        body("print(json.dumps(record, indent=2))", "return False"),
        body("pprint.pprint(record)", "return False"),
    ],
    "several_lines": [
        body(f"for n in {FIELDS}:", "    print(record.get(n))", "return False"),
        body(f"print(*(record.get(n) for n in {FIELDS}), sep='\\n')", "return False"),
        body("print(record.get('eventTime'))", f"print(*(record.get(n) for n in {FIELDS[1:]}))", "return False"),
    ],
    "no_line_end": [
        body(f"print(*(record.get(n) for n in {FIELDS}), end='')", "return False"),
        body(f"print(*(record.get(n) for n in {FIELDS}), end=' ')", "return False"),
        body(f"sys.stdout.write(' '.join(str(record.get(n)) for n in {FIELDS}))", "return False"),
    ],
    **{
        f"missing_{name}": [
            printing(*(n for n in FIELDS if n != name)),
            body(
                f"print(' / '.join(str(record.get(n)) for n in {tuple(n for n in FIELDS if n != name)}))",
                "return False",
            ),
        ]
        for name in FIELDS
    },
    "prints_field_name": [
        body(f"print({', '.join(repr(n) if n == name else f'record.get({n!r})' for n in FIELDS)})", "return False")
        for name in FIELDS
    ],
    "not_this_record": [
        "last_line = 'eventTime eventName'\n" + body("print(last_line)", "return False"),
        body("print('2026-03-10 ca-central-1 192.0.2.1 logs:DeleteLogGroup')", "return False"),
        body("print('eventTime', 'awsRegion')", "return False"),
    ],
    "left_out": [
        body(f"print(*(record[n] for n in {FIELDS} if n in record))", "return False"),
        body(f"print(' | '.join(record[n] for n in {FIELDS} if record.get(n)))", "return False"),
        body(
            "ip = record.get('sourceIPAddress')",
            "line = '[{}] [{}]'.format(record.get('eventTime'), record.get('awsRegion'))",
            "line += f' [{ip}]' if ip else ''",
            "print(line, record.get('eventSource'), record.get('eventName'))",
            "return False",
        ),
        body(f"print([v for v in map(record.get, {FIELDS}) if v is not None])", "return False"),
    ],
    "braces_printed": [
        body("print('{eventTime} {eventName}')", "return False"),
        body('print(\'[{record["eventTime"]}] {record["eventName"]}\')', "return False"),
        body("line = '{}:{}'", "print(line, '{0}')", "return False"),
    ],
    "changes_record": [
        body(
            "record['eventSource'] = record.get('eventSource', '').split('.')[0]",
            f"print(*(record.get(n) for n in {FIELDS}))",
            "return False",
        ),
        body("record.pop('eventID', None)", f"print(*(record.get(n) for n in {FIELDS}))", "return False"),
        body("record.setdefault('errorCode', '-')", f"print(*(record.get(n) for n in {FIELDS}))", "return False"),
    ],
    "absent_field": [
        SEEDS,
        body(f"print(' | '.join([record.get(n) for n in {FIELDS}]))", "return False"),
        body("print(record.get('eventSource').split('.')[0])", "return False"),
        body(
            "who = record.get('userIdentity', {})['arn']",
            f"print(*(record.get(n) for n in {FIELDS}), who)",
            "return False",
        ),
        body(
            "mfa = record['userIdentity']['sessionContext']['attributes']",
            f"print(*(record.get(n) for n in {FIELDS}), mfa)",
            "return False",
        ),
    ],
    "none_used": [
        body(f"print(*(record.get(n) for n in {FIELDS}), len(record['requestParameters']))", "return False"),
    ],
    "unknown_field": [
        body("print(record['region'])", "return False"),
    ],
    "other_letters_in_field": [
        body("print(record['eventtime'])", "return False"),
        body("print(record['sourceIpAddress'])", "return False"),
    ],
}


@pytest.mark.parametrize("style", RIGHT)
def test_right_answers_pass(style):
    """Every style of a right answer passes."""
    result = check(answer(RIGHT[style]))
    assert result.outcome == "passed", result


@each_spelling(MISTAKES)
def test_mistakes_are_named(identifier, source):
    """Each catalogued mistake, in each spelling, gets its own explanation, with the record that shows it."""
    result = check(answer(source))
    assert_named(result, identifier)
    assert result.record is not None
    assert result.case in result.message


def test_every_catalogued_mistake_is_tried():
    """Nothing is in the catalogue that no test provokes, and each message is its own."""
    assert_all_tried(EXERCISE, MISTAKES)


@pytest.mark.parametrize("field", [*FIELDS[2:], "userIdentity"])
def test_a_field_that_a_record_lacks_must_not_end_the_function(field):
    """The exercise asks for a line in any case: brackets where a field may be absent are told, with the field."""
    shown = [f"record[{name!r}]" if name == field else f"record.get({name!r})" for name in (*FIELDS, "userIdentity")]
    result = check(answer(body(f"print({', '.join(shown)})", "return False")))
    assert (result.outcome, result.misconception) == ("raised", "absent_field")
    assert f"This record lacks {field}" in result.message


def test_stub_is_not_attempted():
    """As shipped the exercise is not attempted, not wrong."""
    assert check(answer(DEF + "    raise NotImplementedError\n")).outcome == "not attempted"


@pytest.mark.parametrize(
    ("line", "remarked"),
    [
        ("print(*(record.get(n, '') for n in FIELDS))", True),
        ("print(*(record.get(n, '-') for n in FIELDS))", False),
        ("print(*(record.get(n, '') for n in FIELDS), sep=';')", False),
        ("print(*(f'{n}={record[n]}' for n in FIELDS if n in record))", False),
        ("print(json.dumps({n: record[n] for n in FIELDS if n in record}))", False),
    ],
)
def test_a_gap_is_remarked_upon_and_labels_are_enough(line, remarked):
    """An absent field that leaves a bare gap is a remark; where signs or labels tell what is absent, all is well."""
    result = check(answer(f"FIELDS = {FIELDS}\n" + body(line, "return False")))
    assert result.outcome == "passed", result
    assert any("only a gap" in remark for remark in result.remarks) == remarked


@pytest.mark.parametrize(
    ("wrong", "field"),
    [("sourceIpAddress", "sourceIPAddress"), ("eventname", "eventName"), ("AWSRegion", "awsRegion")],
)
def test_a_misspelled_field_is_told(wrong, field):
    """A value that is missing since its field's name is spelled otherwise: both spellings are told."""
    result = check(answer(printing(*(wrong if name == field else name for name in FIELDS))))
    assert result.misconception == "misspelled_field"
    assert f"no field {wrong}." in result.message
    assert f"is it {field}?" in result.message
