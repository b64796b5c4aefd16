//! Tests which key a token is verified with, and how often the keys are fetched.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_sso_http::ErrorKind::{AnswerTooLarge, Redirected};
use tower_sso_testing::clock::{NOW, at};

use crate::{
    algorithm::JwsAlgorithm,
    error::ErrorKind::{self, Http, KeyAmbiguous, KeyTooWeak, KeyUnknown, KeysFailed, KeysInvalid},
    identity::LoginParts,
    tests::test_key::{TestKey, hmac},
    tests::{Flow, set},
};

/// Runs an SSO login with a token that names this `kid`, at a provider with these keys.
async fn with_keys(keys: &[Value], kid: Option<&str>) -> Result<LoginParts, ErrorKind> {
    let flow = Flow::start().await;
    flow.stub.says_json("/jwks", &json!({"keys": keys}));
    flow.run(|exchange| set(&mut exchange.header, "kid", &json!(kid))).await
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

#[tokio::test]
async fn the_key_with_the_kid_of_the_token_is_used() {
    let (ours, other) = (TestKey::rsa().jwk("1"), TestKey::other_rsa().jwk("2"));
    assert!(with_keys(&[other.clone(), ours.clone()], Some("1")).await.is_ok());
    assert_eq!(with_keys(&[other, ours], Some("2")).await.err(), Some(ErrorKind::SignatureInvalid));
}

#[tokio::test]
async fn an_unknown_kid_is_refused() {
    assert!(with_keys(&[TestKey::rsa().jwk("1")], Some("1")).await.is_ok());
    for kid in ["2", "", "1 "] {
        assert_eq!(with_keys(&[TestKey::rsa().jwk("1")], Some(kid)).await.err(), Some(KeyUnknown), "{kid:?}");
    }
}

#[tokio::test]
async fn without_a_kid_exactly_one_key_must_fit() {
    let (ours, other) = (TestKey::rsa().jwk("1"), TestKey::other_rsa().jwk("2"));
    assert!(with_keys(std::slice::from_ref(&ours), None).await.is_ok());
    assert!(with_keys(&[ours.clone(), TestKey::p256().jwk("2")], None).await.is_ok());
    assert!(with_keys(&[ours.clone(), with(other.clone(), "alg", json!("PS256"))], None).await.is_ok());
    assert!(with_keys(&[ours.clone(), with(other.clone(), "use", json!("enc"))], None).await.is_ok());
    assert_eq!(with_keys(&[ours, other], None).await.err(), Some(KeyAmbiguous));
    assert_eq!(with_keys(&[TestKey::p256().jwk("1")], None).await.err(), Some(KeyUnknown));
}

#[tokio::test]
async fn two_keys_with_one_kid_are_ambiguous() {
    let (ours, other) = (TestKey::rsa().jwk("1"), TestKey::other_rsa().jwk("1"));
    assert!(with_keys(&[ours.clone(), ours.clone()], Some("1")).await.is_ok(), "the same key twice");
    assert!(with_keys(&[ours.clone(), TestKey::p256().jwk("1")], Some("1")).await.is_ok(), "of another kind");
    assert_eq!(with_keys(&[ours, other], Some("1")).await.err(), Some(KeyAmbiguous));
}

#[tokio::test]
async fn a_key_for_another_algorithm_or_use_does_not_fit() {
    let ours = TestKey::rsa().jwk("1");
    for (name, value) in [("alg", json!("RS256")), ("use", json!("sig")), ("key_ops", json!(["verify"]))] {
        assert!(with_keys(&[with(ours.clone(), name, value)], Some("1")).await.is_ok());
    }
    for (name, value) in [
        ("alg", json!("PS256")),
        ("alg", json!("HS256")),
        ("alg", json!("RSA-OAEP")),
        ("alg", json!(1)),
        ("use", json!("enc")),
        ("use", json!(["sig"])),
        ("key_ops", json!(["encrypt"])),
        ("key_ops", json!("verify")),
        ("kid", json!(1)),
        ("kty", json!("rsa")),
        ("n", json!("not base64url!")),
        ("e", json!(null)),
    ] {
        // Another key keeps the set usable.
        let keys = [with(ours.clone(), name, value.clone()), TestKey::p256().jwk("2")];
        assert_eq!(with_keys(&keys, Some("1")).await.err(), Some(KeyUnknown), "{name} {value}");
    }
}

#[tokio::test]
async fn unusable_keys_beside_the_right_one_are_ignored() {
    let keys = [
        json!({"kty": "oct", "kid": "1", "k": "c2VjcmV0"}),
        json!({"kty": "AKP", "kid": "1", "alg": "ML-DSA-44", "pub": "AA"}),
        json!({"kty": "EC", "crv": "secp256k1", "kid": "1", "x": "AA", "y": "AA"}),
        json!({"kty": "EC", "crv": "P-256", "kid": "1", "x": "AA", "y": "AA"}),
        json!({"kty": "OKP", "crv": "Ed448", "kid": "1", "x": "AA"}),
        json!({}),
        json!(1),
        with(TestKey::rsa().jwk("1"), "x5c", json!(["MIIB"])),
    ];
    assert!(with_keys(&keys, Some("1")).await.is_ok());
}

#[tokio::test]
async fn a_short_rsa_key_is_refused() {
    let ours = TestKey::rsa().jwk("1");
    let n = URL_SAFE_NO_PAD.decode(ours["n"].as_str().expect("n")).expect("base64url");
    assert_eq!((n.len(), n[0] >> 7), (256, 1), "2048 bits");
    assert!(with_keys(&[ours], Some("1")).await.is_ok(), "the accepted twin");
    let short = |bits: usize| {
        let n = vec![0xff; bits / 8];
        json!({"kty": "RSA", "kid": "1", "n": URL_SAFE_NO_PAD.encode(n), "e": "AQAB"})
    };
    assert_eq!(with_keys(&[short(1024)], Some("1")).await.err(), Some(KeyTooWeak));
    assert_eq!(with_keys(&[short(2040)], Some("1")).await.err(), Some(KeyTooWeak));
    // Leading zero bits of the first byte do not count.
    let n = [vec![0x7f], vec![0xff; 255]].concat();
    let odd = json!({"kty": "RSA", "kid": "1", "n": URL_SAFE_NO_PAD.encode(n), "e": "AQAB"});
    assert_eq!(with_keys(&[odd], Some("1")).await.err(), Some(KeyTooWeak), "2047 bits");
    // Leading zero bytes do not make a key longer.
    let n = [vec![0; 128], vec![0xff; 128]].concat();
    let padded = json!({"kty": "RSA", "kid": "1", "n": URL_SAFE_NO_PAD.encode(n), "e": "AQAB"});
    assert_eq!(with_keys(&[padded], Some("1")).await.err(), Some(KeyTooWeak));
    // This key is not the provider's, but it is long enough to be tried.
    assert_eq!(with_keys(&[short(2048)], Some("1")).await.err(), Some(ErrorKind::SignatureInvalid));
}

#[tokio::test]
async fn the_curve_of_a_key_must_match_the_algorithm() {
    let flow = Flow::start().await;
    let (p256, p384) = (TestKey::p256(), TestKey::for_algorithm(JwsAlgorithm::Es384));
    flow.stub.says_json("/jwks", &json!({"keys": [p256.jwk("256"), p384.jwk("384")]}));
    for (kid, kind) in [("256", None), ("384", Some(KeyUnknown))] {
        let outcome = flow
            .run(|exchange| {
                exchange.header = json!({"alg": "ES256", "kid": kid});
                (exchange.key, exchange.algorithm) = (p256, JwsAlgorithm::Es256);
            })
            .await;
        assert_eq!(outcome.err(), kind, "{kid}");
    }
}

#[tokio::test]
async fn a_symmetric_key_in_the_set_is_never_used() {
    let key = TestKey::rsa().jwk("1");
    let secret = key["n"].as_str().expect("n").to_owned();
    let flow = Flow::start().await;
    flow.stub
        .says_json("/jwks", &json!({"keys": [key, {"kty": "oct", "kid": "2", "alg": "HS256", "k": secret}]}));
    let cases = [(URL_SAFE_NO_PAD.decode(&secret).expect("base64url"), ErrorKind::AlgorithmRefused)];
    flow.refuses(cases, |exchange, secret| {
        let claims = exchange.claims.to_string();
        exchange.id_token = Some(hmac(&secret, r#"{"alg":"HS256","kid":"2"}"#, &claims));
    })
    .await;
}

#[tokio::test]
async fn a_set_without_a_usable_key_is_refused() {
    for body in [
        "",
        "{}",
        "[]",
        "<html>",
        r#"{"keys":[]}"#,
        r#"{"keys":{}}"#,
        r#"{"keys":[],"keys":[]}"#,
        r#"{"keys":[{"kty":"oct","kid":"1","k":"c2VjcmV0"}]}"#,
        r#"{"keys":[{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AA"}]}"#,
    ] {
        let flow = Flow::start().await;
        flow.stub.says("/jwks", 200, "application/json", body);
        assert_eq!(flow.run(|_| ()).await.err(), Some(KeysInvalid), "{body}");
    }
    let ours = TestKey::rsa().jwk("1");
    assert!(with_keys(&vec![ours.clone(); 256], Some("1")).await.is_ok());
    assert_eq!(with_keys(&vec![ours; 257], Some("1")).await.err(), Some(KeysInvalid));
}

#[tokio::test]
async fn a_failed_fetch_of_the_keys_is_an_error() {
    Flow::start().await.run(|_| ()).await.expect("the accepted twin");
    for (status, size, kind) in [
        (404, 0, KeysFailed),
        (500, 0, KeysFailed),
        (204, 0, KeysFailed),
        (302, 0, Http(Redirected)),
        (200, 2 * 1024 * 1024, Http(AnswerTooLarge)),
    ] {
        let flow = Flow::start().await;
        flow.stub.says("/jwks", status, "application/json", vec![b' '; size]);
        assert_eq!(flow.run(|_| ()).await.err(), Some(kind), "{status}");
    }
}

#[tokio::test]
async fn a_new_key_is_found_at_run_time_with_one_shared_request() {
    let flow = Arc::new(Flow::start().await);
    flow.run(|_| ()).await.expect("with the old key");
    assert_eq!(flow.stub.asked("/jwks").len(), 1);
    flow.stub.says_json("/jwks", &json!({"keys": [TestKey::other_rsa().jwk("2")]}));
    let authorization = flow.authorize().await.expect("an address");
    let claims = json!({
        "iss": flow.stub.url(""), "sub": "1", "aud": "hub", "exp": NOW + 300, "iat": NOW,
        "nonce": authorization.login.nonce.expose(),
    });
    let token =
        TestKey::other_rsa().sign(JwsAlgorithm::Rs256, r#"{"alg":"RS256","kid":"2"}"#, &claims.to_string());
    let answer = json!({"access_token": "at-1", "token_type": "Bearer", "id_token": token});
    flow.stub.says_json("/token", &answer);
    let logins: Vec<_> = (0..20)
        .map(|_| {
            let (flow, login) = (Arc::clone(&flow), authorization.login.clone());
            tokio::spawn(async move {
                let pairs =
                    [("code", "c-1"), ("state", "s-1")].map(|(name, value)| (name.into(), value.into()));
                let callback = crate::callback::OidcCallback::parse(pairs).expect("a callback");
                flow.provider.receive(&flow.out, &login, callback, &flow.clock).await
            })
        })
        .collect();
    for login in logins {
        login.await.expect("it ran").expect("with the new key");
    }
    assert_eq!(flow.stub.asked("/jwks").len(), 2);
}

#[tokio::test]
async fn unknown_keys_cause_at_most_one_fetch_in_half_a_minute() {
    let flow = Flow::start().await;
    let unknown = |kid: &'static str| {
        let flow = &flow;
        async move { flow.run(|exchange| set(&mut exchange.header, "kid", &json!(kid))).await.err() }
    };
    flow.run(|_| ()).await.expect("the accepted twin");
    for kid in ["a", "b", "c"] {
        assert_eq!(unknown(kid).await, Some(KeyUnknown));
    }
    assert_eq!(flow.stub.asked("/jwks").len(), 2);
    flow.time.advance(Duration::from_secs(29));
    assert_eq!(unknown("d").await, Some(KeyUnknown));
    assert_eq!(flow.stub.asked("/jwks").len(), 2);
    flow.time.advance(Duration::from_secs(1));
    assert_eq!(unknown("e").await, Some(KeyUnknown));
    assert_eq!(flow.stub.asked("/jwks").len(), 3);
    flow.run(|_| ()).await.expect("the old key is still there");
    assert_eq!(flow.stub.asked("/jwks").len(), 3);
}

#[tokio::test]
async fn keys_that_the_provider_withdrew_are_refused_after_an_hour() {
    let flow = Flow::start().await;
    let late = at(NOW + 3600);
    let run = |time| {
        let flow = &flow;
        async move {
            flow.time.set(time);
            let now = time.duration_since(at(0)).expect("after 1970").as_secs();
            flow.run(|exchange| {
                set(&mut exchange.claims, "iat", &json!(now));
                set(&mut exchange.claims, "exp", &json!(now + 60));
            })
            .await
        }
    };
    run(at(NOW)).await.expect("the accepted twin");
    flow.stub.says_json("/jwks", &json!({"keys": [TestKey::other_rsa().jwk("2")]}));
    run(at(NOW + 3599)).await.expect("the copy is fresh");
    assert_eq!(run(late).await.err(), Some(KeyUnknown));
}
