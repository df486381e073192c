//! Where a path that a person named leads: the data directory belongs to the store.

use crate::failure::Failure;
use std::io;
use std::path::{Component, Path, PathBuf};

/// The way from the data directory to a path inside it; `None` where the path lies elsewhere.
pub(super) fn within(data: &Path, path: &Path) -> Result<Option<PathBuf>, Failure> {
    let resolve =
        |path| resolved(path).map_err(|error| Failure::refused(format!("{}: {error}", path.display())));
    Ok(resolve(path)?.strip_prefix(resolve(data)?).ok().map(Path::to_owned))
}

/// The path with its links followed as far as it exists; what does not exist yet is taken as written.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let mut place = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::ParentDir => {
                place.pop();
            }
            part => place.push(part),
        }
        if let Ok(real) = place.canonicalize() {
            place = real;
        }
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_and_outside() {
        let here = std::env::temp_dir();
        let data = here.join("wayfare-no-such-data");
        let check = |path: PathBuf, expected: Option<&str>| {
            let found = within(&data, &path).expect("a path");
            assert_eq!(found.as_deref(), expected.map(Path::new), "{}", path.display());
        };
        check(data.clone(), Some(""));
        check(data.join("lake/out"), Some("lake/out"));
        check(data.join("x/../../wayfare-no-such-data/out"), Some("out"));
        check(data.join("../out"), None);
        check(here.join("wayfare-no-such-data-2"), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let link = std::env::temp_dir().join(format!("wayfare-link-{}", std::process::id()));
        std::os::unix::fs::symlink(std::env::temp_dir(), &link).expect("a link");
        let found = within(&std::env::temp_dir(), &link.join("out"));
        std::fs::remove_file(&link).expect("removed");
        assert_eq!(found.expect("a path").as_deref(), Some(Path::new("out")));
    }
}
