//! What differs between operating systems and is not in a portable crate: the controller's socket, process
//! figures, file modes. Batched and segmented datagrams are `quinn-udp`'s, which has its own fall-backs.
//!
//! `unix` is what people run; `portable` does without, so that a worker runs elsewhere, too. The feature
//! `portable` compiles the latter on a system that does not need it: that is how it is checked.

use std::io;

use mio::event::Source;
use mio::net::TcpListener;

#[cfg(any(not(unix), feature = "portable"))]
mod portable;
#[cfg(all(unix, not(feature = "portable")))]
mod unix;

#[cfg(any(not(unix), feature = "portable"))]
pub use portable::{bind_private, cpu_time, create_private, raise_open_files, resident_bytes};
#[cfg(all(unix, not(feature = "portable")))]
pub use unix::{bind_private, cpu_time, create_private, raise_open_files, resident_bytes};

/// Socket buffers: a tenth of a second at 200 Mbit/s, twice. The kernel may grant less.
const SOCKET_BUFFER: usize = 4 * 1024 * 1024;

/// A connection of a controller, of whatever kind.
pub trait Stream: io::Read + io::Write + Source {}

impl<T: io::Read + io::Write + Source> Stream for T {}

/// A listener for controllers, of whatever kind.
pub trait Listener: Source {
    /// The next connection; none when the other end is a stranger whom the system itself tells apart.
    ///
    /// # Errors
    /// As `accept` has them.
    fn accept(&self) -> io::Result<Option<Box<dyn Stream>>>;
}

impl Listener for TcpListener {
    fn accept(&self) -> io::Result<Option<Box<dyn Stream>>> {
        let (stream, _) = Self::accept(self)?;
        stream.set_nodelay(true)?;
        Ok(Some(Box::new(stream)))
    }
}

/// Asks for large socket buffers; less is fine.
pub fn enlarge_buffers(socket: &socket2::Socket) {
    for result in [socket.set_recv_buffer_size(SOCKET_BUFFER), socket.set_send_buffer_size(SOCKET_BUFFER)] {
        if let Err(error) = result {
            tracing::debug!(%error, "socket buffer");
        }
    }
}
