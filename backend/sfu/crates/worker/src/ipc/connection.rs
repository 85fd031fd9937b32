//! One connection on the controller's socket: length-prefixed JSON frames, in and out.

use std::io;

use streamforge_sfu_core::command::Response;
use streamforge_sfu_core::error::{Error, ErrorCode};
use streamforge_sfu_core::event::Event;

use super::outbox::Outbox;
use super::token::Token;
use crate::platform::Stream;

/// Longest frame in either direction; a longer one ends the connection.
pub(super) const MAX_FRAME: usize = 1024 * 1024;
/// The length in front of a frame.
const PREFIX: usize = 4;

/// A connection.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    /// What the first frame must be, as long as it did not come. Nothing is parsed before.
    token: Option<Token>,
    incoming: Vec<u8>,
    outbox: Outbox,
    open: bool,
    refused: bool,
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Stream>, token: Option<Token>) -> Self {
        Self { stream, token, incoming: Vec::new(), outbox: Outbox::default(), open: true, refused: false }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// Whether it ended because it showed something that is not the token.
    pub(super) const fn was_refused(&self) -> bool {
        self.refused
    }

    /// The next whole frame, if one came.
    pub(super) fn next_frame(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(frame) = self.cut_frame() {
                match self.token.take() {
                    None => return Some(frame),
                    Some(token) if token.is(&frame) => continue,
                    Some(_) => self.refuse(),
                }
            }
            if !self.open || !self.read() {
                return None;
            }
        }
    }

    const fn refuse(&mut self) {
        self.open = false;
        self.refused = true;
    }

    fn cut_frame(&mut self) -> Option<Vec<u8>> {
        let prefix = self.incoming.first_chunk::<PREFIX>()?;
        let length = usize::try_from(u32::from_be_bytes(*prefix)).unwrap_or(usize::MAX);
        if self.token.is_some() && length != Token::LENGTH {
            self.refuse();
            return None;
        }
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
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    /// A connection and its other end.
    fn pair(token: Option<Token>) -> (Connection, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let far = TcpStream::connect(listener.local_addr().expect("an address")).expect("connected");
        let (near, _) = listener.accept().expect("accepted");
        near.set_nonblocking(true).expect("set");
        (Connection::new(Box::new(mio::net::TcpStream::from_std(near)), token), far)
    }

    fn frame(content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).expect("a length");
        [&length.to_be_bytes(), content].concat()
    }

    /// What the connection makes of the bytes: its next frame, once they came or it ended.
    fn heard(connection: &mut Connection) -> Option<Vec<u8>> {
        loop {
            let frame = connection.next_frame();
            if frame.is_some() || !connection.is_open() {
                return frame;
            }
        }
    }

    #[test]
    fn an_answer_beyond_the_limit_becomes_a_refusal_under_its_number() {
        let (mut connection, mut far) = pair(None);
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

    #[test]
    fn frames_are_heard_once_the_token_was_shown() {
        let token = Token::random().expect("random numbers");
        let (mut connection, mut far) = pair(Some(token.clone()));
        far.write_all(&[frame(token.as_str().as_bytes()), frame(b"{}")].concat()).expect("written");
        assert_eq!(heard(&mut connection).as_deref(), Some(&b"{}"[..]));
    }

    #[test]
    fn whatever_is_not_the_token_ends_the_connection_before_anything_is_read() {
        let wrong = "0".repeat(Token::LENGTH);
        for shown in [frame(wrong.as_bytes()), frame(b"{}"), frame(&[b'x'; 1024]), vec![0xff; 4]] {
            let token = Token::random().expect("random numbers");
            let (mut connection, mut far) = pair(Some(token));
            far.write_all(&[shown, frame(b"{}")].concat()).expect("written");
            assert_eq!(heard(&mut connection), None);
            assert!(connection.was_refused());
        }
    }
}
