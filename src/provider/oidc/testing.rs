//! What the tests of this module stand on: keys made on the spot, tokens of any shape, a provider that says what it
//! is told.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair as _,
    },
};
use axum::{Router, body::Bytes, extract::Request, response::IntoResponse};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{HeaderMap, StatusCode, header};
use jsonwebtoken::{EncodingKey, crypto::aws_lc::DEFAULT_PROVIDER, jwk::Jwk};
use serde_json::{Value, json};
use tower_sso_core::Clock;

use crate::provider::oidc::algorithm::{JwsAlgorithm, KeyKind};

/// A key pair.
pub(crate) struct TestKey {
    pub(crate) pem: String,
    encoding: EncodingKey,
    algorithm: JwsAlgorithm,
}

static RSA: LazyLock<TestKey> = LazyLock::new(TestKey::make_rsa);
static OTHER_RSA: LazyLock<TestKey> = LazyLock::new(TestKey::make_rsa);
static P256: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    TestKey::from_der(pair.to_pkcs8v1().expect("DER").as_ref(), JwsAlgorithm::Es256)
});
static P384: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
    TestKey::from_der(pair.to_pkcs8v1().expect("DER").as_ref(), JwsAlgorithm::Es384)
});
static ED25519: LazyLock<TestKey> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::generate().expect("a key");
    TestKey::from_der(pair.to_pkcs8v1().expect("DER").as_ref(), JwsAlgorithm::EdDsa)
});

impl TestKey {
    pub(crate) fn rsa() -> &'static Self {
        &RSA
    }

    pub(crate) fn other_rsa() -> &'static Self {
        &OTHER_RSA
    }

    pub(crate) fn p256() -> &'static Self {
        &P256
    }

    pub(crate) fn for_algorithm(algorithm: JwsAlgorithm) -> &'static Self {
        match algorithm.key_kind() {
            KeyKind::Rsa => &RSA,
            KeyKind::P256 => &P256,
            KeyKind::P384 => &P384,
            KeyKind::Ed25519 => &ED25519,
        }
    }

    fn make_rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("DER");
        Self::from_der(der.as_ref(), JwsAlgorithm::Rs256)
    }

    fn from_der(der: &[u8], algorithm: JwsAlgorithm) -> Self {
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
        let encoding = match algorithm.key_kind() {
            KeyKind::Rsa => EncodingKey::from_rsa_pem(pem.as_bytes()),
            KeyKind::P256 | KeyKind::P384 => EncodingKey::from_ec_pem(pem.as_bytes()),
            KeyKind::Ed25519 => EncodingKey::from_ed_pem(pem.as_bytes()),
        };
        Self { encoding: encoding.expect("a key"), pem, algorithm }
    }

    /// An RSA key's public half in DER: as SubjectPublicKeyInfo (RFC 5280 §4.1), and as PKCS #1 has it (RFC 8017 A.1.1).
    pub(crate) fn public_der(&self) -> [Vec<u8>; 2] {
        let body: String = self.pem.lines().filter(|line| !line.starts_with('-')).collect();
        let pair = RsaKeyPair::from_pkcs8(&STANDARD.decode(body).expect("base64")).expect("an RSA key");
        let public = pair.public_key();
        let info = AsDer::<PublicKeyX509Der<'_>>::as_der(public).expect("DER");
        [info.as_ref().to_vec(), public.as_ref().to_vec()]
    }

    /// The public key, with a `kid` and no `alg`.
    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.encoding, self.algorithm.engine()).expect("a public key");
        let mut jwk = serde_json::to_value(jwk).expect("JSON");
        let object = jwk.as_object_mut().expect("an object");
        object.remove("alg");
        object.insert("kid".to_owned(), json!(kid));
        jwk
    }

    pub(crate) fn sign(&self, algorithm: JwsAlgorithm, header: &str, claims: &str) -> String {
        token(header, claims, &self.encoding, algorithm.engine())
    }
}

/// A token, signed with a secret.
pub(crate) fn hmac(secret: &[u8], header: &str, claims: &str) -> String {
    token(header, claims, &EncodingKey::from_secret(secret), jsonwebtoken::Algorithm::HS256)
}

/// Header and claims as text: broken ones can be signed as well.
fn token(header: &str, claims: &str, key: &EncodingKey, algorithm: jsonwebtoken::Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signer = (DEFAULT_PROVIDER.signer_factory)(&algorithm, key).expect("a signer");
    let signature = signer.try_sign(message.as_bytes()).expect("a signature");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A time in 2026.
pub(crate) const NOW: u64 = 1_780_000_000;

pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// A clock that stands until it is set.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<SystemTime>>);

impl TestClock {
    pub(crate) fn new() -> (Self, Clock) {
        let time = Arc::new(Mutex::new(at(NOW)));
        let read = Arc::clone(&time);
        (Self(time), Clock::from_fn(move || *read.lock().expect("the time")))
    }

    pub(crate) fn set(&self, time: SystemTime) {
        *self.0.lock().expect("the time") = time;
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().expect("the time") += by;
    }
}

/// A provider that says what it is told, on a real socket, and remembers what it was asked.
#[derive(Clone)]
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    replies: HashMap<String, Reply>,
    asked: Vec<Asked>,
}

#[derive(Clone)]
struct Reply {
    status: u16,
    media_type: String,
    body: Vec<u8>,
}

/// One request that a [`Stub`] got.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) form: HashMap<String, String>,
}

impl Stub {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let stub = Self { address: listener.local_addr().expect("an address"), state: Arc::default() };
        let serving = stub.clone();
        let app = Router::new().fallback(move |request: Request| serving.clone().answer(request));
        tokio::spawn(async move { axum::serve(listener, app).await });
        stub
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn says(&self, path: &str, status: u16, media_type: &str, body: impl Into<Vec<u8>>) {
        let reply = Reply { status, media_type: media_type.to_owned(), body: body.into() };
        self.state.lock().expect("state").replies.insert(path.to_owned(), reply);
    }

    pub(crate) fn says_json(&self, path: &str, body: &Value) {
        self.says(path, 200, "application/json", body.to_string());
    }

    /// What was asked at the path so far.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        self.state.lock().expect("state").asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    async fn answer(self, request: Request) -> impl IntoResponse {
        let (parts, body) = request.into_parts();
        let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
        let path = parts.uri.path().to_owned();
        let mut state = self.state.lock().expect("state");
        let form = url::form_urlencoded::parse(&body).into_owned().collect();
        state.asked.push(Asked { path: path.clone(), headers: parts.headers, form });
        let reply = state.replies.get(&path).cloned().unwrap_or(Reply {
            status: 404,
            media_type: "text/plain".to_owned(),
            body: Vec::new(),
        });
        (
            StatusCode::from_u16(reply.status).expect("a status"),
            [(header::CONTENT_TYPE, reply.media_type), (header::LOCATION, "/elsewhere".to_owned())],
            reply.body,
        )
    }
}
