//! `streamforge-impair --server IP:PORT`: relays UDP badly, driven by JSON lines on standard input.

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use lexopt::prelude::*;
use mio::{Events, Waker};
use streamforge_impair::orders::{self, Reply};
use streamforge_impair::relay::Relay;

const USAGE: &str = "\
streamforge-impair: a UDP relay that behaves like a bad network, for tests.

  --server IP:PORT   where it relays to
  --listen IP:PORT   where clients reach it (127.0.0.1:0)
  --seed N           same seed, same losses and jitter (1)";

/// Events of one turn; more wait for the next.
const EVENTS: usize = 256;

struct Options {
    listen: SocketAddr,
    server: SocketAddr,
    seed: u64,
}

fn main() -> ExitCode {
    let options = match parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("streamforge-impair: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("streamforge-impair: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut parser: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let (mut listen, mut server, mut seed) = (SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None, 1);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = parser.value()?.parse()?,
            Long("server") => server = Some(parser.value()?.parse()?),
            Long("seed") => seed = parser.value()?.parse()?,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    let server = server.ok_or("--server is missing")?;
    Ok(Some(Options { listen, server, seed }))
}

fn run(options: &Options) -> std::io::Result<()> {
    let mut relay = Relay::start(options.listen, options.server, options.seed)?;
    let lines = read_lines(relay.waker()?);
    let mut out = std::io::stdout().lock();
    // Who closed the pipe closes standard input too.
    let mut tell = |reply: &Reply| {
        drop(writeln!(out, "{}", orders::write(reply)).and_then(|()| out.flush()));
    };
    tell(&Reply::Ready { address: relay.address()?.to_string() });
    let mut events = Events::with_capacity(EVENTS);
    loop {
        if let Some(news) = relay.turn(&mut events)? {
            tell(&news);
        }
        loop {
            match lines.try_recv() {
                Ok(line) => tell(&match orders::read(&line) {
                    Ok(order) => relay.obey(order),
                    Err(message) => Reply::Error { message },
                }),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Ok(()),
            }
        }
    }
}

/// Standard input has no portable readiness: one thread blocks on it, and its end ends the program.
fn read_lines(waker: Waker) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() || waker.wake().is_err() {
                return;
            }
        }
        drop(sender);
        drop(waker.wake());
    });
    lines
}
