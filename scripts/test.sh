#!/usr/bin/env bash
# Runs the checks and tests, quick ones first, and ends with a summary. `test.sh check` stops after the checks.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/system.sh
need_rust

CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$HOME/.cache/wayfare/target}
export CARGO_TARGET_DIR
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-auto}
# Snapshots that are new or changed fail, rather than being written beside the old ones.
export INSTA_UPDATE=no
# Clones share one target folder, and a test built in another clone would look for its snapshots there.
export INSTA_WORKSPACE_ROOT=$PWD

passed=0
report=()

summary() {
    printf '\n'
    printf '%s\n' "${report[@]}"
    printf '\nsteps: %d passed, %d failed\n' "$passed" "$1"
}

# `step "what" command…`: runs it; the first failure ends the run.
step() {
    local what=$1 from=$SECONDS
    shift
    say "$what"
    if "$@"; then
        passed=$((passed + 1))
        report+=("$(printf '  ok      %4d s  %s' $((SECONDS - from)) "$what")")
    else
        report+=("$(printf '  FAILED  %4d s  %s' $((SECONDS - from)) "$what")")
        report+=("          again: $*")
        summary 1
        exit 1
    fi
}

licences() {
    cargo deny --log-level error check bans licenses sources || return 1
    # The list of advisories comes from the network; where that is out of reach, say so and go on.
    if timeout 60 cargo deny --log-level error fetch db >/dev/null 2>&1; then
        cargo deny --log-level error check --disable-fetch advisories
    else
        say "cargo deny: the database of advisories cannot be fetched here; advisories NOT checked"
    fi
}

web_script() { (cd web && npm run --silent "$@"); }

end_to_end() {
    (cd web && WAYFARE_BIN="$CARGO_TARGET_DIR/debug/wayfare" CI="${CI:-}" npm run --silent e2e)
}

outside() {
    WAYFARE_BIN="$CARGO_TARGET_DIR/debug/wayfare" .venv/bin/python -m pytest tests -q -n 2 --dist worksteal -p no:cacheprovider
}

step "format" cargo fmt --all --check
step "house rules" python3 scripts/house.py
step "licences, bans, sources" licences
step "web: types" web_script check
step "web: lint" web_script lint
step "web: build" scripts/build.sh web
step "clippy" cargo clippy --locked --workspace --all-targets --quiet -- -D warnings

if [ "${1:-all}" = all ]; then
    step "web: unit tests" web_script test
    step "binary" scripts/build.sh binary
    step "unit, property and integration tests" cargo test --locked --workspace --quiet
    step "tests from outside" outside
    step "browser tests" end_to_end
fi
summary 0
