#!/usr/bin/env bash
# Builds the named parts: `web` (what the binary embeds), `binary` (the dev profile), `release`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/system.sh

build_web() {
    local source stamp=web/node_modules/.built-from
    source=$(find web -path web/node_modules -prune -o -path web/dist -prune -o -path web/test-results -prune \
        -o -path web/playwright-report -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
    [ -f web/dist/index.html ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$source" ] && return
    say "building the web app"
    (cd web && npm run --silent build >&2)
    echo "$source" > "$stamp"
}

build_binary() {
    need_rust
    say "building wayfare (the first time compiles the engine: some ten minutes)"
    cargo build --locked -p wayfare
}

build_release() {
    need_rust
    say "building wayfare, release (the first time: some fifteen minutes)"
    cargo build --locked --release -p wayfare
}

for part in "$@"; do
    "build_$part"
done
