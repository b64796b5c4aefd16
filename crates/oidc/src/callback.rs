//! The provider's response at the callback address, in a query or a form (RFC 6749 §4.1.2, RFC 9207).
//!
//! 1. No parameter may be repeated, not even an unknown one (RFC 6749 §3.1).
//! 2. A parameter without a value counts as omitted (ibid.).
//! 3. `state` is required. Without it, no pending login belongs to the response.
//! 4. If there is an `error`, the code is ignored.
//! 5. There are at most 64 parameters. Their names, and the values that are read, have at most 8 KiB.
//!
//! Nothing here is verified: whether the state belongs to this browser is for the caller to check, and `iss` is
//! compared in `provider`.

use std::{borrow::Cow, collections::HashSet};

use tower_sso_core::Secret;

use crate::error::{
    Error,
    ErrorKind::{CodeMissing, ParameterRepeated, RequestInvalid, StateMissing},
};

/// The provider's response to an authorization request.
///
/// ```
/// use tower_sso_oidc::{ErrorKind, OidcCallback};
///
/// let parse = |query: &str| OidcCallback::parse(url::form_urlencoded::parse(query.as_bytes()));
/// let callback = parse("state=st-1&code=c-1&iss=https%3A%2F%2Flogin.acme.example").expect("a callback");
/// assert_eq!(callback.state.expose(), "st-1");
///
/// let twice = parse("state=st-1&code=c-1&code=c-2").expect_err("refused");
/// assert_eq!(twice.kind(), ErrorKind::ParameterRepeated);
/// ```
#[derive(Debug)]
pub struct OidcCallback {
    /// The key of the pending login.
    pub state: Secret<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) answer: CallbackAnswer,
}

/// A code, or the reason why the provider did not send one.
#[derive(Debug)]
pub enum CallbackAnswer {
    /// The code.
    Code(Secret<String>),
    /// An error whose texts are made printable and shortened, for an operator to read.
    Error {
        /// `error`.
        code: String,
        /// `error_description`.
        description: String,
    },
}

/// The maximum length of a code, state or issuer, in bytes.
const MAX_VALUE_BYTES: usize = 8 * 1024;
/// The maximum number of parameters.
const MAX_PARAMETERS: usize = 64;

impl OidcCallback {
    /// Parses the decoded pairs of a query or a form. Unknown parameters are ignored, but even they must not be
    /// repeated (RFC 6749 §3.1). A parameter without a value counts as omitted (ibid.).
    ///
    /// # Errors
    ///
    /// Returns `ParameterRepeated`, `StateMissing` or `CodeMissing`, or `RequestInvalid` if the input is far too
    /// large.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Result<Self, Error> {
        let mut seen = HashSet::new();
        let (mut state, mut code, mut issuer, mut error, mut description) = (None, None, None, None, None);
        for (name, value) in pairs {
            if seen.len() == MAX_PARAMETERS || name.len() > MAX_VALUE_BYTES {
                return Err(Error::with(RequestInvalid, "the callback has too many parameters"));
            }
            let slot = match &*name {
                "state" => Some(&mut state),
                "code" => Some(&mut code),
                "iss" => Some(&mut issuer),
                "error" => Some(&mut error),
                "error_description" => Some(&mut description),
                _ => None,
            };
            if let Some(slot) = slot {
                if value.len() > MAX_VALUE_BYTES {
                    return Err(Error::with(RequestInvalid, format!("{name:?} is too long")));
                }
                if !value.is_empty() {
                    *slot = Some(value.into_owned());
                }
            }
            if let Some(name) = seen.replace(name) {
                return Err(Error::with(ParameterRepeated, printable(&name, 60)));
            }
        }
        let state = Secret::new(state.ok_or(StateMissing)?);
        let answer = match (error, code) {
            (Some(code), _) => CallbackAnswer::Error {
                code: printable(&code, 60),
                description: printable(&description.unwrap_or_default(), 300),
            },
            (None, Some(code)) => CallbackAnswer::Code(Secret::new(code)),
            (None, None) => return Err(CodeMissing.into()),
        };
        Ok(Self { state, issuer, answer })
    }
}

/// Returns at most `most` characters of printable ASCII; any other character becomes `?`. For text that a peer sends
/// and an operator reads.
pub(crate) fn printable(text: &str, most: usize) -> String {
    text.chars().take(most).map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn parse(query: &str) -> Result<OidcCallback, ErrorKind> {
        OidcCallback::parse(url::form_urlencoded::parse(query.as_bytes())).map_err(|error| error.kind())
    }

    fn code(callback: OidcCallback) -> Option<String> {
        match callback.answer {
            CallbackAnswer::Code(code) => Some(code.expose().clone()),
            CallbackAnswer::Error { .. } => None,
        }
    }

    #[test]
    fn a_callback_is_read_with_its_code_and_state() {
        let callback =
            parse("state=s%2B&code=c%26d&iss=https%3A%2F%2Fa.example&session_state=x").expect("taken");
        assert!(callback.state.matches(b"s+"));
        assert_eq!(callback.issuer.as_deref(), Some("https://a.example"));
        assert_eq!(code(callback).as_deref(), Some("c&d"));
    }

    #[test]
    fn a_repeated_parameter_is_refused() {
        assert!(parse("state=s&code=c&x=1").is_ok());
        for query in [
            "state=s&code=c&state=s",
            "state=s&code=c&code=d",
            "state=s&code=c&x=1&x=1",
            "state=s&code=c&iss=a&iss=b",
            "state=s&code=&code=c",
            "state=s&code=c&error=&error=e",
            "state=s&code=c&%73tate=t",
        ] {
            assert_eq!(parse(query).err(), Some(ParameterRepeated), "{query}");
        }
    }

    #[test]
    fn a_callback_without_a_state_or_a_code_is_refused() {
        assert!(parse("state=s&code=c").is_ok());
        for query in ["", "code=c", "state=&code=c", "error=access_denied"] {
            assert_eq!(parse(query).err(), Some(StateMissing), "{query}");
        }
        for query in ["state=s", "state=s&code=", "state=s&error="] {
            assert_eq!(parse(query).err(), Some(CodeMissing), "{query}");
        }
    }

    #[test]
    fn an_error_wins_over_a_code_and_is_made_printable() {
        let text =
            format!("state=s&code=c&error=access%0Adenied&error_description=%1B[2J%C3%A4{}", "x".repeat(999));
        let callback = parse(&text).expect("taken");
        let CallbackAnswer::Error { code, description } = callback.answer else { panic!("a code") };
        assert_eq!(code, "access?denied");
        assert!(description.starts_with("?[2J?xxx"));
        assert_eq!(description.len(), 300);
    }

    #[test]
    fn a_huge_callback_is_refused() {
        let long = "x".repeat(8192);
        assert!(parse(&format!("state=s&code={long}")).is_ok());
        assert_eq!(parse(&format!("state=s&code={long}x")).err(), Some(RequestInvalid));
        // The name of an ignored parameter may have the same maximum length.
        assert!(parse(&format!("state=s&code=c&{long}=1")).is_ok());
        assert_eq!(parse(&format!("state=s&code=c&{long}x=1")).err(), Some(RequestInvalid));
        let many: String = (0..MAX_PARAMETERS).map(|at| format!("&p{at}=1")).collect();
        assert_eq!(parse(&format!("state=s&code=c{many}")).err(), Some(RequestInvalid));
    }
}
