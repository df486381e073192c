//! The files of an export on their way: in order, each looked at when it is there, the manifest last.
//!
//! Whoever sees the manifest has everything that it lists. A file counts as there only where it was written down as
//! arrived and is found again with its size, and its hash where the destination tells one; so nothing is sent twice, and
//! nothing is believed that another export left under the same name.

use super::delivery::Delivered;
use super::place::{Found, Place};
use super::source::{Source, sha256};
use super::trouble::{Fault, Trouble};
use crate::error::ExportError;
use crate::manifest::{MANIFEST, listed_files};
use crate::signing::SIGNATURE;
use std::path::Path;

/// A file to send: its name seen from the export's directory, and where it lies.
pub type Named = (String, Source);

/// The files of a complete export in the order in which they are sent: what the manifest lists, its signature where there
/// is one, the manifest.
pub fn files(directory: &Path) -> Result<Vec<Named>, ExportError> {
    let path = directory.join(MANIFEST);
    let manifest = std::fs::read(&path).map_err(ExportError::file(&path))?;
    let mut files: Vec<Named> = listed_files(&manifest)?
        .into_iter()
        .map(|listed| {
            let path = directory.join(&listed.file);
            (listed.file, Source { path, bytes: listed.bytes, sha256: listed.sha256 })
        })
        .collect();
    let whole = |name: &str, content: &[u8]| {
        let source =
            Source { path: directory.join(name), bytes: content.len() as u64, sha256: sha256(content) };
        (name.to_owned(), source)
    };
    let path = directory.join(SIGNATURE);
    if path.is_file() {
        files.push(whole(SIGNATURE, &std::fs::read(&path).map_err(ExportError::file(&path))?));
    }
    files.push(whole(MANIFEST, &manifest));
    Ok(files)
}

/// Sends one file under a name, unless it is `known` to have arrived and is still there.
pub async fn send(
    place: &mut Place,
    name: String,
    source: &Source,
    known: Option<&Delivered>,
) -> Result<Delivered, Trouble> {
    let delivered = Delivered { name, bytes: source.bytes, sha256: source.sha256.clone() };
    if known == Some(&delivered) && place.look(&delivered.name).await?.is_some_and(|found| is(&found, source))
    {
        return Ok(delivered);
    }
    place.put_file(&delivered.name, source).await?;
    let said = match place.look(&delivered.name).await? {
        Some(found) if is(&found, source) => return Ok(delivered),
        Some(found) if found.bytes != source.bytes => {
            format!("has {} bytes there, and {} were sent", found.bytes, source.bytes)
        }
        Some(_) => "has another hash there than what was sent".to_owned(),
        None => "was taken, and is not there".to_owned(),
    };
    Err(Trouble::new(Fault::Content, format!("{} {said}", delivered.name)))
}

fn is(found: &Found, source: &Source) -> bool {
    found.bytes == source.bytes && found.sha256.as_ref().is_none_or(|hash| *hash == source.sha256)
}

#[cfg(test)]
mod tests {
    use super::super::folder::LocalFolder;
    use super::super::kinds::Folder;
    use super::*;

    #[test]
    fn the_manifest_is_last_and_its_signature_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = r#"{"id":"exp_1","parts":[{"file":"part-00001.csv","rows":1,"bytes":4,"sha256":"aa"}],
            "data_dictionary":{"file":"data_dictionary.json","bytes":2,"sha256":"bb"}}"#;
        std::fs::write(folder.path().join(MANIFEST), manifest).unwrap();
        let names = || files(folder.path()).unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(), ["part-00001.csv", "data_dictionary.json", MANIFEST]);
        std::fs::write(folder.path().join(SIGNATURE), "x").unwrap();
        assert_eq!(names(), ["part-00001.csv", "data_dictionary.json", SIGNATURE, MANIFEST]);
    }

    #[tokio::test]
    async fn what_arrived_is_not_sent_again_unless_it_changed() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("part");
        std::fs::write(&path, "rows").unwrap();
        let source = Source { path: path.clone(), bytes: 4, sha256: sha256(b"rows") };
        let out = base.path().join("out");
        let folder = Folder { path: out.clone(), prefix: "{id}".into() };
        let root = Some(base.path());
        let mut place = Place::Folder(LocalFolder::open(&folder, root, Path::new("/nowhere")).unwrap());
        let first = send(&mut place, "a/part".into(), &source, None).await.unwrap();
        // It could not be read again, so it is not.
        std::fs::remove_file(&path).unwrap();
        assert_eq!(send(&mut place, "a/part".into(), &source, Some(&first)).await.unwrap(), first);
        std::fs::write(out.join("a/part"), "row").unwrap();
        assert!(send(&mut place, "a/part".into(), &source, Some(&first)).await.is_err());
    }
}
