//! A provider's signing key, from a certificate or from a bare public key.
//!
//! Only the public key and the expiry date of a certificate are read. Nothing verifies the certificate itself: the
//! operator, or metadata that the operator trusts, says that it is the provider's.

use std::{sync::Arc, time::SystemTime};

use aws_lc_rs::{
    rsa::PublicEncryptingKey,
    signature::{ParsedPublicKey, UnparsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso_core::ConfigError;

use crate::{
    der::{BIT_STRING, OID, SEQUENCE, Tlv},
    method::{KeyKind, SignatureMethod},
};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 4, 0, 0x23];

/// A public key that verifies signatures, and the expiry date of its certificate.
///
/// An expired certificate does not make anything fail. Its date is only reported, because the operator and the provider
/// agreed on the key. The rest of the certificate is not read: a certificate that is not strictly valid DER still gives
/// its key.
///
/// ```
/// use tower_sso_saml::Certificate;
///
/// let pem = std::fs::read_to_string("tests/corpus/saml-provider.pem")?;
/// assert_eq!(Certificate::parse_text(&pem)?.not_after(), None); // a bare public key has no expiry date
/// assert!(Certificate::parse_text("-----BEGIN CERTIFICATE-----").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Certificate {
    /// `SubjectPublicKeyInfo`, DER (RFC 5280 §4.1.2.7).
    public_key: Vec<u8>,
    kind: KeyKind,
    /// The key, parsed for its usual method. Parsing a key takes as long as verifying a signature with it.
    usual: Arc<ParsedPublicKey>,
    not_after: Option<SystemTime>,
}

impl Certificate {
    /// Parses a PEM certificate, a PEM public key, or the base64 of either without the PEM header and footer, as
    /// metadata contains it.
    ///
    /// # Errors
    ///
    /// If the text is neither, or if its key is neither RSA of 2048 to 8192 bits nor ECDSA on P-256, P-384 or P-521.
    /// The error's field is `certificate`.
    pub fn parse_text(text: &str) -> Result<Self, ConfigError> {
        let text = text.trim();
        let body = match text.strip_prefix("-----BEGIN ") {
            None => text,
            Some(armoured) => {
                let (label, rest) = armoured.split_once("-----").ok_or_else(|| wrong(NOT_PEM))?;
                if !matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" | "PUBLIC KEY")
                {
                    return Err(wrong("expected a certificate or a public key, found another kind of PEM"));
                }
                let (body, behind) = rest.split_once("-----END ").ok_or_else(|| wrong(NOT_PEM))?;
                if behind.contains("-----BEGIN ") {
                    return Err(wrong(
                        "expected one certificate, found several: list each certificate separately",
                    ));
                }
                body
            }
        };
        let bytes: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        Self::parse_der(&STANDARD.decode(bytes).map_err(|_| wrong(NOT_PEM))?)
    }

    /// Parses the same as [`parse_text`](Self::parse_text). The error names the given field.
    ///
    /// # Errors
    ///
    /// The same as [`parse_text`](Self::parse_text).
    pub fn parse_field(text: &str, field: &str) -> Result<Self, ConfigError> {
        Self::parse_text(text).map_err(|error| ConfigError::new(field, error.problem()))
    }

    /// Parses a DER certificate or a DER public key (`SubjectPublicKeyInfo`).
    ///
    /// # Errors
    ///
    /// The same as [`parse_text`](Self::parse_text).
    pub(crate) fn parse_der(der: &[u8]) -> Result<Self, ConfigError> {
        let (outer, _) =
            Tlv::read(der).filter(|(outer, _)| outer.tag == SEQUENCE).ok_or_else(|| wrong(NOT_DER))?;
        let first = outer.elements().next().ok_or_else(|| wrong(NOT_DER))?;
        // A public key begins with its algorithm. A certificate begins with the part that is signed.
        let (public_key, not_after) = match first.elements().next() {
            Some(inner) if inner.tag == OID => (outer, None),
            Some(_) | None => of_certificate(first).ok_or_else(|| wrong(NOT_DER))?,
        };
        let kind = kind_of(public_key)?;
        let usual = SignatureMethod::usual(kind).algorithm(kind).ok_or_else(|| wrong(NOT_DER))?;
        let usual =
            ParsedPublicKey::new(usual, public_key.whole).map_err(|_| wrong("the key is malformed"))?;
        Ok(Self { public_key: public_key.whole.to_vec(), kind, usual: Arc::new(usual), not_after })
    }

