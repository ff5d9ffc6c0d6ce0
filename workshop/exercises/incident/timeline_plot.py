"""The incident as a picture: which key was used from which address when, and what was destroyed with it."""

import datetime
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from workshop.display.pictures import PALETTE, Picture, new_figure
from workshop.exercises.incident.intruder_steps import Act, Story, Visit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Known = AbstractSet[str]  # what the attendee has found out: "theft", "deletions", "stop"

_GAP = "not known yet:\n{} in notebook {}"
_MINUTE = datetime.timedelta(minutes=1)
# What a call is: marker, colour of the palette, size, and the word for it in the legend. The shape alone tells.
_LOOKS = {
    "own": ("|", "green", 90, "the instance's own calls, with the same key"),
    "worked": ("o", "blue", 34, "a call that worked"),
    "refused": ("x", "black", 46, "a call that failed"),
    "destroys": ("v", "vermillion", 90, "stops or deletes logs"),
}


def draw(story: Story, known: Known) -> Picture | None:
    """Return the Picture of what is `known`, or None if nothing is.

    Above: each visit, a lane for each address and key, times in UTC. Below: the minutes in which logs were destroyed.
    A part that is not known yet is an empty field that says how to find it out.
    """
    if not known & {"theft", "deletions"}:
        return None
    visits = story.visits()
    figure, axes = new_figure(height=6.2)
    axes.remove()
    places: list[Any] = [[f"visit {number}" for number in range(len(visits))], ["damage"] * len(visits)]
    panels = figure.subplot_mosaic(places, height_ratios=[1, 1.25])
    for number, visit in enumerate(visits):
        panel = panels[f"visit {number}"]
        if "theft" in known:
            _draw_visit(panel, story, visit, known)
        else:
            _draw_gap(panel, _GAP.format("instance_creds_used_outside_ec2", "03"))
    destroyed = shown(story, known)
    if destroyed:
        _draw_damage(panels["damage"], destroyed, known)
    else:
        _draw_gap(panels["damage"], _GAP.format("deleting_logs", "02"))
    _draw_legend(figure, known, bool(destroyed))
    return Picture(figure, in_words(story, known))


def shown(story: Story, known: Known) -> list[Act]:
    """Return the destructive acts that are known."""
    acts = [act for act in story.intruders if act.destroys]
    stops = [act for act in acts if act.step == "stop-logging"]
    return [act for act in acts if ("stop" if act in stops else "deletions") in known]


def _known_of(visit: Visit, story: Story, known: Known) -> Visit:
    """Return what is known of a visit: without the destructive acts that are not known yet."""
    told = shown(story, known)
    return Visit(tuple(act for act in visit.acts if not act.destroys or act in told))


def look_of(act: Act) -> str:
    """Return which of the looks an act has."""
    if act.step == "own-use":
        return "own"
    if act.error:
        return "refused"
    return "destroys" if act.destroys else "worked"


def _scatter(panel: "Axes", acts: list[Act], heights: Callable[[Act], int]) -> None:
    from matplotlib.dates import date2num

    for look, (marker, colour, size, _) in _LOOKS.items():
        chosen = [act for act in acts if look_of(act) == look]
        if chosen:
            edge: dict[str, Any] = {} if marker in "x|" else {"edgecolors": "black", "linewidths": 0.7}
            times, lanes = [date2num(act.at) for act in chosen], [heights(act) for act in chosen]
            panel.scatter(times, lanes, marker=marker, c=PALETTE[colour], s=size, zorder=3, **edge)


def _draw_visit(panel: "Axes", story: Story, visit: Visit, known: Known) -> None:
    begin, end = visit.first.at - 2 * _MINUTE, visit.last.at + 2 * _MINUTE
    own = [act for act in story.of("own-use") if act.key in visit.keys and begin <= act.at <= end]
    acts = [act for act in [*own, *_known_of(visit, story, known).acts] if act.direct]
    lanes = list(dict.fromkeys((act.address, act.key) for act in acts))
    _scatter(panel, acts, lambda act: -lanes.index((act.address, act.key)))
    homes = {act.address for act in own}
    labels = [
        f"{'the instance itself' if address in homes else 'elsewhere'}\n{_short(address)}\nkey {_short(key, 13)}"
        for address, key in lanes
    ]
    panel.set_yticks([-place for place in range(len(lanes))], labels, fontsize=7.5, parse_math=False)
    panel.set_ylim(-len(lanes) + 0.4, 0.6)
    panel.grid(axis="y", alpha=0.4)
    panel.set_title(f"{begin:%A %d %B}", loc="left", fontsize=10)
    _time_axis(panel, begin, end, "%H:%M", 6)


