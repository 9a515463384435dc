# Two commands from a fresh clone: `make demo` and `make test`. Both install what they need.
PYTHON ?= python3
BIN := .venv/bin
# Companies put their own certificate authority into the system's store; uv looks there when told to.
export UV_SYSTEM_CERTS := 1

# Three for two cores: a third of the time is waiting for processes to start.
PYTEST := $(BIN)/pytest --numprocesses 3 --dist loadfile
# What a mistake would cost most: every branch is tested. The rest of app/ is at 90 % or above.
FULLY_COVERED := app/error.py,app/errors.py,app/guard/*,app/runs/*

.PHONY: install demo serve test chaos bench bench-growth bench-soak lint lock clean

# A job from the queue to its callback before your eyes: no key, no server, no Docker. JOB chooses another.
JOB ?= rewrite-resume
demo: install
	@$(BIN)/ai-worker demo --job $(JOB)

# The service on PORT (4002) and the shim, with an embedded database in .data unless DATABASE_URL says
# otherwise, and a Redis unless REDIS_URL has one.
serve: install
	@$(BIN)/ai-worker serve --with-queue

# What must hold before a change lands; the coverage gates speak up only when they are missed.
test: lint
	@test -d shim/node_modules || { echo "make test needs Node 20.3 or newer and npm, for the shim's tests"; exit 1; }
	@$(PYTEST) --cov --cov-report=
	@$(BIN)/coverage report --fail-under=90 > .gates.txt || { cat .gates.txt; exit 1; }
	@$(BIN)/coverage report --fail-under=100 --include='$(FULLY_COVERED)' > .gates.txt || { cat .gates.txt; exit 1; }
	@cd shim && npm test
	@$(BIN)/python -m tests.chaos --jobs 500 --kills 20

# Everything is killed at random while jobs run; JOBS, KILLS and SEED choose another run.
JOBS ?= 10000
KILLS ?= 200
SEED ?= 1
chaos: install
	@$(BIN)/python -m tests.chaos --jobs $(JOBS) --kills $(KILLS) --seed $(SEED)

# What the guard stops, out of known and of planted lies, and how long it takes; what a job costs beside
# document 000's worker, in tokens, time and memory. Minutes, on a machine that does nothing else.
bench: install
	@$(BIN)/python bench/guard_table.py
	@$(BIN)/python bench/guard_generated.py
	@$(BIN)/python bench/guard_unseen.py
	@$(BIN)/python bench/summaries_unseen.py
	@$(BIN)/python bench/guard_speed.py
	@$(BIN)/python -m bench.output_tokens
	@$(BIN)/python -m bench.start
	@$(BIN)/python -m bench.throughput
	@$(BIN)/python -m bench.profile

# A million rows in every table of runs; 20,000 jobs and the memory they leave.
bench-growth bench-soak: bench-%: install
	@$(BIN)/python -m bench.$*

lint: install
	@test ! -d shim/node_modules || (cd shim && npm run --silent lint)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@test ! -x $(BIN)/hadolint || $(BIN)/hadolint Dockerfile shim/Dockerfile

install: .venv/.installed shim/node_modules/.installed

# Without Node the service runs all the same, and the demo goes over HTTP. Not --prefix: npm would look
# there for the machine's settings, too.
shim/node_modules/.installed: shim/package-lock.json shim/package.json
	@if command -v npm > /dev/null; then (cd shim && npm ci --loglevel error --no-fund --no-audit) && touch $@; fi

# The lock holds a hash for every file; uv is installed from it first, by pip, and installs the rest.
.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@echo "Installing into .venv; the first time takes a minute"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^[a-z]/ {keep = /^uv==/} keep' requirements.lock > .venv/uv.lock.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.lock.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

# Everything that make and the service left here, the embedded databases included.
clean:
	rm -rf .venv .data shim/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* .gates.txt
