# All targets use .venv, which needs only Python and pip. No target needs root.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 6060
# The number of tests that run at the same time. Most tests wait rather than compute.
JOBS ?= 3

VENV := .venv
RUN := $(VENV)/bin/python
# pip refuses every package whose hash is not in the lock file.
INSTALL := $(PYTHON) -m pip --python $(RUN) install --quiet --disable-pip-version-check --require-hashes
# The lock files are for every platform and for all supported versions of Python.
COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--custom-compile-command "make lock"

# Compiled modules are kept even where the machine says not to: collecting the tests takes half as long then.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(RUN) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help run test test-all test-wide check coverage lock vendor messages image release bench bench-compare bench-peers format clean

help:
	@echo "make run      serve a demo on http://$(HOST):$(PORT)/ (HOST=, PORT=)"
	@echo "make test     run each promise's test once, $(JOBS) at a time, in about five minutes (ARGS=, JOBS=)"
	@echo "make test-all  run these and all tests of faults, browsers, databases and production (ARGS=, JOBS=)"
	@echo "make test-wide  run every test on every program and place, and those that measure (ARGS=, JOBS=)"
	@echo "make check    lint, types (scripts of the pages too), import contracts, migrations, dependencies, known vulnerabilities, documentation"
	@echo "make coverage  run the tests that are not slow, and measure coverage (ARGS=)"
	@echo "make lock     write the lock files, with hashes (ARGS=--upgrade)"
	@echo "make vendor   copy the libraries of the pages' scripts, in the versions of package.json, to where they are served"
	@echo "make messages  collect the texts of replies, and compile their translations"
	@echo "make image    build the image of the server by Docker, Podman or Buildah (ENGINE=, ARGS=--build-arg BASE=…)"
	@echo "make release  check and build a version, list what is in it, and sign its tag (VERSION=1.2.3, ARGS=--dry-run)"
	@echo "make bench    measure im66 beside reference servers (ARGS=--help)"
	@echo "make bench-compare REF=  measure an earlier version and this one in turns"
	@echo "make bench-peers  measure im66 beside ejabberd and Prosody (ARGS=--help)"
	@echo "make format   format the code"
	@echo "make clean    remove the virtual environment; keep the data in var/"

run: $(VENV)/installed
	@exec $(RUN) -m im66 demo --host $(HOST) --port $(PORT)

test: TIER = test
test-all: TIER = all
test-wide: TIER = wide
test test-all test-wide: $(VENV)/installed-test
	$(PYTEST) --tier=$(TIER) $(ARGS)

# The tests about documentation, translations and tools come last, because they take longest.
check: $(VENV)/installed-dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	$(RUN) -m testkit.javascript
	$(VENV)/bin/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) manage.py check
	$(RUN) -m deptry --config deptry.toml .
	$(RUN) -m testkit.audit
	$(PYTEST) tests/docs tests/make

# The processes that run tests and the servers that tests start are measured. A killed process reports nothing.
coverage: $(VENV)/installed-dev
	$(RUN) -m coverage erase
	$(RUN) -m coverage run -m pytest -n $(JOBS) --dist loadfile -m "not slow" --tier=all $(ARGS)
	$(RUN) -m coverage combine --quiet
	$(RUN) -m coverage report

# Each lock file is constrained by those before it, so that one environment can have all of them.
lock: $(VENV)/installed-dev
	$(COMPILE) $(ARGS) requirements.txt -o requirements.lock
	$(COMPILE) $(ARGS) requirements-s3.txt -c requirements.lock -o requirements-s3.lock
	$(COMPILE) $(ARGS) requirements-sentry.txt -c requirements.lock -o requirements-sentry.lock
	$(COMPILE) $(ARGS) requirements-test.txt -c requirements.lock -c requirements-s3.lock \
		-c requirements-sentry.lock -o requirements-test.lock
	$(COMPILE) $(ARGS) requirements-dev.txt -c requirements-test.lock -o requirements-dev.lock

bench: $(VENV)/installed-test
	$(RUN) -m bench $(ARGS)

bench-compare: $(VENV)/installed-test
	$(RUN) -m bench.compare $(REF) $(ARGS)

# The libraries of the pages' scripts. Needs Node.js.
vendor: $(VENV)/installed-test
	$(RUN) -m testkit.vendoring

# The texts of replies, and their translations.
messages: $(VENV)/installed-dev
	$(RUN) -m testkit.messages

# Builds and tags; pushes nothing.
release: $(VENV)/installed-dev
	@$(RUN) -m testkit.releasing "$(VERSION)" $(ARGS)

# ENGINE: docker, podman or buildah. ARGS: --platform linux/arm64, --build-arg BASE=…, DEBIAN_MIRROR=…, PIP_INDEX_URL=….
ENGINE ?= $(firstword $(foreach name,docker podman buildah,$(if $(shell command -v $(name)),$(name))) docker)
IMAGE_VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' im66/__init__.py)
image:
	$(ENGINE) build $(if $(findstring docker,$(ENGINE)),,--format docker) -f deploy/container/Containerfile \
		--build-arg VERSION=$(IMAGE_VERSION) --build-arg REVISION=$$(git rev-parse HEAD) \
		-t im66 -t im66:$(IMAGE_VERSION) $(ARGS) .

# If a peer cannot be installed, the bench says so and measures the others.
bench-peers: $(VENV)/installed-test
	-@bench/peers/install
	$(RUN) -m bench.peers $(ARGS)

format: $(VENV)/installed-dev
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

clean:
	rm -rf $(VENV)

# Not every Python has ensurepip, so the pip of $(PYTHON) installs into the environment.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "im66 needs Python 3.11 or later; set PYTHON=")'
	$(PYTHON) -m venv --without-pip $(VENV)

# Only whether there is a Python counts: its file may have any date.
$(VENV)/installed: requirements.lock | $(VENV)/bin/python
	$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/installed-test: $(VENV)/installed requirements-test.lock
	$(INSTALL) -r requirements-test.lock
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed-test requirements-dev.lock
	$(INSTALL) -r requirements-dev.lock
	@touch $@
