# Everything runs in .venv, made with nothing but Python and pip; no target needs root.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 6060
# So many tests at a time: most of them wait, rather than compute.
JOBS ?= 3

VENV := .venv
RUN := $(VENV)/bin/python
# Nothing is installed whose hash is not in the lock.
INSTALL := $(PYTHON) -m pip --python $(RUN) install --quiet --disable-pip-version-check --require-hashes
# From the oldest Python that is supported on, on every platform.
COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help run test check coverage lock bench bench-peers format clean

help:
	@echo "make run      serve a demo on http://$(HOST):$(PORT)/ (HOST=, PORT=)"
	@echo "make test     run all tests, $(JOBS) at a time (ARGS=, JOBS=)"
	@echo "make check    lint, types, import contract, migrations, dependencies"
	@echo "make coverage  run the tests that are not slow, and count the lines they reach (ARGS=)"
	@echo "make lock     write down what is installed, with hashes (ARGS=--upgrade)"
	@echo "make bench    measure it beside what it is compared with (ARGS=--help)"
	@echo "make bench-peers  measure it beside ejabberd and Prosody (ARGS=--help)"
	@echo "make format   put the code into its form"
	@echo "make clean    remove the virtual environment; the data in var/ stay"

run: $(VENV)/installed
	@$(RUN) manage.py migrate --verbosity 0
	@$(RUN) manage.py demo
	@exec $(RUN) manage.py serve --host $(HOST) --port $(PORT)

test: $(VENV)/installed-dev
	$(RUN) -m pytest -n $(JOBS) --dist loadfile $(ARGS)

check: $(VENV)/installed-dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	$(VENV)/bin/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) manage.py check
	$(RUN) -m deptry .

# The server processes that tests start are measured as well; those that are killed have nothing to tell.
coverage: $(VENV)/installed-dev
	$(RUN) -m coverage erase
	$(RUN) -m coverage run -m pytest -m "not slow" $(ARGS)
	$(RUN) -m coverage combine --quiet
	$(RUN) -m coverage report

# Each is bound by those before it, so that one environment can hold them all.
lock: $(VENV)/installed-dev
	$(COMPILE) $(ARGS) requirements.txt -o requirements.lock
	$(COMPILE) $(ARGS) requirements-s3.txt -c requirements.lock -o requirements-s3.lock
	$(COMPILE) $(ARGS) requirements-uvicorn.txt -c requirements.lock -c requirements-s3.lock \
		-o requirements-uvicorn.lock
	$(COMPILE) $(ARGS) requirements-dev.txt -c requirements.lock -c requirements-s3.lock \
		-c requirements-uvicorn.lock -o requirements-dev.lock

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

$(VENV)/installed: $(VENV)/bin/python requirements.lock
	$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(INSTALL) -r requirements-dev.lock
	@touch $@
