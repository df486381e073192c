//! Random definitions of all kinds of nodes, most of them good, for a world's dictionary and values.

use super::records::{NUMBERS, TEXTS, text};
use super::{Random, World, moments};
use crate::definition::{
    AggregateFunction, CountOperator, JourneyState, OperandKind, Operator, TimeOperator, Unit,
};
use serde_json::{Map, Value, json};
use wayfare_model::dictionary::IDENTIFIERS;
use wayfare_model::journey::{ACTIONS, CHANNELS};
use wayfare_model::value::{Scalar, ValueType, array_elements};

/// A random definition, as JSON. Few of them are refused.
pub fn definition(random: &mut Random, world: &World) -> Value {
    Writer { random, world }.node(0)
}

/// A random computed column, as JSON. Few of them are refused.
pub fn computed(random: &mut Random, world: &World) -> Value {
    let mut writer = Writer { random, world };
    let mut column = match writer.random.below(8) {
        0 => json!({ "definition": writer.node(0) }),
        1 => {
            let segments: Vec<&String> = world.library.segments.keys().collect();
            match segments.is_empty() {
                true => json!({ "definition": writer.node(0) }),
                false => json!({ "segment": writer.random.pick(&segments) }),
            }
        }
        2 => writer.channel_interaction(),
        _ => writer.event(),
    };
    if let Value::Object(members) = &mut column {
        members.retain(|name, _| name != "times" && name != "aggregate");
        let event = match members.get("event").and_then(Value::as_str) {
            Some(event) => Some(event.to_owned()),
            None => members.contains_key("channel_interaction").then(|| "journey_product_action".to_owned()),
        };
        if let Some(event) = event {
            let measure = *writer.random.pick(&["count", "first_time", "last_time", "sum", "sum", "sum"]);
            members.insert("measure".into(), json!(measure));
            if measure == "sum" {
                let parameter = writer.number_parameter(&event);
                members.insert("parameter".into(), json!(parameter));
            }
        }
        members.insert("name".into(), json!("it"));
    }
    column
}

struct Writer<'a> {
    random: &'a mut Random,
    world: &'a World,
}

