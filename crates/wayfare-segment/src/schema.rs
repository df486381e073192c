//! The JSON Schema of definitions, made from the same lists of names that the parser reads.
//!
//! A schema knows the form only: whether names exist and values fit is said by [`check`](crate::check).

use crate::definition::{
    AggregateFunction, CountOperator, JourneyState, OperandKind, Operator, PRODUCT, TimeOperator, Unit,
};
use serde_json::{Map, Value, json};

/// The schema, draft 2020-12.
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Segment definition",
        "description": "Which profiles are meant. At most 100 levels deep and 10,000 nodes.",
        "$ref": "#/$defs/node",
        "$defs": {
            "node": one_of("A node.", vec![
                nodes("all", "node", "All of these hold; of none, everyone."),
                nodes("any", "node", "Any of these holds; of none, no one."),
                object(&[("not", reference("node"))], &["not"], "The complement."),
                reference("attribute"),
                reference("event"),
                reference("channel_interaction"),
                sequence(),
                journey(),
                object(&[("segment", json!({ "type": "string" }))], &["segment"], "The people of a saved segment."),
                object(&[("list", json!({ "type": "string" }))], &["list"], "The people of a list."),
            ]),
            "attribute": comparison("attribute", "An attribute or identifier compares."),
            "event": events(
                "event",
                json!({ "type": "string", "description": "The event's name." }),
                "An event happened so and so often.",
            ),
            "channel_interaction": events("channel_interaction", marks(), "A message was sent, seen, clicked, …."),
            "times": times(),
            "time_range": time_range(),
            "condition": one_of("What holds of one event.", vec![
                nodes("all", "condition", "All of these hold."),
                nodes("any", "condition", "Any of these holds."),
                object(&[("not", reference("condition"))], &["not"], "The complement."),
                reference("parameter"),
            ]),
            "parameter": comparison("parameter", "A parameter compares."),
            "aggregate": aggregate(),
            "literal": {
                "type": ["string", "number", "boolean"],
                "description": "A value; it is converted to the declared type where nothing is lost.",
            },
        },
    })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn one_of(description: &str, alternatives: Vec<Value>) -> Value {
    json!({ "description": description, "oneOf": alternatives })
}

