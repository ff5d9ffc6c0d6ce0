"""The plot of growth: time a record over the size of the lake."""

from workshop import PALETTE, Picture, new_figure

# What is drawn, and how it is called.
_LINES = {
    "json_normalize": ("json_normalize", "black", ":"),
    "plain_loop": ("plain loop", "black", "--"),
    "load_1": ("load_events", "orange", "-"),
    "hunt_1": ("hunt, one process", "blue", "-"),
    "hunt_2": ("hunt, two processes", "sky", "-"),
    "duckdb_hunt": ("DuckDB, hand-written SQL", "vermillion", "-"),
    "floor": ("the floor", "green", "-"),
}


def picture(measured):
    """Return the Picture of {records: {contestant: measurement}}."""
    figure, axis = new_figure(height=4.0)
    for name, (label, colour, style) in _LINES.items():
        points = [(size, one[name]["seconds"] / size * 1e6) for size, one in measured.items() if _is_there(one, name)]
        if points:
            axis.plot(*zip(*points, strict=True), style, marker="o", color=PALETTE[colour], label=label)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("records in the lake")
    axis.set_ylabel("µs a record")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    sizes = " to ".join(f"{size:,}" for size in (min(measured), max(measured)))
    return Picture(figure, f"Microseconds a record of loaders and hunts, for lakes of {sizes} records.")


def _is_there(one, name):
    return "seconds" in one.get(name, {})
