//! An event as it lies in a bucket: only what is there takes room, and texts that come again take a number.
//!
//! A record is the profile (8 bytes), the length of the rest (4 bytes), and the rest: which numbers are there, the
//! numbers, the texts. A text is a tag and perhaps its bytes: 0 is none, an odd tag the number of a kept text, an even
//! one the length and one more.

use super::event::{Event, EventKind};
use super::texts::{Texts, TextsBuilder};
use wayfare_model::id::ProfileId;

/// What stands before the rest of a record.
pub const HEAD: usize = 12;

/// Appends an event of a profile; gives `false` where it is too long for a record.
pub fn write(out: &mut Vec<u8>, profile: ProfileId, event: &Event<'_>, texts: &mut TextsBuilder) -> bool {
    let start = out.len();
    out.extend_from_slice(&profile.first_position().to_le_bytes());
    out.extend_from_slice(&[0; HEAD - 8]);
    let numbers = numbers(event);
    let mut marks = event.kind as u8 | u8::from(event.is_dry_run) << 2;
    for (bit, number) in numbers.iter().enumerate() {
        marks |= u8::from(number.is_some()) << (3 + bit);
    }
    out.push(marks);
    varint(out, zigzag(event.time));
    varint(out, event.position);
    numbers.into_iter().flatten().for_each(|number| varint(out, zigzag(number)));
    for text in [Some(event.event_id), event.pass_id, event.message_id] {
        write_text(out, text, None);
    }
    let repeated = [
        event.journey_name,
        event.element_code,
        event.element_name,
        event.reason,
        event.campaign_name,
        event.channel_code,
        event.variant_id,
    ];
    for text in repeated {
        let code = text.and_then(|text| texts.code(text));
        write_text(out, text, code);
    }
    let Ok(length) = u32::try_from(out.len() - start - HEAD) else { return false };
    out[start + HEAD - 4..start + HEAD].copy_from_slice(&length.to_le_bytes());
    true
}

/// The profile of the record that `bytes` begin with, and how long the record is.
pub fn head(bytes: &[u8]) -> Option<(ProfileId, usize)> {
    let (profile, rest) = bytes.split_first_chunk()?;
    let (length, _) = rest.split_first_chunk()?;
    let length = HEAD + u32::from_le_bytes(*length) as usize;
    Some((ProfileId::from_first_position(u64::from_le_bytes(*profile)), length))
}

/// The event of the record that `bytes` begin with; `None` where they are no record.
pub fn read<'a>(bytes: &'a [u8], texts: &'a Texts) -> Option<Event<'a>> {
    let mut rest = bytes.get(HEAD..)?;
    let rest = &mut rest;
    let (&marks, after) = rest.split_first()?;
    *rest = after;
    let kind = match marks & 3 {
        0 => EventKind::Enter,
        1 => EventKind::Action,
        2 => EventKind::Exit,
        _ => return None,
    };
    let (time, position) = (unzigzag(read_varint(rest)?), read_varint(rest)?);
    let mut numbers = [None; 5];
    for (bit, number) in numbers.iter_mut().enumerate() {
        if marks >> (3 + bit) & 1 == 1 {
            *number = Some(unzigzag(read_varint(rest)?));
        }
    }
    let [journey_id, journey_version, entered_at, campaign_id, action_code] = numbers;
    let mut text = || read_text(rest, texts);
    Some(Event {
        kind,
        time,
        position,
        is_dry_run: marks & 4 != 0,
        journey_id,
        journey_version,
        entered_at,
        campaign_id,
        action_code,
        event_id: text()??,
        pass_id: text()?,
        message_id: text()?,
        journey_name: text()?,
        element_code: text()?,
        element_name: text()?,
        reason: text()?,
        campaign_name: text()?,
        channel_code: text()?,
        variant_id: text()?,
    })
}

fn numbers(event: &Event<'_>) -> [Option<i64>; 5] {
    [event.journey_id, event.journey_version, event.entered_at, event.campaign_id, event.action_code]
}

fn write_text(out: &mut Vec<u8>, text: Option<&str>, code: Option<u32>) {
    match (text, code) {
        (None, _) => out.push(0),
        (Some(_), Some(code)) => varint(out, u64::from(code) << 1 | 1),
        (Some(text), None) => {
            varint(out, (text.len() as u64 + 1) << 1);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// The text and whether there is one; `None` where the bytes are none.
fn read_text<'a>(rest: &mut &'a [u8], texts: &'a Texts) -> Option<Option<&'a str>> {
    let tag = read_varint(rest)?;
    if tag == 0 {
        return Some(None);
    }
    if tag & 1 == 1 {
        return texts.get(tag >> 1).map(Some);
    }
    let (text, after) = rest.split_at_checked(usize::try_from((tag >> 1) - 1).ok()?)?;
    *rest = after;
    std::str::from_utf8(text).ok().map(Some)
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn read_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journeys::reference::event;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_back(
            kind in prop::sample::select(&[EventKind::Enter, EventKind::Action, EventKind::Exit]),
            time: i64, position: u64, is_dry_run: bool,
            numbers: [Option<i64>; 5],
            texts: [Option<String>; 9],
            event_id: String,
            first: u64,
        ) {
            let text = |at: usize| texts[at].as_deref();
            let event = Event {
                event_id: &event_id, is_dry_run,
                journey_id: numbers[0], journey_version: numbers[1], entered_at: numbers[2],
                campaign_id: numbers[3], action_code: numbers[4],
                pass_id: text(0), message_id: text(1), journey_name: text(2), element_code: text(3),
                element_name: text(4), reason: text(5), campaign_name: text(6), channel_code: text(7),
                variant_id: text(8),
                ..event(kind, time, position)
            };
            let mut builder = TextsBuilder::default();
            let mut out = Vec::new();
            let profile = ProfileId::from_first_position(first);
            prop_assert!(write(&mut out, profile, &event, &mut builder));
            let length = out.len();
            prop_assert!(write(&mut out, profile, &event, &mut builder));
            let kept = builder.finish();
            prop_assert_eq!(head(&out), Some((profile, length)));
            prop_assert_eq!(read(&out, &kept), Some(event));
            prop_assert_eq!(read(&out[length..], &kept), Some(event));
            prop_assert_eq!(read(&out[..length - 1], &kept), None);
        }
    }
}
