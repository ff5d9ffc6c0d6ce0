"""A link that opens CloudFormation's form with the template, the stack's name and its parameters filled in."""

import hashlib
from urllib.parse import quote, urlencode

from botocore.exceptions import ClientError

from workshop.cloud.cloud import Cloud

# get_bucket_location's old names of two Regions.
_OLD_NAMES = {None: "us-east-1", "EU": "eu-west-1"}


class NoLaunchLink(RuntimeError):
    """Why there is no launch link, and what to do about it."""


def launch_link(cloud: Cloud, bucket: str, template: str, **parameters: str) -> str:
    """Upload the text of a template to a bucket and return the URL of CloudFormation's quick-create page for it.

    `parameters` are filled into the form. Anyone who opens the link must be signed in and allowed to read the object in
    the bucket. The object's name holds the template's hash, so that a link leads to the same template for ever.

    Raises: NoLaunchLink when the template has no such parameter, or the bucket cannot be written to.
    """
    declared = cloud.client("cloudformation").get_template_summary(TemplateBody=template)["Parameters"]
    known = sorted(parameter["ParameterKey"] for parameter in declared)
    for name in parameters:
        if name not in known:
            raise NoLaunchLink(f"The template has no parameter {name}; it has {', '.join(known)}.")
    url = _upload(cloud, bucket, template)
    filled = {"templateURL": url, "stackName": cloud.stack}
    filled |= {f"param_{name}": value for name, value in parameters.items()}
    console = f"https://{cloud.region}.console.aws.amazon.com/cloudformation/home?region={cloud.region}"
    # The console reads what stands behind the #, where a + would stay a plus sign.
    return f"{console}#/stacks/quickcreate?{urlencode(filled, quote_via=quote, safe='')}"


def _upload(cloud: Cloud, bucket: str, template: str) -> str:
    """Put the template into the bucket; return its address in the form that CloudFormation takes."""
    body = template.encode("utf-8")
    key = f"cloudtrail-workshop/{hashlib.sha256(body).hexdigest()[:16]}.yaml"
    s3 = cloud.client("s3")
    try:
        region = s3.get_bucket_location(Bucket=bucket).get("LocationConstraint")
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/yaml")
    except ClientError as error:
        raise NoLaunchLink(
            f"The template could not be put into the bucket {bucket} in account {cloud.account}: {error} "
            "Name a bucket of this account that you may write to: --bucket NAME."
        ) from error
    host = f"s3.{_OLD_NAMES.get(region, region)}.amazonaws.com"
    # A certificate for *.s3… does not fit names with dots in them.
    return f"https://{host}/{bucket}/{key}" if "." in bucket else f"https://{bucket}.{host}/{key}"
