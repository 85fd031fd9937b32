//! Linux and its relatives: Unix sockets with peer credentials, file modes, figures of the process.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use mio::net::{UnixListener, UnixStream};

use super::{Listener, Stream};

/// Binds the controller's socket so that only this user can connect. A file left by a dead worker goes.
///
/// # Errors
/// When it cannot be bound, for example because another worker listens there.
pub fn bind_private(path: &Path) -> io::Result<Box<dyn Listener>> {
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another worker listens there"));
    }
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    // The mode must be right from the start: between bind and chmod anybody could connect.
    let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let listener = UnixListener::bind(path);
    rustix::process::umask(before);
    Ok(Box::new(listener?))
}

impl Listener for UnixListener {
    fn accept(&self) -> io::Result<Option<Box<dyn Stream>>> {
        let (stream, _) = Self::accept(self)?;
        if !is_trusted(&stream) {
            return Ok(None);
        }
        Ok(Some(Box::new(stream)))
    }
}

/// Makes a file that only this user can read.
///
/// # Errors
/// When it cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    // The mode counts for a new file alone.
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Whether the other end of the socket is this user or root.
#[cfg(target_os = "linux")]
fn is_trusted(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid();
    rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == own || peer.uid.is_root())
}

/// Whether the other end of the socket is this user or root: elsewhere the file's mode has to do.
#[cfg(not(target_os = "linux"))]
fn is_trusted(_stream: &UnixStream) -> bool {
    true
}

/// Raises the limit of open files to what this process may have: every TCP connection is one, and shells
/// grant 1024 at first.
pub fn raise_open_files() {
    let limits = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limits.maximum, maximum: limits.maximum };
    if let Err(error) = rustix::process::setrlimit(rustix::process::Resource::Nofile, raised) {
        tracing::debug!(%error, "open files");
    }
}

/// Processor time of this process.
#[must_use]
pub fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Resident memory of this process, 0 where it is not told.
#[must_use]
pub fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_files_may_be_open_as_the_system_grants() {
        let nofile = rustix::process::Resource::Nofile;
        let before = rustix::process::getrlimit(nofile);
        let low = rustix::process::Rlimit { current: Some(512), maximum: before.maximum };
        rustix::process::setrlimit(nofile, low).expect("lowered");
        raise_open_files();
        assert_eq!(rustix::process::getrlimit(nofile).current, before.maximum);
    }
}
