//! Tests of the crate as a whole; each file is one kind of question.

mod attributes;
mod computed;
mod events;
mod order;
mod properties;
mod refusals;

use crate::definition::Definition;
use crate::evaluate::evaluate;
use crate::moment::Moment;
use crate::reference;
use crate::testing::{MemoryColumns, Random, World};
use wayfare_model::problem::Refusal;
use wayfare_model::time::Instant;

/// When most tests take place: a Tuesday.
const AS_OF: &str = "2026-09-01T07:00:00Z";

/// A moment from its text, in a zone.
fn at(as_of: &str, zone: &str) -> Moment {
    Moment { as_of: Instant::parse(as_of).unwrap(), zone: jiff::tz::TimeZone::get(zone).unwrap() }
}

/// For each profile of a world `1` or `0`, by both evaluators.
fn answers(world: &World, definition: &str, moment: &Moment) -> Result<String, Refusal> {
    let definition = Definition::parse(definition)?;
    let checked = definition.check(&world.dictionary, &world.library)?;
    let columns = MemoryColumns::new(world, checked.needs(), &mut Random::new(1));
    let fast = evaluate(&checked, &columns, moment).unwrap();
    let slow =
        reference::evaluate(&definition, &world.dictionary, &world.library, &world.profiles, moment).unwrap();
    let digits = |is_in: &dyn Fn(usize) -> bool| -> String {
        (0..world.profiles.len()).map(|index| if is_in(index) { '1' } else { '0' }).collect()
    };
    let fast = digits(&|index| fast.contains(index as u32));
    let slow = digits(&|index| slow.contains(&world.profiles[index].id));
    assert_eq!(fast, slow, "the evaluators differ: {}", definition.to_json());
    Ok(fast)
}
