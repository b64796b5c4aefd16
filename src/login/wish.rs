//! What somebody wants who starts a sign-on.

use url::form_urlencoded;

use crate::{LoginError, LoginErrorKind, ReturnPath, StepUp};

/// Where a sign-on comes back to, what a handler asked for, and whom the provider is to expect.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) back: ReturnPath,
    pub(crate) asked: StepUp,
    /// Shown to the provider. It decides nothing: what comes back is checked against the account's own addresses.
    pub(crate) hint: Option<String>,
}

/// The longest hint for the provider, in bytes.
const HINT: usize = 320;

impl Wish {
    /// Reads the start page's query or its form.
    ///
    /// # Errors
    ///
    /// `ParameterRepeated`, `ReturnPathInvalid`, `RequestInvalid`; with the way back, as far as it was good.
    pub(super) fn parse(encoded: &[u8]) -> Result<Self, (LoginError, Option<ReturnPath>)> {
        let back = return_path(encoded).map_err(|error| (error, None))?;
        let rest = || {
            let hint = parameter(encoded, "login_hint")?.filter(|hint| !hint.is_empty());
            Ok((step_up(encoded)?, hint.map(checked_hint).transpose()?))
        };
        match rest() {
            Ok((asked, hint)) => Ok(Self { back, asked, hint }),
            Err(error) => Err((error, Some(back))),
        }
    }

    /// The start page's hidden fields beside `return_to`.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let hint = self.hint.clone().map(|hint| ("login_hint", hint));
        self.asked.parameters().chain(hint).collect()
    }
}

/// The one value of a parameter; a repeated one is none.
pub(super) fn parameter(encoded: &[u8], name: &str) -> Result<Option<String>, LoginError> {
    let mut found = form_urlencoded::parse(encoded).filter(|(key, _)| key == name);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(LoginErrorKind::ParameterRepeated.into()),
        (first, None) => Ok(first.map(|(_, value)| value.into_owned())),
    }
}

/// A hint that can be shown to the provider.
pub(super) fn checked_hint(hint: String) -> Result<String, LoginErrorKind> {
    let fits = hint.len() <= HINT && !hint.chars().any(char::is_control);
    fits.then_some(hint).ok_or(LoginErrorKind::RequestInvalid)
}

/// Where to come back to: none leads to the front page, a bad one nowhere.
pub(super) fn return_path(encoded: &[u8]) -> Result<ReturnPath, LoginError> {
    match parameter(encoded, "return_to")? {
        None => Ok(ReturnPath::root()),
        Some(path) => ReturnPath::parse(&path).ok_or_else(|| LoginErrorKind::ReturnPathInvalid.into()),
    }
}

/// What a handler asks for.
pub(super) fn step_up(encoded: &[u8]) -> Result<StepUp, LoginError> {
    StepUp::parse(encoded)
        .ok_or_else(|| LoginError::with(LoginErrorKind::RequestInvalid, "max_age or acr_values malformed"))
}
