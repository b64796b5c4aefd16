//! The accepted signature and digest algorithms. All others are refused.
//!
//! SHA-1 is accepted only if a setting allows it. A method verifies only with a key of its kind, and each ECDSA method
//! has one curve.

use aws_lc_rs::{
    digest,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED,
        RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
        RSA_PSS_2048_8192_SHA512, VerificationAlgorithm,
    },
};

/// Whether signatures and digests with SHA-1 are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sha1 {
    /// They are refused.
    Refused,
    /// They are accepted. Only `.dangerous()` can set this.
    Allowed,
}

/// The kind of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    /// RSA, 2048 to 8192 bits.
    Rsa,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
}

/// The algorithm of a signature (XML-DSig 1.1 §6.4, RFC 9231 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureMethod {
    /// RSASSA-PKCS1-v1_5 with SHA-1.
    RsaSha1,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
    /// RSASSA-PSS with SHA-256. The salt is as long as the digest.
    PssSha256,
    /// RSASSA-PSS with SHA-384.
    PssSha384,
    /// RSASSA-PSS with SHA-512.
    PssSha512,
    /// ECDSA with SHA-256, on P-256.
    EcdsaSha256,
    /// ECDSA with SHA-384, on P-384.
    EcdsaSha384,
    /// ECDSA with SHA-512, on P-521.
    EcdsaSha512,
}

impl SignatureMethod {
    /// Returns the method of this URI, if it is accepted.
    pub(crate) fn of(uri: &str, sha1: Sha1) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" if sha1 == Sha1::Allowed => Self::RsaSha1,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Self::RsaSha256,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Self::RsaSha384,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Self::RsaSha512,
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" => Self::PssSha256,
            "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1" => Self::PssSha384,
            "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1" => Self::PssSha512,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Self::EcdsaSha256,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Self::EcdsaSha384,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => Self::EcdsaSha512,
            _ => return None,
        })
    }

    /// Returns the method that a key of this kind most often signs with.
    pub(crate) fn usual(kind: KeyKind) -> Self {
        match kind {
            KeyKind::Rsa => Self::RsaSha256,
            KeyKind::P256 => Self::EcdsaSha256,
            KeyKind::P384 => Self::EcdsaSha384,
            KeyKind::P521 => Self::EcdsaSha512,
        }
    }

    /// Returns the algorithm by which a key of this kind verifies the method, or `None` if the two do not fit.
    pub(crate) fn algorithm(self, kind: KeyKind) -> Option<&'static dyn VerificationAlgorithm> {
        Some(match (self, kind) {
            (Self::RsaSha1, KeyKind::Rsa) => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            (Self::RsaSha256, KeyKind::Rsa) => &RSA_PKCS1_2048_8192_SHA256,
            (Self::RsaSha384, KeyKind::Rsa) => &RSA_PKCS1_2048_8192_SHA384,
            (Self::RsaSha512, KeyKind::Rsa) => &RSA_PKCS1_2048_8192_SHA512,
            (Self::PssSha256, KeyKind::Rsa) => &RSA_PSS_2048_8192_SHA256,
            (Self::PssSha384, KeyKind::Rsa) => &RSA_PSS_2048_8192_SHA384,
            (Self::PssSha512, KeyKind::Rsa) => &RSA_PSS_2048_8192_SHA512,
            (Self::EcdsaSha256, KeyKind::P256) => &ECDSA_P256_SHA256_FIXED,
            (Self::EcdsaSha384, KeyKind::P384) => &ECDSA_P384_SHA384_FIXED,
            (Self::EcdsaSha512, KeyKind::P521) => &ECDSA_P521_SHA512_FIXED,
            (
                Self::RsaSha1
                | Self::RsaSha256
                | Self::RsaSha384
                | Self::RsaSha512
                | Self::PssSha256
                | Self::PssSha384
                | Self::PssSha512,
                KeyKind::P256 | KeyKind::P384 | KeyKind::P521,
            )
            | (Self::EcdsaSha256, KeyKind::Rsa | KeyKind::P384 | KeyKind::P521)
            | (Self::EcdsaSha384, KeyKind::Rsa | KeyKind::P256 | KeyKind::P521)
            | (Self::EcdsaSha512, KeyKind::Rsa | KeyKind::P256 | KeyKind::P384) => return None,
        })
    }
}

/// Returns the digest of this URI, if it is accepted (XML-DSig 1.1 §6.2).
pub(crate) fn digest_of(uri: &str, sha1: Sha1) -> Option<&'static digest::Algorithm> {
    Some(match uri {
        "http://www.w3.org/2000/09/xmldsig#sha1" if sha1 == Sha1::Allowed => {
            &digest::SHA1_FOR_LEGACY_USE_ONLY
        }
        "http://www.w3.org/2001/04/xmlenc#sha256" => &digest::SHA256,
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => &digest::SHA384,
        "http://www.w3.org/2001/04/xmlenc#sha512" => &digest::SHA512,
        _ => return None,
    })
}
