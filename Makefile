# Everything runs in .venv, made with nothing but Python and pip; no target needs root.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 6060

VENV := .venv
RUN := $(VENV)/bin/python
LOCK := constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-peers format clean

help:
	@echo "make run      serve a demo on http://$(HOST):$(PORT)/ (HOST=, PORT=)"
	@echo "make test     run all tests"
	@echo "make check    lint, types, import contract, migrations, dependencies"
	@echo "make bench    measure it beside what it is compared with (ARGS=--help)"
	@echo "make bench-peers  measure it beside ejabberd and Prosody (ARGS=--help)"
	@echo "make format   put the code into its form"
	@echo "make clean    remove the virtual environment; the data in var/ stay"

run: $(VENV)/installed
	@$(RUN) manage.py migrate --verbosity 0
	@$(RUN) manage.py demo
	@exec $(RUN) manage.py serve --host $(HOST) --port $(PORT)

test: $(VENV)/installed-dev
	$(RUN) -m pytest $(ARGS)

check: $(VENV)/installed-dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	$(VENV)/bin/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) manage.py check
	$(RUN) -m deptry .

bench: $(VENV)/installed-dev
	$(RUN) -m bench $(ARGS)

# Where they cannot be installed, it says which are missing and measures those that are there.
bench-peers: $(VENV)/installed-dev
	-@bench/peers/install
	$(RUN) -m bench.peers $(ARGS)

format: $(VENV)/installed-dev
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

clean:
	rm -rf $(VENV)

# Without ensurepip, which not every Python has: the pip that is there installs into the environment.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "im66 needs Python 3.11 or later; set PYTHON=")'
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/installed: $(VENV)/bin/python requirements.txt $(LOCK)
	$(PYTHON) -m pip --python $(RUN) install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt requirements-s3.txt requirements-uvicorn.txt
	$(PYTHON) -m pip --python $(RUN) install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
