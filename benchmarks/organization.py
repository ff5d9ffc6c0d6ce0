"""On paper: what a year of an organization's logs takes in hours and dollars, by what was measured here.

All prices are AWS's for us-east-1, as published on 2026-11-25; where they come from is said beside each.
"""

from benchmarks.lambda_function import dollars_a_million_records

ACCOUNTS, RECORDS_A_DAY = 500, 20_000  # records a day and account: an assumption; a busy account has a hundred times
PER_FILE = 200  # records a file: another one; quiet accounts deliver far smaller files
BYTES_A_RECORD = 185  # compressed, as in the generated year
WORKERS = 16
VCPU_HOUR, GB_HOUR = 0.04048, 0.004445  # Fargate, Linux on x86: aws.amazon.com/fargate/pricing
WORKER_GB = 4
ATHENA_TB = 5.0  # a TB (2**40 bytes) read: aws.amazon.com/athena/pricing
ANSWER, AT_A_TIME = 0.03, 10  # seconds: an assumption; and workshop/logs/files.py's number of requests at a time
GET = 0.0004 / 1000  # aws.amazon.com/s3/pricing


def lines(hunt_cpu, lambda_cpu):
    """Yield the report, in Markdown.

    `hunt_cpu`: CPU seconds a record of a hunt on a worker, `lambda_cpu`: of the Lambda function for a file of PER_FILE.
    """
    records = ACCOUNTS * RECORDS_A_DAY * 365
    files, terabytes = records / PER_FILE, records * BYTES_A_RECORD / 2**40
    hours = records * hunt_cpu / 3600
    cluster = hours * (VCPU_HOUR + WORKER_GB * GB_HOUR)
    gets = files * GET
    yield (
        f"{ACCOUNTS} accounts with {RECORDS_A_DAY:,} records a day each have {records / 1e9:.2f} billion records a "
        f"year, in {files / 1e6:.1f} million files of {PER_FILE} records, {terabytes:.2f} TB. Each way reads every "
        f"file once, which S3 charges with {gets:,.2f} USD.\n"
    )
    yield "| way | hours | USD, without S3's | |"
    yield "|---|---|---|---|"
    yield f"| `hunt` in one process | {hours:,.1f} | 0 on a machine that you have | {hunt_cpu * 1e6:.1f} µs a record |"
    yield (
        f"| the same on {WORKERS} Fargate workers of 1 vCPU, {WORKER_GB} GB | {hours / WORKERS:,.1f} "
        f"| {cluster:,.2f} | without waiting for S3, see below |"
    )
    athena = terabytes * ATHENA_TB
    yield f"| one Athena query | minutes | {athena:,.2f} | by the bytes read; a day of it {athena / 365:,.3f} |"
    million = dollars_a_million_records(lambda_cpu, PER_FILE, 256)
    yield (
        f"| the Lambda function, as the records arrive | minutes after each call | {million * records / 1e6:,.2f} | "
        f"256 MB, {lambda_cpu * 1000:.0f} ms of CPU a file, without waiting for S3 and CloudWatch |"
    )
    wait = files * ANSWER / (WORKERS * AT_A_TIME) / 3600
    yield (
        f"\nS3 answers a request in some {ANSWER * 1000:.0f} ms, and a worker has {AT_A_TIME} of them under way: "
        f"{WORKERS} workers wait {wait:,.1f} hours for so many small files, if they do nothing meanwhile. Larger "
        "files, which busy accounts have, cost less."
    )
