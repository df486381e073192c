#!/usr/bin/env python3
"""House rules that no compiler checks. Exits 1 and names every breach.

- Rooms depend downwards only.
- A file holds one idea: at most 600 lines, and no name that says nothing.
- Each direct dependency has its line in docs/dependencies.md, and no line is left over.
- One version of each crate of the engine.
- Each code of a problem document has its paragraph in docs/errors.md, each setting its line in docs/configuration.md.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# From the ground up; rooms of one row do not know each other.
ROWS = [
    ["wayfare-features"],
    ["wayfare-model"],
    ["wayfare-segment"],
    ["wayfare-store"],
    ["wayfare-import", "wayfare-export"],
    ["wayfare-server"],
    ["wayfare"],
]
# Names dependencies of others only to settle their features: docs/adr/0007-one-set-of-features.md.
NO_CODE = "wayfare-features"
MOST_LINES = 600
BANNED_NAMES = re.compile(r"(^|[_.-])(utils?|helpers?|common|managers?|misc)($|[_.-])", re.IGNORECASE)
SOURCES = {".rs", ".ts", ".tsx", ".css", ".py", ".sql"}
GENERATED = {"generated", "node_modules", "dist", "snapshots"}
ONE_VERSION = {"arrow", "arrow-schema", "parquet", "datafusion", "object_store", "sqlx"}


def cargo_metadata():
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)


def upward_arrows(packages):
    level = {name: row for row, names in enumerate(ROWS) for name in names}
    for package in packages:
        if package["name"] not in level:
            yield f"{package['name']}: a room that scripts/house.py does not know; give it its row"
            continue
        for dependency in package["dependencies"]:
            to = dependency["name"]
            if to in level and level[to] >= level[package["name"]]:
                yield f"{package['name']} depends on {to}: rooms depend downwards only"


def source_files():
    for folder in ["crates", "web/src", "web/e2e", "tests", "bench", "scripts"]:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SOURCES and not GENERATED & set(path.parts) and path.is_file():
                yield path


def size_and_name(paths):
    for path in paths:
        shown = path.relative_to(ROOT)
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > MOST_LINES:
            yield f"{shown}: {lines} lines, at most {MOST_LINES}; look for the second idea"
        if BANNED_NAMES.search(path.stem):
            yield f"{shown}: a name that says nothing; name the idea"
    for folder in {parent for path in paths for parent in path.parents if ROOT in parent.parents}:
        if BANNED_NAMES.search(folder.name):
            yield f"{folder.relative_to(ROOT)}: a name that says nothing; name the idea"


def undocumented(packages):
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    rooms = {package["name"] for package in packages}
    own = [package for package in packages if package["name"] != NO_CODE]
    direct = {dependency["name"] for package in own for dependency in package["dependencies"]} - rooms
    web = json.loads((ROOT / "web/package.json").read_text(encoding="utf-8"))
    direct |= set(web.get("dependencies", {})) | set(web.get("devDependencies", {}))
    lists = [ROOT / folder / "requirements.txt" for folder in ("tests", "bench")]
    pinned = [name for path in lists for name in re.findall(r"^([\w.-]+)==", path.read_text(encoding="utf-8"), re.MULTILINE)]
    for name in sorted(direct - explained):
        yield f"{name}: a direct dependency without its line in docs/dependencies.md"
    for name in sorted(explained - direct - set(pinned)):
        yield f"{name}: explained in docs/dependencies.md, used nowhere"


def unexplained_errors():
    codes = (ROOT / "crates/wayfare-server/src/problem.rs").read_text(encoding="utf-8")
    known = re.findall(r'^    \w+ "([a-z_]+)" [A-Z_]+ "', codes, re.MULTILINE)
    explained = re.findall(r"^### `([a-z_]+)`$", (ROOT / "docs/errors.md").read_text(encoding="utf-8"), re.MULTILINE)
    for code in sorted(set(known) - set(explained)):
        yield f"{code}: a problem code without its paragraph in docs/errors.md"
    for code in sorted(set(explained) - set(known)):
        yield f"{code}: explained in docs/errors.md, no problem code"


def unexplained_settings():
    source = (ROOT / "crates/wayfare/src/configuration.rs").read_text(encoding="utf-8")
    known = set(re.findall(r"^    pub (\w+): ", source, re.MULTILINE))
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    for name in sorted(known ^ explained):
        yield f"{name}: a setting in only one of configuration.rs and docs/configuration.md"


def engine_versions():
    lock = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    versions = {}
    for name, version in re.findall(r'^name = "([^"]+)"\nversion = "([^"]+)"', lock, re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    for name in sorted(ONE_VERSION):
        if len(versions.get(name, ())) > 1:
            yield f"{name}: {len(versions[name])} versions in Cargo.lock ({', '.join(sorted(versions[name]))}); one is allowed"


def main():
    packages = cargo_metadata()["packages"]
    breaches = [
        *upward_arrows(packages),
        *size_and_name(list(source_files())),
        *undocumented(packages),
        *unexplained_errors(),
        *unexplained_settings(),
        *engine_versions(),
    ]
    for breach in breaches:
        print(breach, file=sys.stderr)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
