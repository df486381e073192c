//! Saved segments and lists, and the part of them that a definition refers to.

use crate::error::StoreError;
use crate::operational::{lists, saved_segments};
use crate::snapshot::Snapshot;
use crate::store::Store;
use std::sync::Arc;
use wayfare_model::id::ProfileId;
use wayfare_segment::definition::Definition;
use wayfare_segment::library::{Library, References};

pub use crate::operational::lists::ListRow;
pub use crate::operational::saved_segments::SegmentRow;

impl Store {
    /// Adds a version of a saved segment; `false` where someone else has added that version meanwhile.
    pub async fn add_segment_version(&self, row: &SegmentRow) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let added = saved_segments::add(&mut writer.connection, row).await;
        added.map_err(|error| error.told(self.data_dir()))
    }

    /// The newest versions of saved segments, deleted ones included, by id.
    pub async fn segments(&self) -> Result<Vec<SegmentRow>, StoreError> {
        saved_segments::all(&mut *self.0.readers.acquire().await?).await
    }

    /// The versions of one saved segment, newest first.
    pub async fn segment_versions(&self, id: &str) -> Result<Vec<SegmentRow>, StoreError> {
        saved_segments::versions(&mut *self.0.readers.acquire().await?, id).await
    }

    /// Makes a list; members ascend.
    pub async fn add_list(&self, row: &ListRow, members: &[ProfileId]) -> Result<(), StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        let added = lists::add(&mut writer.connection, row, members).await;
        added.map_err(|error| error.told(self.data_dir()))
    }

    /// The lists, by id.
    pub async fn lists(&self) -> Result<Vec<ListRow>, StoreError> {
        lists::all(&mut *self.0.readers.acquire().await?).await
    }

    /// The members of a list, ascending; `None` where there is no such list.
    pub async fn list_members(&self, id: &str) -> Result<Option<Vec<ProfileId>>, StoreError> {
        lists::members(&mut *self.0.readers.acquire().await?, id).await
    }

    /// Takes a list away; `false` where there was none.
    pub async fn remove_list(&self, id: &str) -> Result<bool, StoreError> {
        let mut writer = self.0.writer()?.lock().await;
        lists::remove(&mut writer.connection, id).await
    }

    /// What a definition refers to, itself and by way of segments. Segments that it does not refer to are left out,
    /// so that one that cannot be read spoils nothing else; their ids stay for suggestions.
    pub async fn library(&self, definition: &Definition) -> Result<Library, StoreError> {
        let mut library = Library::default();
        let mut wanted = vec![definition.references()];
        if wanted[0] == References::default() {
            return Ok(library);
        }
        let saved = self.segments().await?;
        while let Some(References { segments, lists }) = wanted.pop() {
            for id in lists {
                if !library.lists.contains_key(&id)
                    && let Some(members) = self.list_members(&id).await?
                {
                    library.lists.insert(id, members.into());
                }
            }
            for id in segments {
                let row = saved.iter().find(|row| row.id == id && !row.deleted);
                let Some(row) = row.filter(|_| !library.segments.contains_key(&id)) else { continue };
                let definition = Definition::parse(&row.definition)
                    .map_err(|refusal| StoreError::corrupt(format!("segment {id}"), refusal))?;
                wanted.push(definition.references());
                library.segments.insert(id, Arc::new(definition));
            }
        }
        Ok(library)
    }
}

impl Snapshot {
    /// One past the highest ordinal of a profile: what a column of profiles has rows for.
    pub fn ordinals(&self) -> u32 {
        self.view.profiles
    }

    /// What a definition refers to now; see [`Store::library`].
    pub async fn library(&self, definition: &Definition) -> Result<Library, StoreError> {
        Store(self.store.clone()).library(definition).await
    }
}
