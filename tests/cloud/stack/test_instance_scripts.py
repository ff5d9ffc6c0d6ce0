"""The shell scripts of the template, run: the instance's every minute, and a notebook instance's at its start.

The metadata service is a small server that hands nothing out without a token; `aws` and the kit's own installation are
stand-ins that note how they were called. curl, git and bash are real.
"""

import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile

import pytest
import whole_template
from waiting import PATIENCE

IMDS = "http://169.254.169.254/latest"
CREDENTIALS = {"Code": "Success", "AccessKeyId": "ASIAEXAMPLEEXAMPLE00", "SecretAccessKey": "s", "Token": "t"}

pytestmark = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl") and shutil.which("git")), reason="bash, curl or git is missing"
)


def inner(script):
    """Return the first here-document of a script: the script that it writes."""
    return script.split("<<'EOF'\n", 1)[1].split("\nEOF\n", 1)[0]


def substituted(script, **values):
    """Return a script as Fn::Sub makes it."""
    for name, value in values.items():
        script = script.replace("${" + name + "}", value)
    assert "${" not in script.replace("${!", "")
    return script


def executable(path, text):
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def run(script, home, **environment):
    """Run a script in bash with the stand-ins of `home`/bin before all other programs; return what became of it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "PATH": f"{home}/bin{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        **environment,
    }
    return subprocess.run(
        ["bash"], input=script, env=environment, cwd=home, capture_output=True, text=True, timeout=PATIENCE
    )


# ---------------------------------------------------------------- the instance


VALUES = {"AWS::Region": "ca-central-1", "ActivityGenBucket": "a-bucket"}


def user_data_of_template():
    script = whole_template.document()["Resources"]["ActivityGenInstance"]["Properties"]["UserData"]
    return script["Fn::Base64"]["Fn::Sub"]


@pytest.fixture
def imds():
    """An instance metadata service that asks for a token, as IMDSv2 does; yields (its address, what was asked).

    It serves the template's own user data, in which the stack is to run for six hours.
    """
    asked = []
    user_data = substituted(user_data_of_template(), HoursToRun="6", **VALUES)

    class Metadata(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            asked.append(("PUT", self.path))
            self._answer(200 if self.headers.get("X-aws-ec2-metadata-token-ttl-seconds") else 400, "a-token")

        def do_GET(self):
            asked.append(("GET", self.path))
            folder = "/latest/meta-data/iam/security-credentials/"
            answers = {folder: "the-role", f"{folder}the-role": json.dumps(CREDENTIALS), "/latest/user-data": user_data}
            if self.headers.get("X-aws-ec2-metadata-token") != "a-token":
                self._answer(401, "")
            else:
                self._answer(200 if self.path in answers else 404, answers.get(self.path, ""))

        def _answer(self, status, body):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/latest", asked
        server.shutdown()
        thread.join()


@pytest.fixture
def leave(imds, tmp_path):
    """The instance's script, aimed at the metadata service, an hour after the instance's start.

    Its `aws` notes its arguments and its input, its `systemctl` its arguments.
    """
    executable(tmp_path / "bin" / "aws", '#!/bin/bash\necho "$*" > called\ncat > put\n')
    executable(tmp_path / "bin" / "systemctl", '#!/bin/bash\necho "$*" > systemctl-called\n')
    (tmp_path / "uptime").write_text("3600.25 7000.50\n")
    script = user_data_of_template()
    assert IMDS in script
    assert " /proc/uptime " in script
    script = substituted(inner(script), **VALUES).replace(IMDS, imds[0])
    return script.replace(" /proc/uptime ", f" {tmp_path}/uptime ")


def test_the_instance_leaves_its_credentials_where_the_function_looks(leave, imds, tmp_path):
    """For a token, the role's name, then its credentials, then one object; nothing of it is printed."""
    ran = run(leave, tmp_path, NO_PROXY="127.0.0.1")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert json.loads((tmp_path / "put").read_text()) == CREDENTIALS
    called = (tmp_path / "called").read_text().strip()
    assert called == "s3 cp --quiet --region ca-central-1 - s3://a-bucket/instance-credentials.json"
    assert [method for method, _ in imds[1]] == ["PUT", "GET", "GET", "GET"]
    assert not (tmp_path / "systemctl-called").exists()


@pytest.mark.parametrize(("uptime", "ends"), [(0.5, False), (21599.9, False), (21600.1, True), (864000, True)])
def test_the_instance_stops_itself_after_its_hours(leave, tmp_path, uptime, ends):
    """By the user data as it is then; it leaves no credentials any more."""
    (tmp_path / "uptime").write_text(f"{uptime} 1.00\n")
    assert run(leave, tmp_path, NO_PROXY="127.0.0.1").returncode == 0
    assert (tmp_path / "systemctl-called").exists() is ends
    assert (tmp_path / "put").exists() is not ends
    if ends:
        assert (tmp_path / "systemctl-called").read_text() == "poweroff\n"


def test_without_a_token_nothing_is_put(leave, tmp_path):
    """The script ends with an error, and systemd tries again."""
    ran = run(leave.replace("-X PUT", "-X GET"), tmp_path, NO_PROXY="127.0.0.1")
    assert ran.returncode != 0
    assert not (tmp_path / "put").exists()


# ---------------------------------------------------------------- the notebook instance


