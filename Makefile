# Each target sets up .venv by itself; `python3 start.py NAME` does the same without make.
PYTHON ?= python3

.PHONY: lab demo test bench install build lint audit

lab demo test bench install build:
	$(PYTHON) start.py $@

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

audit:
	$(PYTHON) .ci/audit.py
