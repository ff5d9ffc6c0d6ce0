"""The Lambda function as it is deployed: its name, its log group, its code, which is read back and replaced here.

Needs only the standard library and boto3, since an update of the stack, in CloudShell too, keeps that code.
"""

from __future__ import annotations

import io
import urllib.request
import zipfile

from workshop.cloud.cloud import Cloud, quiet


def function_name(cloud: Cloud) -> str:
    """Return the name of the stack's analysis function."""
    return cloud.resource("AnalysisLambdaFunction")


@quiet
def log_group(cloud: Cloud) -> str:
    """Return the name of the log group that the function writes to."""
    name = function_name(cloud)
    configuration = cloud.client("lambda").get_function_configuration(FunctionName=name)
    return configuration.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"


@quiet
def deployed_zip(cloud: Cloud) -> bytes:
    """Return the zip file that the function runs. Raises: OSError where it cannot be fetched."""
    # On AWS it lies in a bucket of Lambda's own, which a closed network may not let through. No proxy leads to the
    # emulator.
    location = cloud.client("lambda").get_function(FunctionName=function_name(cloud))["Code"]["Location"]
    handlers = [urllib.request.ProxyHandler({})] if cloud.target == "local" else []
    with urllib.request.build_opener(*handlers).open(location, timeout=60) as response:
        return response.read()


def source_in(package: bytes) -> str | None:
    """Return the source text of the index.py in a zip file, or None if there is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            return archive.read("index.py").decode("utf-8")
    except (KeyError, ValueError, zipfile.BadZipFile):
        return None


def deployed_source(cloud: Cloud) -> str | None:
    """Return the source text of the deployed index.py, or None where the code cannot be fetched."""
    try:
        return source_in(deployed_zip(cloud))
    except OSError:
        return None


@quiet
def code_hash(cloud: Cloud) -> str:
    """Return the hash of the code that the function runs, as Lambda states it."""
    return cloud.client("lambda").get_function_configuration(FunctionName=function_name(cloud))["CodeSha256"]


def put_code(cloud: Cloud, package: bytes) -> str:
    """Replace the function's code by a zip file, wait until Lambda runs it, and return the hash of what it runs."""
    client, name = cloud.client("lambda"), function_name(cloud)
    client.update_function_code(FunctionName=name, ZipFile=package)
    config = {"Delay": 0.1 if cloud.target == "local" else 2, "MaxAttempts": 100}
    with cloud.quietly():
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=config)
    return code_hash(cloud)
