//! Random times around the places where calendars are hard.

use super::{Random, World};
use crate::moment::Moment;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use wayfare_model::time::Instant;

/// Zones with an instant at which their clocks are moved: by an hour, by half an hour, at midnight, over a whole day,
/// around Ramadan; and two days on which nothing happens.
const PLACES: [(&str, &str); 13] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/New_York", "2026-03-08T07:00:00Z"),
    ("America/New_York", "2025-11-02T06:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
    ("Africa/Casablanca", "2026-03-22T02:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("Asia/Kolkata", "2026-01-31T18:30:00Z"),
    ("UTC", "2026-09-01T00:00:00Z"),
    ("UTC", "2024-02-29T00:00:00Z"),
];

const SECOND: i64 = 1_000_000;

fn near(random: &mut Random, micros: i64) -> i64 {
    let distance = match random.below(8) {
        0 => 0,
        1 => 1,
        2 => SECOND,
        3 => 1_800 * SECOND,
        4 => 3_600 * SECOND,
        5 => 86_400 * SECOND,
        6 => random.below(3 * 3_600) as i64 * SECOND,
        _ => random.below(40 * 86_400) as i64 * SECOND,
    };
    if random.chance(50) { micros + distance } else { micros - distance }
}

/// A random instant near one of the places.
pub(super) fn instant(random: &mut Random) -> Instant {
    let (_, at) = random.pick(&PLACES);
    let at = Instant::parse(at).expect("an instant");
    Instant::from_micros(near(random, at.micros())).expect("in range")
}

/// A random moment of evaluation: at or near an event, or some months from where clocks are moved.
pub fn moment(random: &mut Random, world: &World) -> Moment {
    let (name, at) = random.pick(&PLACES);
    let zone = TimeZone::get(name).expect("the time zone database has the zone");
    let as_of = if random.chance(40) {
        let events: Vec<Instant> =
            world.profiles.iter().flat_map(|profile| &profile.events).map(|event| event.timestamp).collect();
        match events.is_empty() {
            true => instant(random).micros(),
            false => {
                let time = random.pick(&events).micros();
                near(random, time)
            }
        }
    } else {
        let at: Timestamp = at.parse().expect("an instant");
        let months = random.below(14) as i64;
        let moved = at.to_zoned_datetime(zone.clone()).checked_add(months.months()).expect("in range");
        near(random, moved.timestamp().as_microsecond())
    };
    Moment { as_of: Instant::from_micros(as_of).expect("in range"), zone }
}
