//! Random records: values of all types from all kinds of sources, repeated ids, equal times, any order.

use super::{Random, moments};
use wayfare_model::dictionary::Dictionary;
use wayfare_model::journey::{ACTIONS, Declared};
use wayfare_model::record::{Identity, Incoming, IncomingEvent, IncomingProfile};
use wayfare_model::time::format_date;
use wayfare_model::value::{Scalar, Source, SourceValue, ValueType};

/// Texts that fold, sort or look alike in ways that matter.
pub(super) const TEXTS: [&str; 24] = [
    "",
    "a",
    "A",
    "TR",
    "tr",
    "De",
    "DE",
    "de",
    "Straße",
    "STRAẞE",
    "strasse",
    "ς",
    "Σ",
    "σ",
    "İ",
    "i",
    "ı",
    "e\u{301}",
    "é",
    "10",
    "9",
    "true",
    "\u{FF21}",
    "\u{1F600}",
];
/// Numbers as sources write them; several are equal, some do not add up exactly.
pub(super) const NUMBERS: [&str; 18] = [
    "0",
    "-0",
    "1",
    "1.0",
    "2",
    "10",
    "9",
    "-3",
    "0.1",
    "0.2",
    "0.3",
    "0.7",
    "1e2",
    "100",
    "1e16",
    "9007199254740992",
    "2.5e-7",
    "1e300",
];
const WHOLE: [&str; 6] = ["1004", "1007", "1", "2", "9007199254740993", "-5"];

/// A kind of attribute or parameter: its values all come from here.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    /// JSON numbers.
    Number,
    /// Numbers in CSV cells.
    Cell,
    Boolean,
    Date,
    Datetime,
    /// Numbers and texts.
    Mixed,
    Array(Scalar),
    /// Empty arrays.
    Empty,
}

const ATTRIBUTES: [(&str, Kind); 13] = [
    ("country", Kind::Text),
    ("income", Kind::Number),
    ("points", Kind::Cell),
    ("vip", Kind::Boolean),
    ("born", Kind::Date),
    ("seen_at", Kind::Datetime),
    ("mixed", Kind::Mixed),
    ("tags", Kind::Array(Scalar::String)),
    ("scores", Kind::Array(Scalar::Number)),
    ("days", Kind::Array(Scalar::Date)),
    ("visits", Kind::Array(Scalar::Datetime)),
    ("flags", Kind::Array(Scalar::Boolean)),
    ("nothing", Kind::Empty),
];

const PARAMETERS: [(&str, Kind); 10] = [
    ("amount", Kind::Number),
    ("price", Kind::Cell),
    ("item", Kind::Text),
    ("gift", Kind::Boolean),
    ("delivered", Kind::Date),
    ("paid_at", Kind::Datetime),
    ("note", Kind::Mixed),
    ("labels", Kind::Array(Scalar::String)),
    ("sizes", Kind::Array(Scalar::Number)),
    ("timestamp", Kind::Datetime),
];

/// A dictionary in which some attributes are declared.
pub fn declared() -> Dictionary {
    let mut dictionary = Dictionary::default();
    dictionary.attributes.add("level", Some(Declared::Integer));
    dictionary.attributes.add("consent", Some(Declared::Type(ValueType::One(Scalar::Boolean))));
    dictionary.attributes.add("code", Some(Declared::Type(ValueType::One(Scalar::String))));
    dictionary
}

/// Random records of about `people` people.
pub fn records(random: &mut Random, people: usize) -> Vec<Incoming> {
    let mut records = Vec::new();
    for person in 0..people {
        for _ in 0..random.below(3) {
            records.push(Incoming::Profile(profile(random, person)));
        }
        let busy = random.chance(20);
        for _ in 0..random.below(if busy { 20 } else { 4 }) {
            records.push(Incoming::Event(event(random, person)));
        }
    }
    random.shuffle(&mut records);
    records
}

/// People are led to by one identifier each, always the same, so that no two ever turn out to be one.
fn identity(random: &mut Random, person: usize) -> Identity {
    let mut identity = Identity::default();
    match person % 5 {
        3 => identity.email = Some(format!("{}{person}@x.example", random.pick(&["P", "p"])).into()),
        4 => identity.phone_number = Some(format!("+90{person:05}").into()),
        _ => {
            identity.user_id = Some(format!("u{person}").into());
            if person.is_multiple_of(2) {
                identity.email = Some(format!("u{person}@x.example").into());
            }
        }
    }
    identity
}

fn profile(random: &mut Random, person: usize) -> IncomingProfile {
    let mut attributes: Vec<(Box<str>, Option<SourceValue>)> = Vec::new();
    for (name, kind) in ATTRIBUTES {
        if random.chance(60) {
            attributes.push((name.into(), Some(value(random, kind))));
        } else if random.chance(10) {
            attributes.push((name.into(), None));
        }
    }
    for (name, kind) in [("consent", Kind::Boolean), ("level", Kind::Cell), ("code", Kind::Mixed)] {
        if random.chance(40) {
            let value = match (name, random.chance(50)) {
                ("level", true) => SourceValue::new(Source::Number, *random.pick(&WHOLE)),
                ("consent", true) => SourceValue::new(Source::Number, *random.pick(&["0", "1"])),
                _ => value(random, kind),
            };
            attributes.push((name.into(), Some(value)));
        }
    }
    IncomingProfile { identity: identity(random, person), attributes }
}

