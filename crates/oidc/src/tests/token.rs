//! Tests the exchange of the code: how the client authenticates, and which responses are accepted.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tower_sso_core::Secret;
use tower_sso_http::ErrorKind::{AnswerTooLarge, Redirected};
use tower_sso_testing::{clock::NOW, stub::Asked};

use crate::{
    algorithm::JwsAlgorithm,
    authentication::ClientAuthentication,
    error::ErrorKind::{self, Http, IdTokenMissing, TokenAnswerInvalid, TokenFailed, TokenRefused},
    settings::OidcSettings,
    tests::test_key::TestKey,
    tests::{CALLBACK, Flow, SECRET},
};

const BASIC: &str = "client_secret_basic";
const POST: &str = "client_secret_post";
const JWT: &str = "client_secret_jwt";

/// Runs an SSO login with this authentication, at a provider that supports these methods. Returns the request that the
/// token endpoint received.
async fn exchanged(authentication: ClientAuthentication, methods: Option<&[&str]>) -> (Flow, Asked) {
    let flow = Flow::with(|settings| OidcSettings { authentication, ..settings }).await;
    if let Some(methods) = methods {
        flow.discovers(|metadata| metadata["token_endpoint_auth_methods_supported"] = json!(methods));
    }
    flow.run(|_| ()).await.expect("an SSO login");
    let asked = flow.stub.asked("/token").pop().expect("a request");
    (flow, asked)
}

fn secret() -> Secret<String> {
    Secret::new(SECRET.to_owned())
}

