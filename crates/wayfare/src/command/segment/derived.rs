//! Questions that any data can be asked: simple definitions made from its own dictionary.

use serde_json::{Value, json};
use wayfare_model::dictionary::{Dictionary, IDENTIFIERS};
use wayfare_model::value::ValueType;
use wayfare_segment::definition::Definition;
use wayfare_segment::reference::ReferenceProfile;

/// For each attribute: who has it, who does not, who has a value that is seen among `profiles`. For each event: who
/// did it, who never did, who did of late.
pub(super) fn definitions(dictionary: &Dictionary, profiles: &[ReferenceProfile]) -> Vec<Definition> {
    let mut asked = Vec::new();
    for name in &IDENTIFIERS[1..] {
        asked.push(json!({ "attribute": name, "operator": "exists" }));
    }
    for field in dictionary.attributes.list() {
        let name = &*field.name;
        asked.push(json!({ "attribute": name, "operator": "exists" }));
        asked.push(json!({ "attribute": name, "operator": "not_exists" }));
        if let (ValueType::One(_), Some(value)) = (field.value_type(), seen(name, profiles)) {
            asked.push(json!({ "attribute": name, "operator": "equals", "value": value }));
        }
    }
    for event in dictionary.events() {
        let name = &*event.name;
        let times = |operator: &str, value: u8| json!({ "operator": operator, "value": value });
        asked.push(json!({ "event": name, "times": times("at_least", 1) }));
        asked.push(json!({ "event": name, "times": times("exactly", 0) }));
        let week = json!({ "operator": "in_last", "value": 7, "unit": "day" });
        asked.push(json!({ "event": name, "time_range": week }));
    }
    asked.iter().filter_map(|definition: &Value| Definition::from_value(definition).ok()).collect()
}

/// A value of an attribute, as the source wrote it.
fn seen<'p>(name: &str, profiles: &'p [ReferenceProfile]) -> Option<&'p str> {
    let attributes = profiles.iter().flat_map(|profile| &profile.attributes);
    attributes.filter(|(known, _)| known == name).map(|(_, value)| &*value.text).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfare_model::id::ProfileId;
    use wayfare_model::record::Identity;
    use wayfare_model::value::{Source, SourceValue};

    #[test]
    fn each_name_is_asked_for() {
        let mut dictionary = Dictionary::default();
        dictionary.attributes.intern("city").unwrap();
        let profile = ReferenceProfile {
            id: ProfileId::from_first_position(0),
            identifiers: Identity::default(),
            attributes: vec![("city".to_owned(), SourceValue::new(Source::Text, "Izmir"))],
            events: Vec::new(),
        };
        let before = definitions(&dictionary, &[]).len();
        let asked = definitions(&dictionary, &[profile]);
        assert_eq!(before, 3 + 2 + 3 * 3, "identifiers, an attribute, the journey events");
        assert_eq!(asked.len(), before + 1);
        assert!(asked.iter().any(|of| of.to_json()["value"] == "Izmir"));
    }
}
