# sosik: `make help` lists the verbs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Crawls and tests start hundreds of processes: compiled modules are kept, whatever the shell says
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench run soak wheel clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(READY)  ## virtual environment with everything pinned

$(READY): pyproject.toml constraints.txt
	@echo 'Setting up $(VENV): once, half a minute or more. / 처음 한 번, 30초쯤 걸립니다.'
	@$(PYTHON) -m venv $(VENV)
	@# Quiet about warnings, too: pip's that lxml lacks an extra of justext's is moot, what it means is a dependency of ours
	@$(BIN)/pip install --quiet --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

demo: $(READY)  ## the main job, offline, on the seeds (make demo ARGS=--fresh starts over)
	@$(BIN)/python -m tests.newsroom.demo $(ARGS)

test: check  ## all checks and tests
	$(BIN)/pytest -q -n 3 --dist worksteal  # a third: many wait for a crawl's pace

check: $(READY)  ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(READY)  ## speed and memory, as ratios in one run (make bench ARGS=read for one room)
	@$(BIN)/python -m benchmarks $(ARGS)

run: $(READY)  ## set up and run the daemon with ./sosik.toml or the defaults
	@$(BIN)/sosik daemon $(ARGS)

soak: $(READY)  ## the daemon under faults and kills (make soak ARGS='--minutes 60')
	@$(BIN)/python -m tests.soak $(ARGS)

wheel: $(READY)  ## build the wheel and run the tests against it
	$(BIN)/python -m tests.wheel

clean:  ## remove the environment and the demo's files
	rm -rf $(VENV) demo build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
