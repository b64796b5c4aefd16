//! The dishonest ways to sign a token.

/// How a token is signed when its signature is a lie.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forgery {
    /// Does not sign, and has this spelling of `none` as `alg`.
    Unsigned(String),
    /// Does not sign, and keeps the honest header.
    Missing,
    /// Signs with the published key, then flips one bit of the signature.
    Garbled,
    /// Signs with the [attacker's key](crate::TestIdp::attacker_key), and keeps the honest header.
    OtherKey,
    /// Signs with the attacker's key, and names that key's `kid`, which is not published.
    UnknownKid,
    /// Signs with an HMAC whose key is the published public key.
    PublicKey {
        /// The `alg`, such as `HS256`. Another spelling is sent unchanged.
        alg: String,
        /// The form of the public key that is the HMAC's key.
        form: KeyForm,
    },
    /// Signs with an HMAC whose key is the client's secret, with this `alg`.
    ClientSecret(String),
    /// Signs with the attacker's key, and includes it in the header as `jwk`.
    EmbeddedKey,
    /// Signs with the attacker's key, and names this address of a key set in the header as `jku`.
    KeySetAt(String),
    /// Signs with the attacker's key, and names this address of a certificate in the header as `x5u`.
    CertificateAt(String),
    /// Signs with the attacker's key, and includes its certificate in the header as `x5c`.
    EmbeddedCertificate,
}

/// The form of a public key that is used as the key of an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyForm {
    /// PEM (`SubjectPublicKeyInfo`) with a line feed at its end.
    Pem,
    /// PEM (`SubjectPublicKeyInfo`) without the line feed at its end.
    PemTrimmed,
    /// DER (`SubjectPublicKeyInfo`).
    Der,
    /// `RSAPublicKey` in DER, the uncompressed point, or the 32 bytes of an Ed25519 key.
    Raw,
    /// The JWK's text, as the key set has it.
    Jwk,
}

impl KeyForm {
    /// All forms.
    pub const ALL: [Self; 5] = [Self::Pem, Self::PemTrimmed, Self::Der, Self::Raw, Self::Jwk];
}
