//! [`Reference`]: connects a page that a visitor sees with an audit event. A visitor can report it, and it reveals
//! nothing.

use std::fmt;

use tower_sso_core::LookupError;

/// A short random id, shown on a visitor's page, by which the operator finds the audit event.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Reference(String);

impl Reference {
    /// Creates a new reference: 80 random bits as 16 characters that can be read aloud without confusion (Crockford's
    /// base 32).
    pub(crate) fn new() -> Result<Self, LookupError> {
        const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bytes = tower_sso_core::internal::random_bytes::<16>()?;
        Ok(Self(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()))
    }

    /// Returns a placeholder, for a response that must be sent although no randomness is available.
    pub(crate) fn none() -> Self {
        Self("-".to_owned())
    }

    /// Returns the id as the page shows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reference({self})")
    }
}