    /// Returns the expiry date of the certificate, or `None` for a bare public key.
    pub fn not_after(&self) -> Option<SystemTime> {
        self.not_after
    }

    /// Returns the public key: `SubjectPublicKeyInfo` in DER.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Returns whether the key is of the kind that the method needs.
    #[cfg(feature = "xmlsec")]
    pub(crate) fn fits(&self, method: SignatureMethod) -> bool {
        method.algorithm(self.kind).is_some()
    }

    /// Returns whether this key made the signature over `message`. A method that needs another kind of key is never
    /// valid.
    pub(crate) fn verifies(&self, method: SignatureMethod, message: &[u8], signature: &[u8]) -> bool {
        if method == SignatureMethod::usual(self.kind) {
            return self.usual.verify_sig(message, signature).is_ok();
        }
        method.algorithm(self.kind).is_some_and(|algorithm| {
            UnparsedPublicKey::new(algorithm, &self.public_key).verify(message, signature).is_ok()
        })
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        (&self.public_key, self.not_after) == (&other.public_key, other.not_after)
    }
}

impl Eq for Certificate {}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("kind", &self.kind).field("not_after", &self.not_after).finish()
    }
}

const NOT_PEM: &str = "expected a certificate or public key in PEM or base64";
const NOT_DER: &str = "expected a certificate or public key, found no key in it";

/// Returns the public key and the expiry date, from the signed part of a certificate (RFC 5280 §4.1).
fn of_certificate(signed: Tlv<'_>) -> Option<(Tlv<'_>, Option<SystemTime>)> {
    // version [0] is optional; then serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo.
    let mut fields = signed.elements().skip_while(|field| field.tag == 0xa0).skip(3);
    let (validity, _subject, public_key) = (fields.next()?, fields.next()?, fields.next()?);
    let not_after = validity.elements().nth(1).and_then(time);
    (public_key.tag == SEQUENCE).then_some((public_key, not_after))
}

/// Parses a UTCTime or a GeneralizedTime (RFC 5280 §4.1.2.5).
fn time(element: Tlv<'_>) -> Option<SystemTime> {
    let text = std::str::from_utf8(element.content).ok()?.strip_suffix('Z')?;
    let text = match (element.tag, text.len()) {
        (0x17, 12) if text < "50" => format!("20{text}"),
        (0x17, 12) => format!("19{text}"),
        (0x18, 14) => text.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    humantime::parse_rfc3339(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")).ok()
}

/// Returns the kind of the key, if it is an accepted one.
fn kind_of(public_key: Tlv<'_>) -> Result<KeyKind, ConfigError> {
    let mut parts = public_key.elements();
    let (algorithm, bits) = (parts.next(), parts.next());
    if bits.is_none_or(|bits| bits.tag != BIT_STRING) {
        return Err(wrong(NOT_DER));
    }
    let mut algorithm = algorithm.ok_or_else(|| wrong(NOT_DER))?.elements();
    let (name, curve) = (algorithm.next().map(|oid| oid.content), algorithm.next().map(|oid| oid.content));
    match (name, curve) {
        (Some(RSA), _) => rsa(public_key),
        (Some(EC), Some(P256)) => Ok(KeyKind::P256),
        (Some(EC), Some(P384)) => Ok(KeyKind::P384),
        (Some(EC), Some(P521)) => Ok(KeyKind::P521),
        (Some(_) | None, _) => Err(wrong("expected a key of RSA, or of ECDSA on P-256, P-384 or P-521")),
    }
}

fn rsa(public_key: Tlv<'_>) -> Result<KeyKind, ConfigError> {
    let key = PublicEncryptingKey::from_der(public_key.whole)
        .map_err(|_| wrong("the RSA key is malformed, or not of 2048 to 8192 bits"))?;
    match key.key_size_bits() {
        2048..=8192 => Ok(KeyKind::Rsa),
        bits => Err(wrong(format!("expected an RSA key of 2048 to 8192 bits, found {bits}"))),
    }
}

fn wrong(problem: impl Into<String>) -> ConfigError {
    ConfigError::new("certificate", problem)
}
