//! Tests what happens when the provider changes its keys: under a new `kid`, under the same `kid`, or without a `kid`.

use std::net::TcpListener;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_sso_http::{
    ErrorKind::{Redirected, Unreachable},
    MIN_FORCED_INTERVAL,
};
use tower_sso_testing::clock::NOW;

use crate::{
    algorithm::JwsAlgorithm,
    discovery::Metadata,
    error::{
        ErrorKind::{self, Http, KeyAmbiguous, KeyUnknown, KeysFailed, KeysInvalid, SignatureInvalid},
        NoNewerKeys,
    },
    keys::KeySet,
    settings::Userinfo,
    tests::test_key::TestKey,
    tests::{Exchange, Flow, set},
};

/// Signs with the other key pair, under this `kid` or without a `kid`.
fn by_other(exchange: &mut Exchange, kid: Option<&str>) {
    exchange.key = TestKey::other_rsa();
    set(&mut exchange.header, "kid", &json!(kid));
}

fn without_kid(key: &TestKey) -> Value {
    let mut key = key.jwk("1");
    set(&mut key, "kid", &Value::Null);
    key
}

/// The name of a case, the keys that are published before and after the change, and the `kid` of the token that the new
/// key signs.
type Rotation = (&'static str, Vec<Value>, Vec<Value>, Option<&'static str>);

fn rotations() -> Vec<Rotation> {
    let (old, new) = (TestKey::rsa(), TestKey::other_rsa());
    let n = URL_SAFE_NO_PAD.encode(vec![0xff; 128]);
    let weak = json!({"kty": "RSA", "kid": "1", "n": n, "e": "AQAB"});
    vec![
        ("under one kid", vec![old.jwk("1")], vec![new.jwk("1")], Some("1")),
        ("the token alone has no kid", vec![old.jwk("1")], vec![new.jwk("1")], None),
        ("without any kid", vec![without_kid(old)], vec![without_kid(new)], None),
        ("of another kind", vec![TestKey::p256().jwk("1")], vec![new.jwk("1")], Some("1")),
        ("a key that was too short", vec![weak], vec![new.jwk("1")], Some("1")),
        (
            "both keys were published for a while",
            vec![without_kid(old), without_kid(new)],
            vec![without_kid(new)],
            None,
        ),
        ("with a new kid", vec![old.jwk("1")], vec![new.jwk("2")], Some("2")),
    ]
}

#[tokio::test]
async fn a_provider_may_replace_its_key_under_the_same_kid_or_without_one() {
    for (case, before, after, kid) in rotations() {
        let flow = Flow::start().await;
        flow.stub.says_json("/jwks", &json!({"keys": before}));
        let metadata = flow.provider.metadata(&flow.out, &flow.clock).await.expect("metadata");
        let known = flow.provider.0.keys.get(&metadata.value.jwks_uri, &flow.clock, async {
            KeySet::parse(json!({"keys": before}).to_string().as_bytes())
        });
        known.await.expect("keys");
        flow.stub.says_json("/jwks", &json!({"keys": after}));
        flow.run(|exchange| by_other(exchange, kid)).await.unwrap_or_else(|kind| panic!("{case}: {kind:?}"));
        assert_eq!(flow.stub.asked("/jwks").len(), 1, "{case}");
        // The refused counterpart: a token that the new key did not sign is refused as before, and does not cause
        // another fetch.
        let forged = flow.run(|exchange| set(&mut exchange.header, "kid", &json!(kid))).await;
        assert_eq!(forged.err(), Some(SignatureInvalid), "{case}");
        assert_eq!(flow.stub.asked("/jwks").len(), 1, "{case}");
    }
}

