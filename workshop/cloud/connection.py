"""The ways to a connection to the workshop's cloud.

The local emulator is the default. A real account is used only when you ask for it by name. Account, identity, Region
and stack are shown first, and nothing is created there without a yes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workshop.cloud import account_signs
from workshop.cloud.cloud import CannotConnect, Cloud, Confirm, Show
from workshop.cloud.credentials_expired import raise_if_expired
from workshop.cloud.stack import template
from workshop.cloud.stack.stack import ensure
from workshop.display.links import Links

if TYPE_CHECKING:
    from workshop.cloud.emulator.emulator import Emulator

STACK = "ReInvent2017-SID341"
REGION = "ca-central-1"
COST = (
    "Expected cost: about 0.10 USD for an afternoon (a small EC2 instance, and 2 USD per 100,000 management events if "
    "the account has a trail already); it goes on until you delete the stack (docs/aws.md says how, and what it costs)."
)


def connect(
    target: str | None = None,
    *,
    stack: str = STACK,
    region: str = REGION,
    email: str | None = None,
    metric_namespace: str | None = None,
    profile: str | None = None,
    confirm: Confirm | None = None,
    yes: bool = False,
    production: bool = False,
    show: Show = print,
) -> Cloud:
    """Connect to the workshop's cloud and make sure that its stack is there; return the connection.

    target            "local" (the default): the emulator on this machine, started if need be. "aws": the account of
                      the AWS credentials on this machine, or of `profile`.
    email             where alarm notifications go as well (on AWS; the emulator sends no mail).
    metric_namespace  the namespace of the metric and the alarm; the stack's own, or the template's default, if not
                      given. On AWS one that begins with AWS/ is tried, before a new stack is made and after your yes,
                      and another one is used if CloudWatch refuses it. The constant METRIC_NAMESPACE follows the stack.
    confirm           is called with a question before anything is created or changed on AWS, and returns whether to
                      go on. By default the question is asked here; `yes=True` answers it. Locally nothing is asked.
    production        whether to go on in an AWS account whose alias, name or tags say that it is a production account.
    show              is called with each line of progress.

    Code that was deployed into the function stays there when the stack is updated.
    Raises: CannotConnect, saying what to do; StackError when CloudFormation fails.
    """
    # The teardown, which needs this module too, does without these.
    from workshop.cloud import namespace
    from workshop.display import syntax_slips

    syntax_slips.listen()
    if target not in (None, "local", "aws"):
        raise ValueError(f'connect() knows the targets "local" and "aws", not {target!r}.')
    parameters = {"Target": target or "local"}
    if email is not None:
        parameters["NotificationEmailAddress"] = email
    try:
        if target == "aws":
            cloud = account_cloud(profile=profile, region=region, stack=stack)
            show(f"{cloud}.")
            account_signs.refuse_production(cloud, production, show)
        else:
            cloud = local_cloud(region=region, stack=stack, show=show)
            show(f"{cloud}.")

        def of_namespace() -> dict[str, str]:
            wanted = namespace.usable(cloud, metric_namespace, show) if target == "aws" else metric_namespace
            return {} if wanted is None else {"MetricNamespace": wanted}

        if cloud.describe_stack():
            parameters |= of_namespace()
        elif target == "aws":
            account_signs.warn_of_trails(cloud, show)
        agree = asking(cloud, confirm=confirm, yes=yes, show=show)
        # To try the namespace publishes a data point, so a new stack's is tried after the yes.
        usable = ensure(cloud, template.body(), parameters, agree=agree, show=show, settle=of_namespace)
    except (ClientError, BotoCoreError) as error:
        raise CannotConnect(f"The stack {stack} in {region} could not be looked up or made: {error}") from error
    if not usable:
        raise CannotConnect(
            f"The stack {stack} does not exist in account {cloud.account}, {region}, and nothing was created.",
            'To create it, call connect("aws", yes=True), or use the console (docs/aws.md, "Making the stack").',
        )
    cloud.refresh()
    namespace.follow(cloud, show)
    if cloud.trail:
        cloud.trail.deliver_to(cloud.resource("CloudTrailBucket"))
    return cloud


def local_cloud(*, region: str = REGION, stack: str = STACK, show: Show = print) -> Cloud:
    """Return a connection to the local emulator, started if need be, whether the stack is there or not.

    Its calls are recorded from the start; the records wait until there is a bucket to deliver them to. When the
    emulator crashes, the next call starts it again and `show` gets a line on that.
    Raises: EmulatorError when the emulator does not start.
    """
    from workshop.cloud.emulator import emulator

    return _cloud_in(emulator.start(show), region, stack, show)


def running_local_cloud(*, region: str = REGION, stack: str = STACK, show: Show = print) -> Cloud | None:
    """Return a connection to the local emulator as `local_cloud` does, or None when it does not run."""
    from workshop.cloud.emulator import emulator

    running = emulator.find()
    return _cloud_in(running, region, stack, show) if running else None


def _cloud_in(emulator: Emulator, region: str, stack: str, show: Show) -> Cloud:
    from workshop.cloud.emulator.lifeline import Lifeline
    from workshop.cloud.trail.trail import local_trail

    lifeline = Lifeline(emulator, show)

    def open_session() -> boto3.Session:
        # AWS_PROFILE and the user's configuration files are left out: they may name profiles that are not there.
        core = botocore.session.Session(
            session_vars=dict.fromkeys(("profile", "config_file", "credentials_file"), (None, None, None, None))
        )
        session = _EndpointSession(
            emulator.endpoint, botocore_session=core, region_name=region, **emulator.credentials()
        )
        lifeline.attach(session)
        return session

    session = open_session()
    cloud = _cloud(session, "local", session.client("sts").get_caller_identity(), region, stack)
    cloud.trail = local_trail(open_session(), account=cloud.account).attach(session)
    return cloud


def account_cloud(
    *, profile: str | None = None, region: str = REGION, stack: str = STACK, allow_root: bool = False
) -> Cloud:
    """Return a connection to the AWS account of the credentials on this machine, whether the stack is there or not.

    Raises: CannotConnect when there are no valid credentials, or when they are the root user's.
    """
    try:
        core = _patient_session(profile)
        session = boto3.Session(botocore_session=core, region_name=region)
        identity = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise CannotConnect(
            f"There are no valid AWS credentials{f' in the profile {profile}' if profile else ''}: "
            f"{str(error).rstrip('.')}.",
            "Sign in (`aws configure sso`, `aws login` or environment variables), or name a profile: "
            'connect("aws", profile="...").',
        ) from error
    if identity["Arn"].endswith(":root") and not allow_root:
        raise CannotConnect(
            f"These are the credentials of the root user of account {identity['Account']}. The workshop does not work "
            "as root:",
            "sign in as a user or role with administrator access.",
        )
    core.register("after-call", raise_if_expired)
    return _cloud(session, "aws", identity, region, stack)


def bucket_client(*, profile: str | None = None, region: str | None = None) -> Any:
    """Return an S3 client with the credentials, and in the Region, that the AWS CLI would use; for reading logs.

    It asks for nothing but S3: the credentials need no other rights, and may be anybody's. S3 itself says where a
    bucket of another Region is.

    Raises: CannotConnect when there are no credentials, or there is no such profile.
    """
    try:
        core = _patient_session(profile)
        credentials = core.get_credentials()
        region = region or core.get_config_variable("region") or "us-east-1"
    except BotoCoreError as error:
        raise CannotConnect(
            f"There is no S3 client{f' for the profile {profile}' if profile else ''}: {error}"
        ) from error
    if credentials is None:
        raise CannotConnect(
            "There are no AWS credentials to read S3 with.",
            "Sign in (`aws configure sso`, `aws login` or environment variables), or name a profile: --profile NAME.",
        )
    return boto3.Session(botocore_session=core, region_name=region).client("s3")


def _patient_session(profile: str | None) -> botocore.session.Session:
    """Return a session of botocore whose clients try again for some time when a service does not answer."""
    core = botocore.session.Session(profile=profile)
    retries = {"mode": "standard", "total_max_attempts": core.get_config_variable("max_attempts") or 9}
    core.set_default_client_config(Config(retries=retries, connect_timeout=10, read_timeout=60))
    return core


def _cloud(
    session: boto3.Session, target: Literal["local", "aws"], caller: dict[str, str], region: str, stack: str
) -> Cloud:
    """Return the Cloud of a session whose caller STS has named; the console's links are found when they are shown."""
    return Cloud(session, target, caller["Account"], region, stack, caller["Arn"], _console_links)


