# Everything there is to do, each from a fresh clone: python3 (3.11 or newer), make and a C
# compiler are enough. Tools and packages go into .venv, everything made into build/ and dist/.

PYTHON ?= python3
PYTHONS ?=
GCC ?= gcc

VENV := .venv
PY := $(VENV)/bin/python
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build
export MPLBACKEND ?= Agg

# The parts of benchmarks/everywhere.py that are targets: test-kernels and so on.
EVERYWHERE := kernels busy oldest newest pythons ci

.PHONY: help build test $(EVERYWHERE:%=test-%) test-c test-autodiff sanitize sanitize-python fuzz fuzz-short demo bench docs wheels check format clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  \1: /p' $(MAKEFILE_LIST)

# ---- environment: one stamp for each extra of pyproject.toml ---------------------------------

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pyminima needs Python 3.11 or newer: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# The build, runtime and `extra` requirements that pyproject.toml lists.
REQUIREMENTS = $(PY) -c 'import sys, tomllib; \
	file = tomllib.load(open("pyproject.toml", "rb")); project = file["project"]; \
	print(*file["build-system"]["requires"], *project["dependencies"], \
	      *project["optional-dependencies"].get(sys.argv[1], []), sep="\n")'
PIP_INSTALL := $(PY) -m pip install -q --disable-pip-version-check

$(VENV)/.has-%: pyproject.toml $(VENV)/.made
	@echo 'installing into $(VENV) what is needed for: $*'
	@$(REQUIREMENTS) $* | $(PIP_INSTALL) -r /dev/stdin
	@touch $@

# The package itself, editable. What this compiles is kept, so `build` has nothing left to do.
$(VENV)/.has-pyminima: pyproject.toml $(VENV)/.has-runtime
	$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

# ---- the extension ---------------------------------------------------------------------------

