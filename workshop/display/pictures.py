"""Pictures for notebooks: figures that carry their alternative text, in a palette safe for colour-blind eyes."""

import base64
import html
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito, "Color Universal Design" (2008): distinguishable with every common form of colour blindness.
PALETTE = {
    "blue": "#0072B2",
    "orange": "#E69F00",
    "green": "#009E73",
    "vermillion": "#D55E00",
    "sky": "#56B4E9",
    "purple": "#CC79A7",
    "yellow": "#F0E442",
    "black": "#000000",
}


def new_figure(width: float = 9.0, height: float = 3.5, rows: int = 1) -> tuple["Figure", Any]:
    """Return (figure, axes) on a white ground, `width` x `height` inches; `axes` is an array if `rows` > 1.

    The figure is not registered with pyplot, so a notebook shows it once, where it is returned.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    return figure, figure.subplots(rows, 1, sharex=rows > 1)


class Picture:
    """A matplotlib figure and the text that stands for it where it cannot be seen.

    A notebook shows the PNG, and under it the text, folded: JupyterLab has no alternative texts for PNG files. A
    terminal shows the text.
    """

    def __init__(self, figure: "Figure", alt: str) -> None:
        self.figure = figure
        self.alt = alt

    def png(self) -> bytes:
        """Return the figure as the bytes of a PNG file, 110 dots an inch."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()

    def save(self, path: str | Path) -> Path:
        """Write the PNG to `path` (folders are made) and return it as a Path."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.png())
        return path

    def _ipython_display_(self) -> None:
        from IPython.display import display

        encoded = base64.b64encode(self.png()).decode("ascii")
        display({"image/png": encoded, "text/plain": self.alt}, metadata={"image/png": {"alt": self.alt}}, raw=True)
        words = f"<details><summary>The picture in words</summary>{html.escape(self.alt)}</details>"
        display({"text/html": words, "text/plain": ""}, raw=True)

    def __repr__(self) -> str:
        return self.alt
