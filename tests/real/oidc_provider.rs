//! oidc-provider, certified by its makers, on `http://localhost:PORT`. Every user has given consent. The sign-in page
//! has a form `login` with `login`, `password` and the buttons "Sign in" and "Refuse".

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::Engine;

/// A running provider.
#[derive(Debug)]
pub struct OidcProvider {
    engine: Engine,
    issuer: String,
}

/// A user who can log in with SSO there. The login is the subject.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    pub sub: String,
    pub password: &'static str,
    /// `email`, `email_verified`, `name`, `groups`, `roles` and so on. Which of them a client gets depends on its
    /// scopes (`email`, `groups`, and `profile` for the rest).
    pub claims: Value,
}

impl OidcProvider {
    /// Starts one. `clients` is their metadata in the terms of OpenID Connect Dynamic Client Registration. `settings`
    /// is merged into the provider's own configuration: `{"conformIdTokenClaims": false}` puts the claims into the ID
    /// token.
    pub async fn start(clients: &[Value], accounts: &[Account], settings: Value) -> Self {
        Self::start_at(None, clients, accounts, settings).await
    }

    /// The same on a given port: a provider that comes back with new keys.
    pub async fn start_at(
        port: Option<u16>,
        clients: &[Value],
        accounts: &[Account],
        settings: Value,
    ) -> Self {
        let plan = json!({ "clients": clients, "accounts": accounts, "settings": settings, "port": port });
        Self::of(&plan).await
    }

    /// The same with new keys that have the same `kid`s at every start.
    pub async fn with_its_kids(port: Option<u16>, clients: &[Value], accounts: &[Account]) -> Self {
        let plan = json!({ "clients": clients, "accounts": accounts, "port": port, "kids": "same" });
        Self::of(&plan).await
    }

    /// The same with an issuer that ends in a slash.
    pub async fn with_a_slash(clients: &[Value], accounts: &[Account], settings: Value) -> Self {
        let plan = json!({ "clients": clients, "accounts": accounts, "settings": settings, "slash": true });
        Self::of(&plan).await
    }

