"""Matches handed on as they are found, before a hunt is over."""

from workshop.hunting.findings import SHOWN_AS


class Stream:
    """Calls `on_match` with each match as a dictionary; of records with the same eventID the first that is found.

    `names` are the detectors', `paths` are those of the files that numbers stand for.
    """

    def __init__(self, on_match, names, paths):
        self.on_match, self.names, self.paths = on_match, names, paths
        self._told = set()

    def tell(self, where, columns):
        """Hand on matches: `where` and `columns` as `Found.all` has them; in the order of records."""
        rows = list(zip(*columns, strict=True))
        for row in sorted(range(len(where)), key=where.__getitem__):
            file, _, place, index = where[row]
            match = {
                "detector": self.names[place],
                **dict(zip((*SHOWN_AS, "printed"), rows[row], strict=True)),
                "logFile": self.paths[file],
                "logIndex": index,
            }
            if self._is_new(place, match["eventID"]):
                self.on_match(match)

    def pass_over(self, where, columns):
        """Take matches as handed on already."""
        ids = columns[SHOWN_AS.index("eventID")]
        for (_, _, place, _), event_id in zip(where, ids, strict=True):
            self._is_new(place, event_id)

    def _is_new(self, place, event_id):
        if not event_id or not isinstance(event_id, str):  # only texts tell that a record has come before
            return True
        known = len(self._told)
        self._told.add((place, event_id))
        return len(self._told) > known
