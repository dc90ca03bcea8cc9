# Everything lives in .venv of this checkout; `make help` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

.PHONY: help
help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP)  ## the virtual environment, from the lock file

.PHONY: run
run: $(STAMP)  ## quickstart: two weeks of vendor traffic with incidents inside, and the report
	$(BIN)/python -m deploy.quickstart

.PHONY: check
check: $(STAMP)  ## everything static: lint, format, types, import contracts, dependencies, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/codespell

.PHONY: test
test: check  ## check, then every test, with branch coverage
	$(BIN)/python -m pytest --cov --cov-report=term --cov-fail-under=90

.PHONY: bench
bench: $(STAMP)  ## events per second of the embedded path, by stage; of the scan; of the index
	$(BIN)/python -m tests.bench.pipeline
	$(BIN)/python -m tests.bench.scan
	$(BIN)/python -m tests.bench.index
	$(BIN)/python -m tests.bench.alerts

.PHONY: bench-elastic
bench-elastic: $(STAMP)  ## the Elasticsearch index, on a node: make bench-elastic URL=http://127.0.0.1:9200
	$(BIN)/python -m tests.bench.elastic $(URL)

.PHONY: bench-kafka
bench-kafka: $(STAMP)  ## the Kafka runner on a broker of its own, against a bare loop, in ratios
	$(BIN)/python -m tests.bench.kafka

.PHONY: bench-anomaly
bench-anomaly: $(STAMP)  ## baselines on labelled fleets, ours and others'; and with 100,000 keys
	$(BIN)/python -m tests.bench.anomaly
	$(BIN)/python -m tests.bench.anomaly_speed

.PHONY: chaos
chaos: $(STAMP)  ## kill the embedded runner 1,000 times (make test: 25), the alert stage and each Kafka stage 50 (5)
	EGRESSWATCH_CHAOS_RUNS=40 $(BIN)/python -m pytest tests/acceptance/test_exactly_once.py
	EGRESSWATCH_CHAOS_KILLS=50 $(BIN)/python -m pytest tests/property/test_alerting_crashes.py
	EGRESSWATCH_CHAOS_KILLS=50 EGRESSWATCH_CHAOS_AWAY=60 $(BIN)/python -m pytest -m '' --timeout=0 \
	    tests/integration/kafka/test_kills.py tests/integration/kafka/test_faults.py

.PHONY: fuzz
fuzz: $(STAMP)  ## the property tests with 200 times as many cases
	$(BIN)/python -m pytest tests/property --hypothesis-profile=fuzz --timeout=0

.PHONY: alertmanager
alertmanager: $(STAMP)  ## Alertmanager's forms, against a real one: apt-get install prometheus-alertmanager
	$(BIN)/python -m pytest -m '' tests/integration/test_alertmanager.py

.PHONY: schemas
schemas: $(STAMP)  ## write the JSON Schema of every record anew
	$(BIN)/python -m detectors.records.schema deploy/schemas

.PHONY: format
format: $(STAMP)  ## format and fix what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lock
lock: $(STAMP)  ## resolve the lock file anew, with hashes and no index address
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-header --upgrade -o requirements.lock pyproject.toml

.PHONY: clean
clean:  ## remove the environment and all that was generated
	rm -rf $(VENV) var .coverage .pytest_cache .ruff_cache .hypothesis
