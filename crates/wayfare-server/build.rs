//! Sees to it that there is a web app to embed: where `web/dist` is missing, a page that says how to build it.

use std::path::Path;

const PLACEHOLDER: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Wayfare</title>
<h1>The web app is not built yet</h1>
<p>Run <code>make web</code>, then build the server again. The API is at <a href=\"/api/openapi.json\">/api/openapi.json</a>.</p>
</html>
";

fn main() -> std::io::Result<()> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    let built = Path::new(&manifest).join("../../web/dist");
    // Cargo watches only what exists; without the folder it would build this crate anew each time.
    let _ = std::fs::create_dir_all(&built);
    println!("cargo::rerun-if-changed={}", built.display());
    let app = if built.join("index.html").is_file() {
        built.canonicalize()?
    } else {
        let placeholder = Path::new(&out).join("placeholder");
        std::fs::create_dir_all(&placeholder)?;
        std::fs::write(placeholder.join("index.html"), PLACEHOLDER)?;
        placeholder
    };
    println!("cargo::rustc-env=WAYFARE_WEB_APP={}", app.display());
    Ok(())
}