fn object(properties: &[(&str, Value)], required: &[&str], description: &str) -> Value {
    let properties: Map<String, Value> =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn nodes(member: &str, of: &str, description: &str) -> Value {
    object(&[(member, json!({ "type": "array", "items": reference(of) }))], &[member], description)
}

fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Value {
    json!({ "enum": all.iter().map(|word| name(*word)).collect::<Vec<_>>() })
}

/// One alternative a kind of operand: the operators that take it, and its members.
fn by_operand<T: Copy>(
    all: &[T],
    name: fn(T) -> &'static str,
    kind_of: fn(T) -> OperandKind,
    value: &Value,
    others: &[(&str, Value)],
    required: &[&str],
    optional: &[(&str, Value)],
) -> Vec<Value> {
    let mut alternatives = Vec::new();
    for kind in OperandKind::ALL {
        let operators: Vec<T> = all.iter().copied().filter(|operator| kind_of(*operator) == kind).collect();
        if operators.is_empty() {
            continue;
        }
        let mut properties = others.to_vec();
        properties.push(("operator", names(&operators, name)));
        for member in kind.members() {
            properties.push((
                member,
                match (kind, *member) {
                    (OperandKind::Values, _) => json!({ "type": "array", "items": value }),
                    (OperandKind::Span, "unit") => names(Unit::ALL, Unit::name),
                    (OperandKind::Span, _) => json!({ "type": "integer", "minimum": 1 }),
                    _ => value.clone(),
                },
            ));
        }
        properties.extend_from_slice(optional);
        let mut needed = required.to_vec();
        needed.push("operator");
        needed.extend(kind.members());
        alternatives.push(object(&properties, &needed, "The operators that take this operand."));
    }
    alternatives
}

fn comparison(subject: &str, description: &str) -> Value {
    let alternatives = by_operand(
        Operator::ALL,
        Operator::name,
        Operator::operand,
        &reference("literal"),
        &[(subject, json!({ "type": "string" }))],
        &[subject],
        &[("case_insensitive", json!({ "type": "boolean" }))],
    );
    one_of(description, alternatives)
}

fn sequence() -> Value {
    let step = |name: &str, schema: Value| {
        let properties =
            [(name, schema), ("time_range", reference("time_range")), ("where", reference("condition"))];
        object(&properties, &[name], "A step.")
    };
    let steps = one_of(
        "An event or a channel interaction, once.",
        vec![step("event", json!({ "type": "string" })), step("channel_interaction", marks())],
    );
    let within = object(
        &[("value", json!({ "type": "integer", "minimum": 1 })), ("unit", names(Unit::ALL, Unit::name))],
        &["value", "unit"],
        "How long after the first the others may happen.",
    );
    object(
        &[("sequence", json!({ "type": "array", "minItems": 1, "items": steps })), ("within", within)],
        &["sequence"],
        "Events in this order, each later than the one before.",
    )
}

fn journey() -> Value {
    let state = object(
        &[("id", reference("literal")), ("state", names(JourneyState::ALL, JourneyState::name))],
        &["id", "state"],
        "Which journey, and how things stand.",
    );
    object(&[("journey", state)], &["journey"], "How things stand with a person in a journey.")
}

fn times() -> Value {
    let count = json!({ "type": "integer", "minimum": 0 });
    let alternatives =
        by_operand(CountOperator::ALL, CountOperator::name, CountOperator::operand, &count, &[], &[], &[]);
    one_of("How often; at least once where absent.", alternatives)
}

fn time_range() -> Value {
    let instant = json!({ "type": "string", "format": "date-time" });
    let mut alternatives =
        by_operand(TimeOperator::ALL, TimeOperator::name, TimeOperator::operand, &instant, &[], &[], &[]);
    for alternative in &mut alternatives {
        if let Some(properties) = alternative["properties"].as_object_mut()
            && properties.contains_key("unit")
        {
            properties.insert(
                "calendar".to_owned(),
                json!({
                    "type": "boolean",
                    "description": "Whole days, weeks from Monday or months, the current one included.",
                }),
            );
        }
    }
    one_of("When: from the first instant until before the second; ever where absent.", alternatives)
}

fn aggregate() -> Value {
    let alternatives = by_operand(
        CountOperator::ALL,
        CountOperator::name,
        CountOperator::operand,
        &reference("literal"),
        &[
            ("function", names(AggregateFunction::ALL, AggregateFunction::name)),
            ("parameter", json!({ "type": "string" })),
        ],
        &["function", "parameter"],
        &[],
    );
    one_of("What holds of one parameter over all events of the node.", alternatives)
}

fn marks() -> Value {
    object(
        &[
            ("product", json!({ "const": PRODUCT })),
            ("channel", json!({ "type": "string", "description": "Channel code or name." })),
            ("action", json!({ "type": ["string", "integer"], "description": "Action code or name." })),
            ("journey_id", reference("literal")),
            ("journey_name", reference("literal")),
            ("campaign_id", reference("literal")),
        ],
        &["product"],
        "The marks of a channel interaction.",
    )
}

fn events(member: &str, schema: Value, description: &str) -> Value {
    let properties = [
        (member, schema),
        ("times", reference("times")),
        ("time_range", reference("time_range")),
        ("where", reference("condition")),
        ("aggregate", reference("aggregate")),
    ];
    object(&properties, &[member], description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Random, World, declared, definition, records};

    #[test]
    fn the_schema() {
        insta::assert_json_snapshot!(json_schema());
    }

    /// The part of JSON Schema that the schema uses.
    fn valid(schema: &Value, value: &Value, root: &Value) -> bool {
        let Value::Object(keywords) = schema else { return false };
        keywords.iter().all(|(keyword, of)| match (&**keyword, of) {
            ("$ref", Value::String(path)) => {
                let target = path.strip_prefix('#').and_then(|path| root.pointer(path));
                target.is_some_and(|target| valid(target, value, root))
            }
            ("oneOf", Value::Array(list)) => {
                list.iter().filter(|schema| valid(schema, value, root)).count() == 1
            }
            ("type", Value::String(name)) => is_a(name, value),
            ("type", Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).any(|name| is_a(name, value))
            }
            ("enum", Value::Array(list)) => list.contains(value),
            ("const", constant) => constant == value,
            ("minItems", least) => {
                value.as_array().is_none_or(|items| items.len() as u64 >= least.as_u64().unwrap_or(0))
            }
            ("minimum", least) => value.as_f64() >= least.as_f64(),
            ("required", Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).all(|name| value.get(name).is_some())
            }
            ("properties", Value::Object(properties)) => properties
                .iter()
                .all(|(name, schema)| value.get(name).is_none_or(|value| valid(schema, value, root))),
            ("additionalProperties", _) => value
                .as_object()
                .is_none_or(|members| members.keys().all(|name| keywords["properties"].get(name).is_some())),
            ("items", schema) => {
                value.as_array().is_none_or(|items| items.iter().all(|item| valid(schema, item, root)))
            }
            ("$schema" | "$defs" | "title" | "description" | "format", _) => true,
            (keyword, _) => panic!("the schema uses {keyword}, which this test does not know"),
        })
    }

    fn is_a(name: &str, value: &Value) -> bool {
        match name {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            other => panic!("{other} is no type"),
        }
    }

    #[test]
    fn definitions_that_are_read_are_valid() {
        let schema = json_schema();
        for seed in 0..60 {
            let mut random = Random::new(seed);
            let records = records(&mut random, 20);
            let world = World::new(declared(), &records);
            let json = definition(&mut random, &world);
            let read = crate::definition::Definition::from_value(&json).unwrap();
            assert!(valid(&schema, &json, &schema), "{json}");
            assert!(valid(&schema, &read.to_json(), &schema), "{json}");
        }
    }

    #[test]
    fn what_is_refused_for_its_form_is_invalid() {
        let schema = json_schema();
        for json in [
            json!({}),
            json!([]),
            json!({ "all": [], "any": [] }),
            json!({ "attribute": "x", "operator": "equals" }),
            json!({ "attribute": "x", "operator": "equals", "value": null }),
            json!({ "attribute": "x", "operator": "exists", "value": 1 }),
            json!({ "attribute": "x", "operator": "in_last", "value": 0, "unit": "day" }),
            json!({ "event": "x", "times": { "operator": "exactly", "value": -1 } }),
            json!({ "event": "x", "when": {} }),
            json!({ "channel_interaction": { "product": "email" } }),
            json!({ "segment": 1 }),
            json!({ "sequence": [] }),
            json!({ "sequence": [{ "event": "x", "times": { "operator": "exactly", "value": 1 } }] }),
            json!({ "journey": { "id": 1004, "state": "lost" } }),
        ] {
            assert!(!valid(&schema, &json, &schema), "{json}");
            assert!(crate::definition::Definition::from_value(&json).is_err(), "{json}");
        }
    }
}