CYTHON_PARTS := $(wildcard pyminima/_binding/*.pxi)
C_SOURCES := $(sort $(shell find src_c -name '*.c'))
C_HEADERS := $(sort $(shell find src_c -name '*.h'))
C_TESTS := $(wildcard tests/c/*.c)
# A method's file is one that ends with its row.
METHOD_SOURCES = $(shell grep -lrE '^const pm_method pm_|^PM_FIRST_ORDER_METHOD' src_c/methods)
C_TEXT := $(C_SOURCES) $(C_TESTS) $(C_HEADERS) $(wildcard tests/fuzz/*.c tests/toy/*.c tests/c/*.h)
EXTENSION_INPUTS := setup.py $(C_SOURCES) $(C_HEADERS) \
	$(wildcard src_c/*.def pyminima/*.pyx pyminima/*.pxd) $(CYTHON_PARTS)

build: build/.extension ## compile the extension in place, what has changed of it

build/.extension: $(EXTENSION_INPUTS) | $(VENV)/.has-pyminima
	$(PY) setup.py -q build_ext --inplace
	@mkdir -p build && touch $@

# ---- tests -----------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-qual
C_FLAGS := -std=c11 -O2 -g -ffp-contract=off -fno-math-errno $(WARNINGS) -Isrc_c -Itests/c
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1

# c-build(kind, compiler, further flags): build/c/<kind>/run, and `objects-<kind>` without linking.
# Asserts are on in all of them.
define c-build
OBJECTS_$(1) := $$(patsubst %.c,build/c/$(1)/%.o,$$(C_SOURCES) $$(C_TESTS))

build/c/$(1)/%.o: %.c Makefile
	@mkdir -p $$(@D)
	@echo "$(2) $$<"
	@$(2) $$(C_FLAGS) $(3) -MMD -MP -c $$< -o $$@

build/c/$(1)/run: $$(OBJECTS_$(1))
	@$(2) $(3) $$^ -o $$@ -lm

.PHONY: objects-$(1)
objects-$(1): $$(OBJECTS_$(1))

-include $$(OBJECTS_$(1):.o=.d)
endef

$(eval $(call c-build,plain,$(CC),))
$(eval $(call c-build,sanitize,$(GCC),$(SANITIZERS)))
$(eval $(call c-build,strict-gcc,$(GCC),-Werror))
$(eval $(call c-build,strict-clang,clang,-Werror -Wno-string-conversion))

# A make of its own, on all cores unless the caller has said how many.
PARALLEL = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(CORES))

# A file that its list forgets would silently be left out. listed(list, macro, files).
listed = diff <(sed -n 's/^$(2)(\([a-z0-9_]*\)).*/\1/p' $(1) | sort) <(basename -a $(3) | sort) \
	|| { echo '$(1) (<) and the files (>) differ' >&2; exit 1; }

.PHONY: lists-agree
lists-agree:
	@$(call listed,tests/c/tests.def,TEST,$(patsubst tests/c/test_%.c,%,$(wildcard tests/c/test_*.c)))
	@$(call listed,src_c/methods.def,METHOD,$(basename $(METHOD_SOURCES)))
	@for method in $$(sed -n 's/^METHOD(\([a-z0-9_]*\)).*/\1/p' src_c/methods.def); do \
	  test -f tests/c/test_$$method.c || { \
	    echo "the method $$method has no first steps worked by hand: tests/c/test_$$method.c" >&2; exit 1; }; \
	done

test: build $(VENV)/.has-test test-c ## the C tests, then the Python tests and docstring examples
	$(PY) -m pytest

# Each prints a line of figures for each run and stores it in benchmarks/results/everywhere.json.
test-kernels: ## the Python tests with five kernels of OpenBLAS
test-busy: ## the Python tests beside two loops that never rest
test-oldest: ## the Python tests with the oldest numpy and scipy that pyproject.toml declares
test-newest: ## the Python tests with the newest numpy and scipy, on the newest Python found
test-pythons: ## the Python tests on Python 3.11, 3.12 and 3.13
test-ci: ## the Python tests with two kernels, and in part with the oldest numpy and scipy
$(EVERYWHERE:%=test-%): test-%: build $(VENV)/.has-test
	PYTHONS='$(PYTHONS)' $(PY) benchmarks/everywhere.py $*

# These libraries are large, so `make test` leaves them out and skips what needs them.
test-autodiff: build $(VENV)/.has-test $(VENV)/.has-jax $(VENV)/.has-torch ## the tests of gradients, with jax and torch
	$(PY) -m pytest -rs tests/test_gradients.py tests/test_stochastic.py

test-c: lists-agree ## the C tests, without Python
	@$(PARALLEL) build/c/plain/run
	build/c/plain/run

sanitize: lists-agree ## the C tests under gcc's address, leak and undefined-behaviour sanitisers
	@$(PARALLEL) build/c/sanitize/run
	ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 build/c/sanitize/run

# A separate copy of the package, so the normal build is not disturbed.
SANITIZED := build/sanitize-python
SANITIZE_ENV := PYMINIMA_SANITIZE=address,undefined,float-cast-overflow

.PHONY: sanitized-package
sanitized-package: build $(VENV)/.has-test
	rm -rf $(SANITIZED)
	$(SANITIZE_ENV) CC=$(GCC) $(PY) setup.py -q build --build-lib $(SANITIZED)

# A Python that finds it, with libstdc++ loaded early for packages that throw C++ exceptions. Python
# itself leaks at exit, hence detect_leaks=0. sanitized-python(further options of the sanitisers)
sanitized-python = $(SANITIZE_ENV) PYTHONPATH=$(SANITIZED):. PYTHONSAFEPATH=1 PYTHONMALLOC=malloc \
	LD_PRELOAD="$$($(GCC) -print-file-name=libasan.so) $$($(GCC) -print-file-name=libstdc++.so.6)" \
	ASAN_OPTIONS=detect_leaks=0:$(1) UBSAN_OPTIONS=print_stacktrace=1:$(1) $(PY)

# Reports go to files because pytest would swallow them.
sanitize-python: sanitized-package ## the Python tests with the extension under the sanitisers
	$(call sanitized-python,log_path=$(SANITIZED)/report) -m pytest -p no:cacheprovider tests \
	  || { cat $(SANITIZED)/report* 2>/dev/null; exit 1; }

# ---- fuzzing: CONTRIBUTING.md says how to make a finding again --------------------------------

FUZZ_SECONDS ?= 600
FUZZ_SETS ?= 1000000
# The number of the first argument set: other ones each day, so that the search goes on.
FUZZ_START ?= $(shell date +%y%m%d)00000000

# One that has libFuzzer; Debian's package libclang-rt-dev brings it.
CLANGS := clang $(foreach version,21 20 19 18 17 16 15 14,clang-$(version))
FUZZ_CLANG = $(shell for clang in $(CLANGS); do \
	echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' \
	| $$clang -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null && echo $$clang && break; done)
FUZZ_FLAGS := -fsanitize=fuzzer,address,undefined,float-cast-overflow -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -O2 -Wno-string-conversion
FUZZ_OBJECTS := $(patsubst %.c,build/fuzz/%.o,$(C_SOURCES) tests/fuzz/fuzz_solver.c)

build/fuzz/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "$(CLANG) $<"
	@$(CLANG) $(C_FLAGS) $(FUZZ_FLAGS) -MMD -MP -c $< -o $@

build/fuzz/solver: $(FUZZ_OBJECTS)
	@$(CLANG) $(FUZZ_FLAGS) $^ -o $@ -lm

-include $(FUZZ_OBJECTS:.o=.d)

# What it has found worth keeping stays in build/fuzz/corpus, and the next run goes on from there.
LIBFUZZER := -max_len=600 -len_control=0 -timeout=60 -rss_limit_mb=2500 -malloc_limit_mb=100000 \
	-print_final_stats=1 -artifact_prefix=build/fuzz/
FUZZ_ASAN := ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=32

PART := $(shell echo $$(($(FUZZ_SECONDS) / 3)))
FUZZ_ARGUMENTS = -m tests.fuzz.arguments --sets $(FUZZ_SETS) --start $(FUZZ_START) --seconds $(PART) \
	--workers $(CORES) $(if $(FUZZ_STORE),--store $(FUZZ_STORE))

.PHONY: fuzz-arguments fuzz-sanitized fuzz-solver
fuzz-arguments: build $(VENV)/.has-test
	$(PY) $(FUZZ_ARGUMENTS)

fuzz-sanitized: sanitized-package
	$(call sanitized-python,allocator_may_return_null=1) $(FUZZ_ARGUMENTS)

fuzz-solver: build $(VENV)/.has-test
	@clang='$(FUZZ_CLANG)'; if [ -z "$$clang" ]; then \
	  echo '*** NOT FUZZED: the C interface. No clang with libFuzzer (apt install clang libclang-rt-dev) ***' >&2; \
	  exit 0; fi; \
	$(PARALLEL) build/fuzz/solver CLANG=$$clang; \
	$(PY) -m tests.fuzz.corpus build/fuzz/corpus; \
	echo 'build/fuzz/solver, for $(PART) seconds'; \
	$(FUZZ_ASAN) build/fuzz/solver $(LIBFUZZER) -max_total_time=$(PART) build/fuzz/corpus 2>build/fuzz/log \
	  || { tail -n 80 build/fuzz/log; exit 1; }; \
	$(if $(FUZZ_STORE),$(PY) -m tests.fuzz.store $(FUZZ_STORE) build/fuzz/log;) \
	grep -E 'DONE|number_of_executed_units|peak_rss' build/fuzz/log

# All parts, whatever one of them finds.
FUZZ = @$(MAKE) --no-print-directory --keep-going

fuzz: ## look for inputs that break something, for FUZZ_SECONDS=600
	$(FUZZ) fuzz-arguments fuzz-solver fuzz-sanitized

fuzz-short: ## the same for half a minute, always with the same argument sets
	$(FUZZ) fuzz-arguments fuzz-solver FUZZ_SECONDS=45 FUZZ_START=0

# ---- what people look at ---------------------------------------------------------------------

demo: build $(VENV)/.has-plot ## a short tour, with figures
	$(PY) -m pyminima.demo

bench: build $(VENV)/.has-bench ## draw the published tables again
	$(PY) benchmarks/overhead.py
	$(CC) $(C_FLAGS) -O3 benchmarks/fused_descent.c -o build/fused_descent -lm
	build/fused_descent
	$(PY) benchmarks/false_success.py
	$(PY) benchmarks/verdicts.py
	$(PY) benchmarks/kernels.py
	$(PY) benchmarks/calibration.py
	$(PY) benchmarks/large.py
	$(PY) benchmarks/minibatch.py
	$(CC) $(C_FLAGS) -O3 -shared -fPIC benchmarks/large_n.c -o build/large_n.so
	$(PY) benchmarks/large_n.py
	$(PY) benchmarks/local.py
	$(PY) benchmarks/bbob.py
	$(PY) benchmarks/nist.py
	$(PY) benchmarks/units.py

docs: build $(VENV)/.has-docs ## the documentation, into build/docs
	$(PY) -m sphinx -q -W --keep-going -b html docs build/docs
	@echo 'written: build/docs/index.html'

wheels: $(VENV)/.has-dev ## sdist and wheel; wheels from the sdist tested on every Python found
	rm -rf dist build/lib build/bdist.*
	$(PY) -m build
	PYTHONS='$(PYTHONS)' .ci/wheels dist/pyminima-*.tar.gz

# ---- checks: `make check` runs them all and fails at the end; the commit hooks run them, too ----

CHECKS := check-format check-rooms check-docs check-lint check-types check-cython check-spelling check-c sanitize fuzz-short
.PHONY: $(CHECKS)

check: $(VENV)/.has-dev ## formatters, rooms, pages from rows, linters, types, spelling, C warnings, sanitised C tests, fuzz-short
	@$(MAKE) --no-print-directory --keep-going $(CHECKS)
	@echo 'all checks passed'

check-format: $(VENV)/.has-dev
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/clang-format --dry-run -Werror $(C_TEXT)

check-rooms: $(VENV)/.has-dev
	$(PY) tests/rooms.py

check-docs: build # what is written from the rows of the methods is what they say
	$(PY) docs/make_methods.py --check

check-lint: $(VENV)/.has-dev
	$(VENV)/bin/ruff check

check-types: $(VENV)/.has-dev
	$(VENV)/bin/mypy

# It looks for unused names in .pyx only: the parts of the extension are copied to such.
CYTHON_COPIES := $(CYTHON_PARTS:pyminima/_binding/%.pxi=build/cython-lint/%.pyx)

build/cython-lint/%.pyx: pyminima/_binding/%.pxi
	@mkdir -p $(@D)
	@cp $< $@

check-cython: $(VENV)/.has-dev $(CYTHON_COPIES)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cython-lint pyminima $(CYTHON_COPIES)

check-spelling: $(VENV)/.has-dev
	$(VENV)/bin/codespell

check-c: # every C file without a warning, by gcc and, where there is one, by clang
	@$(PARALLEL) objects-strict-gcc
	@if command -v clang >/dev/null; then $(PARALLEL) objects-strict-clang; fi

format: $(VENV)/.has-dev ## let the formatters rewrite the files
	$(VENV)/bin/ruff format
	$(VENV)/bin/ruff check --fix-only
	$(VENV)/bin/clang-format -i $(C_TEXT)

clean: ## remove everything made, the environment too
	rm -rf build dist $(VENV) *.egg-info pyminima/*.so pyminima/_core.c .coverage
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
