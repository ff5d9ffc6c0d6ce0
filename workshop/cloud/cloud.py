"""A connection to the workshop's cloud, whichever it is, and why there is none."""

import contextlib
import functools
import html

from botocore.exceptions import BotoCoreError, ClientError

from workshop.cloud.stack.stack import describe


class CannotConnect(RuntimeError):
    """Why there is no connection to the workshop's cloud: `problem`, and what to `do` about it."""

    def __init__(self, problem, do=""):
        super().__init__(f"{problem} {do}".strip())
        self.problem = problem
        self.do = do


class Cloud:
    """A connection to one stack in one Region of one account, in the local emulator or on AWS.

    `trail` records the calls made through its clients in the local emulator, and is None on AWS, which has its own.
    """

    def __init__(self, session, *, target, account, region, stack, identity):
        self.session = session
        self.target = target
        self.account = account
        self.region = region
        self.stack = stack
        self.identity = identity
        self.trail = None
        self._clients = {}

    def client(self, service):
        """Return the boto3 client of a service, the same one each time."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service)
        return self._clients[service]

    def quietly(self):
        """Return a context in which the local trail does not record what this thread calls.

        It is for what the kit calls to look and to wait, and to do what the emulator lacks: in the log files that would
        bury the few calls that somebody made on purpose. On AWS it does nothing: CloudTrail records all calls.
        """
        return self.trail.unrecorded() if self.trail else contextlib.nullcontext()

    @functools.cached_property
    def outputs(self):
        """The stack's outputs, values by name."""
        outputs = (describe(self) or {}).get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def resource(self, logical_id):
        """Return the physical id of one of the stack's resources, such as a bucket's name.

        Raises: KeyError when the stack has no such resource.
        """
        if logical_id not in self._resources:
            raise KeyError(f"The stack {self.stack} has no resource {logical_id}; it has {', '.join(self._resources)}.")
        return self._resources[logical_id]

    @property
    def logical_ids(self):
        """The logical ids of the stack's resources, as a list."""
        return list(self._resources)

    @functools.cached_property
    def _resources(self):
        with self.quietly():
            pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack)
            resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
        return {resource["LogicalResourceId"]: resource.get("PhysicalResourceId") for resource in resources}

    def refresh(self):
        """Forget what is known of the stack, after it was made, updated or deleted."""
        self.__dict__.pop("outputs", None)
        self.__dict__.pop("_resources", None)

    @property
    def where(self):
        """A few words that say which cloud this is."""
        return "the local emulator" if self.target == "local" else "AWS"

    def __str__(self):
        return (
            f"Connected to {self.where}: account {self.account}, Region {self.region}, stack {self.stack}, "
            f"as {self.identity}"
        )

    def __repr__(self):
        return f"<Cloud {self.target}: account {self.account}, {self.region}, stack {self.stack}>"

    def _repr_html_(self):
        rows = {"Account": self.account, "Region": self.region, "Stack": self.stack, "Identity": self.identity}
        cells = "".join(
            f"<tr><th style='text-align:left'>{name}</th><td style='text-align:left'>{html.escape(value)}</td></tr>"
            for name, value in rows.items()
        )
        return f"<table><caption>Connected to {self.where}</caption>{cells}</table>{self._links()._repr_html_()}"

    @property
    def console(self):
        """Links to the stack's places in the AWS console; on the local emulator, which has none, a word about it."""
        from workshop.cloud.console_links import console_links

        return console_links(self)

    def _links(self):
        """Return the same links, or none while there is no stack to link to: the connection is shown all the same."""
        from workshop.cloud.console import Links

        try:
            return self.console
        except (ClientError, BotoCoreError, LookupError):
            return Links()
