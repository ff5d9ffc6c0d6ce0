"""A connection to the workshop's cloud, local or on AWS, and the error that says why there is none."""

from __future__ import annotations

import contextlib
import functools
import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from workshop.display.links import Links

if TYPE_CHECKING:
    from workshop.cloud.trail.trail import Trail


# An object as AWS answers it or as a log file holds it: values by name.
Json = dict[str, Any]
# What gets each line of progress, and what answers a question.
Show = Callable[[str], Any]
Confirm = Callable[[str], bool]


class CannotConnect(RuntimeError):
    """Why there is no connection to the workshop's cloud: `problem`, and what to `do` about it."""

    def __init__(self, problem: str, do: str = "") -> None:
        super().__init__(f"{problem} {do}".strip())
        self.problem = problem
        self.do = do


@dataclass(eq=False)
class Cloud:
    """A connection to one stack in one Region of one account, in the local emulator or on AWS.

    `trail` records the calls made through its clients in the local emulator, and is None on AWS, which has its own.
    `links` returns the links to the stack's places in the AWS console.
    """

    session: Any
    target: Literal["local", "aws"]
    account: str
    region: str
    stack: str
    identity: str
    links: Callable[[Cloud], Links] = lambda cloud: Links()
    trail: Trail | None = None
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service, the same one each time."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service)
        return self._clients[service]

    def entries(self, service: str, operation: str, name: str, **parameters: Any) -> Iterator[Json]:
        """Yield what an operation of AWS lists page by page; `name` is what the list is called in its answers."""
        for page in self.client(service).get_paginator(operation).paginate(**parameters):
            yield from page.get(name, ())

    def quietly(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which the local trail does not record what this thread calls.

        It is for what the kit calls to look and to wait, and to do what the emulator lacks. In the log files such calls
        would bury the few that somebody made on purpose. On AWS it does nothing: CloudTrail records all calls.
        """
        return self.trail.unrecorded() if self.trail else contextlib.nullcontext()

    def describe_stack(self, stack: str | None = None) -> Json | None:
        """Return CloudFormation's description of the stack (or of another, by name or id), or None."""
        try:
            with self.quietly():
                stacks = self.client("cloudformation").describe_stacks(StackName=stack or self.stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return stacks[0]

    @functools.cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs, values by name."""
        outputs = (self.describe_stack() or {}).get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def resource(self, logical_id: str) -> str:
        """Return the physical id of one of the stack's resources, such as a bucket's name.

        Raises: KeyError when the stack has no such resource.
        """
        if logical_id not in self._resources:
            raise KeyError(f"The stack {self.stack} has no resource {logical_id}; it has {', '.join(self._resources)}.")
        return self._resources[logical_id]

    @property
    def logical_ids(self) -> list[str]:
        """The logical ids of the stack's resources."""
        return list(self._resources)

    @functools.cached_property
    def _resources(self) -> dict[str, str]:
        listed = ("cloudformation", "list_stack_resources", "StackResourceSummaries")
        with self.quietly():
            resources = list(self.entries(*listed, StackName=self.stack))
        return {resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "") for resource in resources}

    def refresh(self) -> None:
        """Forget what is known of the stack, after it was made, updated or deleted."""
        self.__dict__.pop("outputs", None)
        self.__dict__.pop("_resources", None)

    @property
    def where(self) -> str:
        """A few words that say which cloud this is."""
        return "the local emulator" if self.target == "local" else "AWS"

    def __str__(self) -> str:
        return (
            f"Connected to {self.where}: account {self.account}, Region {self.region}, stack {self.stack}, "
            f"as {self.identity}"
        )

    def __repr__(self) -> str:
        return f"<Cloud {self.target}: account {self.account}, {self.region}, stack {self.stack}>"

    def _repr_html_(self) -> str:
        rows = {"Account": self.account, "Region": self.region, "Stack": self.stack, "Identity": self.identity}
        cells = "".join(
            f"<tr><th style='text-align:left'>{name}</th><td style='text-align:left'>{html.escape(value)}</td></tr>"
            for name, value in rows.items()
        )
        try:
            links = self.console
        except (ClientError, BotoCoreError, LookupError):
            # There is no stack to link to yet: the connection is shown all the same.
            links = Links()
        return f"<table><caption>Connected to {self.where}</caption>{cells}</table>{links._repr_html_()}"

    @property
    def console(self) -> Links:
        """Links to the stack's places in the AWS console. The local emulator has none, and the links say so."""
        return self.links(self)


Function = TypeVar("Function", bound=Callable[..., Any])


def quiet(function: Function) -> Function:
    """Have a function, whose first argument is a Cloud, make all its calls within `cloud.quietly()`."""

    @functools.wraps(function)
    def called_quietly(cloud: Cloud, *arguments: Any, **options: Any) -> Any:
        with cloud.quietly():
            return function(cloud, *arguments, **options)

    return cast(Function, called_quietly)
