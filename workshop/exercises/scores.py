"""How good a detector is: what it matched, against what was true. Numbers, the records behind them, and a picture."""

import contextlib
import functools
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pandas as pd

from workshop.display.pictures import PALETTE, Picture, new_figure
from workshop.exercises.sample_records import value_at
from workshop.logs.knowledge import Known
from workshop.logs.record import Record

_COLUMNS = ("eventTime", "eventSource", "eventName", "sourceIPAddress", "session", "truth", "reason")
_VERDICTS: dict[object, str] = {True: "True", False: "False", None: "None (unknown)"}
NOT_WRITTEN = "not written yet"
# A function of a record, or of a record and what is `Known`; exercises of three verdicts may return None.
Predicate = Callable[..., bool | None]


@dataclass(frozen=True)
class Score:
    """What a detector matched in a set of records, against labels.

    It should match what the intruder did, whether it worked (malicious) or not (attempted). `true_positives`,
    `false_positives` and `false_negatives` are DataFrames of records, oldest first. `written` is False if the detector
    raised NotImplementedError; then there are no numbers. `raised` has {eventID: what it raised} of the records on
    which it raised something else: these are not matched.
    """

    name: str
    true_positives: pd.DataFrame = field(repr=False)
    false_positives: pd.DataFrame = field(repr=False)
    false_negatives: pd.DataFrame = field(repr=False)
    written: bool = True
    raised: dict[str | None, str] = field(default_factory=dict, repr=False)

    @property
    def tp(self) -> int:
        """Number of the intruder's calls that it matched."""
        return len(self.true_positives)

    @property
    def fp(self) -> int:
        """Number of harmless calls that it matched."""
        return len(self.false_positives)

    @property
    def fn(self) -> int:
        """Number of the intruder's calls that it missed."""
        return len(self.false_negatives)

    @functools.cached_property
    def matched(self) -> set[str]:
        """The eventIDs of all that it matched, as a set."""
        return {*self.true_positives.index, *self.false_positives.index}

    @property
    def precision(self) -> float:
        """The intruder's share of what it matched; nan if it matched nothing."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else float("nan")

    @property
    def recall(self) -> float:
        """The share of the intruder's calls that it matched; nan if the intruder did nothing."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else float("nan")

    def __repr__(self) -> str:
        if not self.written:
            return f"{self.name}: {NOT_WRITTEN}"
        raised = f"; it raised on {len(self.raised):,}, first {next(iter(self.raised.values()))}" if self.raised else ""
        return (
            f"{self.name}: {self.tp + self.fp:,} matches, {self.tp:,} right and {self.fp:,} wrong; {self.fn:,} missed "
            f"(precision {_percent(self.precision)}, recall {_percent(self.recall)}){raised}"
        )

    def mistakes(self) -> pd.DataFrame:
        """Return its mistakes as a DataFrame: one row a reason, with the number of records and the first of them."""
        rows = []
        for kind, records in (("false alarm", self.false_positives), ("missed", self.false_negatives)):
            for reason, alike in records.groupby("reason", sort=False):
                first = alike.iloc[0]
                call = f"{first['eventSource'].split('.')[0]}:{first['eventName']}"
                rows.append((kind, len(alike), reason, call, first["sourceIPAddress"], first["session"]))
        columns = ["mistake", "records", "reason", "the first: call", "from", "session"]
        return pd.DataFrame(rows, columns=columns).sort_values("records", ascending=False, ignore_index=True)


def score(name: str, detector: Predicate, records: Iterable[Record], labels: pd.DataFrame) -> Score:
    """Run a detector over records and return its Score; what it prints is not shown.

    `labels` is the DataFrame of labels.csv: a record that is not in it is harmless. A detector that is not written yet
    has a Score that says so. One that raises on some records has not matched these, and its Score says that, too.

    Raises: what the detector raises, if it does so on every record.
    """
    labelled = labels.set_index("eventID")
    wanted = set(labelled.index[labelled["truth"] != "benign"])
    right: list[Record] = []
    wrong: list[Record] = []
    missed: list[Record] = []
    written, judged, raised = True, 0, dict[str | None, str]()
    first_error: Exception | None = None
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            for record in records:
                event_id = _id_of(record)
                try:
                    matched = bool(detector(record))
                    judged += 1
                except NotImplementedError:
                    raise
                except Exception as error:
                    first_error, matched = first_error or error, False
                    raised[event_id] = f"{type(error).__name__}: {error}"
                if matched:
                    (right if event_id in wanted else wrong).append(record)
                elif event_id in wanted:
                    missed.append(record)
    except NotImplementedError:
        right, wrong, missed, written, raised = [], [], [], False, {}
    if first_error and written and not judged:
        raise first_error
    return Score(name, _table(right, labelled), _table(wrong, labelled), _table(missed, labelled), written, raised)


