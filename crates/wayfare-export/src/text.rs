//! Values as text, shared by the formats that hold text: numbers and arrays.

use std::io::Write;

/// Texts up to so many bytes are copied as if they had as many: a copy of fixed length needs no call.
pub const PIECE: usize = 64;

/// Appends the first `length` bytes of a text, fastest where at least [`PIECE`] are there; all of it where it is shorter.
#[inline]
pub fn append_start(out: &mut Vec<u8>, text: &[u8], length: usize) {
    match text.first_chunk::<PIECE>() {
        Some(piece) if length <= PIECE => {
            let end = out.len() + length;
            out.extend_from_slice(piece);
            out.truncate(end);
        }
        _ => out.extend_from_slice(text.get(..length).unwrap_or(text)),
    }
}

/// Appends a whole number.
pub fn integer(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    unsigned(out, value.unsigned_abs());
}

/// Appends a whole number without a sign.
pub fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// Appends the shortest decimal that reads back as the same float: plain between 1e-5 and 1e17, else with an
/// exponent.
pub fn float(out: &mut Vec<u8>, value: f64) {
    let size = value.abs();
    // Writing into a vector cannot fail.
    let _ = if value == 0.0 || (1e-5..1e17).contains(&size) {
        write!(out, "{value}")
    } else {
        write!(out, "{value:e}")
    };
}

/// Appends a number of JSON's grammar in the form that [`float`] gives it; `false` where it is no such number,
/// and then nothing was appended.
pub fn number(out: &mut Vec<u8>, text: &str) -> bool {
    if is_shortest(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
        return true;
    }
    match wayfare_model::value::exact_number(text) {
        Some(value) => {
            float(out, value);
            true
        }
        None => false,
    }
}

/// Whether a text is a number that needs no rewriting: at most 15 digits, which a float always holds apart, no
/// exponent, no zero at the end of its fraction, not too small to be written plainly.
fn is_shortest(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    if unsigned.is_empty() || unsigned.len() > 16 {
        return false;
    }
    let whole = unsigned.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if whole == 0 || whole > 15 || whole > 1 && unsigned[0] == b'0' {
        return false;
    }
    match &unsigned[whole..] {
        [] => true,
        [b'.', fraction @ ..] => {
            fraction.iter().all(u8::is_ascii_digit)
                && fraction.last().is_some_and(|last| *last != b'0')
                && (unsigned[0] != b'0' || fraction.iter().take_while(|digit| **digit == b'0').count() < 4)
        }
        _ => false,
    }
}

/// Appends a JSON array without the white space between its tokens, so that it stands on one line.
pub fn compact_json(out: &mut Vec<u8>, json: &str) {
    let bytes = json.as_bytes();
    if !bytes.iter().any(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) {
        return out.extend_from_slice(bytes);
    }
    let (mut inside, mut escaped) = (false, false);
    for &byte in bytes {
        if inside {
            out.push(byte);
            match (escaped, byte) {
                (true, _) => escaped = false,
                (false, b'\\') => escaped = true,
                (false, b'"') => inside = false,
                _ => {}
            }
        } else if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            out.push(byte);
            inside = byte == b'"';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(f: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        f(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("1.50", "1.5"),
            ("100.0", "100"),
            ("0.10", "0.1"),
            ("-0", "-0"),
            ("0", "0"),
            ("-12.5", "-12.5"),
            ("1e3", "1000"),
            ("9007199254740992", "9007199254740992"),
            ("9007199254740991", "9007199254740991"),
            ("0.00001", "0.00001"),
            ("0.000001", "1e-6"),
            ("1E400", "refused"),
            ("123456789.123456789", "123456789.12345679"),
            ("1e300", "1e300"),
            ("001", "refused"),
            ("9007199254740993", "refused"),
            ("x", "refused"),
            ("", "refused"),
            ("1.", "refused"),
        ] {
            let mut out = Vec::new();
            let taken = number(&mut out, text);
            let told = if taken { String::from_utf8(out).expect("text") } else { "refused".into() };
            assert_eq!(told, expected, "{text}");
        }
    }

    #[test]
    fn arrays_on_one_line() {
        assert_eq!(
            written(|out| compact_json(out, "[1,\n \"a b\\\" c\" ,\ttrue ]")),
            r#"[1,"a b\" c",true]"#
        );
    }

    proptest! {
        #[test]
        fn floats_read_back(value: f64) {
            prop_assume!(value.is_finite());
            let text = written(|out| float(out, value));
            prop_assert_eq!(text.parse::<f64>().expect("a float").to_bits(), value.to_bits());
        }

        #[test]
        fn the_short_way_agrees_with_the_long_one(whole in 0u32..100_000, fraction in 0u32..1_000_000, minus: bool) {
            let sign = if minus { "-" } else { "" };
            let text = format!("{sign}{whole}.{fraction}");
            let value: f64 = text.parse().expect("a float");
            prop_assert_eq!(written(|out| { number(out, &text); }), written(|out| float(out, value)));
        }

        #[test]
        fn integers(value: i64) {
            prop_assert_eq!(written(|out| integer(out, value)), value.to_string());
        }
    }
}
