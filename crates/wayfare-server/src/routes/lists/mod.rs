//! `/api/v1/lists`

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod remove;

use crate::wire::saved_segment::SavedList;
use wayfare_store::ListRow;

/// A list as it goes out.
fn shown(row: ListRow, unknown: Option<u64>) -> SavedList {
    SavedList {
        id: row.id,
        name: row.name,
        size: row.size,
        made_from: row.made_from,
        made_at: row.made_at.to_string(),
        made_by: row.made_by,
        unknown,
    }
}
