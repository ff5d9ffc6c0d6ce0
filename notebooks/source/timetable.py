"""Counts how long the notebooks take, by fixed rates, and prints the table of INSTRUCTOR.md.

    python notebooks/source/timetable.py            write the table into INSTRUCTOR.md
    python notebooks/source/timetable.py --check    say whether it is out of date, write nothing

What counts is what everybody reads and does: the notebook as attendees get it, without the sections in `OPTIONAL`.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

import build

from workshop.exercises.predictions.all_predictions import PREDICTIONS

INSTRUCTOR = build.NOTEBOOKS.parent / "INSTRUCTOR.md"
# The rates were fixed before the notebooks were counted, and are estimates: 180 words a minute for a technical text in
# a foreign language; an answer is a function of four to eight lines, with two or three checks.
WORDS_A_MINUTE = 180
MINUTES = {"answer": 5.0, "question": 1.5, "choice": 0.3, "picture": 0.75, "cell": 0.15, "wait": 0.5}
# Cells that keep an attendee waiting, and those that ask for a choice.
WAITS = r"\b(?:connect|deploy|replay|trigger|watch_alarm|watch_call|generate_activity|teardown|update_stack|hunt)\("
CHOICES = r"\b(?:predict|quiz)\("
PICTURES = r"\b(?:Picture|plot_\w+|explore|incident_report)\(|!\["
# Sections for some people only, or to look something up in.
OPTIONAL = ("If there is time", "What could go wrong", "To read on", "Extra credit", "Bonus round")
# What the workshop consists of; the others are extra credit.
WORKSHOP = ("00", "01", "02", "03", "04", "07")
BEGIN = "<!-- timetable: made by notebooks/source/timetable.py -->\n"
END = "<!-- end of the timetable -->\n"


def words(text: str) -> int:
    """Return how many words of a Markdown text a reader sees: no addresses of links, no markup."""
    text = re.sub(r"\]\([^)]*\)|^\[\d+\]: .*$|<[^>]+>", " ", text, flags=re.M)
    return len([word for word in text.split() if re.search(r"\w", word)])


def sections(notebook) -> list[tuple[str, list]]:
    """Return (heading, cells) in order; a Markdown cell with several headings is cut at each."""
    found: list[tuple[str, list]] = [("", [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found[-1][1].append(cell)
            continue
        for part in re.split(r"(?m)^(?=#+ )", cell.source):
            heading = re.match(r"#+ (.+)", part)
            if heading:
                found.append((heading[1], []))
            found[-1][1].append(part)
    return found


def count(notebook) -> Counter:
    """Return what there is to read and to do in a notebook: "words", and how many of each kind of MINUTES."""
    counted: Counter = Counter()
    for heading, parts in sections(notebook):
        if heading.startswith(OPTIONAL):
            continue
        for part in parts:
            if isinstance(part, str):
                counted["words"] += words(part)
                counted["picture"] += len(re.findall(PICTURES, part))
                continue
            source = part.source
            counted["cell"] += 1
            counted["answer"] += "answer" in part.metadata or ("todo" in part.metadata and "def " in source)
            counted["question"] += bool(re.match(r"answer\(", source))
            counted["choice"] += bool(re.search(CHOICES, source))
            counted["picture"] += bool(re.search(PICTURES, source))
            counted["wait"] += bool(re.search(WAITS, source))
            for name in re.findall(r'predict\("(.+?)"\)', source):
                asked = PREDICTIONS[name]
                counted["words"] += words(
                    " ".join([asked.asks, asked.means, *(choice.text for choice in asked.choices)])
                )
    return counted


def minutes(counted: Counter) -> float:
    """Return how long that takes by the rates."""
    return counted["words"] / WORDS_A_MINUTE + sum(counted[kind] * rate for kind, rate in MINUTES.items())


def all_words(notebook) -> int:
    """Return the words of all Markdown cells of a notebook, optional sections too."""
    return sum(words(cell.source) for cell in notebook.cells if cell.cell_type == "markdown")


def table() -> str:
    """Return the table as Markdown, with the sum of the workshop's notebooks."""
    kinds = [*MINUTES]
    rates = ", ".join(f"{kind} {rate:g}" for kind, rate in MINUTES.items())
    lines = [
        f"Counted by a script, at {WORDS_A_MINUTE} words a minute and these minutes each: {rates}. Sections for those",
        "who have time, and sections to look something up in, do not count.\n",
        f"| Notebook | words | {' | '.join(kinds)} | minutes |",
        "| --- |" + " ---: |" * (len(kinds) + 2),
    ]
    total = 0.0
    for source in build.sources():
        counted = count(build.shipped(source))
        numbers = " | ".join(str(counted[kind]) for kind in kinds)
        lines.append(f"| {source.stem} | {counted['words']} | {numbers} | {minutes(counted):.0f} |")
        total += minutes(counted) * source.stem.startswith(WORKSHOP)
    return "\n".join([*lines, "", f"{', '.join(WORKSHOP)} together: {total:.0f} minutes.", ""])


def instructor(text: str) -> str:
    """Return INSTRUCTOR.md with the table as it is now."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.split(END)[1]


def main() -> int:
    parser = argparse.ArgumentParser(description="Counts how long the notebooks take.")
    parser.add_argument("--check", action="store_true", help="say whether the table is out of date; write nothing")
    text = INSTRUCTOR.read_text(encoding="utf-8")
    wanted = instructor(text)
    if not parser.parse_args().check:
        Path(INSTRUCTOR).write_text(wanted, encoding="utf-8", newline="\n")
        print(table())
        return 0
    if text != wanted:
        print("out of date: the timetable in INSTRUCTOR.md; run notebooks/source/timetable.py")
    return int(text != wanted)


if __name__ == "__main__":
    sys.exit(main())
