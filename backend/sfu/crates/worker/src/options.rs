//! The command line. Nothing else configures a worker: it reads no file and no environment.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

/// Without a controller for this long a worker ends, unless told otherwise.
const CONTROLLER_TIMEOUT: Duration = Duration::from_secs(60);

/// How to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where the controller connects.
    pub control: Control,
    /// The worker's index, for the log and the inventory.
    pub index: u32,
    /// 0 takes any free one.
    pub udp_port: u16,
    /// 0 takes any free one.
    pub tcp_port: u16,
    /// The addresses that clients are told.
    pub announce: Vec<IpAddr>,
    /// How long to live without a controller.
    pub controller_timeout: Duration,
    /// The log's filter, as `tracing` writes it.
    pub log: String,
}

/// Where the controller connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// On a Unix socket at this path.
    Socket(PathBuf),
    /// On a port of the loopback interface; this file, made by the worker, tells port and token.
    Endpoint(PathBuf),
}

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Run a worker.
    Run(Options),
    /// Print the JSON Schema of the protocols.
    PrintSchema,
    /// Print the version.
    Version,
    /// Print the usage.
    Help,
}

/// The usage.
pub const USAGE: &str = "\
streamforge-sfu: the media worker of StreamForge. The server starts it.

  --socket PATH            Unix socket on which the controller connects
  --endpoint PATH          without Unix sockets: file that will tell the controller port and token
  --index N                number of this worker (0)
  --udp-port P             UDP port for media (0: any)
  --tcp-port P             TCP port for media (0: any)
  --announce IP[,IP]       addresses that clients are told
  --controller-timeout-s S seconds to live without a controller (60)
  --log FILTER             log filter (info)
  --print-schema           print the JSON Schema of its protocols
  --version";

/// Reads the command line.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn parse(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Request, lexopt::Error> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut control, mut announce) = (None, Vec::new());
    let (mut index, mut udp_port, mut tcp_port) = (0, 0, 0);
    let mut controller_timeout = CONTROLLER_TIMEOUT;
    let mut log = "info".to_owned();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("socket") => control = Some(Control::Socket(parser.value()?.into())),
            Long("endpoint") => control = Some(Control::Endpoint(parser.value()?.into())),
            Long("index") => index = parser.value()?.parse()?,
            Long("udp-port") => udp_port = parser.value()?.parse()?,
            Long("tcp-port") => tcp_port = parser.value()?.parse()?,
            Long("announce") => announce = addresses(&parser.value()?.string()?)?,
            Long("controller-timeout-s") => {
                controller_timeout = Duration::from_secs(parser.value()?.parse()?);
            }
            Long("log") => log = parser.value()?.string()?,
            Long("print-schema") => return Ok(Request::PrintSchema),
            Long("version") => return Ok(Request::Version),
            Long("help") | Short('h') => return Ok(Request::Help),
            _ => return Err(argument.unexpected()),
        }
    }
    let control = control.ok_or("--socket is missing")?;
    if announce.is_empty() {
        return Err("--announce is missing: without an address no client finds this worker".into());
    }
    Ok(Request::Run(Options { control, index, udp_port, tcp_port, announce, controller_timeout, log }))
}

fn addresses(list: &str) -> Result<Vec<IpAddr>, lexopt::Error> {
    let parse = |text: &str| {
        let text = text.trim();
        text.parse().map_err(|_| lexopt::Error::from(format!("--announce: {text:?} is no IP address")))
    };
    list.split(',').map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Request, String> {
        parse(line.split_whitespace().map(Into::into)).map_err(|error| error.to_string())
    }

    #[test]
    fn all_flags_are_read() {
        let line = "--socket /run/w.sock --index 2 --udp-port 40002 --tcp-port 40003 --announce 10.0.0.1,::1 \
                    --controller-timeout-s 5";
        let Ok(Request::Run(options)) = read(line) else { panic!("run") };
        assert_eq!((options.index, options.udp_port, options.tcp_port), (2, 40002, 40003));
        assert_eq!(options.announce.len(), 2);
        assert_eq!(options.controller_timeout, Duration::from_secs(5));
    }

    #[test]
    fn a_worker_is_commanded_over_a_socket_or_an_endpoint() {
        for (line, control) in [
            ("--socket /run/w.sock --announce ::1", Control::Socket("/run/w.sock".into())),
            ("--endpoint /run/w.endpoint --announce ::1", Control::Endpoint("/run/w.endpoint".into())),
        ] {
            let Ok(Request::Run(options)) = read(line) else { panic!("run") };
            assert_eq!(options.control, control);
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (line, word) in [
            ("--announce 10.0.0.1", "--socket"),
            ("--socket /s", "--announce"),
            ("--socket /s --announce nowhere", "nowhere"),
            ("--socket /s --announce 10.0.0.1 --udp-port 70000", "70000"),
            ("--dance", "dance"),
        ] {
            let error = read(line).expect_err(line);
            assert!(error.contains(word), "{error}");
        }
    }
}
