# make setup | demo | test | check | ...: `make help` lists them.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NATIVE := setup.py $(wildcard creator_pulse/stream/native/*.p[yx][xdi])
# Each program that is needed, and Debian's package of it.
PROGRAMS := cc:gcc redis-server:redis-server prometheus:prometheus promtool:prometheus \
	prometheus-alertmanager:prometheus-alertmanager amtool:prometheus-alertmanager \
	chromium:chromium kcat:kcat mvn:maven npm:npm
BENCHES := gifts peers catalog latency steady checkpoint recovery rebalance hop keys partitions workers scrape stages

.PHONY: help setup system demo test check simulate chaos lint unit stack generate dist lock clean soak bench fuzz fuzz-api sanitize

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: system $(STAMP) ## Make .venv with `pulse`, and install what it needs

$(STAMP): requirements.lock pyproject.toml $(NATIVE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "creator-pulse needs Python 3.11 or newer: set PYTHON=" >&2; exit 1; }
	@echo "setup: making $(VENV) (about a minute the first time)"
	$(PYTHON) -m venv $(VENV)
	@# uv unpacks and compiles on all cores, a fifth of pip's time; it takes its index from pip's settings.
	[ -z "$${PIP_CERT:-}" ] || export SSL_CERT_FILE="$${SSL_CERT_FILE:-$$PIP_CERT}"
	index=$$($(BIN)/pip config list | sed -n "s/^[^ ]*\.index-url='\(.*\)'/\1/p" | tail -1)
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$index}"
	sed -n '/^uv==/,/# via/p' requirements.lock | $(BIN)/pip install --quiet --require-hashes -r /dev/stdin
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --system-certs --compile-bytecode --require-hashes -r requirements.lock
	header=$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h
	[ -e "$$header" ] || { echo "setup: $$header is missing: install Python's headers (python3-dev)" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	# Where Python may not write what it compiles, as in many containers, each process would compile it all.
	$(BIN)/python -m compileall -q creator_pulse
	touch $(STAMP)

system: ## Install the programs of the local stack where they are missing (Debian)
	@missing=""; packages=""
	# A package of a program that is here already is not asked for: Debian's npm, for example, conflicts
	# with a newer Node.js that brings its own.
	for pair in $(PROGRAMS); do
		command -v $${pair%%:*} >/dev/null || { missing="$$missing $${pair%%:*}"; packages="$$packages $${pair##*:}"; }
	done
	if [ -n "$$missing" ]; then
		echo "setup: installing what is missing:$$missing"
		if ! command -v apt-get >/dev/null; then echo "setup: install these first:$$missing" >&2; exit 1; fi
		as_root=""; [ "$$(id -u)" = 0 ] || as_root="sudo"
		$$as_root apt-get update -qq
		DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -qq --no-install-recommends libc6-dev $$packages >/dev/null
	fi

demo: setup ## The whole thing, live: stack, two workers, producers, board
	$(BIN)/pulse demo

# Minutes of a real clock with little to compute.
WAITING := tests/stack/test_live_alerts.py

test: setup ## All checks and tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p .cache
	# A broker of a test lives for a minute: the second of Java's compilers would cost it more than it gives.
	export JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1
	# Tests of the stack often wait for other processes: the others, whole files at a time, run beside them
	# on the processor time that these leave.
	$(BIN)/pytest -m stack --ignore=$(WAITING) > .cache/test-stack.txt 2>&1 & stack=$$!
	$(BIN)/pytest $(WAITING) > .cache/test-waiting.txt 2>&1 & waiting=$$!
	trap 'kill $$stack $$waiting 2>/dev/null || true' EXIT
	nice -n 10 $(BIN)/mypy
	failed=0
	nice -n 10 $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder -m "not stack" || failed=1
	echo "test: waiting for the tests of the stack, whose lines are in .cache/test-stack.txt"
	wait $$waiting || failed=1
	wait $$stack || failed=1
	cat .cache/test-waiting.txt .cache/test-stack.txt
	exit $$failed

check: setup ## The fast inner loop: lint, types, tests without the stack
	$(BIN)/ruff check .
	$(BIN)/mypy
	# Files stay whole, so that what a module prepares once is prepared in one process.
	$(BIN)/pytest -q -n auto --dist loadfile -m "not stack and not slow"

simulate: setup ## Workers in virtual time through SEEDS=200 random failures, from FIRST=0 on
	$(BIN)/pulse simulate --seeds $(or $(SEEDS),200) --first $(or $(FIRST),0)

chaos: setup ## Break things under load for ROUNDS=5 of PLAN=mix (all: every plan): is every number still exact?
	$(BIN)/pulse chaos --plan $(or $(PLAN),mix) --rounds $(or $(ROUNDS),5)

fuzz-api: setup ## Schemathesis asks the API EXAMPLES=500 valid and invalid requests of each kind
	$(BIN)/python -m tests.support.served_api --phases=examples,coverage,fuzzing --max-examples=$(or $(EXAMPLES),500) --continue-on-failure

soak: setup ## A steady rate for MINUTES=10: does memory, do handles, do tables grow?
	$(BIN)/pulse soak --minutes $(or $(MINUTES),10)

fuzz: setup ## N=1000000 records, sound and broken, from SEED=0 on: do all judges say the same of each?
	$(BIN)/python -m tests.support.record_fuzz --inputs $(or $(N),1000000) --seed $(or $(SEED),0)

SANITIZED := .cache/sanitize
SANITIZERS := -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined

sanitize: setup ## The compiled modules under sanitizers: their tests, ROUNDS=20000 of each, and N=200000 fuzzed records
	@rm -rf $(SANITIZED)
	echo "sanitize: building the compiled modules with sanitizers"
	CFLAGS="$(SANITIZERS)" LDFLAGS="$(SANITIZERS)" $(BIN)/python setup.py -q build_ext --flags=-O1 --build-temp $(SANITIZED)/build --build-lib $(SANITIZED)/lib build_py --build-lib $(SANITIZED)/lib
	cp -r tests pyproject.toml $(SANITIZED)/lib/
	python=$$(realpath -s $(BIN)/python)
	cd $(SANITIZED)/lib
	# Python's own memory comes from malloc, so that what is read beyond a piece of bytes is seen too.
	export LD_PRELOAD="$$(cc -print-file-name=libasan.so)" PYTHONMALLOC=malloc PYTHONDONTWRITEBYTECODE=1
	export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	$$python -c 'from creator_pulse.stream.native import rows; assert "sanitize" in rows.__file__, rows.__file__'
	$$python -m pytest -q -p no:cacheprovider tests/unit/test_native_*.py tests/unit/test_decoder_*.py tests/unit/test_events_reasons.py
	$$python -m tests.support.native_fuzz --rounds $(or $(ROUNDS),20000)
	$$python -m tests.support.record_fuzz --inputs $(or $(N),200000) --seed $(or $(SEED),0)

bench: setup ## Figures of NAME="gifts peers ..." (default: all, hours), RUNS=3 of each
	mkdir -p .cache/bench
	for name in $(or $(NAME),$(BENCHES)); do
		rm -f .cache/bench/$$name.json
		$(BIN)/pulse bench $$name --runs $(or $(RUNS),3) $(if $(QUICK),--quick) --json .cache/bench/$$name.json || failed="$${failed:-} $$name"
		if [ -f .cache/bench/$$name.json ]; then cat .cache/bench/$$name.json; fi
	done
	if [ -n "$${failed:-}" ]; then echo "bench: not right:$$failed" >&2; exit 1; fi

generate: setup ## Rules, alerts, boards, runbooks and pages from the declarations
	$(BIN)/pulse generate

dist: setup ## The sdist and, built from it, the wheel, in dist/
	rm -rf dist
	$(BIN)/python -c 'from setuptools.build_meta import build_sdist; build_sdist("dist")' >/dev/null
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist dist/*.tar.gz

lock: ## Pin every dependency anew
	$(PYTHON) -m venv .cache/lock
	.cache/lock/bin/pip install --quiet "pip-tools>=7.5,<8"
	CUSTOM_COMPILE_COMMAND="make lock" .cache/lock/bin/pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra dev --extra build -o requirements.lock pyproject.toml

clean: ## Remove what can be made again
	rm -rf $(VENV) .cache build dist .pytest_cache .mypy_cache .ruff_cache *.egg-info
