//! Letters, in text and HTML: the one that says an export is ready, what it holds and how long the link works; and the one
//! that is sent to see whether letters arrive.

use crate::error::ExportError;
use crate::mail::Letter;
use crate::request::{Compression, Format};
use minijinja::{Environment, Value, context};
use wayfare_model::time::Instant;

/// Warnings that a letter shows; the rest it counts.
const WARNINGS: usize = 10;

/// All templates. The names' endings decide what is escaped.
const TEMPLATES: [(&str, &str); 7] = [
    ("letter.html", include_str!("../templates/letter.html")),
    ("export_ready.html", include_str!("../templates/export_ready.html")),
    ("export_ready.txt", include_str!("../templates/export_ready.txt")),
    ("run_missed.html", include_str!("../templates/run_missed.html")),
    ("run_missed.txt", include_str!("../templates/run_missed.txt")),
    ("test.html", include_str!("../templates/test.html")),
    ("test.txt", include_str!("../templates/test.txt")),
];

/// What the e-mail tells.
#[derive(Debug, Clone)]
pub struct Ready<'a> {
    /// To whom.
    pub to: &'a str,
    /// The export.
    pub id: &'a str,
    /// What a row is: `profiles` or `events`.
    pub kind: &'a str,
    /// Who is meant, in words.
    pub filter_words: &'a str,
    /// How many rows.
    pub rows: u64,
    /// How many bytes, all files together.
    pub bytes: u64,
    /// How many files.
    pub files: usize,
    /// The form of the files.
    pub format: Format,
    /// How they are compressed.
    pub compression: Option<Compression>,
    /// The signed link.
    pub link: &'a str,
    /// Until when it works.
    pub link_until: Instant,
    /// Until when the files are kept.
    pub kept_until: Instant,
    /// Who asked.
    pub requested_by: &'a str,
    /// What the reader should know.
    pub warnings: &'a [String],
}

/// Writes the e-mail.
pub fn ready(facts: &Ready<'_>) -> Result<Letter, ExportError> {
    let what = match facts.rows {
        1 => format!("1 row of {}", facts.kind),
        rows => format!("{} rows of {}", grouped(rows), facts.kind),
    };
    let values = context! {
        id => facts.id,
        filter => facts.filter_words,
        what => &what,
        rows => grouped(facts.rows),
        size => size(facts.bytes),
        files => facts.files,
        format => format_words(facts.format, facts.compression),
        link => facts.link,
        link_until => minute(facts.link_until),
        kept_until => minute(facts.kept_until),
        requested_by => facts.requested_by,
        warnings => facts.warnings.iter().take(WARNINGS).cloned().collect::<Vec<_>>(),
        more_warnings => facts.warnings.len().saturating_sub(WARNINGS),
    };
    write(facts.to, format!("Your export is ready: {what}"), "export_ready", &values)
}

/// Writes a letter that says no more than that letters arrive.
pub fn test(to: &str, service: &str) -> Result<Letter, ExportError> {
    let values = context! { to => to, service => service.trim_end_matches('/') };
    write(to, "A test letter of Wayfare".into(), "test", &values)
}

/// Writes a letter as the templates of that name say, in text and HTML.
pub fn write(to: &str, subject: String, name: &str, values: &Value) -> Result<Letter, ExportError> {
    let told = |error: minijinja::Error| ExportError::Mail { to: to.into(), why: error.to_string() };
    let mut environment = Environment::new();
    for (name, template) in TEMPLATES {
        environment.add_template(name, template).map_err(told)?;
    }
    let render = |ending: &str| {
        let template = environment.get_template(&format!("{name}.{ending}"));
        template.and_then(|template| template.render(values)).map_err(told)
    };
    Ok(Letter { to: to.into(), subject, text: render("txt")?, html: render("html")? })
}

fn format_words(format: Format, compression: Option<Compression>) -> String {
    let format = match format {
        Format::Csv => "CSV",
        Format::Ndjson => "NDJSON",
        Format::Parquet => "Parquet",
        Format::Arrow => "Arrow",
        Format::Xlsx => "XLSX",
    };
    match compression {
        None => format.into(),
        Some(Compression::Gzip) => format!("{format}, gzip"),
        Some(Compression::Zstd) => format!("{format}, Zstandard"),
    }
}

/// `12,345`
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as people read them: `1.4 MB`.
pub fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if value < 999.95 {
            return match unit {
                "bytes" => format!("{bytes} bytes"),
                unit => format!("{value:.1} {unit}"),
            };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

/// To the minute, in UTC.
fn minute(instant: Instant) -> String {
    let text = instant.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(warnings: &[String]) -> Ready<'_> {
        Ready {
            to: "ana@example.com",
            id: "exp_0199",
            kind: "profiles",
            filter_words: "entered journey \"<b>7</b>\" & gender is F",
            rows: 12_345,
            bytes: 1_440_000,
            files: 1,
            format: Format::Csv,
            compression: Some(Compression::Gzip),
            link: "http://127.0.0.1:8080/download/exp_0199/part-00001.csv.gz?expires=1&signature=x",
            link_until: Instant::parse("2026-09-03T07:00:00Z").unwrap(),
            kept_until: Instant::parse("2026-09-09T07:00:00Z").unwrap(),
            requested_by: "web app",
            warnings,
        }
    }

    #[test]
    fn the_letter() {
        let warnings = ["2 dry-run events were left out".to_owned()];
        let letter = ready(&facts(&warnings)).unwrap();
        insta::assert_snapshot!("letter_text", format!("Subject: {}\n\n{}", letter.subject, letter.text));
        insta::assert_snapshot!("letter_html", letter.html);
        assert!(!letter.html.contains("<b>7"));
        let many: Vec<String> = (0..12).map(|number| format!("warning {number}")).collect();
        let letter = ready(&facts(&many)).unwrap();
        for body in [&letter.text, &letter.html] {
            assert!(body.contains("warning 9") && !body.contains("warning 10"), "{body}");
            assert!(body.contains("2 more, which"), "{body}");
        }
    }

    #[test]
    fn the_test_letter() {
        let letter = test("ana@example.com", "https://wayfare.example/").unwrap();
        insta::assert_snapshot!("test_text", format!("Subject: {}\n\n{}", letter.subject, letter.text));
        assert!(letter.html.contains("ana@example.com") && letter.html.contains("wayfare.example"));
    }

    #[test]
    fn sizes_and_numbers() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0, 999, 1_000, 999_960, 5_000_000_000].map(size),
            ["0 bytes", "999 bytes", "1.0 kB", "1.0 MB", "5.0 GB"]
        );
    }
}
