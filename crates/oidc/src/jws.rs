//! Checks a token's form and signature (RFC 7515, RFC 8725). The claims are readable only after both checks have
//! passed.
//!
//! 1. A token has three parts and at most 128 KiB (RFC 7515 §7.1).
//! 2. `crit` is refused, because no extension is implemented (RFC 7515 §4.1.11).
//! 3. `typ` is absent, `JWT` or `JOSE`. A token of another type is for another purpose (RFC 8725 §3.11).
//! 4. `alg` is one that this crate implements. Whether the connection allows it is checked in `provider`.
//! 5. The header chooses among the provider's keys by `kid` only. Keys that it brings along are ignored (RFC 8725
//!    §3.5).
//!
//! [`Jws`] has no method that returns a claim; only [`Jws::verify`] makes [`VerifiedClaims`].

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, crypto::aws_lc::DEFAULT_PROVIDER};
use serde_json::{Map, Value};

use crate::{
    algorithm::Signed,
    callback::printable,
    error::{
        Error,
        ErrorKind::{AlgorithmRefused, CriticalHeader, SignatureInvalid, TokenMalformed, TokenTypeWrong},
    },
    json,
};

/// The maximum length of a token, in bytes.
const MAX_TOKEN_BYTES: usize = 128 * 1024;

/// A token whose form is valid. Its claims are not accessible yet.
#[derive(Debug)]
pub(crate) struct Jws<'a> {
    /// The algorithm that the header names. This crate implements it, but the connection may not allow it.
    pub(crate) signed: Signed,
    pub(crate) kid: Option<String>,
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

/// The claims of a token whose signature was verified. They can be created only by [`verify`](Jws::verify).
#[derive(Debug)]
pub(crate) struct VerifiedClaims {
    claims: Map<String, Value>,
    signed: Signed,
}

impl<'a> Jws<'a> {
    /// Parses a token in compact form. `jwk`, `jku`, `x5u`, `x5c` and `x5t` in its header are ignored: keys come only
    /// from the address in the provider's metadata.
    ///
    /// # Errors
    ///
    /// Returns `TokenMalformed`, `CriticalHeader`, `TokenTypeWrong`, or `AlgorithmRefused` for an `alg` that this crate
    /// does not implement.
    pub(crate) fn parse(token: &'a str) -> Result<Self, Error> {
        let malformed = |problem: &str| Error::with(TokenMalformed, problem);
        if token.len() > MAX_TOKEN_BYTES {
            return Err(malformed("longer than 128 KiB"));
        }
        let (message, signature) = token.rsplit_once('.').ok_or_else(|| malformed("not three parts"))?;
        let (header, payload) = message.split_once('.').ok_or_else(|| malformed("not three parts"))?;
        if payload.contains('.') {
            return Err(malformed("not three parts"));
        }
        let header = decoded(header).ok_or_else(|| malformed("the header is not base64url"))?;
        let signature = decoded(signature).ok_or_else(|| malformed("the signature is not base64url"))?;
        let header = json::object(&header)
            .map_err(|error| malformed(&printable(&format!("the header: {error}"), 200)))?;
        if header.contains_key("crit") {
            return Err(Error::with(CriticalHeader, "the header has crit"));
        }
        let text = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(malformed(&format!("{name} is not a string"))),
        };
        check_type(text("typ")?)?;
        let name = text("alg")?.ok_or_else(|| malformed("the header has no alg"))?;
        let signed = Signed::parse(name)
            .ok_or_else(|| Error::with(AlgorithmRefused, format!("alg {:?}", printable(name, 40))))?;
        Ok(Self { signed, kid: text("kid")?.map(str::to_owned), message, payload, signature })
    }

    /// Verifies the signature, then reads the claims.
    ///
    /// # Errors
    ///
    /// Returns `SignatureInvalid`, or `TokenMalformed` if the signed claims are not a JSON object with distinct keys.
    pub(crate) fn verify(&self, key: &DecodingKey) -> Result<VerifiedClaims, Error> {
        // The engine is named explicitly, so that a feature that the app enables cannot replace it.
        let valid = (DEFAULT_PROVIDER.verifier_factory)(&self.signed.engine(), key)
            .is_ok_and(|verifier| verifier.verify(self.message.as_bytes(), &self.signature).is_ok());
        if !valid {
            return Err(Error::with(SignatureInvalid, self.signed.as_str()));
        }
        let payload = decoded(self.payload)
            .ok_or_else(|| Error::with(TokenMalformed, "the claims are not base64url"))?;
        let claims = json::object(&payload)
            .map_err(|error| Error::with(TokenMalformed, printable(&format!("the claims: {error}"), 200)))?;
        Ok(VerifiedClaims { claims, signed: self.signed })
    }
}

impl VerifiedClaims {
    /// Returns a claim.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// Returns the algorithm of the signature, whose hash `at_hash` uses too.
    pub(crate) fn signed(&self) -> Signed {
        self.signed
    }

    /// Returns all claims.
    pub(crate) fn into_map(self) -> Map<String, Value> {
        self.claims
    }
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

/// RFC 8725 §3.11: a token that declares another kind (`at+jwt`, `logout+jwt`) is refused. ID tokens and userinfo
/// have no specific type: `typ` is absent, `JWT`, or `JOSE`, with or without the prefix `application/` (RFC 7515
/// §4.1.9).
fn check_type(typ: Option<&str>) -> Result<(), Error> {
    let Some(typ) = typ else { return Ok(()) };
    let name = typ.to_ascii_lowercase();
    match name.strip_prefix("application/").unwrap_or(&name) {
        "jwt" | "jose" => Ok(()),
        _ => Err(Error::with(TokenTypeWrong, format!("typ {:?}", printable(typ, 60)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_longer_than_128_kib_is_refused_unread() {
        for (length, problem) in [(131_072, "not three parts"), (131_073, "longer than 128 KiB")] {
            let token = "x".repeat(length);
            let Err(error) = Jws::parse(&token) else { panic!("a token") };
            assert_eq!((error.kind(), error.detail()), (TokenMalformed, Some(problem)), "{length}");
        }
    }
}
