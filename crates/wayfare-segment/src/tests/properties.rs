//! Properties that hold of all data and all definitions.

use crate::check::Checked;
use crate::definition::Definition;
use crate::evaluate::evaluate;
use crate::moment::Moment;
use crate::reference;
use crate::testing::{MemoryColumns, Random, World, cases, declared, definition, moment, records};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use wayfare_model::id::ProfileId;
use wayfare_model::problem::Refusal;

/// Definitions asked of one world.
const QUESTIONS: usize = 12;

fn world(random: &mut Random) -> World {
    let people = *random.pick(&[0, 1, 3, 12, 12, 40, 40, 150]);
    let dictionary = if random.chance(70) { declared() } else { Default::default() };
    let records = records(random, people);
    let mut world = World::new(dictionary, &records);
    for profile in &world.profiles {
        if random.chance(10) {
            world.gone.insert(profile.id);
        }
    }
    // Each list and segment may be used by the segments behind it.
    for index in 0..random.below(3) {
        let members: Vec<ProfileId> =
            world.profiles.iter().map(|profile| profile.id).filter(|_| random.chance(40)).collect();
        world.library.lists.insert(format!("lst_{index}"), members.into());
    }
    for index in 0..random.below(4) {
        let saved = parsed(&definition(random, &world));
        world.library.segments.insert(format!("seg_{index}"), Arc::new(saved));
    }
    world
}

fn parsed(json: &Value) -> Definition {
    Definition::from_value(json).unwrap_or_else(|refusal| panic!("{refusal}: {json}"))
}

fn fast(
    json: &Value,
    world: &World,
    moment: &Moment,
    random: &mut Random,
) -> Result<BTreeSet<ProfileId>, Refusal> {
    let checked: Checked = parsed(json).check(&world.dictionary, &world.library)?;
    let columns = MemoryColumns::new(world, checked.needs(), random);
    let ordinals = evaluate(&checked, &columns, moment).expect("evaluated");
    Ok(ordinals.iter().map(|ordinal| world.profiles[ordinal as usize].id).collect())
}

fn slow(json: &Value, world: &World, moment: &Moment) -> Result<BTreeSet<ProfileId>, Refusal> {
    reference::evaluate(&parsed(json), &world.dictionary, &world.library, &world.live(), moment)
}

fn agree(json: &Value, world: &World, moment: &Moment, random: &mut Random) -> bool {
    match (fast(json, world, moment, random), slow(json, world, moment)) {
        (Ok(fast), Ok(slow)) => fast == slow,
        (fast, slow) => fast.is_err() == slow.is_err(),
    }
}

/// Smaller cases that still disagree, for a message that can be read.
fn report(seed: u64, json: &Value, world: &World, moment: &Moment) -> String {
    let mut random = Random::new(seed);
    let mut disagrees = |json: &Value, world: &World| !agree(json, world, moment, &mut random);
    let mut json = json.clone();
    while let Some(smaller) = children(&json).into_iter().find(|json| disagrees(json, world)) {
        json = smaller;
    }
    let mut world = world.clone();
    for index in (0..world.profiles.len()).rev() {
        let mut fewer = world.clone();
        fewer.profiles.remove(index);
        if disagrees(&json, &fewer) {
            world = fewer;
        }
    }
    for person in 0..world.profiles.len() {
        for index in (0..world.profiles[person].events.len()).rev() {
            let mut fewer = world.clone();
            fewer.profiles[person].events.remove(index);
            if disagrees(&json, &fewer) {
                world = fewer;
            }
        }
    }
    format!(
        "WAYFARE_SEED={seed} as of {} in {:?}\n{json}\nfast {:?}\nslow {:?}\n{:#?}",
        moment.as_of,
        moment.zone.iana_name(),
        fast(&json, &world, moment, &mut Random::new(seed)),
        slow(&json, &world, moment),
        world.profiles
    )
}

/// Definitions with one part less.
fn children(json: &Value) -> Vec<Value> {
    let mut smaller = Vec::new();
    let Value::Object(members) = json else { return smaller };
    for (name, value) in members {
        match (&**name, value) {
            ("all" | "any", Value::Array(nodes)) => {
                smaller.extend(nodes.iter().cloned());
                for index in 0..nodes.len() {
                    let mut nodes = nodes.clone();
                    nodes.remove(index);
                    smaller.push(json!({ name: nodes }));
                }
            }
            ("not", node) => smaller.push(node.clone()),
            ("sequence", Value::Array(steps)) => {
                smaller.extend(steps.iter().cloned());
                for index in 0..steps.len() {
                    let (mut fewer, mut steps) = (members.clone(), steps.clone());
                    steps.remove(index);
                    fewer.insert("sequence".into(), json!(steps));
                    if !steps.is_empty() {
                        smaller.push(Value::Object(fewer));
                    }
                }
            }
            ("times" | "time_range" | "where" | "aggregate" | "within", _) => {
                let mut fewer = members.clone();
                fewer.shift_remove(name);
                smaller.push(Value::Object(fewer));
                if name == "where" {
                    for condition in children(value).into_iter().filter(|value| value.is_object()) {
                        let mut fewer = members.clone();
                        fewer.insert("where".into(), condition);
                        smaller.push(Value::Object(fewer));
                    }
                }
            }
            _ => {}
        }
    }
    smaller
}

