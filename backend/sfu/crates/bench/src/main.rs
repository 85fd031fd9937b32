//! Prints the media worker's figures: measured, goal, accepted.
//!
//! A real worker process and native clients on loopback. Processor time is the worker's own, so other load
//! on the machine disturbs it little; times of day it does disturb. A missed figure is said, never failed.
#![forbid(unsafe_code)]

mod baseline;
mod figure;
mod scene;

use std::process::ExitCode;
use std::time::Duration;

use baseline::Baseline;
use figure::{Figure, median, quantile};
use scene::Scene;

/// Rounds of the packet figure; their median counts.
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);
const RECEIVERS: usize = 20;
const PUBLISHERS: u16 = 3;
const SWITCHES: usize = 20;
/// Packets of one picture of the largest layer, which leave together.
const BURST: usize = 6;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match measure() {
        Ok(figures) => {
            println!("{:<44} {:>12} {:>9} {:>9}", "figure", "measured", "goal", "accepted");
            figures.iter().for_each(Figure::print);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("streamforge-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Outcome<Vec<Figure>> {
    let mut scene = Scene::start()?;
    let mut figures = joins(&mut scene)?;
    for number in 1..=PUBLISHERS {
        scene.join_publisher(number)?;
    }
    scene.watch_all(PUBLISHERS)?;
    figures.push(packets(&mut scene)?);
    figures.extend(switches(&mut scene)?);
    Ok(figures)
}

/// What a receiver costs to join, before any media flows.
fn joins(scene: &mut Scene) -> Outcome<Vec<Figure>> {
    // The first one pays for what all share.
    scene.join_receiver("warm-up")?;
    let before = scene.stats()?;
    for number in 0..RECEIVERS {
        scene.join_receiver(&format!("r{number:02}"))?;
    }
    let after = scene.stats()?;
    let receivers = f64::from(u32::try_from(RECEIVERS)?);
    let cpu = (after.cpu_seconds - before.cpu_seconds) * 1000.0 / receivers;
    let bytes = u32::try_from(after.rss_bytes.saturating_sub(before.rss_bytes) / 1024)?;
    let memory = f64::from(bytes) / 1024.0 / receivers;
    Ok(vec![
        Figure { name: "CPU per join, 9 + 3 slots (ms)", measured: cpu, goal: 3.0, accepted: 3.0 },
        Figure { name: "memory per receiver, joined (MiB)", measured: memory, goal: 0.3, accepted: 0.3 },
    ])
}

/// The worker's processor time per packet sent, against sealing and sending alone, in turns.
fn packets(scene: &mut Scene) -> Outcome<Figure> {
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let before = scene.stats()?;
        scene.run(ROUND)?;
        let after = scene.stats()?;
        let sent = u32::try_from(after.packets_out - before.packets_out)?.max(1);
        let bytes = usize::try_from((after.bytes_out - before.bytes_out) / u64::from(sent))?;
        let worker = (after.cpu_seconds - before.cpu_seconds) * 1e6 / f64::from(sent);
        let raw = Baseline::new(bytes)?.micros_per_packet(BURST)?;
        eprintln!("{sent} packets of {bytes} bytes: worker {worker:.2} µs, seal and send {raw:.2} µs");
        ratios.push(worker / raw);
    }
    let name = "CPU per forwarded packet (× seal + GSO send)";
    Ok(Figure { name, measured: median(&mut ratios), goal: 1.5, accepted: 2.0 })
}

/// From a want to the first packet of the other source.
fn switches(scene: &mut Scene) -> Outcome<Vec<Figure>> {
    let mut times = Vec::new();
    for turn in 0..SWITCHES {
        let to = if turn % 2 == 0 { 2 } else { 1 };
        times.push(scene.switch("r00", to)?.as_secs_f64() * 1000.0);
        // Past the spacing of key-frame requests, as people click.
        scene.run(Duration::from_millis(500))?;
    }
    let (half, most) = (quantile(&mut times, 50), quantile(&mut times, 95));
    Ok(vec![
        Figure { name: "source switch, p50 (ms)", measured: half, goal: 120.0, accepted: 120.0 },
        Figure { name: "source switch, p95 (ms)", measured: most, goal: 250.0, accepted: 250.0 },
    ])
}