@pytest.fixture
def home(tmp_path):
    """The home of ec2-user: a SageMaker folder, and a conda environment with a Python of its own."""
    folder = tmp_path / "ec2-user"
    (folder / "SageMaker").mkdir(parents=True)
    executable(folder / "anaconda3" / "envs" / "python3" / "bin" / "python3.11", "#!/bin/bash\n")
    (folder / "bin").mkdir()
    # Whatever Python calls start.py: this one.
    (folder / "bin" / "python3").symlink_to(sys.executable)
    return folder


@pytest.fixture
def kit(tmp_path):
    """A kit whose installation notes what it was asked and which Pythons it could find."""
    folder = tmp_path / "kit-1.0"
    start = (
        "import os, pathlib, shutil, sys\n"
        "pathlib.Path('.venv/bin').mkdir(parents=True, exist_ok=True)\n"
        "python = pathlib.Path('.venv/bin/python')\n"
        "python.write_text('#!/bin/bash\\necho \"$*\" >> kernels\\n')\n"
        "python.chmod(0o755)\n"
        "print('installed', sys.argv[1:], file=open('installed', 'a'))\n"
        "assert 'anaconda3/envs/python3' in os.environ['PATH']\n"
    )
    executable(folder / "start.py", start)
    return folder


def install_script(source):
    (on_start,) = whole_template.document()["Resources"]["NotebookLifecycle"]["Properties"]["OnStart"]
    return substituted(inner(on_start["Content"]["Fn::Base64"]["Fn::Sub"]), KitSource=source)


def assert_installed(home, times):
    folder = home / "SageMaker" / "workshop"
    assert (folder / "installed").read_text() == "installed ['install']\n" * times
    kernel = "-m ipykernel install --user --name workshop --display-name CloudTrail workshop\n"
    assert (folder / "kernels").read_text() == kernel * times


def test_the_kit_comes_from_a_git_repository(home, kit):
    """It is cloned once; at the next start only the kernel is made known again, and what was changed there stays."""
    git = ["git", "-C", str(kit), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "a kit"]):
        subprocess.run([*git, *arguments], check=True, timeout=PATIENCE)
    script = install_script(f"file://{kit}/.git")
    ran = run(script, home)
    assert ran.returncode == 0, ran.stderr
    assert_installed(home, 1)
    (home / "SageMaker" / "workshop" / "my_answers").mkdir()
    assert run(script, home).returncode == 0
    assert_installed(home, 2)
    assert (home / "SageMaker" / "workshop" / "my_answers").is_dir()


def test_the_kit_comes_from_a_zip_file(home, kit, tmp_path):
    """Whatever the folder in it is called."""
    archive = tmp_path / "kit.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(kit / "start.py", "cloudtrail-workshop-main/start.py")
    ran = run(install_script(f"file://{archive}"), home)
    assert ran.returncode == 0, ran.stderr
    assert_installed(home, 1)
    assert sorted(entry.name for entry in (home / "SageMaker").iterdir()) == ["workshop"]


def test_a_wrong_address_is_told_in_the_log(home, tmp_path):
    """And leaves nothing that would pass for the kit at the next start."""
    ran = run(install_script(f"file://{tmp_path}/nowhere.git"), home)
    assert ran.returncode != 0
    assert "nowhere.git" in ran.stderr
    assert not (home / "SageMaker" / "workshop").exists()


def test_a_notebook_instance_installs_in_the_background_as_its_user(tmp_path):
    """Its start is not held up: a script may take five minutes, the installation may take longer."""
    (on_start,) = whole_template.document()["Resources"]["NotebookLifecycle"]["Properties"]["OnStart"]
    *_, last = on_start["Content"]["Fn::Base64"]["Fn::Sub"].strip().splitlines()
    assert last.startswith("sudo -iu ec2-user nohup bash ")
    assert last.endswith(" 2>&1 &")


def test_a_notebook_instance_stops_itself_after_its_hours(tmp_path):
    """At each start systemd is asked to stop it later, by its own name; the installation comes afterwards."""
    (on_start,) = whole_template.document()["Resources"]["NotebookLifecycle"]["Properties"]["OnStart"]
    script = on_start["Content"]["Fn::Base64"]["Fn::Sub"]
    first = script.partition("cat > /opt")[0]
    assert "systemd-run" in first
    executable(tmp_path / "bin" / "systemd-run", "#!/bin/bash\nprintf '%s\\n' \"$@\" > called\n")
    executable(tmp_path / "bin" / "jq", '#!/bin/bash\necho "$*" > asked\necho Notebook-1a2b\n')
    script = substituted(first, HoursToRun="6", **{"AWS::Region": "ca-central-1"})
    assert run(script, tmp_path).returncode == 0
    assert (tmp_path / "asked").read_text() == "-r .ResourceName /opt/ml/metadata/resource-metadata.json\n"
    assert (tmp_path / "called").read_text().split() == [
        *("--on-active=6h", "aws", "sagemaker", "stop-notebook-instance", "--region", "ca-central-1"),
        *("--notebook-instance-name", "Notebook-1a2b"),
    ]


@pytest.mark.parametrize(
    ("source", "valid"),
    [
        ("https://github.com/someone/cloudtrail-workshop", True),
        ("https://example.com/a.zip", True),
        ("https://example.com/'; rm -rf ~; '", False),
        ("https://example.com/$(id)", False),
        ("http://example.com/a.zip", False),
    ],
)
def test_an_address_cannot_break_out_of_the_script(source, valid):
    """The parameter's pattern leaves nothing that ends a quoted string."""
    pattern = whole_template.document()["Parameters"]["KitSource"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, source)) is valid