def _draw_damage(panel: "Axes", acts: list[Act], known: Known) -> None:
    from matplotlib.dates import date2num

    _scatter(panel, acts, lambda act: 0)
    close = datetime.timedelta(seconds=10)
    for place, act in enumerate(acts):
        failed = " (failed)" if act.error else ""
        unseen = "" if act.found else " *"
        # Labels of neighbours make room for each other.
        before = place > 0 and act.at - acts[place - 1].at < close
        after = place + 1 < len(acts) and acts[place + 1].at - act.at < close
        aside = 7 * (before - after)
        panel.annotate(
            f"{_short(act.call)}{failed}{unseen}\n{_short(act.target.split(', ')[0])}".strip(),
            (date2num(act.at), 0),
            (aside, 9),
            textcoords="offset points",
            rotation=90,
            parse_math=False,
            ha="center",
            va="bottom",
            fontsize=7,
        )
    margin = datetime.timedelta(seconds=15)

    panel.set_ylim(-0.2, 1.5)
    panel.set_yticks([])
    notes = ["* has no Delete in its name: deleting_logs does not see it"] if not all(act.found for act in acts) else []
    notes += [] if "stop" in known else ["not known yet: who stops a trail? The bonus of deleting_logs"]
    panel.set_title("What was done to the logs" + "".join(f"\n{note}" for note in notes), loc="left", fontsize=10)
    _time_axis(panel, acts[0].at - margin, acts[-1].at + margin, "%H:%M:%S", 8)


def _short(text: str, limit: int = 28) -> str:
    return text if len(text) <= limit else f"…{text[1 - limit :]}"


def _time_axis(panel: "Axes", begin: datetime.datetime, end: datetime.datetime, pattern: str, ticks: int) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter, date2num

    panel.set_xlim(date2num(begin), date2num(end))
    panel.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=ticks, tz=datetime.timezone.utc))
    panel.xaxis.set_major_formatter(DateFormatter(pattern, tz=datetime.timezone.utc))
    panel.tick_params(axis="x", labelsize=8)
    panel.set_xlabel(f"time (UTC), {begin:%Y-%m-%d}", fontsize=9)


def _draw_gap(panel: "Axes", text: str) -> None:
    panel.set_xticks([])
    panel.set_yticks([])
    panel.patch.set(hatch="//", edgecolor="lightgrey", facecolor="white")
    box = {"facecolor": "white", "edgecolor": "grey", "pad": 6}
    panel.text(0.5, 0.5, text, transform=panel.transAxes, ha="center", va="center", fontsize=9, bbox=box)


def _draw_legend(figure: "Figure", known: Known, destroyed: bool) -> None:
    from matplotlib.lines import Line2D

    looks = ["own", "worked", "refused"] if "theft" in known else ["refused"]
    handles = []
    for look in [*looks, *(["destroys"] if destroyed else [])]:
        marker, colour, _, word = _LOOKS[look]
        edge = PALETTE[colour] if marker in "x|" else "black"
        line = Line2D([], [], linestyle="", marker=marker, color=PALETTE[colour], markeredgecolor=edge, label=word)
        line.set_markersize(8)
        handles.append(line)
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=9)


def visit_in_words(visit: Visit, story: Story, known: Known) -> str:
    """Return what is known of a visit as text: when, from where, with which keys, how many calls, what is left out."""
    told = _known_of(visit, story, known)
    direct, others = told.direct, len(told.acts) - len(told.direct)
    text = (
        f"{told.first.at:%Y-%m-%d %H:%M} to {told.last.at:%H:%M} UTC: {len(direct)} calls from "
        f"{', '.join(told.addresses)} with {', '.join(told.keys)}, {sum(bool(act.error) for act in direct)} of them "
        "failed."
    )
    text += f" AWS services made {others} more in their name; these have no address." if others else ""
    return text if told == visit else f"{text} Calls that are not known yet are not counted."


def in_words(story: Story, known: Known) -> str:
    """Return what the picture shows as text."""
    parts = [visit_in_words(visit, story, known) for visit in story.visits() if "theft" in known]
    if "theft" not in known:
        parts.append("The visits are not known yet: instance_creds_used_outside_ec2 in notebook 03.")
    destroyed = shown(story, known)
    if destroyed:
        deeds = ", ".join(f"{act.at:%H:%M:%S} {act.call}{' (failed)' if act.error else ''}" for act in destroyed)
        parts.append(f"What was done to the logs, {destroyed[0].at:%Y-%m-%d} UTC: {deeds}.")
    else:
        parts.append("What was done to the logs is not known yet: deleting_logs in notebook 02.")
    if destroyed and "stop" not in known:
        parts.append("Who stops a trail is not known yet: the bonus of deleting_logs.")
    return " ".join(parts)