    async fn of(plan: &Value) -> Self {
        let (engine, ready) = Engine::start("oidc-provider.mjs", plan).await;
        let issuer = ready["issuer"].as_str().unwrap().to_owned();
        Self { engine, issuer }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the requests since the last call: `{ method, path, authorization, origin }`. `authorization` is only the
    /// scheme.
    pub async fn requests(&mut self) -> Vec<Value> {
        self.engine.ask(&json!("requests")).await.as_array().unwrap().clone()
    }

    /// Returns what it had to ask the user since the last call: `{ prompt, reasons, params }`. `params` contains every
    /// parameter of the authorization request that it understood, however it arrived.
    pub async fn interactions(&mut self) -> Vec<Value> {
        self.engine.ask(&json!("interactions")).await.as_array().unwrap().clone()
    }

    /// Holds requests for this path from now on. `None` lets them continue.
    pub async fn hold(&mut self, path: Option<&str>) {
        self.engine.ask(&json!({ "hold": path })).await;
    }

    /// Waits until a path was requested this many times since the last call, and returns all requests until then.
    pub async fn asked_for(&mut self, path: &str, times: usize) -> Vec<Value> {
        let mut seen = Vec::new();
        let asked = async {
            while seen.iter().filter(|it: &&Value| it["path"] == path).count() < times {
                seen.extend(self.requests().await);
                tokio::task::yield_now().await;
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(60), asked).await;
        assert!(asked.is_ok(), "{path} was not requested {times} times: {seen:?}");
        seen
    }

    /// Returns its port.
    pub fn port(&self) -> Option<u16> {
        url::Url::parse(&self.issuer).unwrap().port()
    }

    /// Users who sign in from now on have an authentication time that is this many seconds ago.
    pub async fn signed_in_ago(&mut self, seconds: u64) {
        self.engine.ask(&json!({ "signedInAgo": seconds })).await;
    }

    /// Stops it. Its port is free afterwards.
    pub async fn stop(self) {
        self.engine.close().await;
    }
}

mod tests {
    use axum::http::StatusCode;
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    use url::{Url, form_urlencoded};

    use super::*;
    use crate::browser::{Browser, probe::Probe};

    const VERIFIER: &str = "a-verifier-of-the-least-length-that-is-allowed-";

    fn client(id: &str, authentication: &str, callback: &str) -> Value {
        json!({
            "client_id": id, "client_secret": format!("the secret of {id}"), "redirect_uris": [callback],
            "token_endpoint_auth_method": authentication, "scope": "openid email groups",
        })
    }

    fn ada() -> Account {
        let claims = json!({ "email": "ada@acme.example", "email_verified": true, "groups": ["staff"] });
        Account { sub: "ada".to_owned(), password: "right", claims }
    }

    fn authorize(issuer: &str, client: &str, callback: &str) -> String {
        use sha2::{Digest, Sha256};
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", client),
                ("response_type", "code"),
                ("redirect_uri", callback),
                ("scope", "openid email groups"),
                ("state", "the-state"),
                ("nonce", "the-nonce"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        format!("{issuer}/auth?{query}")
    }

    /// Presses `button` on the sign-in page, and returns the callback's parameters.
    async fn come_back(browser: &mut Browser, button: &str) -> Vec<(String, String)> {
        let values = [("login", "ada"), ("password", "right")];
        let back = browser.press("login", button, &values).await;
        assert_eq!(back.url.path(), "/page/callback", "{}", back.body);
        back.url.query_pairs().into_owned().collect()
    }

    fn get<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
        pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn claims(id_token: &Value) -> Value {
        let payload = id_token.as_str().unwrap().split('.').nth(1).unwrap();
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn discovery_names_the_issuer_and_its_capabilities() {
        let provider = OidcProvider::start(&[], &[], json!({})).await;
        let mut browser = Browser::new();
        browser.navigate(format!("{}/.well-known/openid-configuration", provider.issuer())).await;
        let document = browser.page().json();
        assert_eq!(document["issuer"], provider.issuer());
        assert!(provider.issuer().starts_with("http://localhost:"));
        for (list, value) in [
            ("code_challenge_methods_supported", "S256"),
            ("token_endpoint_auth_methods_supported", "private_key_jwt"),
            ("id_token_signing_alg_values_supported", "ES384"),
            ("userinfo_signing_alg_values_supported", "RS256"),
        ] {
            assert!(document[list].as_array().unwrap().contains(&json!(value)), "{list}: {}", document[list]);
        }
        assert!(document["pushed_authorization_request_endpoint"].is_string());
    }

    #[tokio::test]
    async fn a_complete_login_returns_the_claims_with_either_client_authentication() {
        let callback = Probe::start().await.at("127.0.0.1", "/page/callback");
        let clients = [
            client("basic", "client_secret_basic", &callback),
            client("post", "client_secret_post", &callback),
        ];
        let settings = json!({ "conformIdTokenClaims": false });
        let mut provider = OidcProvider::start(&clients, &[ada()], settings).await;
        for id in ["basic", "post"] {
            let mut browser = Browser::new();
            browser.navigate(authorize(provider.issuer(), id, &callback)).await;
            assert_eq!(browser.page().title(), "Sign in at the provider");
            let back = come_back(&mut browser, "Sign in").await;
            assert_eq!(get(&back, "state"), Some("the-state"));
            assert_eq!(get(&back, "iss"), Some(provider.issuer()));

            let secret = format!("the secret of {id}");
            let mut form = vec![
                ("grant_type", "authorization_code"),
                ("redirect_uri", &callback),
                ("code", get(&back, "code").unwrap()),
                ("code_verifier", VERIFIER),
            ];
            let request = reqwest::Client::new().post(format!("{}/token", provider.issuer()));
            let request = if id == "basic" {
                // RFC 6749 2.3.1: both are form-encoded first.
                request.basic_auth(id, Some(secret.replace(' ', "+")))
            } else {
                form.extend([("client_id", id), ("client_secret", &secret)]);
                request
            };
            let tokens: Value = request.form(&form).send().await.unwrap().json().await.unwrap();
            let claims = claims(&tokens["id_token"]);
            assert_eq!((&claims["sub"], &claims["nonce"]), (&json!("ada"), &json!("the-nonce")));
            assert_eq!(
                (&claims["email"], &claims["groups"]),
                (&json!("ada@acme.example"), &json!(["staff"]))
            );
            let asked = provider.requests().await;
            let token = asked.iter().find(|request| request["path"] == "/token").unwrap();
            assert_eq!(token["authorization"], if id == "basic" { json!("Basic") } else { Value::Null });
        }
    }

    #[tokio::test]
    async fn a_wrong_password_stays_on_the_page_and_a_refusal_returns_an_error() {
        let callback = Probe::start().await.at("127.0.0.1", "/page/callback");
        let clients = [client("basic", "client_secret_basic", &callback)];
        let provider = OidcProvider::start(&clients, &[ada()], json!({})).await;
        let mut browser = Browser::new();
        browser.navigate(authorize(provider.issuer(), "basic", &callback)).await;
        let wrong = browser.submit("login", &[("login", "ada"), ("password", "wrong")]).await;
        assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
        let back = come_back(&mut browser, "Refuse").await;
        assert_eq!((get(&back, "error"), get(&back, "code")), (Some("access_denied"), None));
        assert_eq!(get(&back, "state"), Some("the-state"));
    }

    #[tokio::test]
    async fn a_provider_restarts_at_its_address_with_other_keys() {
        let mut kids = Vec::new();
        let mut port = None;
        for _ in 0..2 {
            let provider = OidcProvider::start_at(port, &[], &[], json!({})).await;
            port = Url::parse(provider.issuer()).unwrap().port();
            let mut browser = Browser::new();
            browser.navigate(format!("{}/jwks", provider.issuer())).await;
            kids.push(browser.page().json()["keys"][0]["kid"].clone());
            provider.stop().await;
        }
        assert_ne!(kids[0], kids[1]);
    }
}
