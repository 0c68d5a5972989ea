# Everything that a person runs. Each target sets up what it needs in .venv, from the lock files.
# Needed beforehand: Python 3.11 or newer with its venv module, make and a C library.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
BENCHES ?= hop recovery stepload overload cameras detector spotters pages pipeline
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url --no-annotate --no-header

.PHONY: run test check bench lock clean
.DELETE_ON_ERROR:

run: $(BIN)/seda
	$(BIN)/seda run $(ARGS)

# Several files at a time: many tests wait for processes. A file's tests share what they start, and
# the files keep their order, in which what takes long is not last. ARGS="-n 0" runs one at a time.
test: .venv/dev.stamp
	@sh scripts/install_test_servers.sh
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Every bench runs, whatever the one before it found.
bench: .venv/dev.stamp
	@missed=0; for name in $(BENCHES); do $(BIN)/seda bench $$name $(ARGS) || missed=1; done; exit $$missed

# The newest versions that pyproject.toml allows.
lock: .venv/dev.stamp
	$(LOCK) --upgrade --group dev --output-file requirements-dev.lock
	$(LOCK) --upgrade --group build --constraint requirements-dev.lock --output-file requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist

# Made anew when the lock changes, so that it never holds what the lock does not.
.venv/run.stamp: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "seda needs Python 3.11 or newer and $(PYTHON) is older or missing:" \
			"install it, or name another one, as in: make PYTHON=python3.12 run" >&2; exit 1; }
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes --requirement requirements.lock
	touch $@

# Without build isolation, because that would fetch a builder that no lock names.
$(BIN)/seda: pyproject.toml .venv/run.stamp
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev.stamp: requirements-dev.lock $(BIN)/seda
	$(PIP) --require-hashes --requirement requirements-dev.lock
	touch $@
