//! The forms on the wire, converted by hand: no type of another room is ever sent.

pub mod audit;
pub mod breakdown;
pub mod changes;
pub mod destination;
pub mod dictionary;
pub mod export;
pub mod ingest;
pub mod job;
pub mod journey;
pub mod key;
pub mod mail;
pub mod plan;
pub mod preview;
pub mod profile;
pub mod raw;
pub mod saved_segment;
pub mod schedule;
pub mod segment;
pub mod service;
pub mod value;
pub mod verify;
pub mod webhook;
