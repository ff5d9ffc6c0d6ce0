"""Quizzes and predictions as forms: radio buttons and a button of the browser's own kind, which the keyboard works."""

from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import traitlets

from workshop.exercises.feedback import Result
from workshop.exercises.questions.choices import LETTERS, Quiz

# JupyterLab's own shortcuts (arrows change the cell, Enter edits it) must not get hold of the keys in the form.
_ESM = """
function render({ model, el }) {
  el.setAttribute("data-lm-suppress-shortcuts", "true");
  const form = document.createElement("form");
  form.className = "ws-quiz";
  for (const kind of ["keydown", "keypress", "keyup"]) form.addEventListener(kind, (event) => event.stopPropagation());
  const fields = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = model.get("heading");
  fields.append(legend);
  const button = document.createElement("button");
  button.textContent = model.get("button");
  button.disabled = !model.get("chosen");
  const said = document.createElement("div");
  said.setAttribute("role", "status");
  const group = `quiz-${Math.random().toString(36).slice(2)}`;
  model.get("choices").forEach((text, place) => {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: group, value: place + 1 });
    radio.checked = place + 1 === model.get("chosen");
    radio.addEventListener("change", () => { button.disabled = false; said.replaceChildren(); });
    label.append(radio, ` ${text}`);
    fields.append(label);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = fields.querySelector("input:checked");
    if (chosen) model.send({ choice: Number(chosen.value) });
  });
  const show = () => { said.innerHTML = model.get("feedback"); };  // made and escaped by Python
  model.on("change:feedback", show);
  form.append(fields, button, said);
  el.append(form);
  show();
  return () => model.off("change:feedback", show);
}
export default { render };
"""
_CSS = """
.ws-quiz { max-width: 62em; font-family: var(--jp-ui-font-family, sans-serif); line-height: 1.45;
  color: var(--jp-ui-font-color1, var(--vscode-foreground, inherit)); }
.ws-quiz fieldset { border: 0; padding: 0; margin: 0.3em 0; }
.ws-quiz legend { font-weight: 600; padding: 0; margin-bottom: 0.3em; }
.ws-quiz label { display: block; padding: 0.15em 0; cursor: pointer; }
.ws-quiz button { padding: 0.3em 1.2em; margin: 0.2em 0 0.4em; font: inherit; }
.ws-quiz input:focus-visible, .ws-quiz button:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
"""


class ChoiceForm(anywidget.AnyWidget):
    """One choice among several; `_chose(place)` gets what the browser sends. Static text where no widget runs.

    Tab leads to the choices, arrow keys choose, Enter hands in. Nothing is said before that, so that arrow keys can
    pass over a choice. Screen readers announce the feedback, since it appears in a region of the role "status".
    """

    _esm, _css = _ESM, _CSS
    heading = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    button = traitlets.Unicode().tag(sync=True)
    chosen = traitlets.Int().tag(sync=True)  # the place, from 1, of what was chosen before; 0 for nothing
    feedback = traitlets.Unicode().tag(sync=True)

    def __init__(self, heading: str, choices: Sequence[str], button: str, chosen: int = 0, feedback: str = "") -> None:
        # The form shows plain text: no backquotes.
        lettered = [f"{letter}  {text}".replace("`", "") for letter, text in zip(LETTERS, choices, strict=False)]
        super().__init__(
            heading=heading.replace("`", ""), choices=lettered, button=button, chosen=chosen, feedback=feedback
        )
        self.on_msg(self._receive)

    def _receive(self, _: object, content: dict[str, Any], buffers: object) -> None:
        feedback = self._chose(content.get("choice"))
        # Emptied first, so that the same verdict on another choice is a change as well.
        self.feedback = ""
        self.feedback = feedback

    def _chose(self, place: object) -> str:
        """Take a choice, which may be anything, and return as HTML what there is to say."""
        raise NotImplementedError

    def as_text(self) -> str:
        """Return the form as plain text."""
        raise NotImplementedError

    def as_html(self) -> str:
        """Return the form as HTML without a script."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**(data or {}), "text/plain": self.as_text(), "text/html": self.as_html()}, metadata or {}

    def __repr__(self) -> str:
        return self.as_text()


class QuizForm(ChoiceForm):
    """A quiz as a form; `judged(result)` is called with each Result, the last of which is `result`."""

    def __init__(self, number: int, quiz: Quiz, judged: Callable[[Result], None]) -> None:
        self._number, self._quiz, self._judged = number, quiz, judged
        self.result: Result | None = None
        super().__init__(f"Quiz {number}. {quiz.asks}", [choice.text for choice in quiz.choices], "Check")

    def _chose(self, place: object) -> str:
        self.result = self._quiz.judge(self._number, place)
        self._judged(self.result)
        return self.result._repr_html_()

    def as_text(self) -> str:
        """Return the quiz as plain text."""
        return self._quiz.as_text(self._number)

    def as_html(self) -> str:
        """Return the quiz as HTML without a script."""
        return self._quiz.as_html(self._number)
