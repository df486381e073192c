//! Re-reading a part of XLSX: the sheet streamed out of its container, its checksum, every row and cell in its place.

use crate::column::SchemaColumn;
use crate::xlsx::SHEET;
use crate::xlsx_sheet::letters;
use crate::zip;
use flate2::CrcReader;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Reads an XLSX part.
pub fn read(path: &Path, schema: &[SchemaColumn], rows: &mut u64) -> Result<(), String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let found = zip::find(&mut file, SHEET).map_err(|error| error.to_string())?;
    // One byte more than the directory tells would show.
    let data = zip::open(&mut file, &found).map_err(|error| error.to_string())?.take(found.plain + 1);
    let mut sheet = CrcReader::new(BufReader::with_capacity(256 * 1024, data));
    let mut reader = Reader::from_reader(BufReader::with_capacity(64 * 1024, &mut sheet));
    reader.config_mut().check_end_names = true;
    let mut table = Table::new(schema);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event =
            reader.read_event_into(&mut buffer).map_err(|error| format!("row {}: {error}", *rows + 1))?;
        match event {
            Event::Start(tag) => table.start(&tag, false)?,
            Event::Empty(tag) => table.start(&tag, true)?,
            Event::Text(text) => table.text(&text.into_inner()),
            Event::GeneralRef(reference) => table.reference(&reference)?,
            Event::End(tag) => match tag.name().as_ref() {
                "row" => {
                    table.end_row()?;
                    *rows = table.rows.saturating_sub(1);
                }
                "worksheet" => table.is_whole = true,
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    drop(reader);
    std::io::copy(&mut sheet, &mut std::io::sink()).map_err(|error| error.to_string())?;
    if !table.is_whole {
        return Err("its sheet is cut off".into());
    }
    if table.rows == 0 {
        return Err("it has no header".into());
    }
    if sheet.crc().sum() != found.crc || u64::from(sheet.crc().amount()) != found.plain & u64::from(u32::MAX)
    {
        return Err("its sheet does not match its checksum".into());
    }
    Ok(())
}

/// What was seen of the sheet.
struct Table<'a> {
    schema: &'a [SchemaColumn],
    letters: Vec<String>,
    /// Rows begun, the header among them.
    rows: u64,
    /// The next column that a cell of this row may stand in.
    next: usize,
    /// The header's cell.
    header: String,
    is_whole: bool,
}

impl<'a> Table<'a> {
    fn new(schema: &'a [SchemaColumn]) -> Self {
        let letters = (0..schema.len()).map(letters).collect();
        Self { schema, letters, rows: 0, next: 0, header: String::new(), is_whole: false }
    }

    fn start(&mut self, tag: &BytesStart<'_>, is_empty: bool) -> Result<(), String> {
        match tag.name().as_ref() {
            "row" => {
                self.rows += 1;
                self.next = 0;
                if place(tag)? != self.rows.to_string() {
                    return Err(format!("row {} is not where it belongs", self.rows - 1));
                }
                if is_empty {
                    self.end_row()?;
                }
            }
            "c" => {
                self.end_cell()?;
                let place = place(tag)?;
                let column = place.trim_end_matches(|c: char| c.is_ascii_digit());
                let found = self.letters.iter().skip(self.next).position(|known| known == column);
                let is_in_row = place[column.len()..] == self.rows.to_string();
                let Some(skipped) = found.filter(|_| is_in_row) else {
                    return Err(format!(
                        "row {}: cell {place} is not where it belongs",
                        self.rows.saturating_sub(1)
                    ));
                };
                if self.rows == 1 && skipped > 0 {
                    return Err(self.wrong_header());
                }
                self.next += skipped + 1;
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.rows == 1 {
            self.header.push_str(text);
        }
    }

    fn reference(&mut self, reference: &quick_xml::events::BytesRef<'_>) -> Result<(), String> {
        let told = |error: &dyn std::fmt::Display| format!("row {}: {error}", self.rows.saturating_sub(1));
        let character = reference.resolve_char_ref().map_err(|error| told(&error))?;
        let character = match (character, reference.xml10_content().as_ref()) {
            (Some(character), _) => character,
            (None, "amp") => '&',
            (None, "lt") => '<',
            (None, "gt") => '>',
            (None, other) => return Err(told(&format!("no character is called &{other};"))),
        };
        self.text(character.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    /// Compares the header's cell before the next one, or the end of the row.
    fn end_cell(&mut self) -> Result<(), String> {
        if self.rows != 1 || self.next == 0 {
            return Ok(());
        }
        let name = std::mem::take(&mut self.header);
        match self.schema.get(self.next - 1) {
            Some(column) if column.name == name.replace("_x005F_x", "_x") => Ok(()),
            _ => Err(self.wrong_header()),
        }
    }

    fn end_row(&mut self) -> Result<(), String> {
        self.end_cell()?;
        if self.rows == 1 && self.next != self.schema.len() {
            return Err(self.wrong_header());
        }
        Ok(())
    }

    fn wrong_header(&self) -> String {
        "its header does not name the columns of the manifest".into()
    }
}

/// What a row or a cell says of its place.
fn place(tag: &BytesStart<'_>) -> Result<String, String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let attribute = tag.try_get_attribute("r").map_err(|error| told(&error))?;
    let attribute = attribute.ok_or_else(|| "a row or cell does not say where it stands".to_owned())?;
    Ok(attribute.value.into_owned())
}
