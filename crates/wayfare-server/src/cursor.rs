//! Cursors: where a page ended, opaque to clients, holding nothing secret.

use crate::problem::Problem;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, de::DeserializeOwned};

/// The cursor that leads on from `place`.
pub fn write<T: Serialize>(place: &T) -> Result<String, Problem> {
    let json = serde_json::to_vec(place).map_err(|error| Problem::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// The place that a cursor leads on from; `None` without a cursor.
pub fn read<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let place = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|json| serde_json::from_slice(&json).ok());
    match place {
        Some(place) => Ok(Some(place)),
        None => {
            Err(Problem::invalid("cursor", "is not a cursor of this listing; leave it out to start over"))
        }
    }
}

/// The size of a page: `asked` or `default`, within 1 to `most`.
pub fn limit(asked: Option<u32>, default: u32, most: u32) -> Result<usize, Problem> {
    match asked.unwrap_or(default) {
        limit if (1..=most).contains(&limit) => Ok(limit as usize),
        _ => Err(Problem::invalid("limit", format!("must lie between 1 and {most}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let cursor = write(&(7u64, "a b")).expect("written");
        assert_eq!(read::<(u64, String)>(Some(&cursor)).expect("read"), Some((7, "a b".to_owned())));
        assert_eq!(read::<u64>(None).expect("none"), None);
        assert!(read::<u64>(Some(&cursor)).is_err());
        assert!(read::<u64>(Some("%")).is_err());
    }

    #[test]
    fn limits() {
        assert_eq!(limit(None, 50, 500).expect("default"), 50);
        assert!(limit(Some(0), 50, 500).is_err() && limit(Some(501), 50, 500).is_err());
    }
}
