//! A bounds-checked reader of bits and bytes. Past the end every read is `None`.

/// Reads a byte slice from its front, most significant bit first.
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Next bit, counted from the start.
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next `count` bits (at most 32) as a number.
    pub(super) fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0_u32;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            let bit = (byte >> (7 - self.at % 8)) & 1;
            value = (value << 1) | u32::from(bit);
            self.at += 1;
        }
        Some(value)
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        Some(self.take(1)? == 1)
    }

    /// Up to eight bits.
    pub(super) fn small(&mut self, count: u32) -> Option<u8> {
        u8::try_from(self.take(count.min(8))?).ok()
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        u16::try_from(self.take(16)?).ok()
    }

    pub(super) fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count).filter(|at| *at <= self.bytes.len() * 8)?;
        Some(())
    }

    /// Unsigned number below `bound` in the shortest form: `ns(n)` of the AV1 specification, 4.10.7.
    pub(super) fn below(&mut self, bound: u32) -> Option<u32> {
        let width = u32::BITS - bound.leading_zeros();
        let short_forms = (1_u64.checked_shl(width)?).checked_sub(u64::from(bound))?;
        let value = self.take(width.checked_sub(1)?)?;
        if u64::from(value) < short_forms {
            return Some(value);
        }
        let long = (u64::from(value) << 1) + u64::from(self.take(1)?);
        u32::try_from(long.checked_sub(short_forms)?).ok()
    }

    /// Unsigned Exp-Golomb number: `ue(v)` of H.264, 9.1.
    pub(super) fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        let tail = self.take(zeros)?;
        ((1_u32 << zeros) - 1).checked_add(tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_most_significant_first_and_end() {
        let mut bits = Bits::new(&[0b1010_0000, 0xff]);
        assert_eq!((bits.take(3), bits.take(5), bits.take(8)), (Some(5), Some(0), Some(255)));
        assert_eq!((bits.take(1), bits.skip(1)), (None, None));
    }

    #[test]
    fn exp_golomb_numbers_of_the_standard_are_read() {
        // 1 | 010 | 011 | 00100 | 00101 | padding
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        let numbers: Vec<_> = (0..5).map(|_| bits.exp_golomb()).collect();
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(Bits::new(&[0; 8]).exp_golomb(), None);
    }

    #[test]
    fn bounded_numbers_use_short_forms_first() {
        // below(5): 00 01 10 are short, 110 111 are long
        let mut bits = Bits::new(&[0b0001_1011, 0b0111_0000]);
        let numbers: Vec<_> = (0..5).map(|_| bits.below(5)).collect();
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(Bits::new(&[0xff]).below(0), None);
        assert_eq!(Bits::new(&[]).below(1), Some(0));
    }
}