fn event(random: &mut Random, person: usize) -> IncomingEvent {
    let name = *random.pick(&[
        "purchase",
        "purchase",
        "visit",
        "journey_enter",
        "journey_exit",
        "journey_product_action",
    ]);
    let mut params: Vec<(Box<str>, SourceValue)> = Vec::new();
    if name.starts_with("journey") {
        journey_parameters(random, name, &mut params);
    } else {
        for (name, kind) in PARAMETERS {
            if random.chance(60) {
                params.push((name.into(), value(random, kind)));
            }
        }
        // What marks a dry run has a type of its own on each event.
        if random.chance(30) {
            let mark = match name {
                "visit" => SourceValue::new(Source::Text, *random.pick(&["true", "1", "0", "yes"])),
                _ => SourceValue::new(Source::Number, *random.pick(&["0", "1", "1.0"])),
            };
            params.push(("is_dry_run".into(), mark));
        }
    }
    IncomingEvent {
        // Few ids for many events: some are repeated.
        event_id: format!("e{}", random.below(4_000)).into(),
        identity: identity(random, person),
        event: name.into(),
        timestamp: moments::instant(random),
        params,
    }
}

fn journey_parameters(random: &mut Random, event: &str, params: &mut Vec<(Box<str>, SourceValue)>) {
    let journey = *random.pick(&["1004", "1007", "1010"]);
    params.push(("journey_id".into(), SourceValue::new(Source::Number, journey)));
    let mut string = |name: &str, list: &[&str], percent| {
        if random.chance(percent) {
            let text = *random.pick(list);
            params.push((name.into(), SourceValue::string(text)));
        }
    };
    string("journey_name", &["bogo", "Welcome", "welcome"], 80);
    string("pass_id", &["p1", "p2", "p3"], 50);
    match event {
        "journey_exit" => string("exit_reason", &["completed", "goal_reached", "left"], 80),
        "journey_enter" => string("enter_reason", &["segment", "event"], 80),
        _ => {
            string("channel_code", &["EM", "SMS", "WP", "IA"], 90);
            let action = random.pick(&ACTIONS[..6]).code.to_string();
            params.push(("action_code".into(), SourceValue::new(Source::Number, action)));
            if random.chance(70) {
                let campaign = random.pick(&["10041", "10042"]).to_string();
                params.push(("campaign_id".into(), SourceValue::new(Source::Text, campaign)));
            }
        }
    }
    if random.chance(15) {
        let mark = match random.below(3) {
            0 => SourceValue::new(Source::Boolean, "true"),
            1 => SourceValue::new(Source::Number, "1"),
            _ => SourceValue::new(Source::Boolean, "false"),
        };
        params.push(("is_dry_run".into(), mark));
    }
}

fn value(random: &mut Random, kind: Kind) -> SourceValue {
    match kind {
        Kind::Text => SourceValue::string(text(random, Scalar::String)),
        Kind::Number => SourceValue::new(Source::Number, text(random, Scalar::Number)),
        Kind::Cell => SourceValue::new(Source::Text, text(random, Scalar::Number)),
        Kind::Boolean => SourceValue::new(Source::Boolean, text(random, Scalar::Boolean)),
        Kind::Date => SourceValue::string(text(random, Scalar::Date)),
        Kind::Datetime => SourceValue::string(text(random, Scalar::Datetime)),
        Kind::Mixed => match random.below(3) {
            0 => value(random, Kind::Text),
            1 => value(random, Kind::Number),
            _ => value(random, Kind::Boolean),
        },
        Kind::Array(scalar) => {
            let element = |random: &mut Random| match scalar {
                Scalar::Boolean | Scalar::Number => text(random, scalar),
                _ => serde_json::Value::String(text(random, scalar)).to_string(),
            };
            let elements: Vec<String> = (0..random.below(4)).map(|_| element(random)).collect();
            SourceValue::new(Source::Array, format!("[{}]", elements.join(", ")))
        }
        Kind::Empty => SourceValue::new(Source::Array, "[]"),
    }
}

/// A text that is of that type.
pub(super) fn text(random: &mut Random, scalar: Scalar) -> String {
    match scalar {
        Scalar::Boolean => random.pick(&["true", "false"]).to_string(),
        Scalar::Number => random.pick(&NUMBERS).to_string(),
        Scalar::Date => {
            let day = moments::instant(random).micros().div_euclid(86_400_000_000) as i32;
            // Birthdays: the same days of other years, and the leap day.
            match random.below(5) {
                0 => "2000-02-29".to_owned(),
                1 => format_date(day - 365 * random.below(30) as i32),
                _ => format_date(day),
            }
        }
        Scalar::Datetime => {
            let instant = moments::instant(random).to_string();
            // The same instant, written with another offset.
            match random.chance(20) && !instant.contains('.') {
                true => instant.replace('Z', ".000+00:00"),
                false => instant,
            }
        }
        Scalar::String => random.pick(&TEXTS).to_string(),
    }
}
