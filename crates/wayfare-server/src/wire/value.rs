//! Values of attributes and parameters as JSON of the dictionary's type.

use serde_json::Value;
use wayfare_model::value::{Scalar, SourceValue, ValueType, array_elements};

/// A value as JSON of that type; where its text is not of the type, the text itself.
pub fn json(value: &SourceValue, value_type: ValueType) -> Value {
    match value_type {
        ValueType::One(scalar) => scalar_json(&value.text, scalar),
        ValueType::Array(scalar) => match array_elements(&value.text) {
            Some(elements) => elements.iter().map(|element| scalar_json(&element.text, scalar)).collect(),
            None => Value::String(value.text.to_string()),
        },
    }
}

fn scalar_json(text: &str, scalar: Scalar) -> Value {
    let typed = match scalar {
        Scalar::Boolean => text.parse().ok().map(Value::Bool),
        Scalar::Number => serde_json::from_str(text).ok().map(Value::Number),
        Scalar::Date | Scalar::Datetime | Scalar::String => None,
    };
    typed.unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use wayfare_model::value::Source;

    fn check(source: Source, text: &str, value_type: &str, expected: Value) {
        let value_type = ValueType::from_name(value_type).expect("a type");
        assert_eq!(json(&SourceValue::new(source, text), value_type), expected, "{text}");
    }

    #[test]
    fn values() {
        check(Source::Number, "42", "number", json!(42));
        check(Source::Text, "2.50", "number", json!(2.5));
        check(Source::Number, "9007199254740993", "number", json!(9_007_199_254_740_993_i64));
        check(Source::Number, "42", "string", json!("42"));
        check(Source::Boolean, "true", "boolean", json!(true));
        check(Source::String, "2026-01-31", "date", json!("2026-01-31"));
        check(Source::Array, r#"["a", "b"]"#, "array of string", json!(["a", "b"]));
        check(Source::Array, "[1, 2.5]", "array of number", json!([1, 2.5]));
        check(Source::Array, "[1, \"x\"]", "string", json!("[1, \"x\"]"));
        check(Source::Text, "n/a", "number", json!("n/a"));
    }
}
