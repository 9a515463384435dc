# Two commands from a fresh clone: `make demo` and `make test`. Both install what they need.
PYTHON ?= python3
BIN := .venv/bin
# Companies put their own certificate authority into the system's store; uv looks there when told to.
export UV_SYSTEM_CERTS := 1

# Four workers start four embedded databases; more of them cost more than they save.
PYTEST := $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile
# What a mistake would cost most: every branch is tested. The rest of app/ is at 90 % or above.
FULLY_COVERED := app/errors.py,app/guard/*,app/runs/*

.PHONY: install demo serve test bench lint lock clean

# A résumé is rewritten, checked, stored and announced before your eyes: no key, no server, no Docker.
demo: install
	@$(BIN)/ai-worker demo

# The service on PORT (4002), with an embedded database in .data unless DATABASE_URL says otherwise.
serve: install
	@$(BIN)/ai-worker serve

# What must hold before a change lands; the coverage gates speak up only when they are missed.
test: lint
	@$(PYTEST) --cov --cov-report=
	@$(BIN)/coverage report --fail-under=90 > .gates.txt || { cat .gates.txt; exit 1; }
	@$(BIN)/coverage report --fail-under=100 --include='$(FULLY_COVERED)' > .gates.txt || { cat .gates.txt; exit 1; }

# What the guard stops, out of known and of planted lies, and how long it takes.
bench: install
	@$(BIN)/python bench/guard_table.py
	@$(BIN)/python bench/guard_generated.py
	@$(BIN)/python bench/guard_unseen.py
	@$(BIN)/python bench/guard_speed.py

lint: install
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

install: .venv/.installed

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
	rm -rf .venv .data .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* .gates.txt
