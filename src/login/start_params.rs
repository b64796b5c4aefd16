//! The parameters with which an SSO login starts: `return_to`, `max_age`, `acr_values` and `login_hint`.
//!
//! They come in the query of the start page, pass through hidden fields of its form, and are checked both times.

use tower_sso_core::{OrgId, ReturnPath, internal::Encoded};

use crate::{
    address::Addresses,
    error::{kind::LoginErrorKind, login_error::LoginError},
    login::{
        failure::{LoginFailure, OrFailure as _},
        request::parameter,
    },
    return_to::ReturnTo,
    step_up::StepUp,
};

/// The parameters of an SSO login that starts.
#[derive(Clone, Debug)]
pub(crate) struct StartParams {
    /// The page to which the finished SSO login leads. If it is on an organization's own host,
    /// [`check_return`](crate::login::lookups::check_return) checks whose host that is.
    pub(crate) return_to: ReturnTo,
    /// What the handler that sent the visitor here demands of the SSO session.
    pub(crate) step_up: StepUp,
    /// The user that the provider should expect. It is only sent to the provider: finish compares the answer with the
    /// account's own addresses.
    pub(crate) hint: Option<String>,
}

/// The maximum length of the hint for the provider, in bytes.
const MAX_HINT_BYTES: usize = 320;

impl StartParams {
    /// Reads the parameters from the start page's query or its form.
    ///
    /// # Errors
    ///
    /// Returns `ParameterRepeated`, `ReturnPathInvalid` or `RequestInvalid`, with the return path if it was valid.
    pub(crate) fn parse(addresses: &Addresses, encoded: &[u8]) -> Result<Self, LoginFailure> {
        let return_to = match parameter(encoded, "return_to")? {
            None => addresses.front_page().into(),
            Some(page) => addresses.parse_return(&page).ok_or(LoginErrorKind::ReturnPathInvalid)?,
        };
        let (step_up, hint) = Self::step_up_and_hint(encoded).returning_to(&return_to)?;
        Ok(Self { return_to, step_up, hint })
    }

    fn step_up_and_hint(encoded: &[u8]) -> Result<(StepUp, Option<String>), LoginError> {
        let hint = parameter(encoded, "login_hint")?.filter(|hint| !hint.is_empty());
        Ok((parse_step_up(encoded)?, hint.map(checked_hint).transpose()?))
    }

    /// Returns the address of the start page with these parameters.
    pub(crate) fn start_page(&self, addresses: &Addresses, organization: &OrgId) -> String {
        let start = addresses.start_asking(organization, Some(&self.return_to), &self.step_up);
        match &self.hint {
            Some(hint) => format!("{start}&login_hint={}", Encoded(hint)),
            None => start,
        }
    }

    /// Returns the start page's hidden fields other than `return_to`.
    pub(crate) fn fields(&self) -> Vec<(&'static str, String)> {
        let hint = self.hint.clone().map(|hint| ("login_hint", hint));
        self.step_up.parameters().chain(hint).collect()
    }
}

/// Checks that a hint can be sent to the provider.
pub(crate) fn checked_hint(hint: String) -> Result<String, LoginErrorKind> {
    let fits = hint.len() <= MAX_HINT_BYTES && !hint.chars().any(char::is_control);
    fits.then_some(hint).ok_or(LoginErrorKind::RequestInvalid)
}

/// Reads a return path of the base host. If the parameter is missing, it is the front page.
pub(crate) fn parse_return_path(addresses: &Addresses, encoded: &[u8]) -> Result<ReturnPath, LoginError> {
    match parameter(encoded, "return_to")? {
        None => Ok(addresses.front_page()),
        Some(path) => addresses.parse_path(&path).ok_or_else(|| LoginErrorKind::ReturnPathInvalid.into()),
    }
}

/// Reads what a handler demands of the SSO session.
pub(crate) fn parse_step_up(encoded: &[u8]) -> Result<StepUp, LoginError> {
    StepUp::parse(encoded)
        .ok_or_else(|| LoginError::with(LoginErrorKind::RequestInvalid, "max_age or acr_values malformed"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::form_urlencoded;

    use super::*;
    use crate::error::kind::LoginErrorKind::{ParameterRepeated, RequestInvalid, ReturnPathInvalid};

    fn addresses() -> Addresses {
        Addresses::parse("https://hub.example", "/sso").unwrap()
    }

    #[test]
    fn start_parameters_are_read_or_refused_with_the_reason() {
        let long = format!("login_hint={}", "a".repeat(MAX_HINT_BYTES + 1));
        let longest = long.replacen("aa", "a", 1);
        for (encoded, expected) in [
            ("", Ok(("/", None))),
            ("return_to=%2Facme%3Fa%3D1", Ok(("/acme?a=1", None))),
            ("return_to=%2Facme&login_hint=", Ok(("/acme", None))),
            ("return_to=%2Facme&login_hint=ada%40acme.example", Ok(("/acme", Some("ada@acme.example")))),
            (&longest, Ok(("/", longest.split_once('=').map(|(_, hint)| hint)))),
            ("max_age=300&other=x", Ok(("/", None))),
            ("return_to=https%3A%2F%2Fevil.example", Err((ReturnPathInvalid, None))),
            ("return_to=%2F%2Fevil.example", Err((ReturnPathInvalid, None))),
            ("return_to=%2Fa&return_to=%2Fb", Err((ParameterRepeated, None))),
            ("return_to=%2Fa&login_hint=a&login_hint=b", Err((ParameterRepeated, Some("/a")))),
            ("return_to=%2Fa&login_hint=a%0Ab", Err((RequestInvalid, Some("/a")))),
            (&long, Err((RequestInvalid, Some("/")))),
            ("return_to=%2Fa&max_age=soon", Err((RequestInvalid, Some("/a")))),
        ] {
            let read = StartParams::parse(&addresses(), encoded.as_bytes());
            let read = match &read {
                Ok(start_params) => {
                    Ok((start_params.return_to.path().as_str(), start_params.hint.as_deref()))
                }
                Err(failure) => {
                    let back = failure.context.return_to.as_ref().map(|page| page.path().as_str());
                    Err((failure.kind(), back))
                }
            };
            assert_eq!(read, expected, "{encoded}");
        }
    }

    proptest! {
        /// For every accepted input, the return path leads back to this site, the hint contains nothing that
        /// a header cannot contain, and the fields of the resulting page parse to the same parameters.
        #[test]
        fn start_parameters_stay_on_this_site_and_survive_the_form(
            encoded in "((return_to|login_hint|max_age|acr_values|x)=[a-z0-9%/@.+\\PC]{0,12}&?){0,4}",
        ) {
            if let Ok(start_params) = StartParams::parse(&addresses(), encoded.as_bytes()) {
                let page = addresses().return_parameter(&start_params.return_to);
                prop_assert!(page.starts_with('/') && !page.starts_with("//"));
                prop_assert!(start_params.hint.iter().all(|hint| !hint.is_empty() && !hint.chars().any(char::is_control)));
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("return_to", &page).extend_pairs(start_params.fields());
                let again = StartParams::parse(&addresses(), form.finish().as_bytes()).unwrap();
                prop_assert_eq!(
                    (&again.return_to, again.fields()),
                    (&start_params.return_to, start_params.fields())
                );
            }
        }
    }
}
