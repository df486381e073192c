//! `values_url`: values of a filter that lie at an address, one a line without a header, fetched once when the export is
//! asked for. From then on they are part of the request, so that a restart and a second run see the same.

use crate::error::ExportError;
use crate::outbound::Outbound;
use crate::request::ExportRequest;
use serde_json::Value;

/// The most bytes of a file of values: as many as a request could have written into `values`.
const MOST_BYTES: usize = 1_000_000;

/// Fetches the values of all filters that name an address.
pub async fn fetch(request: &mut ExportRequest, outbound: &Outbound) -> Result<(), ExportError> {
    let Some(events) = &mut request.events else { return Ok(()) };
    for (index, wanted) in events.wanted.iter_mut().enumerate() {
        for (place, filter) in wanted.filters.iter_mut().enumerate() {
            let Some(address) = filter.values_url.take() else { continue };
            let path = format!("events.wanted[{index}].filters[{place}].values_url");
            let refuse = |why: String| ExportError::refused(path.clone(), why);
            if filter.values.is_some() {
                return Err(refuse("stands beside `values`: give one of them".into()));
            }
            let url = outbound.target(&address).map_err(|error| refuse(error.to_string()))?;
            let file = outbound.get(&url, MOST_BYTES).await.map_err(|error| refuse(error.to_string()))?;
            filter.values = Some(values(&file).map_err(refuse)?);
        }
    }
    Ok(())
}

/// The values of a file with one column.
fn values(file: &[u8]) -> Result<Vec<Value>, String> {
    let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let mut values = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| format!("line {}: {error}", index + 1))?;
        match record.len() {
            1 => values.push(Value::String(record[0].to_owned())),
            more => return Err(format!("line {} has {more} columns instead of 1", index + 1)),
        }
    }
    match values.is_empty() {
        true => Err("the file holds no values".into()),
        false => Ok(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_column() {
        let read = |text: &str| values(text.as_bytes()).map(Value::from);
        assert_eq!(read("369\r\n877\n"), Ok(json!(["369", "877"])));
        assert_eq!(read("\u{feff}\"a, b\"\nünï"), Ok(json!(["a, b", "ünï"])));
        assert!(read("a,b\n").unwrap_err().contains("2 columns"));
        assert!(read("").unwrap_err().contains("no values"));
        assert!(values(b"\xff\n").is_err());
    }
}
