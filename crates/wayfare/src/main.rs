//! The binary: command line, configuration, wiring.
//!
//! Holds what a person types and what the process says and returns; every rule of the product lives in a room
//! below. Open [`command`] first: a file a command.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod command;
mod configuration;
mod failure;
mod interrupt;
mod output;
mod server;

use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

/// Bounded memory needs an allocator that gives memory back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// mimalloc's `mi_option_purge_delay`, which its binding has no name for.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
/// Memory that was let go of goes back to the system after so many milliseconds. The allocator's own second is as long as
/// many an export takes: what such a one held at any time, it would hold to its end.
const PURGED_AFTER: std::ffi::c_long = 25;

#[allow(unsafe_code, reason = "the binding has no safe way to set an option")]
fn give_memory_back_soon() {
    // SAFETY: sets a number that the allocator reads atomically; an option it does not know is passed over.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, PURGED_AFTER) }
}

fn main() -> ExitCode {
    give_memory_back_soon();
    let arguments = command::Arguments::parse();
    let json = arguments.json();
    match start(arguments) {
        Ok(end) => end.code(),
        Err(failure) => {
            failure.report(json);
            failure.code()
        }
    }
}

fn start(arguments: command::Arguments) -> Result<output::End, Failure> {
    let configuration = configuration::Configuration::load(&arguments)?;
    output::start_logging(configuration.log.as_deref())?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::failed)?;
    let end = runtime.block_on(command::run(arguments, configuration));
    // A blocking read that nobody waits for any more must not hold the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    end
}