def _console_links(cloud: Cloud) -> Links:
    # In CloudShell, where the teardown runs, this module's imports are not there.
    from workshop.cloud.console import console_links

    return console_links(cloud)


class _EndpointSession(boto3.Session):
    """A boto3 session whose clients all go to one endpoint on this machine, around any proxy."""

    def __init__(self, endpoint: str, **options: Any) -> None:
        super().__init__(**options)
        self._endpoint = endpoint

    def client(self, service_name: str, **options: Any) -> Any:
        return super().client(service_name, **self._aimed(options))

    def resource(self, service_name: str, **options: Any) -> Any:
        return super().resource(service_name, **self._aimed(options))

    def _aimed(self, options: dict[str, Any]) -> dict[str, Any]:
        config = Config(
            proxies={},
            retries={"mode": "standard", "max_attempts": 3},
            connect_timeout=5,
            read_timeout=60,
        )
        given = options.pop("config", None)
        return {**options, "endpoint_url": self._endpoint, "config": config.merge(given) if given else config}


def asking(cloud: Cloud, *, confirm: Confirm | None = None, yes: bool = False, show: Show = print) -> Confirm:
    """Return what is called with a question before anything is created or changed, and returns whether to go on.

    Locally the answer is always yes. On AWS the cost is shown, then `confirm` is asked, by default `ask`. `yes=True`
    answers it.
    """
    if cloud.target == "local":
        return lambda question: True

    def agree(question: str) -> bool:
        show(COST)
        return yes or bool((confirm or ask)(question))

    return agree


def ask(question: str) -> bool:
    """Ask at the keyboard; where there is none, the answer is no."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, RuntimeError):
        # RuntimeError: a notebook that runs with nobody in front of it.
        return False
