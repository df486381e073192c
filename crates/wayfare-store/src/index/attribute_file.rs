//! A column of an attribute as a file.

use super::attributes::Wanted;
use super::sections::{self, CodesForm, TextsForm};
use crate::error::StoreError;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use wayfare_model::value::ValueType;
use wayfare_segment::column_builder::ColumnBuilder;
use wayfare_segment::columns::Codes;
use wayfare_segment::columns::texts::Texts;

/// What the file ends with; its digits are the version of the form.
const MARK: &[u8; 8] = b"wfatt-03";

/// A column that was kept.
pub(super) struct KeptFile {
    /// It holds every state before this position.
    pub position: u64,
    pub builder: ColumnBuilder,
}

#[derive(Debug, Serialize, Deserialize)]
struct Description {
    wanted: Wanted,
    position: u64,
    codes: CodesForm,
    texts: TextsForm,
}

fn path(folder: &Path, wanted: &Wanted) -> PathBuf {
    // Names of attributes may be any text, names of files may not.
    let told = blake3::hash(format!("{wanted:?}").as_bytes()).to_hex();
    folder.join(format!("{}.column", &told[..32]))
}

/// Writes a column, which holds every state before `position`.
pub(super) fn write(
    folder: &Path,
    wanted: &Wanted,
    position: u64,
    codes: &Codes,
    texts: &Texts,
) -> Result<(), StoreError> {
    std::fs::create_dir_all(folder).map_err(StoreError::file(folder))?;
    sections::write(&path(folder, wanted), MARK, |sections| {
        let (codes, texts) = (sections.add_codes(codes)?, sections.add_texts(texts)?);
        Ok(Description { wanted: wanted.clone(), position, codes, texts })
    })
}

/// A column as it was written last, read as a type; none where there is none that can be read.
pub(super) fn read(folder: &Path, wanted: &Wanted, value_type: ValueType) -> Option<KeptFile> {
    let path = path(folder, wanted);
    // All of it is read anyway.
    if !sections::is_whole(&path, MARK).ok()? {
        return None;
    }
    let (sections, description) = sections::read::<Description>(&path, MARK).ok()?;
    let (codes, texts) = (sections.codes(&description.codes)?, sections.texts(&description.texts)?);
    let builder = ColumnBuilder::resumed(value_type, &codes, &texts);
    (description.wanted == *wanted).then_some(KeptFile { position: description.position, builder })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfare_model::value::Scalar;

    #[test]
    fn a_column_comes_back_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let number = ValueType::One(Scalar::Number);
        let wanted = Wanted::Values("a/../b".into());
        let mut builder = ColumnBuilder::new(number);
        (0..1_000).for_each(|row| builder.set(row * 2, Some(&(row % 300).to_string())));
        let (codes, texts) = builder.parts().unwrap();
        write(folder.path(), &wanted, 17, &codes, &texts).unwrap();
        let back = read(folder.path(), &wanted, number).unwrap();
        assert_eq!(back.position, 17);
        assert_eq!(format!("{:?}", back.builder.finish()), format!("{:?}", builder.finish()));
        assert!(read(folder.path(), &Wanted::Presence("a/../b".into()), number).is_none());
    }
}
