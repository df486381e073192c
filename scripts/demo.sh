#!/usr/bin/env bash
# Runs the demo and shows it in a browser where there is a display. Arguments go to `wayfare demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/system.sh

open_when_ready() {
    local address=
    for _ in $(seq 600); do
        address=$(grep -oE -m 1 'http://(127\.0\.0\.1|localhost):[0-9]+[^[:space:]"]*' "$1" || true)
        if [ -n "$address" ]; then
            xdg-open "$address" >/dev/null 2>&1 || true
            return
        fi
        sleep 0.2
    done
}

say "starting the demo; stop it with Ctrl-C"
wayfare="${CARGO_TARGET_DIR:-$HOME/.cache/wayfare/target}/debug/wayfare"
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null; then
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    open_when_ready "$log" &
    "$wayfare" demo "$@" > >(tee "$log") 2>&1
else
    exec "$wayfare" demo "$@"
fi
