//! How this app proves to the provider who it is (OpenID Connect Core §9, RFC 7523).

use crate::{Secret, provider::oidc::JwsAlgorithm};

/// How this app authenticates at the token endpoint and at the endpoint for pushed requests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// A secret, sent in the way that the provider's metadata asks for: `client_secret_basic` if it can be,
    /// otherwise `client_secret_post`, otherwise `client_secret_jwt`.
    SecretAuto(Secret<String>),
    /// `client_secret_basic`: a secret in the `Authorization` header.
    SecretBasic(Secret<String>),
    /// `client_secret_post`: a secret in the form.
    SecretPost(Secret<String>),
    /// `client_secret_jwt`: a secret that signs an assertion with HS256 and is never sent. At least 32 bytes.
    SecretJwt(Secret<String>),
    /// `private_key_jwt`: a private key that signs an assertion.
    PrivateKeyJwt {
        /// The key in PEM: PKCS #8 (`BEGIN PRIVATE KEY`), for RSA also PKCS #1 (`BEGIN RSA PRIVATE KEY`).
        key: Secret<String>,
        /// What it signs with.
        algorithm: JwsAlgorithm,
        /// The id under which the provider knows the public key, if it goes by ids.
        key_id: Option<String>,
    },
    /// None: a public client, protected by PKCE alone.
    None,
}

impl ClientAuthentication {
    /// The name that the standards give it; `client_secret` for a secret that is sent as the provider asks.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::SecretAuto(_) => "client_secret",
            Self::SecretBasic(_) => "client_secret_basic",
            Self::SecretPost(_) => "client_secret_post",
            Self::SecretJwt(_) => "client_secret_jwt",
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
            Self::None => "none",
        }
    }

    /// The secret, if it has one.
    pub(crate) fn secret(&self) -> Option<&Secret<String>> {
        match self {
            Self::SecretAuto(secret)
            | Self::SecretBasic(secret)
            | Self::SecretPost(secret)
            | Self::SecretJwt(secret) => Some(secret),
            Self::PrivateKeyJwt { .. } | Self::None => None,
        }
    }
}
