//! A program: bytes that are read as choices. Any bytes are one; at their end every choice is the first.

/// What is left of a program.
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

    /// A number below this one; 0 below 0.
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
