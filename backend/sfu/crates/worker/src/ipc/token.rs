//! The secret that a controller shows where the system cannot say who it is.

use std::fmt::Write as _;
use std::io;

use aws_lc_rs::{constant_time, rand};

/// 256 bits, as hexadecimal text.
const BYTES: usize = 32;

/// A worker's token; it lives as long as the worker.
#[derive(Clone)]
pub(super) struct Token(String);

impl Token {
    /// Length of the text in bytes.
    pub(super) const LENGTH: usize = BYTES * 2;

    /// A fresh one.
    pub(super) fn random() -> io::Result<Self> {
        let mut bytes = [0; BYTES];
        rand::fill(&mut bytes).map_err(|_| io::Error::other("no random numbers"))?;
        let mut text = String::with_capacity(Self::LENGTH);
        for byte in bytes {
            write!(text, "{byte:02x}").map_err(io::Error::other)?;
        }
        Ok(Self(text))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether these bytes are it. How long it takes tells nothing of where they differ.
    pub(super) fn is(&self, shown: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_bytes(), shown).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = Token::random().expect("random numbers");
        let text = token.as_str().to_owned();
        assert_eq!(text.len(), Token::LENGTH);
        assert!(token.is(text.as_bytes()));
        assert!(!token.is(&text.as_bytes()[1..]) && !token.is(b""));
        assert!(!token.is(Token::random().expect("random numbers").as_str().as_bytes()));
    }
}