#[test]
fn fast_and_slow_agree() {
    let (mut answered, mut some, mut refused) = (0, 0, 0);
    for seed in cases(400) {
        let mut random = Random::new(seed);
        let world = world(&mut random);
        for _ in 0..QUESTIONS {
            let json = definition(&mut random, &world);
            let moment = moment(&mut random, &world);
            assert!(agree(&json, &world, &moment, &mut random), "{}", report(seed, &json, &world, &moment));
            match slow(&json, &world, &moment) {
                Ok(meant) => {
                    answered += 1;
                    some += usize::from(!meant.is_empty() && meant.len() < world.live().len());
                }
                Err(_) => refused += 1,
            }
        }
    }
    // A test whose questions have no answers would prove nothing.
    assert!(answered > refused * 4, "{answered} answered, {refused} refused");
    assert!(some * 4 > answered || answered < 100, "{some} of {answered} divide the population");
}

#[test]
fn a_definition_and_its_complement_split_the_population() {
    for seed in cases(150) {
        let mut random = Random::new(seed ^ 0x5EED);
        let world = world(&mut random);
        let moment = moment(&mut random, &world);
        let json = definition(&mut random, &world);
        let Ok(meant) = fast(&json, &world, &moment, &mut random) else { continue };
        let others = fast(&json!({ "not": json }), &world, &moment, &mut random).expect("checked before");
        assert!(meant.is_disjoint(&others), "seed {seed}: {json}");
        assert_eq!(meant.len() + others.len(), world.live().len(), "seed {seed}: {json}");
    }
}

#[test]
fn not_all_is_any_not() {
    for seed in cases(150) {
        let mut random = Random::new(seed ^ 0xD0_4A26);
        let world = world(&mut random);
        let moment = moment(&mut random, &world);
        let nodes: Vec<Value> = (0..random.below(4)).map(|_| definition(&mut random, &world)).collect();
        let nots: Vec<Value> = nodes.iter().map(|node| json!({ "not": node })).collect();
        let left = json!({ "not": { "all": nodes } });
        let right = json!({ "any": nots });
        let (left, right) =
            (fast(&left, &world, &moment, &mut random), fast(&right, &world, &moment, &mut random));
        assert_eq!(left.ok(), right.ok(), "seed {seed}: {nodes:?}");
    }
}

#[test]
fn negative_operators_are_complements() {
    for seed in cases(150) {
        let mut random = Random::new(seed ^ 0x4E47);
        let world = world(&mut random);
        let moment = moment(&mut random, &world);
        let json = definition(&mut random, &world);
        let Some(operator) = json.get("operator").and_then(Value::as_str) else { continue };
        let twin = match operator.strip_prefix("not_") {
            Some(positive) => positive.to_owned(),
            None => format!("not_{operator}"),
        };
        if crate::definition::Operator::from_name(&twin).is_none() {
            continue;
        }
        let mut other = json.clone();
        other["operator"] = json!(twin);
        let Ok(meant) = fast(&json, &world, &moment, &mut random) else { continue };
        let others = fast(&other, &world, &moment, &mut random).expect("the twin takes the same");
        assert!(meant.is_disjoint(&others), "seed {seed}: {json}");
        assert_eq!(meant.len() + others.len(), world.live().len(), "seed {seed}: {json}");
    }
}

#[test]
fn definitions_survive_their_json() {
    for seed in cases(150) {
        let mut random = Random::new(seed);
        let world = world(&mut random);
        let definition = parsed(&definition(&mut random, &world));
        let again = Definition::from_value(&definition.to_json()).expect("good before");
        assert_eq!(again.to_json(), definition.to_json());
        let text = serde_json::to_string(&definition).expect("JSON");
        let read: Definition = serde_json::from_str(&text).expect("good before");
        assert_eq!(read.to_json(), definition.to_json());
    }
}

#[test]
fn a_segment_by_reference_is_the_same_inlined() {
    for seed in cases(150) {
        let mut random = Random::new(seed ^ 0x5E6);
        let world = world(&mut random);
        let moment = moment(&mut random, &world);
        for (id, saved) in &world.library.segments {
            let by_reference = fast(&json!({ "segment": id }), &world, &moment, &mut random);
            let inlined = fast(&saved.to_json(), &world, &moment, &mut random);
            assert_eq!(by_reference.ok(), inlined.ok(), "seed {seed}: {id}");
        }
    }
}
