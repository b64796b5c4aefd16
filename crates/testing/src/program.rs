//! A program: bytes that are read as a sequence of choices. Any bytes are a valid program. After the last byte, every
//! choice is the first option.

/// The rest of a program, which was not read yet.
pub struct Program<'a>(&'a [u8]);

impl<'a> Program<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// Returns a number below `bound`, or 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let number = match bound {
            0..=256 => usize::from(self.byte()),
            _ => usize::from(self.byte()) << 8 | usize::from(self.byte()),
        };
        number % bound.max(1)
    }

    pub fn pick<'t, T: ?Sized>(&mut self, among: &[&'t T]) -> &'t T {
        let at = self.below(among.len());
        among.get(at).expect("something to choose from")
    }
}
