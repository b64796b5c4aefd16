//! The signature algorithms that a token may have (RFC 7518 §3.1, RFC 8037 §3.1).
//!
//! 1. `none` is not among them, and no setting adds it (RFC 8725 §3.1).
//! 2. An algorithm with a public key and one with a shared secret have different types. A connection accepts either
//!    kind, never both, so that a public key can't be used as a secret (RFC 8725 §2.1).
//! 3. Names are compared case-sensitively (RFC 7515 §4.1.1).

use jsonwebtoken::Algorithm;
use serde::Deserialize;

/// A signature algorithm with a public key. The variants are named after the names in the standards.
///
/// ```
/// use tower_sso_oidc::JwsAlgorithm;
///
/// assert_eq!(JwsAlgorithm::Ps256.as_str(), "PS256");
/// assert!(JwsAlgorithm::ALL.contains(&JwsAlgorithm::EdDsa));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[non_exhaustive]
pub enum JwsAlgorithm {
    /// RSA (PKCS #1 v1.5) with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSA (PKCS #1 v1.5) with SHA-384.
    #[serde(rename = "RS384")]
    Rs384,
    /// RSA (PKCS #1 v1.5) with SHA-512.
    #[serde(rename = "RS512")]
    Rs512,
    /// RSA (PSS) with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// RSA (PSS) with SHA-384.
    #[serde(rename = "PS384")]
    Ps384,
    /// RSA (PSS) with SHA-512.
    #[serde(rename = "PS512")]
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// ECDSA on P-384 with SHA-384.
    #[serde(rename = "ES384")]
    Es384,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// A signature algorithm with a shared secret.
///
/// Only [`DangerousOidcSettings::hmac`](crate::DangerousOidcSettings::hmac) accepts it. The secret needs at least as
/// many bytes as the hash has: 32, 48 or 64 (RFC 7518 §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[non_exhaustive]
pub enum HmacAlgorithm {
    /// HMAC with SHA-256.
    #[serde(rename = "HS256")]
    Hs256,
    /// HMAC with SHA-384.
    #[serde(rename = "HS384")]
    Hs384,
    /// HMAC with SHA-512.
    #[serde(rename = "HS512")]
    Hs512,
}

/// The algorithm that a token's header names, if it is one of those that this crate implements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    ByKey(JwsAlgorithm),
    BySecret(HmacAlgorithm),
}

/// The kind of key that an algorithm needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// The hash function of an algorithm, which `at_hash` uses too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl JwsAlgorithm {
    /// All algorithms. This is the default allow-list.
    pub const ALL: &'static [Self] = &[
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Returns the algorithm's name in a header's `alg`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Parses `alg`, case-sensitively. `Ed25519` is the newer name of `EdDSA` with this curve (RFC 9864 §2.2).
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if name == "Ed25519" {
            return Some(Self::EdDsa);
        }
        Self::ALL.iter().copied().find(|algorithm| algorithm.as_str() == name)
    }

    pub(crate) fn key_kind(self) -> KeyKind {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => KeyKind::Rsa,
            Self::Es256 => KeyKind::P256,
            Self::Es384 => KeyKind::P384,
            Self::EdDsa => KeyKind::Ed25519,
        }
    }

    pub(crate) fn hash(self) -> Hash {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => Hash::Sha256,
            Self::Rs384 | Self::Ps384 | Self::Es384 => Hash::Sha384,
            Self::Rs512 | Self::Ps512 | Self::EdDsa => Hash::Sha512,
        }
    }

    pub(crate) fn engine(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Rs384 => Algorithm::RS384,
            Self::Rs512 => Algorithm::RS512,
            Self::Ps256 => Algorithm::PS256,
            Self::Ps384 => Algorithm::PS384,
            Self::Ps512 => Algorithm::PS512,
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

impl HmacAlgorithm {
    /// Returns the algorithm's name in a header's `alg`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Hs256, Self::Hs384, Self::Hs512].into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// Returns the minimum length of the secret in bytes: the length of the hash (RFC 7518 §3.2).
    pub(crate) fn least_secret(self) -> usize {
        match self {
            Self::Hs256 => 32,
            Self::Hs384 => 48,
            Self::Hs512 => 64,
        }
    }
}

impl Signed {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        JwsAlgorithm::parse(name).map(Self::ByKey).or_else(|| HmacAlgorithm::parse(name).map(Self::BySecret))
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ByKey(algorithm) => algorithm.as_str(),
            Self::BySecret(algorithm) => algorithm.as_str(),
        }
    }

    pub(crate) fn hash(self) -> Hash {
        match self {
            Self::ByKey(algorithm) => algorithm.hash(),
            Self::BySecret(HmacAlgorithm::Hs256) => Hash::Sha256,
            Self::BySecret(HmacAlgorithm::Hs384) => Hash::Sha384,
            Self::BySecret(HmacAlgorithm::Hs512) => Hash::Sha512,
        }
    }

    pub(crate) fn engine(self) -> Algorithm {
        match self {
            Self::ByKey(algorithm) => algorithm.engine(),
            Self::BySecret(HmacAlgorithm::Hs256) => Algorithm::HS256,
            Self::BySecret(HmacAlgorithm::Hs384) => Algorithm::HS384,
            Self::BySecret(HmacAlgorithm::Hs512) => Algorithm::HS512,
        }
    }
}
