"""Changing the parameters of the running stack, from a notebook cell."""

import difflib
import html
from dataclasses import dataclass

from botocore.exceptions import ClientError

from workshop.cloud import namespace
from workshop.cloud.cloud import Cloud, Confirm, Json, Show, quiet
from workshop.cloud.connection import asking
from workshop.cloud.function.deployed_code import code_hash
from workshop.cloud.stack import template
from workshop.cloud.stack.stack import StackError, ensure

# Where the stack runs is what connect() connects to: changing it would delete the trail, or ask the emulator for one.
_FIXED = {"Target"}


@dataclass(frozen=True)
class StackUpdate:
    """What an update changed.

    updated      True if the stack was updated
    changes      {parameter: (value before, value now)}, as text
    made, gone   the logical ids of the resources that the update added and removed
    code_sha256  the hash of the code that the analysis function runs, the same as before
    """

    updated: bool
    changes: dict[str, tuple[str, str]]
    made: list[str]
    gone: list[str]
    code_sha256: str

    def _sentences(self) -> list[str]:
        if not self.updated:
            return ["Nothing was updated."]
        sentences = [
            f"{name}: {before or 'empty'} -> {now or 'empty'}." for name, (before, now) in self.changes.items()
        ]
        sentences += [f"New: {', '.join(self.made)}."] * bool(self.made)
        sentences += [f"Gone: {', '.join(self.gone)}."] * bool(self.gone)
        return [*sentences, f"The function runs the same code as before (code hash {self.code_sha256[:12]}…)."]

    def __str__(self) -> str:
        return "\n".join(self._sentences())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "<p>" + "<br>".join(html.escape(sentence) for sentence in self._sentences()) + "</p>"


def update_stack(
    cloud: Cloud,
    *,
    confirm: Confirm | None = None,
    yes: bool = False,
    show: Show = print,
    **parameters: object,
) -> StackUpdate:
    """Give the running stack other values of its template's parameters and return the StackUpdate.

    Parameters are called as in cloudformation.yaml, for instance update_stack(cloud, PerDetectorAlarms="true",
    AlarmThreshold=3). True and False stand for "true" and "false". A parameter that is not named keeps its value, and
    the function keeps the code that was deployed. METRIC_NAMESPACE follows MetricNamespace. `show` is called with each
    line of progress. On AWS it asks first: `confirm` and `yes` are those of `connect`.
    Raises: ValueError when the template has no such parameter; StackError when there is no stack, when CloudFormation
    refuses a value (nothing is changed then) or fails (it then takes back what it did).
    """
    wanted = _as_text(cloud, parameters)
    before = cloud.describe_stack()
    if before is None:
        raise StackError(f"There is no stack {cloud.stack} to update: connect() makes it.")
    had, code = set(cloud.logical_ids), code_hash(cloud)
    agree = asking(cloud, confirm=confirm, yes=yes, show=show)
    try:
        ensure(cloud, template.body(), wanted, agree=agree, show=show)
    except ClientError as refusal:
        raise StackError(
            f"CloudFormation did not take {_listed(wanted)}: {refusal.response['Error']['Message'].rstrip('.')}. "
            "Nothing was changed. cloudformation.yaml says under Parameters what each of them may be."
        ) from refusal
    cloud.refresh()
    namespace.follow(cloud, show)
    after, has = cloud.describe_stack() or {}, set(cloud.logical_ids)
    was, now = _parameters(before), _parameters(after)
    runs = code_hash(cloud)
    if runs != code:
        raise StackError(
            f"The stack is updated, but the function runs other code than before (hash {runs}, not {code}): did "
            "someone deploy meanwhile? deploy(cloud, *saved_answers()) brings yours back."
        )
    return StackUpdate(
        updated=before.get("LastUpdatedTime") != after.get("LastUpdatedTime"),
        changes={name: (was.get(name, ""), value) for name, value in now.items() if was.get(name) != value},
        made=sorted(has - had),
        gone=sorted(had - has),
        code_sha256=runs,
    )


@quiet
def _as_text(cloud: Cloud, parameters: dict[str, object]) -> dict[str, str]:
    """Return the parameters' values as CloudFormation wants them. Raises: ValueError for a name it does not know."""
    summary = cloud.client("cloudformation").get_template_summary(TemplateBody=template.body())
    known = sorted({parameter["ParameterKey"] for parameter in summary["Parameters"]} - _FIXED)
    for name in parameters:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise ValueError(f"The stack has no parameter {name} to change; it has {', '.join(known)}.{meant}")
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in parameters.items()}


def _parameters(described: Json) -> dict[str, str]:
    return {entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in described.get("Parameters", [])}


def _listed(parameters: dict[str, str]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in parameters.items())