impl Writer<'_> {
    fn node(&mut self, depth: usize) -> Value {
        let kinds = if depth < 3 { 14 } else { 11 };
        match self.random.below(kinds) {
            0..3 => self.attribute(),
            3..6 => self.event(),
            6 => self.channel_interaction(),
            7..9 => self.sequence(),
            9 => self.journey(),
            10 => self.reference(),
            11 => json!({ "all": self.nodes(depth) }),
            12 => json!({ "any": self.nodes(depth) }),
            _ => json!({ "not": self.node(depth + 1) }),
        }
    }

    fn sequence(&mut self) -> Value {
        let steps: Vec<Value> = (0..1 + self.random.below(4))
            .map(|_| {
                let mut step = match self.random.chance(70) {
                    true => self.event(),
                    false => self.channel_interaction(),
                };
                if let Value::Object(members) = &mut step {
                    members.retain(|name, _| name != "times" && name != "aggregate");
                    // Steps that many events match make chains that are worth following.
                    if self.random.chance(60) {
                        members.retain(|name, _| name != "where" && name != "time_range");
                    }
                }
                step
            })
            .collect();
        let mut node = Map::new();
        node.insert("sequence".into(), json!(steps));
        if self.random.chance(60) {
            let mut within = Map::new();
            self.span(Unit::ALL, &mut within);
            node.insert("within".into(), Value::Object(within));
        }
        Value::Object(node)
    }

    fn journey(&mut self) -> Value {
        let id = self.random.pick(&[json!(1004), json!("1007"), json!(1), json!(1004.0)]).clone();
        json!({ "journey": { "id": id, "state": self.random.pick(JourneyState::ALL).name() } })
    }

    fn reference(&mut self) -> Value {
        let library = &self.world.library;
        let segments: Vec<&String> = library.segments.keys().collect();
        let lists: Vec<&String> = library.lists.keys().collect();
        match (segments.is_empty(), lists.is_empty(), self.random.chance(50)) {
            (false, _, true) => json!({ "segment": self.random.pick(&segments) }),
            (_, false, _) => json!({ "list": self.random.pick(&lists) }),
            _ => self.attribute(),
        }
    }

    fn nodes(&mut self, depth: usize) -> Vec<Value> {
        (0..self.random.below(4)).map(|_| self.node(depth + 1)).collect()
    }

    fn attribute(&mut self) -> Value {
        let fields = self.world.dictionary.attributes.list();
        let (name, value_type) = match self.random.below(fields.len() + IDENTIFIERS.len()) {
            index if index < fields.len() => (fields[index].name.to_string(), fields[index].value_type()),
            index => (IDENTIFIERS[index - fields.len()].to_owned(), ValueType::One(Scalar::String)),
        };
        let profiles = &self.world.profiles;
        let seen =
            (!profiles.is_empty()).then(|| self.random.pick(profiles)).and_then(|profile| match &*name {
                "profile_id" => Some(profile.id.to_string()),
                "user_id" => profile.identifiers.user_id.as_deref().map(str::to_owned),
                "email" => profile.identifiers.email.as_deref().map(str::to_owned),
                "phone_number" => profile.identifiers.phone_number.as_deref().map(str::to_owned),
                _ => {
                    let value = profile.attributes.iter().find(|(known, _)| *known == name);
                    value.map(|(_, value)| value.text.to_string())
                }
            });
        let mut node = Map::new();
        node.insert("attribute".into(), json!(name));
        self.comparison(value_type, seen.as_deref(), &mut node);
        Value::Object(node)
    }

    fn event_name(&mut self) -> String {
        let events = self.world.dictionary.events();
        self.random.pick(events).name.to_string()
    }

    fn event(&mut self) -> Value {
        let name = self.event_name();
        let mut node = Map::new();
        node.insert("event".into(), json!(name));
        self.event_members(&name, &mut node);
        Value::Object(node)
    }

    fn channel_interaction(&mut self) -> Value {
        let mut marks = Map::new();
        marks.insert("product".into(), json!("architect"));
        if self.random.chance(60) {
            let channel = self.random.pick(&CHANNELS[..6]);
            let written = match self.random.below(3) {
                0 => channel.code.to_owned(),
                1 => channel.name.to_uppercase(),
                _ => channel.code.to_lowercase(),
            };
            marks.insert("channel".into(), json!(written));
        }
        if self.random.chance(60) {
            let action = self.random.pick(&ACTIONS[..6]);
            let written = match self.random.below(5) {
                0 => json!(action.name.to_lowercase()),
                1 => json!(action.name),
                2 => json!(action.code.to_string()),
                3 => json!("OPEN"),
                _ => json!(action.code),
            };
            marks.insert("action".into(), written);
        }
        if self.random.chance(40) {
            marks.insert(
                "journey_id".into(),
                self.random.pick(&[json!(1004), json!("1007"), json!(1)]).clone(),
            );
        }
        if self.random.chance(20) {
            marks.insert("journey_name".into(), json!(self.random.pick(&["bogo", "Welcome"])));
        }
        if self.random.chance(20) {
            marks.insert("campaign_id".into(), json!(10_041));
        }
        let mut node = Map::new();
        node.insert("channel_interaction".into(), Value::Object(marks));
        self.event_members("journey_product_action", &mut node);
        Value::Object(node)
    }

    fn event_members(&mut self, event: &str, node: &mut Map<String, Value>) {
        if self.random.chance(40) {
            let mut times = Map::new();
            let operator = *self.random.pick(CountOperator::ALL);
            times.insert("operator".into(), json!(operator.name()));
            let mut count = || match self.random.below(20) {
                0 => json!(300),
                1 => json!(1u64 << 53),
                small => json!(small / 5),
            };
            match operator {
                CountOperator::Between => {
                    times.insert("from".into(), count());
                    times.insert("to".into(), count());
                }
                _ => {
                    times.insert("value".into(), count());
                }
            }
            node.insert("times".into(), Value::Object(times));
        }
        if self.random.chance(50) {
            node.insert("time_range".into(), self.time_range());
        }
        if self.random.chance(50) {
            node.insert("where".into(), self.condition(event, 0));
        }
        if self.random.chance(30) {
            node.insert("aggregate".into(), self.aggregate(event));
        }
    }

    fn time_range(&mut self) -> Value {
        let operator = *self.random.pick(TimeOperator::ALL);
        let mut range = Map::new();
        range.insert("operator".into(), json!(operator.name()));
        match operator {
            TimeOperator::AllTime => {}
            TimeOperator::InLast if self.random.chance(40) => {
                self.span(&Unit::ALL[2..], &mut range);
                range.insert("calendar".into(), json!(true));
            }
            TimeOperator::InLast => self.span(Unit::ALL, &mut range),
            TimeOperator::Between => {
                range.insert("from".into(), self.instant());
                range.insert("to".into(), self.instant());
            }
            TimeOperator::Before | TimeOperator::After => {
                range.insert("value".into(), self.instant());
            }
        }
        Value::Object(range)
    }

    fn instant(&mut self) -> Value {
        json!(moments::instant(self.random).to_string())
    }

    fn span(&mut self, units: &[Unit], into: &mut Map<String, Value>) {
        let value = match self.random.below(12) {
            0 => 1_000,
            1 => 1 << 53,
            2 => 365,
            3 => 30,
            small => small as u64 - 3,
        };
        into.insert("value".into(), json!(value));
        into.insert("unit".into(), json!(self.random.pick(units).name()));
    }

    fn condition(&mut self, event: &str, depth: usize) -> Value {
        let list = |writer: &mut Self| -> Vec<Value> {
            (0..writer.random.below(4)).map(|_| writer.condition(event, depth + 1)).collect()
        };
        match self.random.below(if depth < 2 { 8 } else { 5 }) {
            5 => json!({ "all": list(self) }),
            6 => json!({ "any": list(self) }),
            7 => json!({ "not": self.condition(event, depth + 1) }),
            _ => {
                let (name, value_type, seen) = self.parameter(event);
                let mut condition = Map::new();
                condition.insert("parameter".into(), json!(name));
                self.comparison(value_type, seen.as_deref(), &mut condition);
                Value::Object(condition)
            }
        }
    }

    /// A parameter of an event, its type, and a value it has somewhere.
    fn parameter(&mut self, event: &str) -> (String, ValueType, Option<String>) {
        let fields = self.world.dictionary.event(event).expect("known").parameters.list();
        if fields.is_empty() {
            return ("unknown".into(), ValueType::One(Scalar::String), None);
        }
        let field = self.random.pick(fields);
        let values: Vec<&str> = self
            .world
            .profiles
            .iter()
            .flat_map(|profile| &profile.events)
            .filter(|of| of.event == event)
            .filter_map(|of| of.params.iter().find(|(name, _)| **name == *field.name))
            .map(|(_, value)| &*value.text)
            .collect();
        let seen = if values.is_empty() { None } else { Some((*self.random.pick(&values)).to_owned()) };
        (field.name.to_string(), field.value_type(), seen)
    }

    /// A parameter that holds numbers, where the event has one that is easily found.
    fn number_parameter(&mut self, event: &str) -> String {
        let mut chosen = self.parameter(event);
        for _ in 0..20 {
            if chosen.1 == ValueType::One(Scalar::Number) {
                break;
            }
            chosen = self.parameter(event);
        }
        chosen.0
    }

    fn aggregate(&mut self, event: &str) -> Value {
        let function = *self.random.pick(AggregateFunction::ALL);
        let numeric = matches!(function, AggregateFunction::Sum | AggregateFunction::Average);
        let scalar = |value_type| matches!(value_type, ValueType::One(_));
        let number = |value_type| value_type == ValueType::One(Scalar::Number);
        let mut chosen = self.parameter(event);
        for _ in 0..20 {
            if if numeric { number(chosen.1) } else { scalar(chosen.1) } {
                break;
            }
            chosen = self.parameter(event);
        }
        let (name, value_type, seen) = chosen;
        let operand_type = match function {
            AggregateFunction::DistinctCount => ValueType::One(Scalar::Number),
            _ => value_type,
        };
        let operator = *self.random.pick(CountOperator::ALL);
        let mut aggregate = Map::new();
        aggregate.insert("function".into(), json!(function.name()));
        aggregate.insert("parameter".into(), json!(name));
        aggregate.insert("operator".into(), json!(operator.name()));
        let mut value = || match function {
            AggregateFunction::DistinctCount => json!(self.random.below(4)),
            AggregateFunction::Sum if self.random.chance(30) => {
                self.random.pick(&[json!(0.3), json!(0.6), json!(1), json!(0.30000000000000004)]).clone()
            }
            _ => self.literal(operand_type, seen.as_deref()),
        };
        match operator {
            CountOperator::Between => {
                aggregate.insert("from".into(), value());
                aggregate.insert("to".into(), value());
            }
            _ => {
                aggregate.insert("value".into(), value());
            }
        }
        Value::Object(aggregate)
    }

    fn comparison(&mut self, value_type: ValueType, seen: Option<&str>, into: &mut Map<String, Value>) {
        let working: Vec<Operator> =
            Operator::ALL.iter().copied().filter(|operator| operator.works_on(value_type)).collect();
        let operator = match self.random.chance(97) {
            true => *self.random.pick(&working),
            false => *self.random.pick(Operator::ALL),
        };
        into.insert("operator".into(), json!(operator.name()));
        match operator.operand() {
            OperandKind::None => {}
            OperandKind::Value => {
                into.insert("value".into(), self.literal(value_type, seen));
            }
            OperandKind::Values => {
                let values: Vec<Value> =
                    (0..self.random.below(4)).map(|_| self.literal(value_type, seen)).collect();
                into.insert("values".into(), json!(values));
            }
            OperandKind::Bounds => {
                into.insert("from".into(), self.literal(value_type, seen));
                into.insert("to".into(), self.literal(value_type, seen));
            }
            OperandKind::Span => {
                let days_count =
                    value_type == ValueType::One(Scalar::Date) || operator == Operator::AnniversaryInNext;
                let units = if days_count && self.random.chance(97) { &Unit::ALL[2..] } else { Unit::ALL };
                self.span(units, into);
            }
        }
        let strings = matches!(value_type, ValueType::One(Scalar::String) | ValueType::Array(Scalar::String));
        let compares = operator.operand() != OperandKind::None;
        if self.random.chance(if strings && compares { 40 } else { 1 }) {
            into.insert("case_insensitive".into(), json!(self.random.chance(90)));
        }
    }

    /// A value of a type; often one that the data has, rarely one that does not fit.
    fn literal(&mut self, value_type: ValueType, seen: Option<&str>) -> Value {
        if self.random.chance(1) {
            return self
                .random
                .pick(&[
                    json!(true),
                    json!(9_007_199_254_740_993_u64),
                    json!("x"),
                    json!("2026-01-01"),
                    json!(1),
                ])
                .clone();
        }
        let scalar = match value_type {
            ValueType::One(scalar) | ValueType::Array(scalar) => scalar,
        };
        let seen = seen.and_then(|seen| match value_type {
            ValueType::One(_) => Some(seen.to_owned()),
            ValueType::Array(_) => {
                let elements = array_elements(seen)?;
                (!elements.is_empty()).then(|| self.random.pick(&elements).text.to_string())
            }
        });
        let text = match seen {
            Some(seen) if self.random.chance(50) => seen,
            _ => text(self.random, scalar),
        };
        match scalar {
            Scalar::Boolean if self.random.chance(80) => json!(text == "true"),
            Scalar::Number if self.random.chance(80) => {
                text.parse::<serde_json::Number>().map_or_else(|_| json!(text), Value::Number)
            }
            Scalar::String => match self.random.below(4) {
                0 => json!(part(self.random, &text)),
                1 if TEXTS.contains(&&*text) => json!(text.to_uppercase()),
                2 if NUMBERS.contains(&&*text) => {
                    text.parse::<serde_json::Number>().map_or_else(|_| json!(text), Value::Number)
                }
                _ => json!(text),
            },
            _ => json!(text),
        }
    }
}

/// A part of a text.
fn part(random: &mut Random, text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let start = random.below(characters.len() + 1);
    let length = random.below(characters.len() - start + 1);
    characters[start..start + length].iter().collect()
}
