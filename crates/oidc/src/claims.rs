//! Checks a token's claims (OpenID Connect Core §3.1.3.7). The checks are pure: they compare the claims with what is
//! expected.
//!
//! | claim | rule | section |
//! |---|---|---|
//! | `iss` | the issuer of the settings, character by character | Core §3.1.3.7 (2) |
//! | `aud` | our client id, and nothing else | (3) |
//! | `azp` | our client id, if present | (4), (5) |
//! | `exp` | in the future | (9) |
//! | `iat` | not in the future, and at most 10 minutes before the login began | (10) |
//! | `nbf` | not in the future, if present | RFC 7519 §4.1.5 |
//! | `nonce` | the one of the request | (11) |
//! | `at_hash` | the hash of the access token, if present | Core §3.1.3.6 |
//! | `sub` | 1 to 255 printable ASCII characters | Core §2 |
//! | `acr` | one of those that were asked for, if any were | (12) |
//! | `auth_time` | recent enough, if a maximum age was asked for | (13) |
//!
//! Every comparison of times allows the leeway of the settings, 60 seconds by default. The first rule that fails
//! decides the [`ErrorKind`](crate::ErrorKind).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::{
    algorithm::Hash,
    callback::printable,
    error::{
        Error,
        ErrorKind::{
            self, AccessTokenHashWrong, AudienceWrong, AuthTimeMissing, AuthTimeTooOld, AuthorizedPartyWrong,
            ContextClassWrong, IssuedAtWrong, IssuerWrong, NonceWrong, NotYetValid, SubjectInvalid,
            TokenExpired,
        },
    },
    jws::VerifiedClaims,
    login::OidcLogin,
};

/// How long before the beginning of the login an ID token may have been issued.
const MAX_ISSUE_BEFORE_REQUEST: Duration = Duration::from_secs(600);

/// The expected issuer and audience of a token, and the time of the check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) leeway: Duration,
    pub(crate) now: SystemTime,
}

impl Rules<'_> {
    /// Checks every rule for an ID token, in the order of the standard. Returns when the user authenticated at the
    /// provider, if the token says it.
    ///
    /// # Errors
    ///
    /// Returns the kind of the first rule that fails. The detail quotes the claim, made printable; it never quotes the
    /// nonce or a hash.
    pub(crate) fn check_id_token(
        &self,
        claims: &VerifiedClaims,
        login: &OidcLogin,
        access_token: &str,
    ) -> Result<Option<SystemTime>, Error> {
        self.check_issuer(claims.get("iss"))?;
        self.check_audience(claims.get("aud"))?;
        self.check_authorized_party(claims.get("azp"))?;
        self.check_expiry(claims.get("exp"))?;
        self.check_issued_at(claims.get("iat"), login.begun_at)?;
        self.check_not_before(claims.get("nbf"))?;
        check_nonce(claims.get("nonce"), login)?;
        check_access_token_hash(claims, access_token)?;
        subject(claims.get("sub"))?;
        check_context_class(claims.get("acr"), &login.acr_values)?;
        self.check_auth_time(claims.get("auth_time"), login)
    }

    /// Checks every rule for signed userinfo (OpenID Connect Core §5.3.2). Its claims about the token itself may be
    /// absent.
    ///
    /// # Errors
    ///
    /// Returns `IssuerWrong`, `AudienceWrong`, `TokenExpired` or `NotYetValid`.
    pub(crate) fn check_userinfo(&self, claims: &VerifiedClaims) -> Result<(), Error> {
        let there = |name| claims.get(name).filter(|value: &&Value| !value.is_null());
        there("iss").map_or(Ok(()), |iss| self.check_issuer(Some(iss)))?;
        there("aud").map_or(Ok(()), |aud| self.check_audience(Some(aud)))?;
        there("exp").map_or(Ok(()), |exp| self.check_expiry(Some(exp)))?;
        self.check_not_before(claims.get("nbf"))
    }

    /// Checks `iss` (OpenID Connect Core §3.1.3.7 (2)). It is required, and compared without any normalization.
    fn check_issuer(&self, iss: Option<&Value>) -> Result<(), Error> {
        check(iss.and_then(Value::as_str) == Some(self.issuer), IssuerWrong, "iss", iss)
    }

    /// Checks `aud`: a string or a list (OpenID Connect Core §2). Anything else, an empty list, and a list with another
    /// audience are refused.
    fn check_audience(&self, aud: Option<&Value>) -> Result<(), Error> {
        let ours = match aud {
            Some(Value::String(one)) => one == self.client_id,
            // §3.1.3.7 (3): audiences that the client does not trust are refused. This client trusts no audience but
            // itself.
            Some(Value::Array(all)) => !all.is_empty() && all.iter().all(|one| one == self.client_id),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
        };
        check(ours, AudienceWrong, "aud", aud)
    }

    /// Checks `azp`, if it is present (OpenID Connect Core §3.1.3.7 (5)).
    fn check_authorized_party(&self, azp: Option<&Value>) -> Result<(), Error> {
        check(azp.is_none_or(|azp| azp == self.client_id), AuthorizedPartyWrong, "azp", azp)
    }

    /// Checks `exp`, which is required (OpenID Connect Core §3.1.3.7 (9)).
    fn check_expiry(&self, exp: Option<&Value>) -> Result<(), Error> {
        let valid = exp.and_then(seconds).is_some_and(|at| self.now() < at + self.leeway.as_secs_f64());
        check(valid, TokenExpired, "exp", exp)
    }

    /// Checks `iat`, which is required. A token that was made long before the login is refused even if it has not
    /// expired (OpenID Connect Core §3.1.3.7 (10)).
    fn check_issued_at(&self, iat: Option<&Value>, begun_at: SystemTime) -> Result<(), Error> {
        let leeway = self.leeway.as_secs_f64();
        let earliest = since_epoch(begun_at) - MAX_ISSUE_BEFORE_REQUEST.as_secs_f64() - leeway;
        let valid = iat.and_then(seconds).is_some_and(|at| earliest <= at && at <= self.now() + leeway);
        check(valid, IssuedAtWrong, "iat", iat)
    }

    /// Checks `nbf`, if it is present (RFC 7519 §4.1.5).
    fn check_not_before(&self, nbf: Option<&Value>) -> Result<(), Error> {
        let latest = self.now() + self.leeway.as_secs_f64();
        check(nbf.is_none_or(|nbf| seconds(nbf).is_some_and(|at| at <= latest)), NotYetValid, "nbf", nbf)
    }

    /// Checks `auth_time`. Zero, a time in the future, and a value that is not a number count as absent. The age is
    /// measured from the beginning of the login: what the user does at the provider after that does not make the
    /// authentication older.
    fn check_auth_time(
        &self,
        auth_time: Option<&Value>,
        login: &OidcLogin,
    ) -> Result<Option<SystemTime>, Error> {
        let leeway = self.leeway.as_secs_f64();
        let said = auth_time.and_then(seconds).filter(|at| *at > 0.0 && *at <= self.now() + leeway);
        if let Some(age) = login.max_age {
            let said = said.ok_or_else(|| Error::with(AuthTimeMissing, shown("auth_time", auth_time)))?;
            // The seconds of a `max_age` are far below the limit up to which a float is exact.
            #[allow(clippy::cast_precision_loss)]
            let earliest = since_epoch(login.begun_at) - age as f64 - leeway;
            check(said >= earliest, AuthTimeTooOld, "auth_time", auth_time)?;
        }
        Ok(said.and_then(|at| UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(at).ok()?)))
    }

    fn now(&self) -> f64 {
        since_epoch(self.now)
    }
}

