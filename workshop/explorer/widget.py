"""The explorer's widget: the browser's queries go to a Session, a page of its answer goes to the browser."""

from pathlib import Path
from typing import Any

import anywidget
import pandas as pd
import traitlets

from workshop.explorer.fields import explanations_of
from workshop.explorer.glossary import glossary
from workshop.explorer.record_text import for_the_clipboard, for_the_tree
from workshop.explorer.search import FILTERS
from workshop.explorer.session import Session
from workshop.explorer.static import as_html, as_text
from workshop.logs.visible import visible

AT_ONCE = 50_000  # rows whose resources are read as soon as the table is seen; of more, when they are asked for


class Explorer(anywidget.AnyWidget):
    """CloudTrail events in a widget: `query` holds a Query as a dict, `view` what is shown for it."""

    _esm = Path(__file__).with_name("explorer.js")
    _css = Path(__file__).with_name("explorer.css")
    query = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    opened = traitlets.List(traitlets.Int()).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, events: pd.DataFrame) -> None:
        self.session = Session(events)
        super().__init__(
            query=self.session.memory["query"],
            view={**self.session.view(), "answer": 0},
            opened=self.session.memory["opened"],
            words={
                "filters": [[name, kind.label] for name, kind in FILTERS.items() if self.session.search.has(name)],
                **dict(zip(("first", "last"), self.session.search.days(), strict=True)),
                "pivots": self.session.pivots(),
                "glossary": list(glossary().items()),
            },
        )
        self.on_msg(self._answer)

    @property
    def selection(self) -> pd.DataFrame:
        """The rows that match, oldest first, as a DataFrame."""
        return self.session.selection

    def filter(self, **asked: Any) -> "Explorer":
        """Set filters and show page 1: `filter(eventName="Delete* | Stop*", start="2024-05-03", result="failed")`.

        Those not named stay; an empty text clears one. Raises: ValueError if there is no such filter.
        """
        self.session.filter(asked)
        self.query = self.session.memory["query"]
        return self

    @traitlets.observe("query")
    def _ask(self, change: dict[str, Any]) -> None:
        self.session.ask(change["new"])
        self._show()

    def _show(self) -> None:
        # Numbered, so that a query for what is shown already is answered too.
        self.view = {**self.session.view(), "answer": self.view.get("answer", 0) + 1}

    @traitlets.observe("opened")
    def _remember(self, change: dict[str, Any]) -> None:
        self.session.memory["opened"] = change["new"]

    def _answer(self, _: object, content: dict[str, Any], buffers: object) -> None:
        """Answer the browser: that the kernel lives, a row's record, or values for a filter that is being typed."""
        kind, answer = content.get("kind"), dict(content)
        if kind == "record":
            record, code, problem = self.session.record(content["row"])
            texts = {"record": for_the_tree(record), "json": for_the_clipboard(record), "problem": visible(problem)}
            answer.update(texts, code=code, notes=explanations_of(record))
        elif kind == "suggest":
            self._read_resources(content["name"])
            answer["values"] = self.session.search.suggest(self.session.query, content["name"], content["typed"])
        self.send(answer)
        if kind == "hello" and len(self.session.mask) <= AT_ONCE and self.session.search.has("resource"):
            self._read_resources("resource")

    def _read_resources(self, name: str) -> None:
        """Read the resources, if `name` asks for them, and show them in the table from now on."""
        if not self.session.search.knows(name):
            self.session.search.values(name)
            self._show()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        view = self.session.view()
        texts = {"text/plain": as_text(self.session, view), "text/html": as_html(self.session, view)}
        return {**(data or {}), **texts}, metadata or {}

    def __repr__(self) -> str:
        return as_text(self.session, self.session.view())
