"""A quiz as a form: radio buttons and a button of the browser's own kind, so that the keyboard works them."""

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from workshop.exercises.feedback import Result
from workshop.exercises.questions.choices import Quiz

# JupyterLab's own shortcuts (arrows change the cell, Enter edits it) must not get hold of the keys in the form.
_ESM = """
function render({ model, el }) {
  el.setAttribute("data-lm-suppress-shortcuts", "true");
  const form = document.createElement("form");
  form.className = "ws-quiz";
  for (const kind of ["keydown", "keypress", "keyup"]) form.addEventListener(kind, (event) => event.stopPropagation());
  const fields = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = `Quiz ${model.get("number")}. ${model.get("asks")}`;
  fields.append(legend);
  const button = document.createElement("button");
  button.textContent = "Check";
  button.disabled = true;
  const said = document.createElement("div");
  said.setAttribute("role", "status");
  const group = `quiz-${Math.random().toString(36).slice(2)}`;
  model.get("choices").forEach((text, place) => {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: group, value: place + 1 });
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


class QuizForm(anywidget.AnyWidget):
    """A multiple-choice form; `judged(result)` is called with each Result. Static text where no widget runs.

    Tab leads to the choices, arrow keys choose, Enter checks. Nothing is said before that, so that arrow keys can pass
    over a choice. Screen readers announce the feedback, since it appears in a region of the role "status".
    """

    _esm, _css = _ESM, _CSS
    number = traitlets.Int().tag(sync=True)
    asks = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    feedback = traitlets.Unicode().tag(sync=True)

    def __init__(self, number: int, quiz: Quiz, judged: Callable[[Result], None]) -> None:
        self._quiz, self._judged = quiz, judged
        self.result: Result | None = None
        texts = [f"{letter}  {choice.text}" for letter, choice in quiz.lettered]
        super().__init__(number=number, asks=quiz.asks, choices=texts)
        self.on_msg(self._check)

    def _check(self, _: object, content: dict[str, Any], buffers: object) -> None:
        self.result = self._quiz.judge(self.number, content.get("choice"))
        self._judged(self.result)
        # Emptied first, so that the same verdict on another choice is a change as well.
        self.feedback = ""
        self.feedback = self.result._repr_html_()

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        texts = {"text/plain": self._quiz.as_text(self.number), "text/html": self._quiz.as_html(self.number)}
        return {**(data or {}), **texts}, metadata or {}

    def __repr__(self) -> str:
        return self._quiz.as_text(self.number)
