//! What a target is, and how it reads its input.

/// Something that takes outside bytes.
pub struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// Takes one input. Panics when a property does not hold.
    pub run: fn(&[u8]),
    /// Pieces of text that mutations insert.
    pub words: &'static [&'static str],
    /// Inputs of a test run: about two seconds' worth.
    pub quick: u32,
}

/// Reads an input piece by piece. Behind its end everything is zero or empty.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next so many bytes, or all that are left.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        head
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    /// The next two bytes, as a number.
    pub fn short(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// The next four bytes, as a number.
    pub fn word(&mut self) -> u32 {
        u32::from(self.short()) << 16 | u32::from(self.short())
    }

    /// A piece with its length in two bytes before it.
    pub fn piece(&mut self) -> &'a [u8] {
        let length = self.short();
        self.take(usize::from(length))
    }
}
