//! The media worker with `inject-fault` switched on: the same code behind the same flags, for tests.

use std::process::ExitCode;

use streamforge_sfu::options::{self, Request};
use streamforge_sfu::{Faults, Worker, log};

fn main() -> ExitCode {
    let Ok(Request::Run(options)) = options::parse(std::env::args_os().skip(1)) else {
        eprintln!("streamforge-sfu-faults takes the flags of streamforge-sfu");
        return ExitCode::from(2);
    };
    log::start(&options.log);
    match Worker::start(options, Faults::Allowed).and_then(Worker::run) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("streamforge-sfu-faults: {error}");
            ExitCode::FAILURE
        }
    }
}
