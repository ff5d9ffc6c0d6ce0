"""The alarm as a picture: the metric, the threshold, and the state the alarm was in at each moment."""

from datetime import datetime, timedelta
from typing import Any

from workshop.cloud.alarm.alarm import DETECTION_ALARM, Band, Sums, alarm_bands, metric_sums, settle_alarm
from workshop.cloud.clock import now
from workshop.cloud.cloud import Cloud, Json, quiet
from workshop.display.pictures import PALETTE, Picture, new_figure

# Colour, hatching and words: each of them alone is enough to tell the states apart.
_LOOK = {
    "OK": ("green", ""),
    "ALARM": ("vermillion", "///"),
    "INSUFFICIENT_DATA": ("yellow", "..."),
}

_NEW = "INSUFFICIENT_DATA is where a new alarm begins: it has not looked at the metric yet."

_GROUND = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}


@quiet
def plot_alarm(cloud: Cloud, minutes: float | None = None, alarm: str = DETECTION_ALARM) -> Picture:
    """Return a Picture of the last `minutes`: the metric's sum in each period, the threshold, the alarm's states.

    `alarm` is the logical id of one of the stack's alarms. Raises: LookupError when the stack does not have it.
    By default as many minutes, 3 to 15, as it takes to show all that happened in the last 15. Times are UTC, the
    metric is in anomalies a period (a minute, unless the alarm was changed). The bands are those of `alarm_bands`,
    which are those of describe_alarm_history.
    """
    described = settle_alarm(cloud, alarm)
    end = now()
    start = end - timedelta(minutes=minutes or 15)
    sums = metric_sums(cloud, described, _period_of(start, described), end)
    if minutes is None:
        happened = [at for at, _ in sums] + [band.start for band in alarm_bands(cloud, start, end, alarm)[1:]]
        start = min([end - timedelta(minutes=3), *(at - timedelta(minutes=1) for at in happened)])
        start = max(start, end - timedelta(minutes=15))
    bands = alarm_bands(cloud, start, end, alarm)
    return _draw(described, sums, bands, start, end)


def _period_of(time: datetime, alarm: Json) -> datetime:
    """Return the start of the metric's period in which a time lies."""
    return time - timedelta(seconds=time.timestamp() % alarm["Period"])


