//! The media worker of StreamForge.

use std::process::ExitCode;

use streamforge_sfu::options::{self, Request, USAGE};
use streamforge_sfu::{Faults, Worker, log, schema};

fn main() -> ExitCode {
    let options = match options::parse(std::env::args_os().skip(1)) {
        Ok(Request::Run(options)) => options,
        Ok(Request::PrintSchema) => return print(&schema::print()),
        Ok(Request::Version) => return print(env!("CARGO_PKG_VERSION")),
        Ok(Request::Help) => return print(USAGE),
        Err(error) => {
            eprintln!("streamforge-sfu: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    log::start(&options.log);
    match Worker::start(options, Faults::Refused).and_then(Worker::run) {
        Ok(ended) => {
            tracing::info!(?ended, "worker ends");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "worker failed");
            eprintln!("streamforge-sfu: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    println!("{text}");
    ExitCode::SUCCESS
}
