//! IDs: one meaning each, whoever looks for them.

use uppsala::Attribute;

use crate::error::{Error, ErrorKind};

/// Every ID of a document, in any spelling that any reader takes for one.
#[derive(Default)]
pub(crate) struct Ids<'d> {
    seen: Vec<&'d str>,
}

impl<'d> Ids<'d> {
    /// Notes an attribute if it may be taken for an ID: `id` in any case and namespace, and SAML 1's names.
    pub(crate) fn note(&mut self, attribute: &'d Attribute<'_>) {
        let name = attribute.name.local_name.as_ref();
        if ["id", "AssertionID", "ResponseID", "RequestID"].iter().any(|id| name.eq_ignore_ascii_case(id)) {
            self.seen.push(&attribute.value);
        }
    }

    /// # Errors
    /// `SamlIdInvalid` when two are the same, or one is empty or holds white space.
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
