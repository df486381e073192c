#!/usr/bin/env bash
# Installs what building (`build`), the web app (`web`) and the tests (`test`) need, from lock files.
# Quick when everything is there. Needs Debian's apt, Rust and Node.js; everything else it brings.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/system.sh

CARGO_DENY_VERSION=0.20.2

setup_build() {
    need_packages gcc libc6-dev pkg-config ca-certificates tzdata
    need_rust
}

setup_web() {
    need_node
    local lock stamp=web/node_modules/.installed-from
    lock=$(sha256sum web/package-lock.json | cut -d ' ' -f 1)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$lock" ] && return
    say "installing the web app's packages (npm ci)"
    (cd web && npm ci --no-audit --no-fund >&2)
    echo "$lock" > "$stamp"
}

setup_test() {
    # libreoffice-calc-nogui: 280 MB installed; the spreadsheet that reads exports back in tests/test_readers.py.
    need_packages python3 python3-venv e2fsprogs mount chromium libreoffice-calc-nogui
    # What exports are sent to in tests/test_destinations.py: an SFTP server, and servers that speak like S3 and Azure.
    need_packages openssh-server openssh-client openssl
    setup_counterparties
    local lock stamp=.venv/.installed-from
    lock=$(sha256sum tests/requirements.txt | cut -d ' ' -f 1)
    if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$lock" ]; then
        say "installing the tests' Python packages into .venv"
        rm -rf .venv
        python3 -m venv .venv
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/requirements.txt >&2
        echo "$lock" > "$stamp"
    fi
    if ! cargo deny --version >/dev/null 2>&1; then
        say "installing cargo-deny $CARGO_DENY_VERSION (once, some minutes)"
        cargo install --locked --quiet cargo-deny --version "$CARGO_DENY_VERSION" >&2
    fi
}

setup_counterparties() {
    need_node
    local lock stamp=tests/counterparties/node_modules/.installed-from
    lock=$(sha256sum tests/counterparties/package-lock.json | cut -d ' ' -f 1)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$lock" ] && return
    say "installing the servers that exports are sent to in tests (npm ci)"
    (cd tests/counterparties && npm ci --ignore-scripts --no-audit --no-fund >&2)
    echo "$lock" > "$stamp"
}

setup_bench() {
    setup_test
    need_packages libeatmydata1
    local lock stamp=.venv/.bench-installed-from
    lock=$(sha256sum bench/requirements.txt | cut -d ' ' -f 1)
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$lock" ] && return
    say "installing the benchmark's peers into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r bench/requirements.txt >&2
    echo "$lock" > "$stamp"
}

for part in "$@"; do
    "setup_$part"
done
