//! An app and a browser in one, as small as a test needs them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, crypto, decode, decode_header, encode,
    jwk::JwkSet,
};
use reqwest::{RequestBuilder, Response, redirect};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tower_sso_core::internal::random_token;
use tower_sso_test_idp::{
    ClientAuth, Clock, RunningIdp, SigningAlg, TestClient, TestIdp, TestIdpBuilder, TestKey, TestUser,
};
use url::Url;

pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/callback?app=1";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Has what form encoding changes.
pub(crate) const SECRET: &str = "a secret: 50% & =more+";

/// An app of one client at a provider, with a browser that keeps one cookie.
pub(crate) struct App {
    pub(crate) idp: RunningIdp,
    pub(crate) http: reqwest::Client,
    pub(crate) auth: ClientAuth,
    pub(crate) key: TestKey,
    pub(crate) cookie: Option<String>,
}

pub(crate) type Form = BTreeMap<&'static str, String>;

impl App {
    pub(crate) async fn new() -> Self {
        Self::at(|idp| idp, ClientAuth::SecretBasic).await
    }

    pub(crate) async fn at(set: impl FnOnce(TestIdpBuilder) -> TestIdpBuilder, auth: ClientAuth) -> Self {
        let key = TestKey::shared(SigningAlg::Es384).unwrap();
        let client = TestClient::new("hub").redirect_uri(CALLBACK).auth(auth);
        let client = match auth {
            ClientAuth::None => client,
            ClientAuth::PrivateKeyJwt => client.key(key.public_jwk()),
            ClientAuth::SecretBasic | ClientAuth::SecretPost | ClientAuth::SecretJwt => client.secret(SECRET),
            other => panic!("no client for {other:?}"),
        };
        let builder = TestIdp::builder()
            .user(
                TestUser::new("ada")
                    .email("ada@acme.example")
                    .password("lovelace")
                    .claim("groups", json!(["admins"])),
            )
            .user(TestUser::new("bob").email("bob@acme.example").password("kahn"))
            .client(client)
            .client(TestClient::new("other").redirect_uri("http://127.0.0.1:9/other").secret("other secret"))
            .acr_values(["silver", "gold"])
            .key(TestKey::shared(SigningAlg::Es256).unwrap());
        let idp = set(builder).build().unwrap().serve("127.0.0.1:0").await.unwrap();
        Self { idp, http: client_without_redirects(), auth, key, cookie: None }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.idp.issuer().trim_end_matches('/'))
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.http.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    /// A request that the provider takes.
    pub(crate) fn request(&self) -> Form {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        [
            ("response_type", "code"),
            ("client_id", "hub"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid email profile"),
            ("state", "the state"),
            ("nonce", "the nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Response {
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        request.send().await.unwrap()
    }

    pub(crate) async fn authorize(&self, request: &Form) -> Response {
        self.send(self.http.get(self.url("/authorize")).query(request)).await
    }

    /// Fills in the form and keeps the cookie.
    pub(crate) async fn sign_in(&mut self, page: Response, fields: &[(&str, &str)]) -> Response {
        assert_eq!(page.status(), 200);
        let page = page.text().await.unwrap();
        let key = between(&page, "name=\"request\" value=\"", "\"").expect("a sign-in form");
        let mut form = vec![("request", key)];
        form.extend(fields);
        let response = self.send(self.http.post(self.url("/sign-in")).form(&form)).await;
        if let Some(cookie) = response.headers().get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        response
    }

    /// Sends the visitor there and signs ada in if the provider asks; what comes back.
    pub(crate) async fn callback(&mut self, request: &Form) -> Form {
        let mut response = self.authorize(request).await;
        if response.status() == 200 && self.cookie.is_none() {
            response =
                self.sign_in(response, &[("email", "ada@acme.example"), ("password", "lovelace")]).await;
        }
        answer_of(&response)
    }

    /// The token request for a code, with the client's authentication.
    pub(crate) fn token_request(&self, code: &str) -> (RequestBuilder, Form) {
        let mut form: Form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into();
        let request = self.authenticated("/token", &mut form);
        (request, form)
    }

    pub(crate) fn authenticated(&self, path: &str, form: &mut Form) -> RequestBuilder {
        let request = self.http.post(self.url(path));
        match self.auth {
            ClientAuth::SecretBasic => {
                let encode = |text| url::form_urlencoded::byte_serialize(text).collect::<String>();
                return request.basic_auth(encode(b"hub"), Some(encode(SECRET.as_bytes())));
            }
            ClientAuth::SecretPost => {
                form.extend([("client_id", "hub".to_owned()), ("client_secret", SECRET.to_owned())]);
            }
            ClientAuth::SecretJwt => {
                let key = EncodingKey::from_secret(SECRET.as_bytes());
                form.extend(assertion(
                    &encode(&Header::new(Algorithm::HS256), &self.assertion(), &key).unwrap(),
                ));
            }
            ClientAuth::PrivateKeyJwt => {
                let pem = self.key.private_key_pem().unwrap();
                let key = EncodingKey::from_ec_pem(pem.expose().as_bytes()).unwrap();
                let mut header = Header::new(Algorithm::ES384);
                header.kid = Some(self.key.kid().to_owned());
                form.extend(assertion(&encode(&header, &self.assertion(), &key).unwrap()));
            }
            ClientAuth::None => {
                form.insert("client_id", "hub".to_owned());
            }
            other => panic!("no authentication by {other:?}"),
        }
        request
    }

    pub(crate) fn assertion(&self) -> Value {
        let jti = random_token().unwrap().expose().clone();
        let exp = seconds(SystemTime::now()) + 60;
        json!({"iss": "hub", "sub": "hub", "aud": self.idp.issuer(), "jti": jti, "exp": exp})
    }

    pub(crate) async fn tokens(&self, code: &str) -> Value {
        let (request, form) = self.token_request(code);
        let response = request.form(&form).send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store");
        response.json().await.unwrap()
    }

    pub(crate) async fn userinfo(&self, access_token: &str) -> Response {
        self.http.get(self.url("/userinfo")).bearer_auth(access_token).send().await.unwrap()
    }

    /// A whole SSO login; the ID token is verified against the published keys.
    pub(crate) async fn log_in(&mut self) -> (Value, Map<String, Value>) {
        let callback = self.callback(&self.request()).await;
        assert_eq!((callback["state"].as_str(), callback["iss"].as_str()), ("the state", self.idp.issuer()));
        let tokens = self.tokens(&callback["code"]).await;
        let claims = self.verified(tokens["id_token"].as_str().unwrap()).await.unwrap();
        (tokens, claims)
    }

    /// The first published key.
    pub(crate) async fn published(&self) -> DecodingKey {
        let keys = self.json("/keys").await;
        DecodingKey::from_jwk(&serde_json::from_value(keys["keys"][0].clone()).unwrap()).unwrap()
    }

    /// The published key with a `kid`, if it is of the provider's algorithm.
    pub(crate) async fn key_named(&self, kid: &str) -> Option<DecodingKey> {
        let keys = self.json("/keys").await;
        let keys = keys["keys"].as_array().unwrap();
        let alg = self.idp.signing_alg().as_str();
        let jwk = keys.iter().find(|jwk| jwk["kid"] == kid && jwk["alg"] == alg)?;
        DecodingKey::from_jwk(&serde_json::from_value(jwk.clone()).unwrap()).ok()
    }

    /// Verifies as a careful client does, by `jsonwebtoken` and the published keys.
    pub(crate) async fn verified(&self, token: &str) -> Result<Map<String, Value>, String> {
        let keys: JwkSet =
            serde_json::from_value(self.json("/keys").await).map_err(|error| error.to_string())?;
        let header = decode_header(token).map_err(|error| error.to_string())?;
        let fitting = |jwk: &&jsonwebtoken::jwk::Jwk| header.kid.is_none() || jwk.common.key_id == header.kid;
        let mut found = keys.keys.iter().filter(fitting);
        let (Some(jwk), None) = (found.next(), found.next()) else { return Err("kid".into()) };
        let alg: Algorithm = self.idp.signing_alg().as_str().parse().unwrap();
        let mut rules = Validation::new(alg);
        rules.set_audience(&["hub"]);
        rules.set_issuer(&[self.idp.issuer()]);
        let key = DecodingKey::from_jwk(jwk).map_err(|error| error.to_string())?;
        decode(token, &key, &rules).map(|token| token.claims).map_err(|error| error.to_string())
    }
}

pub(crate) fn client_without_redirects() -> reqwest::Client {
    reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap()
}

fn assertion(token: &str) -> [(&'static str, String); 2] {
    [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
        ("client_assertion", token.to_owned()),
    ]
}

pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// The parameters that a redirect to the callback carries; the callback's own one is checked and left out.
pub(crate) fn answer_of(response: &Response) -> Form {
    assert_eq!(response.status(), 303);
    let location = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    assert!(location.as_str().starts_with(CALLBACK), "{location}");
    let names = ["code", "state", "iss", "error", "error_description"];
    let known = |name: &str| names.into_iter().find(|known| *known == name);
    location.query_pairs().filter_map(|(name, value)| Some((known(&name)?, value.into_owned()))).collect()
}

/// The three parts of a compact JWS, header and claims as JSON.
pub(crate) fn parts(token: &str) -> (Value, Value, Vec<u8>) {
    let parts: Vec<_> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let json = |part: &[u8]| serde_json::from_slice(part).unwrap();
    (json(&parts[0]), json(&parts[1]), parts[2].clone())
}

/// Whether the signature of a token is one of this key's, by this algorithm.
pub(crate) fn signed_by(token: &str, key: &DecodingKey, alg: Algorithm) -> bool {
    let (message, signature) = token.rsplit_once('.').unwrap();
    crypto::verify(signature, message.as_bytes(), key, alg).unwrap()
}

/// Seconds since 1970.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A clock that does not run, and by how many seconds it was moved.
pub(crate) fn clock() -> (Clock, Arc<AtomicU64>) {
    let (start, seconds) = (SystemTime::now(), Arc::new(AtomicU64::new(0)));
    let read = Arc::clone(&seconds);
    (Clock::from_fn(move || start + Duration::from_secs(read.load(Ordering::SeqCst))), seconds)
}
