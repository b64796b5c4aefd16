//! Checks that the IDs of a document are unique.
//!
//! Every attribute that any reader might take for an ID counts as one. Therefore no two readers can find different
//! elements for the same ID.

use uppsala::Attribute;

use crate::error::{Error, ErrorKind};

/// Every ID of a document, in every spelling that some reader takes for an ID.
#[derive(Default)]
pub(crate) struct Ids<'d> {
    seen: Vec<&'d str>,
}

impl<'d> Ids<'d> {
    /// Records an attribute if it may be taken for an ID: `id` in any case and any namespace, and the names of SAML 1.
    pub(crate) fn note(&mut self, attribute: &'d Attribute<'_>) {
        let name = attribute.name.local_name.as_ref();
        if ["id", "AssertionID", "ResponseID", "RequestID"].iter().any(|id| name.eq_ignore_ascii_case(id)) {
            self.seen.push(&attribute.value);
        }
    }

    /// Checks the recorded IDs.
    ///
    /// # Errors
    ///
    /// Returns `SamlIdInvalid` if two IDs are equal, or if one is empty or contains white space.
    pub(crate) fn check(mut self) -> Result<(), Error> {
        if self.seen.iter().any(|id| id.is_empty() || id.contains(char::is_whitespace)) {
            return Err(Error::with(ErrorKind::SamlIdInvalid, "an ID is empty or holds white space"));
        }
        self.seen.sort_unstable();
        match self.seen.windows(2).any(|pair| pair.first() == pair.last()) {
            true => Err(Error::with(ErrorKind::SamlIdInvalid, "two elements have the same ID")),
            false => Ok(()),
        }
    }
}
