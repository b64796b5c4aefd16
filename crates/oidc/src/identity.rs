//! Turns verified claims into the identity that they vouch for.
//!
//! 1. Userinfo adds claims and never replaces one of the ID token. It can't add claims about the token itself, such as
//!    `iss` or `auth_time`.
//! 2. `email` comes from the ID token, or else from userinfo.
//! 3. `email_verified` counts only for the address that it was sent with, except that a `false` in either document
//!    always counts.
//! 4. `sid` must be a string of at most 255 bytes, because it is stored with the session.

use std::time::SystemTime;

use serde_json::{Map, Value, map::Entry};
use tower_sso_core::EmailVerified;

use crate::{
    callback::printable,
    claims,
    error::{
        Error,
        ErrorKind::{EmailInvalid, TokenMalformed},
    },
};

/// The maximum length of a `sid` that is stored.
const MAX_SID_BYTES: usize = 255;

/// What an ID token, and userinfo, say about a user, after every check. Only `verified_login` makes one.
///
/// [`into_parts`](Self::into_parts) gives the parts. A function that needs the proof takes this type, and a function
/// that only reads takes [`LoginParts`].
#[derive(Clone, Debug)]
pub struct VerifiedLogin(LoginParts);

/// The parts of a login. They do not prove that anything was verified.
#[derive(Clone, Debug)]
pub struct LoginParts {
    /// `sub`: unique among the users of the issuer, for this client (OpenID Connect Core §5.7).
    pub subject: String,
    /// `email`, from the ID token or else from userinfo. Whether it may be trusted is in `email_verified`.
    pub email: Option<String>,
    /// `email_verified`: whether the provider vouches for the address (OpenID Connect Core §5.1).
    pub email_verified: EmailVerified,
    /// Every claim of the ID token, and the additional ones of userinfo.
    pub claims: Map<String, Value>,
    /// `auth_time`: when the user authenticated at the provider, if the token says it.
    pub logged_in_at: Option<SystemTime>,
    /// `acr`: the authentication context class.
    pub context_class: Option<String>,
    /// `sid`: the session at the provider (OpenID Connect Back-Channel Logout §2.1), at most 255 bytes.
    pub idp_session: Option<String>,
}

impl VerifiedLogin {
    /// Returns the parts.
    pub fn into_parts(self) -> LoginParts {
        self.0
    }
}

/// Returns the identity from an ID token's claims and the additional claims from userinfo.
///
/// The ID token is signed, and userinfo usually is not. Therefore userinfo adds claims and never replaces any.
///
/// # Errors
///
/// Returns `SubjectInvalid`, `EmailInvalid` if `email` is not a string, or `TokenMalformed` if `sid` is not a string of
/// at most 255 bytes.
pub(crate) fn verified_login(
    id_token: Map<String, Value>,
    userinfo: Option<Map<String, Value>>,
    logged_in_at: Option<SystemTime>,
) -> Result<VerifiedLogin, Error> {
    let subject = claims::subject(id_token.get("sub"))?.to_owned();
    let idp_session = match id_token.get("sid") {
        None | Some(Value::Null) => None,
        Some(Value::String(sid)) if sid.len() <= MAX_SID_BYTES => Some(sid.clone()),
        Some(_) => return Err(Error::with(TokenMalformed, "sid is no string of at most 255 bytes")),
    };
    let context_class = id_token.get("acr").and_then(Value::as_str).map(str::to_owned);
    let (email, email_verified) = email(&id_token, userinfo.as_ref())?;
    let mut profile = id_token;
    for (name, value) in userinfo.unwrap_or_default() {
        match profile.entry(name) {
            Entry::Vacant(free) if !is_about_the_token(free.key()) => {
                free.insert(value);
            }
            Entry::Vacant(_) | Entry::Occupied(_) => {}
        }
    }
    Ok(VerifiedLogin(LoginParts {
        subject,
        email,
        email_verified,
        claims: profile,
        logged_in_at,
        context_class,
        idp_session,
    }))
}

/// Returns whether the claim is about a token or a session and not about the user. Such claims are never taken from
/// userinfo, even if the ID token does not contain them.
fn is_about_the_token(name: &str) -> bool {
    matches!(
        name,
        "iss"
            | "sub"
            | "aud"
            | "exp"
            | "iat"
            | "nbf"
            | "jti"
            | "nonce"
            | "azp"
            | "acr"
            | "amr"
            | "auth_time"
            | "at_hash"
            | "c_hash"
            | "sid"
    )
}

/// Returns the email address, and whether the provider vouches for *that* address: a statement about another address
/// is ignored, but a `false` always counts.
///
/// # Errors
///
/// Returns `EmailInvalid` if an `email` is not a string.
fn email(
    id_token: &Map<String, Value>,
    userinfo: Option<&Map<String, Value>>,
) -> Result<(Option<String>, EmailVerified), Error> {
    let mut address: Option<&str> = None;
    let mut verified = EmailVerified::Absent;
    for document in [Some(id_token), userinfo].into_iter().flatten() {
        let own = match document.get("email") {
            None | Some(Value::Null) => None,
            Some(Value::String(email)) => Some(email.as_str()),
            Some(other) => {
                let shown = printable(&other.to_string(), 100);
                return Err(Error::with(EmailInvalid, format!("not a string: {shown}")));
            }
        };
        address = address.or(own);
        match email_verified(document.get("email_verified")) {
            EmailVerified::No => verified = EmailVerified::No,
            EmailVerified::Yes if verified == EmailVerified::Absent && own.is_some() && own == address => {
                verified = EmailVerified::Yes;
            }
            EmailVerified::Yes | EmailVerified::Absent => {}
        }
    }
    Ok((address.map(str::to_owned), verified))
}

/// Reads a boolean, which some providers send as a string. Any other value does not vouch for the address.
fn email_verified(claim: Option<&Value>) -> EmailVerified {
    match claim {
        None | Some(Value::Null) => EmailVerified::Absent,
        Some(Value::Bool(true)) => EmailVerified::Yes,
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => EmailVerified::Yes,
        Some(Value::Bool(_) | Value::String(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            EmailVerified::No
        }
    }
}
