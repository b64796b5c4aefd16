//! The dishonest ways to sign a token.

/// How a token is signed when its signature is a lie.
///
/// Each is an attack that has worked against a client. A client that verifies a token takes the algorithm and the key
/// from what it knows about the provider, and never from the token itself (RFC 8725 §3.1, OpenID Connect Core §3.1.3.7
/// (6) to (8)).
///
/// | forgery | works against a client that | tower-sso refuses it as |
/// |---|---|---|
/// | `Unsigned` | believes `alg: none` | `algorithm_refused` |
/// | `Missing`, `Garbled` | decodes the token and does not verify it | `signature_invalid` |
/// | `OtherKey` | verifies with any key, or not at all | `signature_invalid` |
/// | `UnknownKid` | takes a key without looking at its `kid` | `key_unknown` |
/// | `PublicKey` | lets the token choose between RSA and HMAC | `algorithm_refused` |
/// | `ClientSecret` | accepts HMAC although the provider signs with a key pair | `algorithm_refused` |
/// | `EmbeddedKey`, `EmbeddedCertificate` | trusts the key in the header | `signature_invalid` |
/// | `KeySetAt`, `CertificateAt` | fetches the key that the header names | `signature_invalid` |
///
/// ```
/// # fn run(idp: &tower_sso_test_idp::TestIdp) {
/// use tower_sso_test_idp::{Forgery, KeyForm, Lie};
///
/// // The attack on RS256 by HS256, with each form of the public key that a library may take as the secret.
/// for form in KeyForm::ALL {
///     idp.honest();
///     idp.lie(Lie::Signature(Forgery::PublicKey { alg: "HS256".to_owned(), form }));
///     // Log in: your app must refuse it.
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forgery {
    /// Does not sign, and has this spelling of `none` as `alg`.
    ///
    /// The spelling matters: a filter for `none` may let `nOnE` pass.
    Unsigned(String),
    /// Does not sign, and keeps the honest header.
    Missing,
    /// Signs with the published key, then flips one bit of the signature.
    Garbled,
    /// Signs with the [attacker's key](crate::TestIdp::attacker_key), and keeps the honest header.
    OtherKey,
    /// Signs with the attacker's key, and names that key's `kid`, which is not published.
    ///
    /// A client may fetch the keys once more, because the provider may have rotated them. Then it must refuse the
    /// token.
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
    ///
    /// After the login, [`TestIdp::calls`](crate::TestIdp::calls) shows whether the app has requested the address, if
    /// it is one of the provider's.
    KeySetAt(String),
    /// Signs with the attacker's key, and names this address of a certificate in the header as `x5u`.
    CertificateAt(String),
    /// Signs with the attacker's key, and includes its certificate in the header as `x5c`.
    EmbeddedCertificate,
}

/// The form of a public key that is used as the key of an HMAC.
///
/// Libraries differ in the bytes that they take as the secret when the published key is given to HMAC. A test tries all
/// forms: see [`Forgery::PublicKey`].
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
