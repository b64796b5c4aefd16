//! A program: bytes that are read as a sequence of choices. Any bytes are a valid program. After the last byte, every
//! choice is the first option.

/// The rest of a program, which was not read yet.
///
/// A fuzzer and a property test both generate bytes. As a program, the same bytes always lead to the same document, so
/// a failure can be repeated and shortened.
///
/// ```
/// use tower_sso_testing::program::Program;
///
/// let mut program = Program::new(&[7, 1]);
/// assert_eq!(program.below(5), 2);
/// assert_eq!(program.pick(&["a", "b"]), "b");
/// assert_eq!(program.byte(), 0); // after the end
/// ```
pub struct Program<'a>(&'a [u8]);

impl<'a> Program<'a> {
    /// Returns the program with these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the next byte, or 0 after the end.
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

    /// Returns one of the choices.
    ///
    /// # Panics
    ///
    /// Panics if there is nothing to choose from.
    pub fn pick<'t, T: ?Sized>(&mut self, among: &[&'t T]) -> &'t T {
        let at = self.below(among.len());
        among.get(at).expect("something to choose from")
    }
}
