//! Light clients without a browser: `streamforge-sim clients [--ip ADDRESS]`, driven by JSON lines.

use std::io::{BufRead, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;

const USAGE: &str = "streamforge-sim clients [--ip ADDRESS]: hosts light clients, driven by JSON lines";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ip = match words.as_slice() {
        ["clients"] => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        ["clients", "--ip", ip] => ip.parse().ok(),
        _ => None,
    };
    let Some(ip) = ip else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let (sender, orders) = std::sync::mpsc::channel();
    // Standard input has no portable readiness: one thread blocks on it, and its end ends the program.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let mut out = std::io::stdout().lock();
    let served = streamforge_sim::lines::serve(&orders, ip, |line| {
        // Who closed the pipe closes standard input too.
        drop(writeln!(out, "{line}").and_then(|()| out.flush()));
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("streamforge-sim: {error}");
            ExitCode::FAILURE
        }
    }
}
