//! The bodies of the fuzz targets, and the connection that the corpus was made for.

use std::{
    future::Future,
    pin::pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};
use tower_sso_core::{Clock, Secret};
use tower_sso_http::{Limits, Outbound};
use url::Url;

use crate::{
    authentication::ClientAuthentication,
    discovery::Metadata,
    error::{Error, ErrorKind},
    fuzz::corpus::{NOW, honest, key},
    identity::verified_login,
    keys::KeySet,
    login::OidcLogin,
    provider::OidcProvider,
    settings::{ClientId, OidcSettings},
};

/// `Ok` if the input is accepted, otherwise the reason why it is refused.
pub type Verdict = Result<(), ErrorKind>;

pub(crate) const ISSUER: &str = "https://idp.example";
pub(crate) const ACCESS_TOKEN: &str = "at-1";
pub(crate) const NONCE: &str = "n-1";
/// At least 32 bytes, the minimum for HMAC.
pub(crate) const SECRET: &str = "a secret of more than 32 bytes: +/&?%";

/// Parses metadata. Asserts that accepted metadata is from this issuer, and that the issuer and all addresses are
/// `https`.
///
/// # Errors
///
/// Returns why the metadata is refused.
pub fn oidc_metadata(json: &[u8]) -> Verdict {
    let metadata = Metadata::parse(ISSUER, json).map_err(|error| error.kind())?;
    let document: Value = serde_json::from_slice(json).expect("what is accepted is JSON");
    assert_eq!(document.get("issuer"), Some(&json!(ISSUER)));
    let learned = [
        Some(metadata.authorization_endpoint.as_str()),
        Some(metadata.token_endpoint.as_str()),
        Some(&*metadata.jwks_uri),
        metadata.userinfo_endpoint.as_deref(),
        metadata.pushed_request_endpoint.as_deref(),
    ];
    for address in learned.into_iter().flatten() {
        let url = Url::parse(address).expect("an address");
        assert!(url.scheme() == "https" && url.has_host(), "{address}");
        assert!(
            url.fragment().is_none() && url.username().is_empty() && url.password().is_none(),
            "{address}"
        );
    }
    Ok(())
}

/// Checks an ID token. Asserts that the identity from an accepted token is one that the provider signed.
///
/// # Errors
///
/// Returns why the token is refused.
pub fn oidc_id_token(token: &[u8]) -> Verdict {
    STAGE.id_token(token)
}

/// The connection that the corpus was made for.
static STAGE: LazyLock<Stage> =
    LazyLock::new(|| Stage::new(&key("oidc-provider.json"), &honest("oidc_id_token")));

/// A connection in the middle of an SSO login, and the identities that its provider signed.
pub(crate) struct Stage {
    provider: OidcProvider,
    out: Outbound,
    metadata: Metadata,
    login: OidcLogin,
    clock: Clock,
    signed: Vec<String>,
}

impl Stage {
    /// Creates the stage for a provider with this key set, which signed these tokens.
    pub(crate) fn new(keys: &[u8], honest: &[Vec<u8>]) -> Self {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        let clock = Clock::from_fn(move || now);
        let authentication = ClientAuthentication::SecretAuto(Secret::new(SECRET.to_owned()));
        let provider = OidcSettings::new(ISSUER, ClientId::new("hub"), authentication)
            .build()
            .expect("settings that add up");
        let endpoint = |name: &str| format!("{ISSUER}/{name}");
        let document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": endpoint("authorize"),
            "token_endpoint": endpoint("token"),
            "jwks_uri": endpoint("jwks"),
        });
        let metadata = Metadata::parse(ISSUER, document.to_string().as_bytes()).expect("metadata");
        // The cache contains the keys, and the fact that there are no newer ones. Nothing is fetched.
        let cache = &provider.0.keys;
        let known = cache.get(&metadata.jwks_uri, &clock, async { KeySet::parse(keys) });
        let known = ready(known).expect("keys");
        let newer = cache.refresh_after_mismatch(&known, &clock, async { Err(ErrorKind::KeysFailed.into()) });
        assert!(ready(newer).is_err());
        let login = OidcLogin {
            nonce: Secret::new(NONCE.to_owned()),
            pkce_verifier: Secret::new("v-1".to_owned()),
            redirect_uri: "https://hub.example/sso/1/oidc/callback".to_owned(),
            max_age: None,
            acr_values: Vec::new(),
            begun_at: now,
        };
        let out = Outbound::new(Limits::default());
        let mut stage = Self { provider, out, metadata, login, clock, signed: Vec::new() };
        stage.signed = honest
            .iter()
            .map(|token| stage.verify(str::from_utf8(token).unwrap()).expect("honest"))
            .collect();
        stage
    }

    pub(crate) fn id_token(&self, token: &[u8]) -> Verdict {
        let text = str::from_utf8(token).map_err(|_| ErrorKind::TokenMalformed)?;
        let found = self.verify(text).map_err(|error| error.kind())?;
        assert!(self.signed.contains(&found), "the provider never said {found}");
        Ok(())
    }

    fn verify(&self, token: &str) -> Result<String, Error> {
        let claims = ready(self.provider.verify(&self.out, &self.metadata, token, &self.clock))?;
        let rules = self.provider.rules(&self.clock);
        let logged_in_at = rules.check_id_token(&claims, &self.login, ACCESS_TOKEN)?;
        Ok(format!("{:?}", verified_login(claims.into_map(), None, logged_in_at)?))
    }
}

/// Returns the result of a future that is ready at the first poll.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a body waits for nothing"),
    }
}
