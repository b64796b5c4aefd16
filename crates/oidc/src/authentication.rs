//! How this app authenticates to the provider (OpenID Connect Core §9, RFC 7523).
//!
//! `private_key_jwt` is the strongest method: the provider knows only the public key, and what is sent is valid for one
//! endpoint and about a minute. A secret works with every provider.

use tower_sso_core::Secret;

use crate::algorithm::JwsAlgorithm;

/// How this app authenticates at the token endpoint and at the pushed authorization request endpoint.
///
/// ```
/// use tower_sso_core::Secret;
/// use tower_sso_oidc::{ClientAuthentication, JwsAlgorithm};
///
/// let by_secret = ClientAuthentication::SecretAuto(Secret::new("s3cr3t".to_owned()));
/// let by_key = ClientAuthentication::PrivateKeyJwt {
///     key: Secret::new("-----BEGIN PRIVATE KEY-----…".to_owned()),
///     algorithm: JwsAlgorithm::Es256,
///     key_id: Some("2026-01".to_owned()),
/// };
/// assert_eq!(by_key.name(), "private_key_jwt");
/// assert!(!format!("{by_secret:?}").contains("s3cr3t"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// A secret, used with the method that the provider's metadata lists: `client_secret_basic` if it is supported,
    /// otherwise `client_secret_post`, otherwise `client_secret_jwt`.
    SecretAuto(Secret<String>),
    /// `client_secret_basic`: a secret in the `Authorization` header.
    SecretBasic(Secret<String>),
    /// `client_secret_post`: a secret in the body of the form.
    SecretPost(Secret<String>),
    /// `client_secret_jwt`: a secret of at least 32 bytes that signs an assertion with HS256. The secret itself is
    /// never sent.
    SecretJwt(Secret<String>),
    /// `private_key_jwt`: a private key that signs an assertion.
    PrivateKeyJwt {
        /// The key in PEM: PKCS #8 (`BEGIN PRIVATE KEY`), or for RSA also PKCS #1 (`BEGIN RSA PRIVATE KEY`).
        key: Secret<String>,
        /// The algorithm that the key signs with.
        algorithm: JwsAlgorithm,
        /// The id under which the provider knows the public key, if the provider uses key ids.
        key_id: Option<String>,
    },
    /// No authentication: a public client, which is protected by PKCE alone.
    None,
}

impl ClientAuthentication {
    /// Returns the standard's name of the method, or `client_secret` for [`SecretAuto`](Self::SecretAuto).
    pub fn name(&self) -> &'static str {
        match self {
            Self::SecretAuto(_) => "client_secret",
            Self::SecretBasic(_) => "client_secret_basic",
            Self::SecretPost(_) => "client_secret_post",
            Self::SecretJwt(_) => "client_secret_jwt",
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// Returns the algorithm and the id of the private key, if the method has one.
    #[doc(hidden)]
    #[must_use]
    pub fn private_key(&self) -> Option<(JwsAlgorithm, Option<&str>)> {
        match self {
            Self::PrivateKeyJwt { key: _, algorithm, key_id } => Some((*algorithm, key_id.as_deref())),
            Self::SecretAuto(_)
            | Self::SecretBasic(_)
            | Self::SecretPost(_)
            | Self::SecretJwt(_)
            | Self::None => None,
        }
    }

    /// Returns the secret, if the method has one.
    pub fn secret(&self) -> Option<&Secret<String>> {
        match self {
            Self::SecretAuto(secret)
            | Self::SecretBasic(secret)
            | Self::SecretPost(secret)
            | Self::SecretJwt(secret) => Some(secret),
            Self::PrivateKeyJwt { .. } | Self::None => None,
        }
    }
}
