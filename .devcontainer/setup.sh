#!/bin/bash
# The one list of steps for machines in the cloud, where nobody installs anything: Codespaces (devcontainer.json, beside
# this), Binder (.binder/postBuild) and SageMaker's custom images (.sagemaker/Dockerfile) call it. It needs Python 3.10 or
# newer as python3, and no rights beyond this folder.
set -euo pipefail
cd "$(dirname "$0")/.."

python3 start.py install
# The kernel "python3" names the Python of .venv by its path. So other Jupyter servers than that of .venv run it too, if
# JUPYTER_PATH leads them to .venv/share/jupyter, where the front ends of the widgets lie as well.
.venv/bin/python -m ipykernel install --sys-prefix --name python3 --display-name "CloudTrail workshop"
