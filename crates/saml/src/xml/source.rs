//! The text of a document, ready to be parsed.

use std::borrow::Cow;

use crate::{
    error::{Error, ErrorKind},
    xml::{limits::Limits, scan::scan},
};

/// Text within the limits, its line ends normalized, with nothing in it that is never read.
pub(crate) struct Source<'a> {
    text: Cow<'a, str>,
    limits: Limits,
}

impl<'a> Source<'a> {
    /// # Errors
    /// `SamlTooLarge`, `SamlTooComplex`, `SamlDoctype`, `SamlProcessingInstruction`, `SamlAttributeWhitespace`,
    /// `SamlXmlInvalid`.
    pub(crate) fn new(text: &'a str, limits: Limits) -> Result<Self, Error> {
        if text.len() > limits.size {
            let (found, most) = (text.len(), limits.size);
            return Err(Error::with(
                ErrorKind::SamlTooLarge,
                format_args!("{found} bytes, at most {most} are read"),
            ));
        }
        // XML 1.0 §2.11: before parsing, so that CDATA sections and attribute values have none either.
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