#[tokio::test]
async fn a_key_that_changes_between_id_token_and_userinfo_is_found() {
    let flow = Flow::with(|settings| settings.userinfo(Userinfo::Signed)).await;
    flow.discovers(|metadata| metadata["userinfo_endpoint"] = json!(flow.stub.url("/userinfo")));
    let userinfo = |key: &TestKey| {
        let claims = json!({"sub": "248289761001", "iss": flow.stub.url(""), "aud": "hub"});
        let token = key.sign(JwsAlgorithm::Rs256, r#"{"alg":"RS256","kid":"1"}"#, &claims.to_string());
        flow.stub.says("/userinfo", 200, "application/jwt", token);
    };
    userinfo(TestKey::rsa());
    flow.run(|_| ()).await.expect("the accepted twin");
    userinfo(TestKey::other_rsa());
    assert_eq!(flow.run(|_| ()).await.err(), Some(SignatureInvalid), "a key that is published nowhere");
    assert_eq!(flow.stub.asked("/jwks").len(), 2);
    flow.time.advance(MIN_FORCED_INTERVAL);
    flow.stub.says_json("/jwks", &json!({"keys": [TestKey::other_rsa().jwk("1")]}));
    let later = |exchange: &mut Exchange| set(&mut exchange.claims, "iat", &json!(NOW + 30));
    flow.run(later).await.expect("the ID token by the old key, userinfo by the new one");
    assert_eq!(flow.stub.asked("/jwks").len(), 3);
}

#[tokio::test]
async fn newer_keys_are_fetched_at_most_once_in_half_a_minute_for_any_reason() {
    type Bend = fn(&mut Exchange);
    let ambiguous = json!({"keys": [TestKey::rsa().jwk("1"), without_kid(TestKey::rsa()),
        TestKey::p256().jwk("2"), TestKey::for_algorithm(JwsAlgorithm::Es384).jwk("2"),
        TestKey::other_rsa().jwk("3"), TestKey::rsa().jwk("3")]});
    let bends: [(Bend, ErrorKind); 5] = [
        (|exchange| by_other(exchange, Some("1")), SignatureInvalid),
        (|exchange| set(&mut exchange.header, "kid", &json!("4")), KeyUnknown),
        (|exchange| set(&mut exchange.header, "kid", &json!("2")), KeyUnknown),
        (|exchange| set(&mut exchange.header, "kid", &json!("3")), KeyAmbiguous),
        (|exchange| by_other(exchange, Some("1")), SignatureInvalid),
    ];
    for first in 0..bends.len() {
        let flow = Flow::start().await;
        flow.stub.says_json("/jwks", &ambiguous);
        flow.run(|_| ()).await.expect("the accepted twin");
        for round in 0..3 {
            for (bend, kind) in bends.iter().cycle().skip(first).take(bends.len()) {
                let error = flow.run_whole(bend).await.expect_err("a refusal");
                assert_eq!(error.kind(), *kind);
                assert_eq!(flow.stub.asked("/jwks").len(), 2 + round, "{first} {kind:?}");
            }
            let error = flow.run_whole(bends[first].0).await.expect_err("a refusal");
            assert!(matches!(error.newer_keys(), Some(NoNewerKeys::RequestedRecently)), "{error:?}");
            flow.run(|_| ()).await.expect("an honest token is still taken");
            assert_eq!(flow.stub.asked("/jwks").len(), 2 + round);
            flow.time.advance(MIN_FORCED_INTERVAL);
        }
    }
}

#[tokio::test]
async fn a_failed_fetch_of_newer_keys_keeps_the_old_keys_and_the_refusal() {
    type Bend = fn(&mut Exchange);
    let bends: [(Bend, ErrorKind); 2] = [
        (|exchange| by_other(exchange, Some("1")), SignatureInvalid),
        (|exchange| by_other(exchange, Some("2")), KeyUnknown),
    ];
    for (bend, kind) in bends {
        for (status, body, failure) in [
            (500, r#"{"keys":[]}"#, KeysFailed),
            (302, "", Http(Redirected)),
            (200, "<html>", KeysInvalid),
            (200, r#"{"keys":[]}"#, KeysInvalid),
        ] {
            let flow = Flow::start().await;
            flow.run(|_| ()).await.expect("the accepted twin");
            flow.stub.says("/jwks", status, "application/json", body);
            let error = flow.run_whole(bend).await.expect_err("a refusal");
            assert_eq!(error.kind(), kind, "{status} {body}");
            let Some(NoNewerKeys::Failed(failed)) = error.newer_keys() else { panic!("{error:?}") };
            assert_eq!(failed.kind(), failure);
            assert_eq!(flow.stub.asked("/jwks").len(), 2);
            flow.run(|_| ()).await.expect("the old key still verifies");
            // The limit applies to a failed fetch too. After the interval, the new key is found.
            assert_eq!(flow.run(bend).await.err(), Some(kind));
            assert_eq!(flow.stub.asked("/jwks").len(), 2);
            flow.time.advance(MIN_FORCED_INTERVAL);
            let keys = ["1", "2"].map(|kid| TestKey::other_rsa().jwk(kid));
            flow.stub.says_json("/jwks", &json!({"keys": keys}));
            flow.run(bend).await.expect("the provider is back");
        }
    }
}

#[tokio::test]
async fn an_unreachable_provider_is_named_beside_the_refusal_of_a_signature() {
    let flow = Flow::start().await;
    let gone = TcpListener::bind("127.0.0.1:0").expect("a socket").local_addr().expect("an address");
    let metadata = |jwks: String| {
        let text = json!({
            "issuer": flow.stub.url(""),
            "authorization_endpoint": flow.stub.url("/authorize"),
            "token_endpoint": flow.stub.url("/token"),
            "jwks_uri": jwks,
        });
        Metadata::parse(&flow.stub.url(""), text.to_string().as_bytes()).expect("metadata")
    };
    let metadata = metadata(format!("http://{gone}/jwks"));
    let known = async { KeySet::parse(json!({"keys": [TestKey::rsa().jwk("1")]}).to_string().as_bytes()) };
    flow.provider.0.keys.get(&metadata.jwks_uri, &flow.clock, known).await.expect("keys");
    let header = r#"{"alg":"RS256","kid":"1"}"#;
    let verify = async |key: &TestKey| {
        let token = key.sign(JwsAlgorithm::Rs256, header, "{}");
        flow.provider.verify(&flow.out, &metadata, &token, &flow.clock).await
    };
    verify(TestKey::rsa()).await.expect("the accepted twin");
    let error = verify(TestKey::other_rsa()).await.expect_err("a refusal");
    assert_eq!(error.kind(), SignatureInvalid);
    let Some(NoNewerKeys::Failed(failed)) = error.newer_keys() else { panic!("{error:?}") };
    assert_eq!(failed.kind(), Http(Unreachable));
    let error = verify(TestKey::other_rsa()).await.expect_err("a refusal");
    assert_eq!(error.kind(), SignatureInvalid);
    assert!(matches!(error.newer_keys(), Some(NoNewerKeys::RequestedRecently)), "{error:?}");
    verify(TestKey::rsa()).await.expect("the old key still verifies");
}
