//! `streamforge-fuzz SECONDS [TARGET…]`: fuzzes for so long, shared out over the targets.

use std::process::ExitCode;
use std::time::Duration;

use streamforge_fuzz::target::Target;
use streamforge_fuzz::{TARGETS, run};

const USAGE: &str = "streamforge-fuzz SECONDS [TARGET…]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((seconds, names)) = arguments.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let is_named = |target: &&Target| names.is_empty() || names.iter().any(|name| name == target.name);
    let chosen: Vec<&Target> = TARGETS.iter().filter(is_named).collect();
    let (Ok(seconds), Ok(count), false) =
        (seconds.parse::<u32>(), u32::try_from(chosen.len()), chosen.is_empty())
    else {
        eprintln!("{USAGE}; targets: {}", TARGETS.map(|target| target.name).join(" "));
        return ExitCode::from(2);
    };
    let share = Duration::from_secs(u64::from(seconds)) / count;
    let mut broken = 0;
    for target in chosen {
        match run::replay(target).and_then(|_| run::long(target, share)) {
            Ok(tally) => println!("{}", run::line(target, tally)),
            Err(broke) => {
                println!("{broke}");
                broken += 1;
            }
        }
    }
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
