//! An organization that logs in with SSO at a provider: what the provider knows about the app, and the app's settings.

use serde_json::{Value, json};
use tower_sso::{
    Secret,
    oidc::{ClientAuthentication, ClientId, JwsAlgorithm, OidcSettings},
};
use tower_sso_test_idp::{SigningAlg, TestKey};

type Change = Box<dyn FnOnce(OidcSettings) -> OidcSettings>;

/// The secret of every organization that has one. It contains characters that form encoding changes, and is long enough
/// to sign with.
pub const SECRET: &str = "a secret: with odd characters/+ %";

/// One organization. Its client at the provider has the same name.
pub struct Organization {
    pub name: String,
    client: Value,
    authentication: ClientAuthentication,
    issuer: fn(&str) -> String,
    change: Vec<Change>,
}

impl Organization {
    /// Returns an organization that authenticates with `client_secret_basic`.
    pub fn new(name: impl Into<String>) -> Self {
        let secret = ClientAuthentication::SecretBasic(Secret::new(SECRET.to_owned()));
        Self {
            name: name.into(),
            client: json!({}),
            authentication: secret,
            issuer: str::to_owned,
            change: Vec::new(),
        }
        .authenticates("client_secret_basic")
    }

    /// Sets how the app authenticates as this organization's client, by the name in the standard.
    pub fn authenticates(mut self, method: &str) -> Self {
        let secret = || Secret::new(SECRET.to_owned());
        self.authentication = match method {
            "client_secret_basic" => ClientAuthentication::SecretBasic(secret()),
            "client_secret_post" => ClientAuthentication::SecretPost(secret()),
            "client_secret_jwt" => ClientAuthentication::SecretJwt(secret()),
            "none" => ClientAuthentication::None,
            other => panic!("{other}: a key needs its algorithm"),
        };
        let mut metadata = json!({ "token_endpoint_auth_method": method });
        if method != "none" {
            metadata["client_secret"] = json!(SECRET);
        }
        if method == "client_secret_jwt" {
            metadata["token_endpoint_auth_signing_alg"] = json!("HS256");
        }
        self.registered(metadata)
    }

    /// Authenticates with `private_key_jwt`.
    pub fn signs_with(mut self, algorithm: JwsAlgorithm) -> Self {
        let name = algorithm.as_str();
        let key = SigningAlg::ALL.into_iter().find(|it| it.as_str() == name).unwrap();
        let key = TestKey::shared(key).unwrap();
        self.authentication = ClientAuthentication::PrivateKeyJwt {
            key: key.private_key_pem().unwrap(),
            algorithm,
            key_id: Some(key.kid().to_owned()),
        };
        self.client.as_object_mut().unwrap().remove("client_secret");
        self.registered(json!({
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": name,
            "jwks": { "keys": [key.public_jwk()] },
        }))
    }

    /// Adds members of the client's metadata, in the terms of OpenID Connect Dynamic Client Registration.
    pub fn registered(mut self, metadata: Value) -> Self {
        let client = self.client.as_object_mut().unwrap();
        client.extend(metadata.as_object().unwrap().clone());
        self
    }

    /// Sets the app's client authentication, whatever is registered.
    pub fn claims_to_be(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Sets how the issuer is written in the app's settings.
    pub fn issuer(mut self, written: fn(&str) -> String) -> Self {
        self.issuer = written;
        self
    }

    /// Changes the app's settings.
    pub fn settings(mut self, change: impl FnOnce(OidcSettings) -> OidcSettings + 'static) -> Self {
        self.change.push(Box::new(change));
        self
    }

    /// Returns the client's metadata for an app with this origin.
    pub fn client(&self, base: &str) -> Value {
        let mut client = self.client.clone();
        client["client_id"] = json!(self.name);
        client["redirect_uris"] = json!([format!("{base}/sso/{}/oidc/callback", self.name)]);
        client["scope"] = json!("openid email profile groups");
        client
    }

    /// Returns the app's settings for a provider with this issuer.
    pub fn oidc(self, issuer: &str) -> OidcSettings {
        let settings =
            OidcSettings::new((self.issuer)(issuer), ClientId::new(&self.name), self.authentication);
        self.change.into_iter().fold(settings, |settings, change| change(settings))
    }
}
