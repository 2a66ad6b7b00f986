# The workshop. `make demo` and `make test` do all set-up on a machine with Python >= 3.11 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := samples/office-trouble/office-trouble.pcap
# Wheels are compiled at installation: imports are slow otherwise.
export UV_COMPILE_BYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# One place for what cargo builds, whoever calls it.
export CARGO_TARGET_DIR ?= $(CURDIR)/rust/target

# Without a Rust toolchain everything else is tested, and it is said; in CI it is a failure.
ifeq ($(or $(shell command -v cargo),$(CI)),)
RUST := @echo "no Rust toolchain (rustup.rs, 1.88 or newer), so the native engine is left out:"
WITHOUT_NATIVE := --ignore tests/engine_native
endif

.PHONY: demo test lint wheel bench score sweep fuzz clean help

help:
	@echo "make demo   install, and classify a sample into an HTML report"
	@echo "make test   install what the tests need, and run them all"
	@echo "make lint   ruff, mypy"
	@echo "make bench  speed against other tools (installs nothing)"
	@echo "make score  names against what others know: FOLDER=captures TRUTH='FILE.jsonl ...'"
	@echo "make wheel  the installable package, into dist/"
	@echo "make sweep  slow: every truncation of every sample, random bytes"
	@echo "make fuzz   slow: damaged input for every parser, FUZZ_SECONDS=30 each"

demo: .make/installed
	@mkdir -p out
	@$(BIN)/classify $(DEMO) --report html -o out/demo.html --quiet
	@$(BIN)/classify $(DEMO) --report text --quiet | sed -n '1,60p'
	@echo
	@echo "The whole report: $(CURDIR)/out/demo.html"

test: .make/tests .make/tools
	$(RUST) cargo test --quiet --locked --manifest-path rust/Cargo.toml --no-default-features
	$(BIN)/python -m pytest -n 2 --dist worksteal $(WITHOUT_NATIVE)

# One wheel for CPython 3.11 and later, with the engine in it (abi3).
wheel: .make/tests
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

lint: .make/lint .make/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(RUST) cargo fmt --manifest-path rust/Cargo.toml --check
	$(RUST) cargo clippy --quiet --locked --manifest-path rust/Cargo.toml --all-targets -- -D warnings

bench: .make/installed
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/peers.py

score: .make/installed
	@test -n "$(FOLDER)" -a -n "$(TRUTH)" || \
		{ echo "say which: make score FOLDER=captures TRUTH='FILE.jsonl ...'" >&2; exit 1; }
	$(BIN)/python benchmarks/agreement.py $(FOLDER) $(TRUTH) $(SCORE_OPTIONS)

sweep: .make/tests
	$(BIN)/python -m pytest -n 2 tests/sweep/truncations.py -q

FUZZ_SECONDS ?= 30
fuzz:
	$(RUST) cargo run --quiet --locked --manifest-path rust/Cargo.toml --no-default-features \
		--profile fuzz --example fuzz -- samples $(FUZZ_SECONDS) $(FUZZ_TARGETS)

clean:
	rm -rf $(VENV) .make out build dist *.egg-info

# A virtual environment; Debian keeps venv in a package of its own.
.make/venv:
	@mkdir -p .make
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say PYTHON=python3.12 make ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); \
		sh .ci/apt-install python3-venv && $(PYTHON) -m venv $(VENV); }
	@touch $@

.make/installed: .make/venv pyproject.toml constraints.txt $(shell find rust/src rust/Cargo.lock -type f)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

.make/tests: .make/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@

.make/lint: .make/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[lint]'
	@touch $@

# System programs that tests run: installed where that is allowed, else named.
.make/tools: .make/venv
	@command -v tshark >/dev/null || sh .ci/apt-install tshark
	@touch $@
