# Fairtake. `make` lists the targets. Each target does its own setup.

PYTHON ?= $(shell tools/find-python)
VENV   := .venv
PY     := $(VENV)/bin/python
PORT   ?= 8000
FAULTS ?= 100

.DEFAULT_GOAL := help
.PHONY: help demo check test test-nightly test-faults test-services s3-server swift test-screenreader screens trees bench demo-model translations scripts lock format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/prod ## Run everything with seeded data on http://127.0.0.1:8000 (PORT= moves it); Ctrl-C ends it
	@PORT=$(PORT) exec $(PY) -m tools.demo

check: $(VENV)/test ## Check lint, types, scripts, English, and the tests that need only Python (two minutes)
	@exec $(PY) -m tools.check

test: $(VENV)/test s3-server ## Set up and run every test
	@exec $(PY) -m tools.run_tests

test-nightly: $(VENV)/test s3-server ## Run the tests that `make test` leaves out, because they repeat what another test shows
	@exec $(PY) -m tools.run_tests --nightly

test-faults: $(VENV)/test s3-server ## Kill, fill, cut and stop things at random under load, and check that nothing is lost (FAULTS=100, SEED=)
	@exec $(PY) -m tests.faults --faults $(FAULTS) $(if $(SEED),--seed $(SEED))

test-services: $(VENV)/test swift ## Run an installation on PostgreSQL, Redis and OpenStack Swift, and kill a process of each kind
	@exec $(VENV)/bin/pytest -q -m services tests/services tests/test_storage.py

swift: $(VENV)/swift/installed ## Set up OpenStack Swift, the S3 server of `make test-services`, in an environment of its own

s3-server: $(VENV)/s3-server/installed ## Set up the S3 server of the storage tests, in an environment of its own

test-screenreader: $(VENV)/test ## Run the tests with the real screen reader Orca alone
	@exec $(PY) -m tools.run_tests "tests with a screen reader"

screens: $(VENV)/test ## Take a screenshot of every page, wide and narrow, light, dark and in forced colours, into var/screens
	@exec $(VENV)/bin/pytest -q -m screens

trees: $(VENV)/test ## Write the approved accessibility trees; read the difference in git before you commit it
	@FAIRTAKE_APPROVE_TREES=1 exec $(VENV)/bin/pytest -q -m trees

bench: $(VENV)/test ## Measure, against the libraries alone in the same run
	@exec $(PY) -m benchmarks

demo-model: $(VENV)/training ## Train the demo speech model again (an hour on two cores; uses a GPU when there is one)
	@exec $(PY) -m tools.demo_model all

translations: $(VENV)/test ## Update the translation catalogues from the code, and list what is missing
	@exec $(PY) -m tools.translations

lock: $(VENV)/test ## Pin all requirements, with hashes
	@exec tools/lock

scripts: $(VENV)/test ## Build app/static/built from the scripts and style sheets, after a change of them (needs Node and npm)
	@exec $(PY) -m tools.front_end build

format: $(VENV)/test ## Format the code
	@$(VENV)/bin/ruff check --fix --quiet . ; $(VENV)/bin/ruff format . ; $(PY) -m tools.front_end format

clean: ## Remove what was set up; the demo's data in var/ stays
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@tools/make-venv "$(PYTHON)" $(VENV)

$(VENV)/prod $(VENV)/test $(VENV)/training: $(VENV)/%: requirements/%.txt | $(VENV)/bin/python
	@echo "Installing requirements/$*.txt ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$*.txt
	@touch $@

$(VENV)/s3-server/installed $(VENV)/swift/installed: $(VENV)/%/installed: requirements/%.txt | $(VENV)/bin/python
	@echo "Installing $< ..."
	@tools/make-venv "$(PYTHON)" $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
