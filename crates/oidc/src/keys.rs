//! The provider's public keys (RFC 7517), and the choice of the key that verifies a token.
//!
//! 1. A key that can't verify signatures is left out: a key for encryption, a symmetric key, one of an unknown kind,
//!    and one that is malformed (RFC 7517 §5). A set without any usable key is refused.
//! 2. A set of more than 256 keys is refused.
//! 3. The key must fit the token's `alg` by its kind and curve, and by its own `alg` if it has one.
//! 4. If the token has a `kid`, the key must have the same. If it has none, exactly one key must fit (OpenID Connect
//!    Core §10.1).
//! 5. RSA keys have 2048 bits or more (RFC 7518 §3.3). A shorter key is refused when a token needs it, so that it does
//!    not keep the other keys of the set from being used.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Request, StatusCode, header};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};
use tower_sso_http::{Outbound, Reach};

use crate::{
    algorithm::{JwsAlgorithm, KeyKind},
    callback::printable,
    error::{
        Error,
        ErrorKind::{KeyAmbiguous, KeyTooWeak, KeyUnknown, KeysFailed, KeysInvalid},
    },
    json,
};

/// The keys of a set that can verify a signature. Each key that has an unknown kind or another use, or is malformed
/// or symmetric, is left out.
#[derive(Debug)]
pub(crate) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    kid: Option<String>,
    alg: Option<String>,
    material: Material,
}

#[derive(Debug, PartialEq, Eq)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// The maximum number of keys of a set that are read.
const MAX_KEYS: usize = 256;
/// RFC 7518 §3.3.
const MIN_RSA_BITS: usize = 2048;

impl KeySet {
    /// Fetches the set from the provider's `jwks_uri`.
    ///
    /// # Errors
    ///
    /// Returns `KeysFailed` if the provider does not answer with status 200, and otherwise the errors of
    /// [`parse`](Self::parse).
    pub(crate) async fn fetch(out: &Outbound, reach: Reach, address: &str) -> Result<Self, Error> {
        let request = Request::get(address)
            .header(header::ACCEPT, "application/jwk-set+json, application/json")
            .body(Vec::new())
            .map_err(|error| Error::with(KeysFailed, error))?;
        let answer = out.send("keys", request, reach).await?;
        if answer.status != StatusCode::OK {
            return Err(Error::with(KeysFailed, format!("jwks_uri answered {}", answer.status)));
        }
        Self::parse(&answer.body)
    }

    /// Reads a set.
    ///
    /// # Errors
    ///
    /// Returns `KeysInvalid` if the set is malformed, has more than 256 keys or has no usable key.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        let set = json::object(body)
            .map_err(|error| Error::with(KeysInvalid, printable(&error.to_string(), 200)))?;
        let Some(Value::Array(entries)) = set.get("keys") else {
            return Err(Error::with(KeysInvalid, "no array of keys"));
        };
        if entries.len() > MAX_KEYS {
            return Err(Error::with(KeysInvalid, format!("more than {MAX_KEYS} keys")));
        }
        let mut keys: Vec<Key> = Vec::new();
        for key in entries.iter().filter_map(|entry| Key::parse(entry.as_object()?)) {
            // Some sets contain the same key several times.
            if !keys.iter().any(|known| known.kid == key.kid && known.material == key.material) {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return Err(Error::with(KeysInvalid, "no key that verifies signatures"));
        }
        Ok(Self(keys))
    }

    /// Returns the one key that fits. Without a `kid` the choice must be unambiguous (OpenID Connect Core §10.1).
    ///
    /// # Errors
    ///
    /// Returns `KeyUnknown` if no key fits, `KeyAmbiguous` if several do, and `KeyTooWeak` for an RSA key below 2048
    /// bits.
    pub(crate) fn select(&self, algorithm: JwsAlgorithm, kid: Option<&str>) -> Result<DecodingKey, Error> {
        let shown =
            || kid.map_or_else(|| "no kid".to_owned(), |kid| format!("kid {:?}", printable(kid, 100)));
        let mut fitting = self
            .0
            .iter()
            .filter(|key| key.fits(algorithm) && kid.is_none_or(|kid| key.kid.as_deref() == Some(kid)));
        let Some(key) = fitting.next() else {
            return Err(Error::with(KeyUnknown, format!("{}, {}", shown(), algorithm.as_str())));
        };
        if fitting.next().is_some() {
            return Err(Error::with(KeyAmbiguous, format!("{}, {}", shown(), algorithm.as_str())));
        }
        key.material.decoding_key()
    }
}

impl Key {
    /// Returns the key, or `None` if it can't verify signatures.
    fn parse(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| match jwk.get(name) {
            None => Some(None),
            Some(Value::String(text)) => Some(Some(text.as_str())),
            Some(_) => None,
        };
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)??).ok();
        if text("use")?.is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        if let Some(operations) = jwk.get("key_ops")
            && !operations.as_array()?.iter().any(|operation| operation == "verify")
        {
            return None;
        }
        let material = match (text("kty")??, text("crv")?) {
            ("RSA", _) => Material::Rsa { n: without_zeros(bytes("n")?), e: bytes("e")? },
            ("EC", Some("P-256")) => Material::P256(point(&bytes("x")?, &bytes("y")?, 32)?),
            ("EC", Some("P-384")) => Material::P384(point(&bytes("x")?, &bytes("y")?, 48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x").filter(|x| x.len() == 32)?),
            // This includes "oct": a symmetric key that everyone can read is not secret.
            _ => return None,
        };
        Some(Self { kid: text("kid")?.map(str::to_owned), alg: text("alg")?.map(str::to_owned), material })
    }

    /// Returns whether the key can verify this algorithm (RFC 8725 §3.1).
    fn fits(&self, algorithm: JwsAlgorithm) -> bool {
        let kind = match self.material {
            Material::Rsa { .. } => KeyKind::Rsa,
            Material::P256(_) => KeyKind::P256,
            Material::P384(_) => KeyKind::P384,
            Material::Ed25519(_) => KeyKind::Ed25519,
        };
        kind == algorithm.key_kind()
            && self.alg.as_deref().is_none_or(|alg| JwsAlgorithm::parse(alg) == Some(algorithm))
    }
}

impl Material {
    fn decoding_key(&self) -> Result<DecodingKey, Error> {
        Ok(match self {
            Self::Rsa { n, e } => {
                let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
                if bits < MIN_RSA_BITS {
                    return Err(Error::with(KeyTooWeak, format!("RSA with {bits} bits")));
                }
                DecodingKey::from_rsa_raw_components(n, e)
            }
            Self::P256(point) | Self::P384(point) => DecodingKey::from_ec_der(point),
            Self::Ed25519(key) => DecodingKey::from_ed_der(key),
        })
    }
}

/// Removes zeros at the beginning of a modulus, which some providers send although RFC 7518 §6.3.1.1 forbids them.
fn without_zeros(mut bytes: Vec<u8>) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    bytes
}

/// Returns an uncompressed point (SEC 1 §2.3.3). Coordinates must have their full length (RFC 7518 §6.2.1.2).
fn point(x: &[u8], y: &[u8], length: usize) -> Option<Vec<u8>> {
    (x.len() == length && y.len() == length).then(|| [&[4], x, y].concat())
}
