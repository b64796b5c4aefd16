//! The OpenID clients that the provider knows.

use serde_json::Value;

use tower_sso_core::Secret;

/// An app whose users log in with SSO by OpenID Connect. A client without a secret or a key is a public client and must
/// use PKCE.
///
/// ```
/// use tower_sso_test_idp::{ClientAuth, SigningAlg, TestClient, TestKey};
///
/// # fn run() -> Result<(), tower_sso_test_idp::ConfigError> {
/// // With a secret, which must come in the `Authorization` header.
/// let hub = TestClient::new("hub").redirect_uri("http://127.0.0.1:8080/sso/1/callback")
///     .secret("a secret")
///     .auth(ClientAuth::SecretBasic);
///
/// // With a key: the app signs an assertion with `key.private_key_pem()`.
/// let key = TestKey::generate(SigningAlg::Es256)?;
/// let wiki = TestClient::new("wiki").redirect_uri("http://127.0.0.1:8081/callback").key(key.public_jwk());
///
/// // A tile on the front page, at which a login starts.
/// let desk = TestClient::new("desk").redirect_uri("http://127.0.0.1:8082/callback")
///     .secret("another secret")
///     .initiate_login_uri("http://127.0.0.1:8082/login");
/// # Ok(()) }
/// # run().unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct TestClient {
    pub(crate) id: String,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) secret: Option<Secret<String>>,
    pub(crate) keys: Vec<Value>,
    pub(crate) auth: Option<ClientAuth>,
    pub(crate) par_required: bool,
    pub(crate) initiate_login_uri: Option<String>,
    pub(crate) tile_target: Option<String>,
}

/// How a client authenticates at the token endpoint (OpenID Connect Core §9).
///
/// A client may use every method for which it has the secret or the key, unless [`TestClient::auth`] allows only one.
/// The names in the variants are those of `token_endpoint_auth_methods_supported` in the discovery document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientAuth {
    /// `client_secret_basic`.
    ///
    /// The id and the secret are in the `Authorization` header, form-encoded first (RFC 6749 §2.3.1).
    SecretBasic,
    /// `client_secret_post`.
    ///
    /// The id and the secret are in the body.
    SecretPost,
    /// `client_secret_jwt`.
    ///
    /// An assertion in the body is signed with the secret by HMAC (RFC 7523). Each `jti` is accepted once.
    SecretJwt,
    /// `private_key_jwt`.
    ///
    /// An assertion in the body is signed with one of the client's [keys](TestClient::key) (RFC 7523). Each `jti` is
    /// accepted once.
    PrivateKeyJwt,
    /// `none`: a public client.
    None,
}

impl ClientAuth {
    /// All methods.
    pub const ALL: [Self; 5] =
        [Self::SecretBasic, Self::SecretPost, Self::SecretJwt, Self::PrivateKeyJwt, Self::None];

    /// Returns the name, as in metadata.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::SecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }
}

impl TestClient {
    /// Returns a client with this client id. A client also needs a [redirect URI](Self::redirect_uri).
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            redirect_uris: Vec::new(),
            secret: None,
            keys: Vec::new(),
            auth: None,
            par_required: false,
            initiate_login_uri: None,
            tile_target: None,
        }
    }

    /// Adds a redirect URI, which is compared byte by byte.
    #[must_use]
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.redirect_uris.push(redirect_uri.into());
        self
    }

    /// Sets a secret, which allows `client_secret_basic`, `client_secret_post` and `client_secret_jwt`.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(Secret::new(secret.into()));
        self
    }

    /// Sets a public key as a JWK (RFC 7517), such as [`TestKey::public_jwk`](crate::TestKey::public_jwk), which allows
    /// `private_key_jwt`.
    #[must_use]
    pub fn key(mut self, jwk: Value) -> Self {
        self.keys.push(jwk);
        self
    }

    /// Allows only this method of client authentication.
    #[must_use]
    pub fn auth(mut self, auth: ClientAuth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// Allows only pushed authorization requests (RFC 9126 §6).
    ///
    /// An app that puts the parameters into the browser's address then gets an error instead of the sign-in page.
    #[must_use]
    pub fn require_pushed_requests(mut self) -> Self {
        self.par_required = true;
        self
    }

    /// Sets the address at which a tile on the provider's front page starts an SSO login (OpenID Connect Core §4).
    #[must_use]
    pub fn initiate_login_uri(mut self, uri: impl Into<String>) -> Self {
        self.initiate_login_uri = Some(uri.into());
        self
    }

    /// Sets where in the app the tile leads: `target_link_uri`.
    #[must_use]
    pub fn tile_target(mut self, address: impl Into<String>) -> Self {
        self.tile_target = Some(address.into());
        self
    }

    /// Returns whether the client may authenticate with this method.
    pub(crate) fn takes(&self, auth: ClientAuth) -> bool {
        let able = match auth {
            ClientAuth::SecretBasic | ClientAuth::SecretPost | ClientAuth::SecretJwt => self.secret.is_some(),
            ClientAuth::PrivateKeyJwt => !self.keys.is_empty(),
            ClientAuth::None => self.is_public(),
        };
        able && self.auth.is_none_or(|only| only == auth)
    }

    pub(crate) fn is_public(&self) -> bool {
        self.secret.is_none() && self.keys.is_empty()
    }
}
