"""Credentials that the user has on this machine, in every place that AWS's libraries look into, and where they go."""

import http.server
import io
import json
import logging
import threading
import traceback
import zipfile
from typing import ClassVar

import psutil
import pytest
import urllib3
from attack_file import log_file, silence
from cells import function_of

from workshop import places
from workshop.attendee_code.packaging import package
from workshop.cloud.cloud import CannotConnect
from workshop.cloud.connection import connect
from workshop.cloud.emulator import emulator

CANARY = "CANARY7d1f"  # in each of them, and nowhere else
ANSWER = """
import os
from workshop import print_short_record

def deleting_logs(record):
    if record["eventSource"] in ("logs.amazonaws.com", "cloudtrail.amazonaws.com"):
        if record["eventName"].startswith("Delete"):
            print(sorted(os.environ.items()))
            print_short_record(record)
            return True
    return False
"""
RAISES = """
def deleting_logs(record):
    import os
    raise ValueError(sorted(os.environ.items()))
"""


class Metadata(http.server.BaseHTTPRequestHandler):
    """Answers as an EC2 instance's metadata service does, with canary credentials."""

    asked: ClassVar[list] = []

    def _answer(self):
        self.asked.append(self.path)
        key = {"Code": "Success", "AccessKeyId": f"ASIA{CANARY}", "SecretAccessKey": CANARY, "Token": CANARY}
        body = json.dumps({**key, "Expiration": "2099-01-01T00:00:00Z"}) if self.path.endswith("/role") else "role"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_PUT = _answer

    def log_message(self, *arguments):
        pass


@pytest.fixture
def canaries(tmp_path, monkeypatch):
    """Put canary credentials wherever AWS's libraries find some; yield what the metadata service was asked."""
    aws = tmp_path / "user" / ".aws"
    (aws / "sso" / "cache").mkdir(parents=True)
    key = f"aws_access_key_id = AKIA{CANARY}\naws_secret_access_key = {CANARY}\naws_session_token = {CANARY}\n"
    (aws / "credentials").write_text(f"[default]\n{key}\n[canary]\n{key}", encoding="utf-8")
    (aws / "config").write_text(
        "[default]\nregion = eu-west-1\n[profile canary]\nregion = eu-west-1\n",
        encoding="utf-8",
    )
    token = {"accessToken": CANARY, "expiresAt": "2099-01-01T00:00:00Z", "clientSecret": CANARY}
    (aws / "sso" / "cache" / "0123456789abcdef.json").write_text(json.dumps(token), encoding="utf-8")
    monkeypatch.setattr(Metadata, "asked", [])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "HOME": str(tmp_path / "user"),
        "USERPROFILE": str(tmp_path / "user"),
        "AWS_CONFIG_FILE": str(aws / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(aws / "credentials"),
        "AWS_ACCESS_KEY_ID": f"AKIA{CANARY}",
        "AWS_SECRET_ACCESS_KEY": CANARY,
        "AWS_SESSION_TOKEN": CANARY,
        "AWS_PROFILE": "canary",
        "AWS_EC2_METADATA_DISABLED": "false",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{server.server_port}/",
    }.items():
        monkeypatch.setenv(name, value)
    yield Metadata.asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def sent(monkeypatch):
    """All that this process sends by HTTP: address, headers, body."""
    everything, usual = [], urllib3.HTTPConnectionPool.urlopen

    def urlopen(self, method, url, body=None, headers=None, **more):
        everything.append(repr((self.host, url, dict(headers or {}), body.read() if hasattr(body, "read") else body)))
        if hasattr(body, "seek"):
            body.seek(0)
        return usual(self, method, url, body, headers, **more)

    monkeypatch.setattr(urllib3.HTTPConnectionPool, "urlopen", urlopen)
    return everything


def files_below(*folders):
    """Yield the bytes of all files, those in zip archives included."""
    for folder in folders:
        for path in (one for one in folder.rglob("*") if one.is_file()):
            data = path.read_bytes()
            yield path.name, data
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    yield from ((f"{path.name}:{name}", archive.read(name)) for name in archive.namelist())


def test_no_credentials_of_the_user_get_anywhere(home, canaries, sent, tmp_path, capsys, caplog):
    """Local mode up to the red alarm: outputs, logs, tracebacks, files, requests, the emulator's processes."""
    from workshop import (
        catch_up,
        check,
        deploy,
        lambda_log,
        notifications,
        progress,
        saved_answers,
        trigger,
        watch_alarm,
    )

    caplog.set_level(logging.INFO)  # what botocore writes in debugging is its own
    caplog.set_level(logging.DEBUG, "workshop")
    cloud = connect()
    answer = function_of(ANSWER, "deleting_logs")
    shown = [check(answer), progress(), check(function_of(RAISES, "deleting_logs")), *saved_answers()]
    shown += [
        deploy(cloud, answer, catch_up("publish_anomalies")),
        file := trigger(cloud, log_file(tmp_path / "1.json.gz", "DeleteLogGroup")),
    ]
    seen = watch_alarm(cloud, file, progress=silence())
    shown += [seen, lambda_log(cloud, file), notifications(cloud), cloud]
    assert shown[0].passed
    assert seen.outcome == "alarm"
    assert "environ" in repr(shown[2])
    shown += [emulator.status(), package(answer).source]
    with pytest.raises(CannotConnect) as refused:
        connect("aws", profile="missing", show=lambda line: None)
    shown.append("".join(traceback.format_exception(refused.value)))
    texts = {
        "what is shown": "".join(map(repr, shown)) + "".join(one._repr_html_() for one in shown if _has_html(one)),
        "what is printed": "".join(capsys.readouterr()),
        "logs": caplog.text,
        "requests": "".join(one for one in sent if "127.0.0.1" in one),
        "requests that are signed": "".join(one for one in sent if "Credential=AKIA" + CANARY in one),
        "package": package(answer).zip.decode("latin-1"),
    }
    for process in [
        emulator_process := psutil.Process(emulator.find().pid),
        *emulator_process.children(recursive=True),
    ]:
        texts[f"environment of {process.pid}"] = repr(process.environ())
        texts[f"arguments of {process.pid}"] = repr(process.cmdline())
    texts |= {f"file {name}": data.decode("latin-1") for name, data in files_below(home)}
    assert [name for name, text in texts.items() if CANARY in text] == []
    assert canaries == []  # nobody asked the metadata service
    assert len(texts) > 20
    assert places.answers().is_relative_to(home)


def _has_html(thing):
    return callable(getattr(type(thing), "_repr_html_", None))
