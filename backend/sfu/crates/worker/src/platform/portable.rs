//! What every system has: no Unix socket, and no figures of the process.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::Listener;

/// There is no Unix socket here.
///
/// # Errors
/// Always.
pub fn bind_private(_path: &Path) -> io::Result<Box<dyn Listener>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "no Unix sockets on this system: use --endpoint"))
}

/// Makes a file. Who may read it follows from its directory, which is this user's.
///
/// # Errors
/// When it cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    File::create(path)
}

/// There is no limit that could be raised.
pub const fn raise_open_files() {}

/// Not told: the server then counts routers instead.
#[must_use]
pub const fn cpu_time() -> Duration {
    Duration::ZERO
}

/// Not told.
#[must_use]
pub const fn resident_bytes() -> u64 {
    0
}
