//! Sees to it that a new build of the web app is embedded.

use std::path::Path;

fn main() {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let built = Path::new(&manifest).join("../../web/dist");
    // Cargo watches only what exists; without the folder it would build this crate anew each time.
    let _ = std::fs::create_dir_all(&built);
    println!("cargo::rerun-if-changed={}", built.display());
}
