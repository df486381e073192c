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

fn main() -> ExitCode {
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
