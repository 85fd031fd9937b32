//! One connection on the controller's socket: length-prefixed JSON frames, in and out.

use std::io::{self, Read, Write};

use mio::net::UnixStream;
use streamforge_sfu_core::command::Response;
use streamforge_sfu_core::error::{Error, ErrorCode};
use streamforge_sfu_core::event::Event;

use super::outbox::Outbox;

/// Longest frame in either direction; a longer one ends the connection.
pub(super) const MAX_FRAME: usize = 1024 * 1024;
/// The length in front of a frame.
const PREFIX: usize = 4;

/// A connection.
pub(super) struct Connection {
    stream: UnixStream,
    incoming: Vec<u8>,
    outbox: Outbox,
    open: bool,
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream, incoming: Vec::new(), outbox: Outbox::default(), open: true }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// The next whole frame, if one came.
    pub(super) fn next_frame(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(frame) = self.cut_frame() {
                return Some(frame);
            }
            if !self.open || !self.read() {
                return None;
            }
        }
    }

    fn cut_frame(&mut self) -> Option<Vec<u8>> {
        let prefix = self.incoming.first_chunk::<PREFIX>()?;
        let length = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
        if length > MAX_FRAME {
            tracing::warn!(length, "a frame of the controller is too long");
            self.open = false;
            return None;
        }
        let frame = self.incoming.get(PREFIX..PREFIX + length)?.to_vec();
        self.incoming.drain(..PREFIX + length);
        Some(frame)
    }

    /// Reads what is there. False when nothing came.
    fn read(&mut self) -> bool {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => self.open = false,
            Ok(count) => {
                self.incoming.extend_from_slice(chunk.get(..count).unwrap_or_default());
                return true;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.open = false,
        }
        false
    }

    /// Queues an answer.
    pub(super) fn answer(&mut self, response: &Response) {
        if !self.outbox.push(&serde_json::to_vec(response).unwrap_or_default()) {
            let error = Error::new(ErrorCode::LimitExceeded, "the answer is longer than a frame may be");
            let refusal = serde_json::to_vec(&Response::new(response.id, Err(error))).unwrap_or_default();
            self.open &= self.outbox.push(&refusal);
        }
    }

    /// Queues an event.
    pub(super) fn tell(&mut self, event: Event) {
        self.outbox.tell(event);
    }

    /// Writes as much as the socket takes.
    pub(super) fn flush(&mut self) {
        if self.outbox.is_overfull() {
            // It reads no more. It will say hello again and get the inventory.
            tracing::warn!("the controller does not read; its connection ends");
            self.open = false;
        }
        while self.open {
            let Some(bytes) = self.outbox.front() else { return };
            match self.stream.write(bytes) {
                Ok(count) => self.outbox.advance(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.open = false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_beyond_the_limit_becomes_a_refusal_under_its_number() {
        let (near, mut far) = std::os::unix::net::UnixStream::pair().expect("a pair");
        near.set_nonblocking(true).expect("set");
        let mut connection = Connection::new(UnixStream::from_std(near));
        connection.answer(&Response::new(7, Ok("x".repeat(MAX_FRAME).into())));
        connection.flush();
        assert!(connection.is_open());
        let mut length = [0; PREFIX];
        far.read_exact(&mut length).expect("a length");
        let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length)).expect("a length")];
        far.read_exact(&mut frame).expect("a frame");
        let text = String::from_utf8(frame).expect("text");
        assert!(text.contains("\"id\":7") && text.contains("limit_exceeded"), "{text}");
    }
}
