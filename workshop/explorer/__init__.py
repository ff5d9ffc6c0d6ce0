"""The explorer: CloudTrail's Event history as a widget in the notebook, over a DataFrame of load_events.

The rooms: `search` finds, sorts, counts and pages in Python; `widget` ties that to the browser (explorer.js,
explorer.css); `static` is what is shown where no widget can run; `fields` explains the fields of a record.
"""


def explore(events):
    """Show CloudTrail events in a widget: filter, sort, count, read whole records, copy their Python paths.

    `events` is a DataFrame of `load_events`, whole or filtered. Times are UTC. Filters, order and page are
    remembered in the kernel for these events, so running the cell again shows the same view; Reset clears it.
    Returns an Explorer: `.selection` is the DataFrame of the rows that match, `.filter(eventName="Delete*")`
    sets filters from Python. Where no widget can run (a saved notebook on the web, a terminal) it is a table.

    Raises: TypeError if `events` is no DataFrame of load_events, saying what is missing.
    """
    from workshop.explorer.widget import Explorer

    return Explorer(events)
