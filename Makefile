# Few verbs; each sets up what it needs first, says what it does and can be run again.
# The work is in scripts/: this file only names it.

# One target folder for every clone of this repository, so that the engine is compiled once.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/wayfare/target

.PHONY: help demo test check web bench setup
help:
	@echo "make demo    set up, build, load the bundled data, serve the web app"
	@echo "make test    set up, then pass every check and test"
	@echo "make check   set up, then only the quick checks: format, house rules, clippy, licences, web lint"
	@echo "make web     build the web app that the binary embeds"
	@echo "make bench   measure at 1 M profiles and 50 M events, beside DuckDB and ClickHouse (ARGS=--quick for a first look)"
	@echo "make setup   only install what the others need"

demo:
	@scripts/setup.sh build web
	@scripts/build.sh web binary
	@exec scripts/demo.sh $(ARGS)

test:
	@scripts/setup.sh build web test
	@scripts/test.sh all

check:
	@scripts/setup.sh build web test
	@scripts/test.sh check

web:
	@scripts/setup.sh web
	@scripts/build.sh web

bench:
	@scripts/setup.sh build web bench
	@scripts/build.sh web release
	@.venv/bin/python bench/run.py $(ARGS)

setup:
	@scripts/setup.sh build web test