def _id_of(record: Record) -> str | None:
    """Return the id of a record, None if it is no text."""
    event_id = record.get("eventID")
    return event_id if isinstance(event_id, str) else None


def _table(records: Iterable[Record], labelled: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for record in sorted(records, key=lambda one: str(one.get("eventTime"))):
        session = str(value_at(record, "userIdentity.arn") or "").split("/")[-1]
        known = labelled.loc[record["eventID"]] if _id_of(record) in labelled.index else None
        truth, reason = ("benign", "an everyday call") if known is None else (known["truth"], known["reason"])
        fields = (record.get(name) for name in _COLUMNS[:4])
        rows.append((record.get("eventID"), *fields, session, truth, reason))
    return pd.DataFrame(rows, columns=["eventID", *_COLUMNS]).set_index("eventID")


def score_table(scores: Iterable[Score]) -> pd.DataFrame:
    """Return Scores as a DataFrame, one row each: right, wrong and missed records, precision and recall."""
    rows = [
        (one.name, one.tp, one.fp, one.fn, _percent(one.precision), _percent(one.recall))
        if one.written
        else (one.name, *["-"] * 3, NOT_WRITTEN, NOT_WRITTEN)
        for one in scores
    ]
    columns = ["step", "right", "wrong", "missed", "precision", "recall"]
    return pd.DataFrame(rows, columns=columns).set_index("step")


def verdicts(
    predicate: Predicate, records: Iterable[Record], labels: pd.DataFrame, known: Known | None = None
) -> pd.DataFrame:
    """Return how often a predicate gives each verdict, against the truth: a DataFrame with a row a verdict.

    It is called with a record, and with `known` if that is given. Where it raises NotImplementedError, the verdict is
    "not written yet"; where it raises something else, that.

    Raises: what the predicate raises, if it does so on every record.
    """
    truth = dict(zip(labels["eventID"], labels["truth"], strict=True))
    rows, first_error, judged = [], None, 0
    for record in records:
        verdict: object = NOT_WRITTEN
        try:
            verdict = predicate(record) if known is None else predicate(record, known)
            judged += 1
        except NotImplementedError:
            judged += 1
        except Exception as error:
            first_error, verdict = first_error or error, f"raised {type(error).__name__}"
        shown = _VERDICTS[verdict] if verdict in (True, False, None) else str(verdict)
        rows.append((shown, truth.get(_id_of(record), "benign")))
    if first_error and not judged:
        raise first_error
    table = pd.DataFrame(rows, columns=["verdict", "truth"])
    return pd.crosstab(table["verdict"], table["truth"]).rename_axis(columns=None)


def plot_scores(scores: Iterable[Score]) -> Picture:
    """Return a Picture of the precision and recall of Scores, in their order; those not written yet are left out."""
    shown = [one for one in scores if one.written]
    figure, axes = new_figure(height=1.2 + 0.62 * max(len(shown), 1))
    for number, one in enumerate(shown):
        for name, offset, colour, hatch in (("precision", 0.2, "blue", ""), ("recall", -0.2, "orange", "//")):
            share = getattr(one, name)
            width = 0.0 if share != share else 100 * share
            label = name if number == 0 else None
            axes.barh(-number + offset, width, 0.36, color=PALETTE[colour], hatch=hatch, edgecolor="white", label=label)
            axes.text(width + 1, -number + offset, _percent(share), va="center", fontsize=9)
    axes.set_yticks([-number for number in range(len(shown))], [one.name for one in shown])
    axes.set_xlim(0, 112)
    axes.set_xlabel("share (%)")
    if shown:
        figure.legend(loc="outside upper center", ncols=2, frameon=False)
    said = "; ".join(f"{one.name}: precision {_percent(one.precision)}, recall {_percent(one.recall)}" for one in shown)
    return Picture(figure, f"Precision and recall of each step, as bars. {said or 'No step is written yet'}.")


def _percent(share: float) -> str:
    if share != share:
        return "no match"
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"
