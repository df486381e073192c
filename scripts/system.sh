# Sourced by the other scripts: what the machine must have, installed where it is missing.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs those of the named Debian packages that are not there yet.
need_packages() {
    local missing=() package
    if ! command -v dpkg-query >/dev/null; then
        say "this is no Debian: make sure that these are installed: $*"
        return 0
    fi
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    say "installing Debian packages: ${missing[*]}"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || fail "not root and no sudo; run: apt-get install ${missing[*]}"
    as_root apt-get update -qq >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# `version_at_least 20.9.1 20`: whether the first version is not older than the second.
version_at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# In this folder rustup picks the toolchain that rust-toolchain.toml names, and fetches it if need be. Where it cannot
# be fetched, the installed `stable` does as well if it is not older.
need_rust() {
    [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
    command -v cargo >/dev/null || fail "Rust is missing: install rustup, then run this again"
    local found
    if ! found=$(rustc --version 2>&1); then
        [ -z "${RUSTUP_TOOLCHAIN:-}" ] && found=$(RUSTUP_TOOLCHAIN=stable rustc --version 2>&1) || fail "$found"
        export RUSTUP_TOOLCHAIN=stable
    fi
    found=$(printf '%s\n' "$found" | sed -n 's/^rustc \([0-9.]*\).*/\1/p')
    version_at_least "$found" 1.95.0 || fail "Rust $found is too old; 1.95.0 is needed: rustup toolchain install 1.95.0"
}

need_node() {
    command -v node >/dev/null || fail "Node.js is missing: version 20 or later is needed"
    local found
    found=$(node --version | tr -d v)
    version_at_least "$found" 20.19 || fail "Node.js $found is too old; 20.19 is needed"
}
