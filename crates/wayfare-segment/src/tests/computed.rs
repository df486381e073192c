//! Computed columns: what is refused, and that they are what segments count.

use super::{AS_OF, at};
use crate::bits::Bits;
use crate::columns::Columns;
use crate::definition::{ComputedColumn, Definition};
use crate::evaluate::{ComputedValue, evaluate, evaluate_column};
use crate::moment::Moment;
use crate::reference;
use crate::testing::{MemoryColumns, Random, World, cases, computed, declared, moment, records};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use wayfare_model::problem::Refusal;

fn world(random: &mut Random) -> World {
    let people = *random.pick(&[0, 1, 12, 40, 150]);
    let dictionary = if random.chance(70) { declared() } else { Default::default() };
    let records = records(random, people);
    let mut world = World::new(dictionary, &records);
    for profile in &world.profiles {
        if random.chance(10) {
            world.gone.insert(profile.id);
        }
    }
    let everyone = Definition::parse(r#"{"event":"purchase"}"#).unwrap();
    world.library.segments.insert("seg_0".into(), Arc::new(everyone));
    world
}

/// The profiles asked for, with their values.
fn fast(
    json: &Value,
    world: &World,
    moment: &Moment,
    of: &Bits,
    random: &mut Random,
) -> Result<Vec<ComputedValue>, Refusal> {
    let column = ComputedColumn::parse(&json.to_string())?.check(&world.dictionary, &world.library)?;
    let columns = MemoryColumns::new(world, column.needs(), random);
    let values = evaluate_column(&column, &columns, moment, of, &AtomicBool::new(false)).expect("evaluated");
    let count = of.len() as usize;
    assert_eq!(values.get(count), None, "{json}");
    Ok((0..count).map(|rank| values.get(rank).expect("a value")).collect())
}

/// Some of the live profiles.
fn some(world: &World, random: &mut Random) -> Bits {
    let mut of = Bits::new(world.profiles.len() as u32);
    let share = *random.pick(&[0, 50, 100]);
    for (ordinal, profile) in (0..).zip(&world.profiles) {
        if !world.gone.contains(&profile.id) && random.chance(share) {
            of.insert(ordinal);
        }
    }
    of
}

#[test]
fn fast_and_slow_columns_agree() {
    let (mut answered, mut refused, mut differing) = (0, 0, 0);
    for seed in cases(400) {
        let mut random = Random::new(seed ^ 0xC0_1044);
        let world = world(&mut random);
        for _ in 0..12 {
            let json = computed(&mut random, &world);
            let moment = moment(&mut random, &world);
            let of = some(&world, &mut random);
            let asked: Vec<_> = of.iter().map(|ordinal| world.profiles[ordinal as usize].clone()).collect();
            let column = ComputedColumn::parse(&json.to_string());
            let slow = column.and_then(|column| {
                reference::computed(&column, &world.dictionary, &world.library, &asked, &moment)
            });
            let fast = fast(&json, &world, &moment, &of, &mut random);
            match (fast, slow) {
                (Ok(fast), Ok(slow)) => {
                    assert_eq!(fast, slow, "WAYFARE_SEED={seed} as of {}: {json}", moment.as_of);
                    answered += 1;
                    differing += usize::from(fast.iter().any(|value| *value != fast[0]));
                }
                (fast, slow) => {
                    assert_eq!(
                        fast.is_err(),
                        slow.is_err(),
                        "WAYFARE_SEED={seed}: {json}: {fast:?} {slow:?}"
                    );
                    refused += 1;
                }
            }
        }
    }
    assert!(answered > refused * 4, "{answered} answered, {refused} refused");
    assert!(differing * 8 > answered || answered < 100, "{differing} of {answered} tell people apart");
}

#[test]
fn a_count_is_what_a_segment_counts() {
    for seed in cases(150) {
        let mut random = Random::new(seed ^ 0xC0_0001);
        let world = world(&mut random);
        let moment = moment(&mut random, &world);
        let mut json = computed(&mut random, &world);
        if json.get("measure").is_none() {
            continue;
        }
        json["measure"] = json!("count");
        json.as_object_mut().expect("an object").shift_remove("parameter");
        let live = MemoryColumns::new(&world, &Default::default(), &mut random).live().clone();
        let Ok(counts) = fast(&json, &world, &moment, &live, &mut random) else { continue };
        let mut node = json.clone();
        let members = node.as_object_mut().expect("an object");
        members.shift_remove("measure");
        members.shift_remove("name");
        for least in [1, 2, 5] {
            node["times"] = json!({"operator": "at_least", "value": least});
            let definition = Definition::from_value(&node).expect("a node");
            let checked = definition.check(&world.dictionary, &world.library).expect("checked before");
            let columns = MemoryColumns::new(&world, checked.needs(), &mut random);
            let counted = evaluate(&checked, &columns, &moment).expect("evaluated").len();
            let enough = |value: &&ComputedValue| matches!(value, ComputedValue::Count(n) if *n >= least);
            assert_eq!(counts.iter().filter(enough).count() as u64, counted, "seed {seed}: {node}");
        }
    }
}

#[test]
fn refusals() {
    let world = World::new(declared(), &[]);
    let check = |json: &str| {
        let column = ComputedColumn::parse(json);
        match column.and_then(|column| column.check(&world.dictionary, &world.library)) {
            Ok(_) => "taken".to_owned(),
            Err(refusal) => refusal.to_string(),
        }
    };
    insta::assert_snapshot!(
        [
            r#"{"name":"n","event":"journey_enter","measure":"count"}"#,
            r#"{"name":"n","event":"journey_entered","measure":"first_time"}"#,
            r#"{"name":"n","channel_interaction":{"product":"architect","channel":"em"},"measure":"last_time"}"#,
            r#"{"name":"n","event":"journey_enter","measure":"sum","parameter":"journey_id"}"#,
            r#"{"event":"journey_enter","measure":"count"}"#,
            r#"{"name":" ","event":"journey_enter","measure":"count"}"#,
            r#"{"name":"a\nb","event":"journey_enter","measure":"count"}"#,
            r#"{"name":"n"}"#,
            r#"{"name":"n","evnt":"x","measure":"count"}"#,
            r#"{"name":"n","event":"x","segment":"seg_1"}"#,
            r#"{"name":"n","event":"journey_entr","measure":"count"}"#,
            r#"{"name":"n","event":"journey_enter"}"#,
            r#"{"name":"n","event":"journey_enter","measure":"average"}"#,
            r#"{"name":"n","event":"journey_enter","measure":"count","parameter":"journey_id"}"#,
            r#"{"name":"n","event":"journey_enter","measure":"sum"}"#,
            r#"{"name":"n","event":"journey_enter","measure":"sum","parameter":"journey_idd"}"#,
            r#"{"name":"n","event":"journey_enter","measure":"sum","parameter":"journey_name"}"#,
            r#"{"name":"n","event":"journey_enter","measure":"count","times":{"operator":"at_least","value":1}}"#,
            r#"{"name":"n","event":"journey_enter","measure":"count","where":{"parameter":"journey","operator":"exists"}}"#,
            r#"{"name":"n","event":"journey_enter","measure":"count","time_range":{"operator":"in_last","value":0,"unit":"day"}}"#,
            r#"{"name":"n","segment":"seg_9"}"#,
            r#"{"name":"n","segment":"seg_9","measure":"count"}"#,
            r#"{"name":"n","definition":{"all":[{"attribute":"no_such","operator":"exists"}]}}"#,
            r#"{"name":"n","definition":7}"#,
            r#"[]"#,
            r#"{"#,
        ]
        .map(|json| format!("{json}\n  {}", check(json)))
        .join("\n")
    );
}

#[test]
fn nothing_at_or_after_the_moment_is_seen() {
    let mut random = Random::new(7);
    let world = World::new(declared(), &records(&mut random, 12));
    let columns = MemoryColumns::new(&world, &Default::default(), &mut random);
    let long_ago = at("1970-01-01T00:00:00Z", "UTC");
    let count = json!({"name": "n", "event": "journey_enter", "measure": "count"});
    let none = fast(&count, &world, &long_ago, columns.live(), &mut random).unwrap();
    assert!(none.iter().all(|value| *value == ComputedValue::Count(0)));
    let last = json!({"name": "n", "event": "journey_enter", "measure": "last_time"});
    let now = at(AS_OF, "UTC");
    for value in fast(&last, &world, &now, columns.live(), &mut random).unwrap() {
        assert!(
            matches!(value, ComputedValue::Time(time) if time.is_none_or(|time| time < now.as_of.micros()))
        );
    }
}
