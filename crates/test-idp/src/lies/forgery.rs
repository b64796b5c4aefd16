//! How a token is signed when its signature is a lie.

/// How a token is signed, if not by the published key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forgery {
    /// Not at all, with this spelling of `none` as `alg`.
    Unsigned(String),
    /// Not at all, under the honest header.
    Missing,
    /// By the published key, with one bit of the signature flipped.
    Garbled,
    /// By the [attacker's key](crate::TestIdp::attacker_key), under the honest header.
    OtherKey,
    /// By the attacker's key, under its own `kid`, which is published nowhere.
    UnknownKid,
    /// By an HMAC whose key is the published public key.
    PublicKey {
        /// The `alg`, such as `HS256`; another spelling is sent as it is.
        alg: String,
        /// What of the public key.
        form: KeyForm,
    },
    /// By an HMAC whose key is the client's secret, with this `alg`.
    ClientSecret(String),
    /// By the attacker's key, which is in the header as `jwk`.
    EmbeddedKey,
    /// By the attacker's key; `jku` in the header says that the key set is here.
    KeySetAt(String),
    /// By the attacker's key; `x5u` in the header says that its certificate is here.
    CertificateAt(String),
    /// By the attacker's key, whose certificate is in the header as `x5c`.
    EmbeddedCertificate,
}

/// The bytes of a public key that an HMAC is keyed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyForm {
    /// PEM (`SubjectPublicKeyInfo`) with a line feed at its end.
    Pem,
    /// The same without the last line feed.
    PemTrimmed,
    /// DER (`SubjectPublicKeyInfo`).
    Der,
    /// `RSAPublicKey` in DER, the uncompressed point, or the 32 bytes of an Ed25519 key.
    Raw,
    /// The JWK's text, as the key set has it.
    Jwk,
}

impl KeyForm {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pem, Self::PemTrimmed, Self::Der, Self::Raw, Self::Jwk];
}
