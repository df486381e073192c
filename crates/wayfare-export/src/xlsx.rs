//! XLSX: one sheet a part, streamed into a container, for those who open an export by hand.

use crate::cell_form::CellForm;
use crate::cells::Cells;
use crate::column::Column;
use crate::error::ExportError;
use crate::part_file::{PartFile, PartFiles};
use crate::writer::{Limits, TableWriter};
use crate::xlsx_sheet::SheetEncoder;
use crate::zip::Zip;
use arrow::array::ArrayRef;

/// The rows that a sheet can have, without its header.
pub const MOST_ROWS: u64 = 1_048_575;
/// The columns that a sheet can have.
pub const MOST_COLUMNS: usize = 16_384;
/// The sheet in the container.
pub const SHEET: &str = "xl/worksheets/sheet1.xml";
/// XML as long as this is compressed at once.
const CHUNK: usize = 256 * 1024;
/// A part ends before its XML needs more than the 32 bits of a plain container.
const MOST_XML: u64 = 3 << 30;
/// Kept free for what closes a file.
const CLOSING: u64 = 1_024;

const TYPES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
    r#"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
    r#"<Default Extension="xml" ContentType="application/xml"/>"#,
    r#"<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>"#,
    r#"<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>"#,
    r#"<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#,
    r#"</Types>"#,
);
const ROOT_RELATIONS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>"#,
    r#"</Relationships>"#,
);
const BOOK_RELATIONS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>"#,
    r#"<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>"#,
    r#"</Relationships>"#,
);
/// Cell formats in the order of the places that the sheet's cells name.
const STYLES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#,
    r#"<numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/>"#,
    r#"<numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/>"#,
    r#"<numFmt numFmtId="166" formatCode="yyyy\-mm\-dd\ hh:mm:ss.000"/></numFmts>"#,
    r#"<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>"#,
    r#"<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>"#,
    r#"<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>"#,
    r#"<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"#,
    r#"<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>"#,
    r#"<cellXfs count="8"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>"#,
    r#"<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1" applyFont="1"/>"#,
    r#"<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>"#,
    r#"<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>"#,
    r#"<xf numFmtId="1" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>"#,
    r#"<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>"#,
    r#"<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>"#,
    r#"<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>"#,
    r#"<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#,
);

/// Writes XLSX.
pub struct XlsxWriter {
    sheet: SheetEncoder,
    sheet_name: &'static str,
    limits: Limits,
    chunk_target: usize,
    files: PartFiles,
    /// Rows encoded so far, those of earlier parts included.
    rows: u64,
    part: Option<OpenPart>,
    /// XML not compressed yet.
    chunk: Vec<u8>,
}

struct OpenPart {
    file: PartFile,
    zip: Zip,
    rows: u64,
    xml: u64,
    largest_chunk: u64,
}

impl XlsxWriter {
    /// A writer that begins after `rows` rows.
    pub fn new(
        columns: Vec<Column>,
        form: CellForm,
        sheet_name: &'static str,
        limits: Limits,
        files: PartFiles,
        rows: u64,
    ) -> Self {
        Self {
            sheet: SheetEncoder::new(columns, form),
            sheet_name,
            limits,
            chunk_target: limits.bytes.map_or(CHUNK, |bytes| CHUNK.min((bytes / 4).max(1) as usize)),
            files,
            rows,
            part: None,
            chunk: Vec::with_capacity(CHUNK + CHUNK / 4),
        }
    }

    fn open(&mut self) -> Result<(), ExportError> {
        let mut file = self.files.begin()?;
        let (mut zip, mut out) = (Zip::default(), Vec::new());
        zip.whole(&mut out, "[Content_Types].xml", TYPES.as_bytes())?;
        zip.whole(&mut out, "_rels/.rels", ROOT_RELATIONS.as_bytes())?;
        let workbook = format!(
            concat!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
                r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main""#,
                r#" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">"#,
                r#"<sheets><sheet name="{}" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
            ),
            self.sheet_name
        );
        zip.whole(&mut out, "xl/workbook.xml", workbook.as_bytes())?;
        zip.whole(&mut out, "xl/_rels/workbook.xml.rels", BOOK_RELATIONS.as_bytes())?;
        zip.whole(&mut out, "xl/styles.xml", STYLES.as_bytes())?;
        zip.begin(&mut out, SHEET);
        file.append(&out)?;
        self.sheet.header(&mut self.chunk);
        self.part = Some(OpenPart { file, zip, rows: 0, xml: 0, largest_chunk: 0 });
        Ok(())
    }

    /// Compresses and writes the chunk; whether the part is as large as it may be.
    fn settle(&mut self) -> Result<bool, ExportError> {
        let Some(part) = &mut self.part else { return Ok(false) };
        let mut packed = Vec::with_capacity(self.chunk.len() / 4);
        let size = part.zip.data(&mut packed, &self.chunk)? as u64;
        part.file.append(&packed)?;
        part.xml += self.chunk.len() as u64;
        part.largest_chunk = part.largest_chunk.max(size);
        self.chunk.clear();
        self.files.control().set_rows(self.rows);
        self.files.control().check()?;
        // The next chunk is taken to be as large as the largest so far.
        let after = part.file.bytes() + part.largest_chunk + CLOSING;
        Ok(part.xml >= MOST_XML || self.limits.bytes.is_some_and(|most| after > most))
    }

    fn close(&mut self) -> Result<(), ExportError> {
        let Some(mut part) = self.part.take() else { return Ok(()) };
        SheetEncoder::footer(&mut self.chunk);
        let mut out = Vec::new();
        part.zip.data(&mut out, &self.chunk)?;
        part.zip.end(&mut out)?;
        part.zip.finish(&mut out)?;
        part.file.append(&out)?;
        self.chunk.clear();
        let notes = std::mem::take(&mut self.sheet.notes);
        part.file.note(notes.list(self.sheet.columns()));
        self.files.control().set_rows(self.rows);
        self.files.finish(part.file, part.rows)
    }
}

impl TableWriter for XlsxWriter {
    fn write(&mut self, columns: &[ArrayRef], rows: usize) -> Result<(), ExportError> {
        let cells = columns.iter().map(Cells::of).collect::<Result<Vec<_>, _>>()?;
        let most = self.limits.rows.map_or(MOST_ROWS, |rows| rows.min(MOST_ROWS));
        for row in 0..rows {
            if self.part.is_none() {
                self.open()?;
            }
            let Some(part) = &mut self.part else { continue };
            part.rows += 1;
            self.rows += 1;
            // The header is the sheet's first row; there are far fewer than 32 bits hold.
            self.sheet.row(&mut self.chunk, &cells, row, part.rows as u32 + 1)?;
            let ended = part.rows >= most;
            if ended || self.chunk.len() >= self.chunk_target && self.settle()? {
                self.close()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        if self.part.is_none() && self.files.is_first() {
            self.open()?;
        }
        self.close()
    }
}