/// Returns `sub`: 1 to 255 printable ASCII characters (OpenID Connect Core §2).
pub(crate) fn subject(sub: Option<&Value>) -> Result<&str, Error> {
    sub.and_then(Value::as_str)
        .filter(|sub| (1..=255).contains(&sub.len()))
        .filter(|sub| sub.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()))
        .ok_or_else(|| Error::with(SubjectInvalid, shown("sub", sub)))
}

/// Checks `nonce`, which is required and compared in constant time (OpenID Connect Core §3.1.3.7 (11)). The error does
/// not quote it.
fn check_nonce(nonce: Option<&Value>, login: &OidcLogin) -> Result<(), Error> {
    match nonce.and_then(Value::as_str) {
        Some(nonce) if login.nonce.matches(nonce.as_bytes()) => Ok(()),
        Some(_) => Err(Error::with(NonceWrong, "another nonce")),
        None => Err(Error::with(NonceWrong, "no nonce")),
    }
}

/// Checks `at_hash`, the left half of the access token's hash (OpenID Connect Core §3.1.3.6), if it is present.
fn check_access_token_hash(claims: &VerifiedClaims, access_token: &str) -> Result<(), Error> {
    let Some(said) = claims.get("at_hash") else { return Ok(()) };
    let hash = match claims.signed().hash() {
        Hash::Sha256 => Sha256::digest(access_token).to_vec(),
        Hash::Sha384 => Sha384::digest(access_token).to_vec(),
        Hash::Sha512 => Sha512::digest(access_token).to_vec(),
    };
    let half = hash.get(..hash.len() / 2).map(|half| URL_SAFE_NO_PAD.encode(half));
    check(said.as_str() == half.as_deref(), AccessTokenHashWrong, "at_hash", None)
}

/// Checks `acr` against the classes that were asked for (OpenID Connect Core §3.1.3.7 (12)).
fn check_context_class(acr: Option<&Value>, asked: &[String]) -> Result<(), Error> {
    let good = asked.is_empty() || asked.iter().any(|asked| acr.is_some_and(|acr| acr == asked));
    check(good, ContextClassWrong, "acr", acr)
}

fn check(good: bool, kind: ErrorKind, name: &str, value: Option<&Value>) -> Result<(), Error> {
    if good { Ok(()) } else { Err(Error::with(kind, shown(name, value))) }
}

/// Formats a claim for an operator.
fn shown(name: &str, value: Option<&Value>) -> String {
    value.map_or_else(|| name.to_owned(), |value| format!("{name}: {}", printable(&value.to_string(), 200)))
}

/// Returns the value of a NumericDate (RFC 7519 §2): a JSON number, with or without a fraction.
fn seconds(value: &Value) -> Option<f64> {
    value.as_f64().filter(|seconds| seconds.is_finite())
}

fn since_epoch(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
