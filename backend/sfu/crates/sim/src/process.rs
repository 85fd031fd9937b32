//! A worker process for a test or a benchmark: started on free ports, ended with its owner.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::controller::Controller;

/// A worker that does not listen by then never will.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running worker.
pub struct WorkerProcess {
    child: Child,
    folder: PathBuf,
    control: &'static str,
}

impl WorkerProcess {
    /// Starts a worker.
    ///
    /// # Errors
    /// When it does not start or listen.
    pub fn start(binary: &Path, arguments: &[&str]) -> io::Result<Self> {
        Self::start_with("--socket", "w.sock", binary, arguments)
    }

    /// Starts a worker that is commanded over loopback TCP.
    ///
    /// # Errors
    /// When it does not start or listen.
    pub fn start_endpoint(binary: &Path, arguments: &[&str]) -> io::Result<Self> {
        Self::start_with("--endpoint", "w.endpoint", binary, arguments)
    }

    fn start_with(flag: &str, control: &'static str, binary: &Path, arguments: &[&str]) -> io::Result<Self> {
        let stamp =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(io::Error::other)?;
        let name = format!("streamforge-sim-{}-{}", std::process::id(), stamp.as_nanos());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder)?;
        let child = Command::new(binary)
            .arg(flag)
            .arg(folder.join(control))
            .args(["--udp-port", "0", "--tcp-port", "0", "--announce", "127.0.0.1", "--log", "warn"])
            .args(arguments)
            .stdin(Stdio::null())
            .spawn()?;
        let worker = Self { child, folder, control };
        let end = Instant::now() + PATIENCE;
        while Controller::connect(&worker.socket()).is_err() {
            if Instant::now() > end {
                return Err(io::ErrorKind::TimedOut.into());
            }
            std::thread::yield_now();
        }
        Ok(worker)
    }

    /// Where its controller connects.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.join(self.control)
    }

    /// Whether it has ended, and how.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn ended(&mut self) -> io::Result<Option<std::process::ExitStatus>> {
        self.child.try_wait()
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // Both fail only when it is gone already, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
