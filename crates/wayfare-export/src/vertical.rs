//! The tree by which clients of v1 chose people before there were saved segments: groups of conditions on attributes,
//! turned into a definition.

use crate::error::ExportError;
use crate::request::FilterOperator;
use crate::v1_names;
use serde::Deserialize;
use serde_json::{Value, json};
use wayfare_model::dictionary::Dictionary;

/// The tree.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vertical {
    /// Which profiles were meant once; there is one profile a person here.
    #[serde(default, rename = "sources")]
    _sources: Vec<String>,
    main_group: MainGroup,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MainGroup {
    #[serde(default)]
    condition: Condition,
    filter_groups: Vec<FilterGroup>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterGroup {
    #[serde(default)]
    condition: Condition,
    attr_filters: Vec<AttrFilter>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttrFilter {
    #[serde(default)]
    condition: Condition,
    attrs: Vec<Attr>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attr {
    key: String,
    operator: FilterOperator,
    values: Vec<Value>,
}

/// How the members of a group go together.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Condition {
    /// All must hold.
    #[default]
    And,
    /// One must hold.
    Or,
}

impl Condition {
    fn join(self, mut members: Vec<Value>, path: &str) -> Result<Value, ExportError> {
        match (self, members.len()) {
            // It would mean everyone, or no one, without a word.
            (_, 0) => Err(ExportError::refused(path, "is empty: write at least one condition")),
            (_, 1) => Ok(members.remove(0)),
            (Self::And, _) => Ok(json!({ "all": members })),
            (Self::Or, _) => Ok(json!({ "any": members })),
        }
    }
}

impl Vertical {
    /// The definition that means the same people.
    pub fn definition(&self, dictionary: &Dictionary) -> Result<Value, ExportError> {
        let main = "vertical.main_group.filter_groups";
        let mut groups = Vec::with_capacity(self.main_group.filter_groups.len());
        for (index, group) in self.main_group.filter_groups.iter().enumerate() {
            let path = format!("{main}[{index}].attr_filters");
            let mut filters = Vec::with_capacity(group.attr_filters.len());
            for (place, filter) in group.attr_filters.iter().enumerate() {
                let path = format!("{path}[{place}].attrs");
                let attrs = filter.attrs.iter().enumerate();
                let attrs =
                    attrs.map(|(which, attr)| attr.definition(dictionary, &format!("{path}[{which}]")));
                filters.push(filter.condition.join(attrs.collect::<Result<_, _>>()?, &path)?);
            }
            groups.push(group.condition.join(filters, &path)?);
        }
        self.main_group.condition.join(groups, main)
    }
}

impl Attr {
    fn definition(&self, dictionary: &Dictionary, path: &str) -> Result<Value, ExportError> {
        let any = matches!(self.values.as_slice(), [Value::String(only)] if only == "any");
        if self.key == "iid" && any {
            return match self.operator {
                FilterOperator::Ne => Ok(json!({ "all": [] })),
                FilterOperator::Eq => Ok(json!({ "any": [] })),
                _ => Err(ExportError::refused(
                    format!("{path}.operator"),
                    "goes with `eq` and `ne` for \"any\"",
                )),
            };
        }
        let name = match self.key.as_str() {
            "iid" => Some("profile_id".to_owned()),
            key => {
                let found = v1_names::attribute(key, dictionary);
                let found = found
                    .ok_or_else(|| crate::plan::unknown_attribute(format!("{path}.key"), key, dictionary))?;
                found.attribute
            }
        };
        // What nobody has is equal to nothing.
        let Some(name) = name else {
            return Ok(match self.operator {
                FilterOperator::Ne => json!({ "all": [] }),
                _ => json!({ "any": [] }),
            });
        };
        let compared = compared(self.operator, &self.values, &format!("{path}.values"))?;
        let mut node = json!({ "attribute": name });
        extend(&mut node, compared);
        Ok(node)
    }
}

/// An operator of the surface and its values, as members of a node of a definition.
pub fn compared(operator: FilterOperator, values: &[Value], path: &str) -> Result<Value, ExportError> {
    let ordered = match operator {
        FilterOperator::Eq => return Ok(json!({ "operator": "in", "values": values })),
        FilterOperator::Ne => return Ok(json!({ "operator": "not_in", "values": values })),
        FilterOperator::Lt => "less_than",
        FilterOperator::Gt => "greater_than",
        FilterOperator::Lteq => "at_most",
        FilterOperator::Gteq => "at_least",
    };
    match values {
        [value] => Ok(json!({ "operator": ordered, "value": value })),
        _ => Err(ExportError::refused(path, "an ordering operator takes one value")),
    }
}

/// Adds the members of one object to another.
pub fn extend(node: &mut Value, more: Value) {
    if let (Value::Object(node), Value::Object(more)) = (node, more) {
        node.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tree: Value) -> String {
        let mut dictionary = Dictionary::default();
        for attribute in ["city", "shoe_size"] {
            dictionary.attributes.intern(attribute).unwrap();
        }
        match serde_json::from_value::<Vertical>(tree) {
            Err(error) => format!("unreadable: {error}"),
            Ok(tree) => match tree.definition(&dictionary) {
                Ok(definition) => {
                    let definition = definition.to_string();
                    wayfare_segment::definition::Definition::parse(&definition).unwrap();
                    definition
                }
                Err(error) => error.to_string(),
            },
        }
    }

    #[test]
    fn trees() {
        let one = |attr: Value| {
            json!({"sources": ["last"], "main_group": {"condition": "and", "filter_groups": [
                {"condition": "and", "attr_filters": [{"attrs": [attr]}]}]}})
        };
        let city = json!({"key": "ci", "operator": "eq", "values": ["Izmir", "Bursa"]});
        let size = json!({"key": "c_shoe_size", "operator": "gteq", "values": [42]});
        let one_size = json!({"key": "c_shoe_size", "operator": "ne", "values": [41]});
        insta::assert_snapshot!(
            [
                check(one(json!({"key": "iid", "operator": "ne", "values": ["any"]}))),
                check(one(json!({"key": "iid", "operator": "eq", "values": ["any"]}))),
                check(one(json!({"key": "iid", "operator": "eq", "values": ["pro_0000000000000"]}))),
                check(one(city.clone())),
                check(one(json!({"key": "gdpr", "operator": "ne", "values": [true]}))),
                check(one(json!({"key": "c_shoe_sise", "operator": "ne", "values": [1]}))),
                check(one(json!({"key": "city", "operator": "lt", "values": [1, 2]}))),
                check(one(json!({"key": "city", "operator": "like", "values": [1]}))),
                check(json!({"main_group": {"condition": "or", "filter_groups": [
                    {"condition": "and", "attr_filters": [{"attrs": [city, size.clone()]}, {"attrs": [size]}]},
                    {"condition": "or", "attr_filters": [{"condition": "or", "attrs": [one_size]}]}]}})),
                check(json!({"main_group": {"filter_groups": []}})),
                check(json!({"main_group": {"filter_groups": [{"attr_filters": []}]}})),
            ]
            .join("\n")
        );
    }
}