fn assertion(asked: &Asked) -> (Value, Value) {
    let token = asked.form.get("client_assertion").expect("an assertion");
    let part = |at: usize| {
        let part = token.split('.').nth(at).expect("a part");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    (part(0), part(1))
}

#[tokio::test]
async fn the_code_is_exchanged_with_its_verifier_and_redirect_address() {
    let (_, asked) = exchanged(ClientAuthentication::None, None).await;
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "c-1"),
        ("redirect_uri", CALLBACK),
        ("client_id", "hub"),
    ] {
        assert_eq!(asked.form.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(asked.form["code_verifier"].len(), 43);
    assert_eq!(asked.form.len(), 5, "a public client sends no secret: {:?}", asked.form.keys());
    assert!(!asked.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_client_secret_is_sent_by_a_method_that_the_provider_supports() {
    // RFC 6749 §2.3.1: the secret is first encoded like the value of a form.
    let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let header = format!("Basic {}", STANDARD.encode(format!("hub:{encoded}")));
    for (authentication, methods, basic) in [
        (ClientAuthentication::SecretAuto(secret()), None, true),
        (ClientAuthentication::SecretAuto(secret()), Some(&[POST, BASIC][..]), true),
        (ClientAuthentication::SecretAuto(secret()), Some(&[POST, JWT]), false),
        (ClientAuthentication::SecretAuto(secret()), Some(&[]), true),
        (ClientAuthentication::SecretBasic(secret()), Some(&[POST]), true),
        (ClientAuthentication::SecretPost(secret()), Some(&[BASIC]), false),
    ] {
        let shown = format!("{authentication:?} {methods:?}");
        let (_, asked) = exchanged(authentication, methods).await;
        let sent = asked.headers.get("authorization").map(|value| value.to_str().expect("text"));
        assert_eq!(sent, basic.then_some(header.as_str()), "{shown}");
        let in_form = asked.form.get("client_secret").map(String::as_str);
        assert_eq!(in_form, (!basic).then_some(SECRET), "{shown}");
        // The client never uses two methods at once (ibid.).
        assert_eq!(asked.form.contains_key("client_id"), !basic, "{shown}");
    }
}

#[tokio::test]
async fn a_client_assertion_is_signed_for_the_token_endpoint() {
    let cases = [
        (ClientAuthentication::SecretJwt(secret()), None, "HS256", None),
        (ClientAuthentication::SecretAuto(secret()), Some(&[JWT][..]), "HS256", None),
        (private_key(JwsAlgorithm::Rs256, Some("k-1")), None, "RS256", Some("k-1")),
        (private_key(JwsAlgorithm::Ps384, None), None, "PS384", None),
        (private_key(JwsAlgorithm::Es256, None), None, "ES256", None),
        (private_key(JwsAlgorithm::Es384, None), None, "ES384", None),
        (private_key(JwsAlgorithm::EdDsa, None), None, "EdDSA", None),
    ];
    for (authentication, methods, algorithm, key_id) in cases {
        let (flow, asked) = exchanged(authentication, methods).await;
        assert!(!asked.headers.contains_key("authorization") && !asked.form.contains_key("client_secret"));
        assert_eq!(
            asked.form["client_assertion_type"],
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        );
        let (header, claims) = assertion(&asked);
        assert_eq!(
            (&header["alg"], header.get("kid")),
            (&json!(algorithm), key_id.map(|id| json!(id)).as_ref())
        );
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!("hub"), &json!("hub")));
        assert_eq!(claims["aud"], json!(flow.stub.url("/token")));
        // The lifetime of one minute, plus the leeway of one minute.
        assert_eq!((&claims["iat"], &claims["exp"]), (&json!(NOW), &json!(NOW + 120)));
        flow.run(|_| ()).await.expect("an SSO login");
        let again = flow.stub.asked("/token").pop().expect("a request");
        assert_ne!(assertion(&again).1["jti"], claims["jti"]);
    }
}

#[tokio::test]
async fn a_client_assertion_verifies_with_the_public_key() {
    let (_, asked) = exchanged(private_key(JwsAlgorithm::Es256, None), None).await;
    let keys = json!({"keys": [TestKey::p256().jwk("1")]}).to_string();
    let keys = crate::keys::KeySet::parse(keys.as_bytes()).expect("keys");
    let key = keys.select(JwsAlgorithm::Es256, None).expect("a key");
    let jws = crate::jws::Jws::parse(&asked.form["client_assertion"]).expect("a token");
    assert!(jws.verify(&key).is_ok());
}

#[tokio::test]
async fn the_client_assertion_of_a_pushed_request_names_only_the_issuer() {
    let authentication = private_key(JwsAlgorithm::Es256, None);
    let flow = Flow::with(|settings| OidcSettings { authentication, ..settings }).await;
    flow.discovers(|metadata| {
        metadata["require_pushed_authorization_requests"] = json!(true);
        metadata["pushed_authorization_request_endpoint"] = json!(flow.stub.url("/par"));
    });
    flow.stub.says("/par", 201, "application/json", r#"{"request_uri":"urn:x:1"}"#);
    flow.authorize().await.expect("an address");
    let asked = flow.stub.asked("/par").pop().expect("a request");
    assert_eq!(assertion(&asked).1["aud"], json!(flow.stub.url("")));
    assert_eq!(asked.form["client_id"], "hub");
}

#[tokio::test]
async fn a_refusal_of_the_token_endpoint_is_distinguished_from_a_failure() {
    let flow = Flow::start().await;
    flow.run(|_| ()).await.expect("the accepted twin");
    let invalid = r#"{"error":"invalid_grant","error_description":"no\nsuch c\u00f6de"}"#;
    for (status, media_type, body, kind) in [
        (400, "application/json", invalid, TokenRefused),
        (401, "application/json", r#"{"error":"invalid_client"}"#, TokenRefused),
        (403, "text/html", "<html>", TokenRefused),
        (200, "application/json", invalid, TokenRefused),
        (429, "text/plain", "", TokenFailed),
        (500, "application/json", "{}", TokenFailed),
        (503, "text/html", "<html>", TokenFailed),
        (202, "application/json", "{}", TokenFailed),
        (302, "text/html", "", Http(Redirected)),
    ] {
        flow.stub.says("/token", status, media_type, body);
        let error = flow.run_whole(|exchange| exchange.token_answer = Value::Null).await.expect_err(body);
        assert_eq!(error.kind(), kind, "{status} {body}");
        if body == invalid {
            let detail = error.detail().unwrap_or_default();
            assert!(detail.ends_with("invalid_grant: no?such c?de"), "{detail}");
        }
    }
    assert!(flow.stub.asked("/elsewhere").is_empty());
}

#[tokio::test]
async fn a_malformed_answer_is_refused() {
    let flow = Flow::start().await;
    flow.run(|_| ()).await.expect("the accepted twin");
    let huge = " ".repeat(50 * 1024 * 1024);
    for (media_type, body, kind) in [
        ("text/html", "<html>", TokenAnswerInvalid),
        ("text/html", r#"{"access_token":"a","token_type":"Bearer","id_token":"x"}"#, TokenAnswerInvalid),
        ("application/x-www-form-urlencoded", "access_token=a", TokenAnswerInvalid),
        ("application/json", "", TokenAnswerInvalid),
        ("application/json", "{", TokenAnswerInvalid),
        ("application/json", "[]", TokenAnswerInvalid),
        (
            "application/json",
            r#"{"access_token":"a","token_type":"Bearer","id_token":"x","id_token":"y"}"#,
            TokenAnswerInvalid,
        ),
        ("application/json", huge.as_str(), Http(AnswerTooLarge)),
    ] {
        flow.stub.says("/token", 200, media_type, body);
        let outcome = flow.run(|exchange| exchange.token_answer = Value::Null).await;
        assert_eq!(outcome.err(), Some(kind), "{}", body.get(..60).unwrap_or(body));
    }
}

#[tokio::test]
async fn an_answer_without_required_members_is_refused() {
    let flow = Flow::start().await;
    let cases: [(&str, Value, ErrorKind); 11] = [
        ("id_token", Value::Null, IdTokenMissing),
        ("id_token", json!(1), TokenAnswerInvalid),
        ("id_token", json!(["x"]), TokenAnswerInvalid),
        ("token_type", Value::Null, TokenAnswerInvalid),
        ("token_type", json!("DPoP"), TokenAnswerInvalid),
        ("token_type", json!("N_A"), TokenAnswerInvalid),
        ("access_token", Value::Null, TokenAnswerInvalid),
        ("access_token", json!(""), TokenAnswerInvalid),
        ("access_token", json!(1), TokenAnswerInvalid),
        ("access_token", json!("a\r\nX-Evil: 1"), TokenAnswerInvalid),
        ("access_token", json!("x".repeat(65_537)), TokenAnswerInvalid),
    ];
    let cases = cases.map(|(name, value, kind)| ((name, value), kind));
    flow.refuses(cases, |exchange, (name, value)| exchange.token_answer[name] = value).await;
    let lower = flow.run(|exchange| exchange.token_answer["token_type"] = json!("bearer")).await;
    assert!(lower.is_ok());
    let longest =
        flow.run(|exchange| exchange.token_answer["access_token"] = json!("x".repeat(65_536))).await;
    assert!(longest.is_ok());
}

#[tokio::test]
async fn no_error_reveals_a_secret_a_code_or_a_token() {
    let flow = Flow::start().await;
    for (status, body) in [(400, "c-1 at-1"), (200, "c-1 at-1"), (500, "c-1 at-1"), (200, r#"{"x":"at-1"}"#)]
    {
        flow.stub.says("/token", status, "application/json", body);
        let error = flow.run_whole(|exchange| exchange.token_answer = Value::Null).await.expect_err(body);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("c-1") && !shown.contains("at-1") && !shown.contains(SECRET), "{shown}");
    }
}

fn private_key(algorithm: JwsAlgorithm, key_id: Option<&str>) -> ClientAuthentication {
    ClientAuthentication::PrivateKeyJwt {
        key: Secret::new(TestKey::for_algorithm(algorithm).pem.clone()),
        algorithm,
        key_id: key_id.map(str::to_owned),
    }
}
