//! The text of a document, ready to be parsed: within its limits, scanned, and with normalized line ends.
//!
//! A document can be parsed only from a `Source`, so the parser never sees a text that was not checked.

use std::borrow::Cow;

use crate::{
    error::{Error, ErrorKind},
    xml::{limits::Limits, scan::scan},
};

/// A text within the limits, with normalized line ends and without markup that is never accepted.
pub(crate) struct Source<'a> {
    text: Cow<'a, str>,
    limits: Limits,
}

impl<'a> Source<'a> {
    /// Checks the size, normalizes line ends, and scans the text.
    ///
    /// # Errors
    ///
    /// Returns `SamlTooLarge`, `SamlTooComplex`, `SamlDoctype`, `SamlProcessingInstruction`, `SamlAttributeWhitespace`
    /// or `SamlXmlInvalid`.
    pub(crate) fn new(text: &'a str, limits: Limits) -> Result<Self, Error> {
        if text.len() > limits.size {
            let (found, most) = (text.len(), limits.size);
            return Err(Error::with(
                ErrorKind::SamlTooLarge,
                format_args!("{found} bytes, at most {most} are read"),
            ));
        }
        // XML 1.0 §2.11: this happens before parsing, so CDATA sections and attribute values contain no carriage return
        // either.
        let text = match text.contains('\r') {
            true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
            false => Cow::Borrowed(text),
        };
        scan(&text, &limits)?;
        Ok(Self { text, limits })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }
}