def _draw(alarm: Json, sums: Sums, bands: list[Band], start: datetime, end: datetime) -> Picture:
    from matplotlib.dates import DateFormatter
    from matplotlib.ticker import MaxNLocator

    figure, (metric, states) = new_figure(height=4.2, rows=2)
    metric.get_gridspec().set_height_ratios([4, 1])
    period = timedelta(seconds=alarm["Period"])

    values, threshold = [value for _, value in sums], alarm["Threshold"]
    for breaches, colour, hatch, what in ((True, "vermillion", "///", "reached"), (False, "blue", "", "not reached")):
        chosen = [(at, value) for at, value in sums if (value >= threshold) == breaches]
        if chosen:
            label = f"{alarm['MetricName']} a {_length(alarm['Period'])}, threshold {what}"
            look = {"color": PALETTE[colour], "edgecolor": "black", "hatch": hatch, "label": label}
            # The running period is drawn as far as it has come.
            widths = [min(period, end - at) for at, _ in chosen]
            metric.bar(*zip(*chosen, strict=True), width=widths, align="edge", **look)
    for at, value in sums:
        metric.annotate(f"{value:g}", (at + min(period, end - at) / 2, value), ha="center", va="bottom")
    metric.axhline(threshold, color="black", linestyle="--", label=f"threshold, {threshold:g}")
    metric.set_ylim(0, max([*values, threshold]) * 1.3 or 1)
    metric.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    metric.set_ylabel(f"anomalies a {_length(alarm['Period'])}")
    if not sums:
        metric.text(0.5, 0.6, "no data in this time", transform=metric.transAxes, ha="center")

    for band in bands:
        colour, hatch = _LOOK[band.state]
        look = {"facecolor": PALETTE[colour], "edgecolor": "black"}
        states.axvspan(band.start, band.end, hatch=hatch, linewidth=0.8, **look)
        if band.start == band.end:
            states.axvline(band.start, color=PALETTE[colour], linewidth=3)
        metric.axvspan(band.start, band.end, color=PALETTE[colour], alpha=0.15, linewidth=0, zorder=0)
        if (band.end - band.start) / (end - start) > 0.14:
            middle = band.start + (band.end - band.start) / 2
            states.text(middle, 0.5, band.state, ha="center", va="center", bbox=_GROUND)
    turns = [band.start for band in bands[1:] if band.state == "ALARM"]
    if turns:
        label = f"turned to ALARM at {turns[-1]:%H:%M:%S}"
        metric.axvline(turns[-1], color="black", linewidth=2, linestyle=":", label=label)
    _lamp(states, bands[-1].state)
    states.set_ylim(0, 1)
    states.set_yticks([])
    states.set_ylabel("state")
    states.set_xlim(start, end)
    pattern = "%H:%M" if end - start > timedelta(minutes=5) else "%H:%M:%S"
    states.xaxis.set_major_formatter(DateFormatter(pattern, tz=end.tzinfo))
    states.set_xlabel(f"time (UTC), {end:%Y-%m-%d}; a bar begins with its {_length(alarm['Period'])}")
    metric.set_title(f"Alarm {alarm['AlarmName']}: {bands[-1].state}", loc="left", pad=16)  # above the word "now"
    metric.annotate("now", (end, 1), xycoords=("data", "axes fraction"), ha="right", va="bottom")
    figure.legend(handles=metric.get_legend_handles_labels()[0], loc="outside lower center", ncols=3)
    return Picture(figure, _in_words(alarm, sums, bands, start, end))


def _lamp(axes: Any, state: str) -> None:
    """Draw the alarm's present state beside its states so far: a state of a second would be too narrow to see there."""
    colour, hatch = _LOOK[state]
    lamp = axes.inset_axes([1.015, 0, 0.16, 1])
    lamp.set_xticks([])
    lamp.set_yticks([])
    lamp.set_facecolor(PALETTE[colour])
    lamp.axvspan(0, 1, facecolor="none", edgecolor="black", hatch=hatch, linewidth=0)
    lamp.set_xlim(0, 1)
    lamp.text(0.5, 0.5, f"now:\n{state.replace('_', chr(10))}", ha="center", va="center", weight="bold", bbox=_GROUND)


def _in_words(alarm: Json, sums: Sums, bands: list[Band], start: datetime, end: datetime) -> str:
    minutes = round((end - start).total_seconds() / 60)
    sentences = [f"Alarm {alarm['AlarmName']}: {bands[-1].state} since {bands[-1].start:%H:%M:%S} UTC."]
    if sums:
        data = ", ".join(f"{value:g} from {at:%H:%M} on" for at, value in sums)
        sentences.append(f"{alarm['MetricName']} in the last {minutes} minutes, by {_length(alarm['Period'])}: {data}.")
    else:
        sentences.append(f"No data of {alarm['MetricName']} in the last {minutes} minutes.")
    sentences.append(f"The threshold is {alarm['Threshold']:g}.")
    spans = ", ".join(
        f"{band.state} {band.start:%H:%M:%S}" + (f" to {band.end:%H:%M:%S}" if band.end > band.start else "")
        for band in bands
    )
    sentences.append(f"States: {spans}.")
    return " ".join([*sentences, _NEW] if any(band.state == "INSUFFICIENT_DATA" for band in bands) else sentences)


def _length(seconds: int) -> str:
    if seconds == 60:
        return "minute"
    return f"{seconds // 60} minutes" if seconds % 60 == 0 else f"{seconds} seconds"
