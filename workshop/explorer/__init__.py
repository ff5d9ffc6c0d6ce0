"""The explorer: CloudTrail's Event history as a widget in the notebook, over a DataFrame of load_events.

coded        columns of text as codes into their distinct values
fields       what the fields of a record mean, a line each
glossary     what the words mean, from docs/glossary.md
query        the filters, the small language inside them, and times as people type them
record_text  a record as text that reaches the browser whole
resources    which resources a call touched
search       finds, sorts, counts and pages in Python
session      one view of the events, and the memory that outlives a cell's re-run
static       what is shown where no widget can run
widget       ties that to the browser (explorer.js, explorer.css)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from workshop.explorer.widget import Explorer


def explore(events: "pd.DataFrame") -> "Explorer":
    """Show CloudTrail events in a widget: filter, sort, count, read whole records, copy their Python paths.

    `events` is a DataFrame of `load_events`, whole or filtered. Times are UTC. Filters, order and page are
    remembered in the kernel for these events, so running the cell again shows the same view; Reset clears it.
    Returns an Explorer: `.selection` is the DataFrame of the rows that match, `.filter(eventName="Delete*")`
    sets filters from Python. Where no widget can run (a saved notebook on the web, a terminal) it is a table.

    Raises: TypeError if `events` is not a DataFrame of load_events, saying what is missing.
    """
    from workshop.explorer.widget import Explorer

    return Explorer(events)
