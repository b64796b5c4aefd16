//! Tests the checks of an ID token's claims.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};
use tower_sso_core::EmailVerified;
use tower_sso_testing::clock::{NOW, at};

use crate::{
    algorithm::JwsAlgorithm,
    error::ErrorKind::{
        self, AccessTokenHashWrong, AudienceWrong, AuthTimeMissing, AuthTimeTooOld, AuthorizedPartyWrong,
        ContextClassWrong, EmailInvalid, IssuedAtWrong, IssuerWrong, NonceWrong, NotYetValid, SubjectInvalid,
        TokenExpired, TokenMalformed,
    },
    login::AuthorizeRequest,
    tests::test_key::TestKey,
    tests::{CALLBACK, Flow, set},
};

async fn refuses(flow: &Flow, name: &str, kind: ErrorKind, values: impl IntoIterator<Item = Value>) {
    flow.refuses(values.into_iter().map(|value| (value, kind)), |exchange, value| {
        set(&mut exchange.claims, name, &value);
    })
    .await;
}

async fn takes(flow: &Flow, name: &str, values: impl IntoIterator<Item = Value>) {
    for value in values {
        let outcome = flow.run(|exchange| set(&mut exchange.claims, name, &value)).await;
        assert!(outcome.is_ok(), "{name} {value}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_identity_contains_the_claims_of_the_token() {
    let flow = Flow::start().await;
    let identity = flow
        .run(|exchange| {
            for (name, value) in [
                ("groups", json!(["admins"])),
                ("sid", json!("s-1")),
                ("auth_time", json!(NOW - 5)),
                ("updated_at", json!("2026-02-30T25:61:00Z")),
                ("big", json!("x".repeat(10_000))),
            ] {
                set(&mut exchange.claims, name, &value);
            }
        })
        .await
        .expect("an identity");
    assert_eq!(identity.subject, "248289761001");
    assert_eq!(
        (identity.email.as_deref(), identity.email_verified),
        (Some("ada@acme.example"), EmailVerified::Yes)
    );
    assert_eq!(identity.claims.get("groups"), Some(&json!(["admins"])));
    assert_eq!(identity.logged_in_at, Some(at(NOW - 5)));
    assert_eq!(identity.idp_session.as_deref(), Some("s-1"));
}

#[tokio::test]
async fn another_issuer_is_refused() {
    let flow = Flow::start().await;
    let slash = flow.stub.url("/");
    let values =
        [json!(null), json!(slash), json!("https://evil.example"), json!([flow.stub.url("")]), json!(1)];
    refuses(&flow, "iss", IssuerWrong, values).await;
}

#[tokio::test]
async fn another_audience_is_refused() {
    let flow = Flow::start().await;
    takes(&flow, "aud", [json!(["hub"]), json!(["hub", "hub"])]).await;
    let values = [
        json!(null),
        json!(""),
        json!("Hub"),
        json!([]),
        json!(["other"]),
        json!(["hub", "other"]),
        json!(["hub", 1]),
        json!([["hub"]]),
        json!({"hub": true}),
        json!(1),
    ];
    refuses(&flow, "aud", AudienceWrong, values).await;
}

#[tokio::test]
async fn another_authorized_party_is_refused() {
    let flow = Flow::start().await;
    takes(&flow, "azp", [json!("hub")]).await;
    refuses(&flow, "azp", AuthorizedPartyWrong, [json!("other"), json!(""), json!(["hub"]), json!(1)]).await;
}

#[tokio::test]
async fn a_token_past_its_expiry_is_refused() {
    let flow = Flow::start().await;
    takes(&flow, "exp", [json!(NOW - 59), json!(NOW as f64 - 59.5), json!(1e300)]).await;
    let values = [
        json!(null),
        json!(NOW - 60),
        json!(NOW as f64 - 60.5),
        json!(0),
        json!(-1),
        json!("9999999999"),
        json!(true),
    ];
    refuses(&flow, "exp", TokenExpired, values).await;
}

#[tokio::test]
async fn a_token_issued_ahead_or_long_before_the_login_is_refused() {
    let flow = Flow::start().await;
    takes(&flow, "iat", [json!(NOW + 60), json!(NOW - 660), json!(NOW as f64 + 0.5)]).await;
    let values = [
        json!(null),
        json!(NOW + 61),
        json!(NOW - 661),
        json!(0),
        json!("1780000000"),
        json!([NOW]),
        json!({}),
    ];
    refuses(&flow, "iat", IssuedAtWrong, values).await;
}

#[tokio::test]
async fn a_token_that_is_not_yet_valid_is_refused() {
    let flow = Flow::start().await;
    takes(&flow, "nbf", [json!(NOW + 60), json!(0)]).await;
    refuses(&flow, "nbf", NotYetValid, [json!(NOW + 61), json!("0"), json!([])]).await;
}

#[tokio::test]
async fn each_connection_has_its_own_leeway() {
    let flow = Flow::with(|settings| settings.leeway(Duration::ZERO)).await;
    takes(&flow, "exp", [json!(NOW + 1)]).await;
    refuses(&flow, "exp", TokenExpired, [json!(NOW)]).await;
    refuses(&flow, "iat", IssuedAtWrong, [json!(NOW + 1), json!(NOW - 601)]).await;
    refuses(&flow, "nbf", NotYetValid, [json!(NOW + 1)]).await;
}

#[tokio::test]
async fn another_nonce_is_refused() {
    let flow = Flow::start().await;
    let other = flow.authorize().await.expect("another login").login.nonce.expose().clone();
    refuses(&flow, "nonce", NonceWrong, [json!(null), json!(""), json!(other), json!(1), json!([])]).await;
}

#[tokio::test]
async fn the_hash_of_another_access_token_is_refused() {
    let flow = Flow::start().await;
    let half = |text: &str| URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..16]);
    takes(&flow, "at_hash", [json!(half("at-1"))]).await;
    let whole = URL_SAFE_NO_PAD.encode(Sha256::digest("at-1"));
    let values = [json!(half("at-2")), json!(whole), json!(""), json!(1), json!(half("at-1") + "=")];
    refuses(&flow, "at_hash", AccessTokenHashWrong, values).await;
}

#[tokio::test]
async fn the_access_token_hash_uses_the_hash_of_the_tokens_algorithm() {
    let flow = Flow::start().await;
    let key = TestKey::for_algorithm(JwsAlgorithm::EdDsa);
    flow.stub.says_json("/jwks", &json!({"keys": [key.jwk("1")]}));
    for (hash, kind) in [
        (URL_SAFE_NO_PAD.encode(&Sha512::digest("at-1")[..32]), None),
        (URL_SAFE_NO_PAD.encode(&Sha256::digest("at-1")[..16]), Some(AccessTokenHashWrong)),
    ] {
        let outcome = flow
            .run(|exchange| {
                (exchange.key, exchange.algorithm) = (key, JwsAlgorithm::EdDsa);
                set(&mut exchange.header, "alg", &json!("EdDSA"));
                set(&mut exchange.claims, "at_hash", &json!(hash));
            })
            .await;
        assert_eq!(outcome.err(), kind);
    }
}

#[tokio::test]
async fn an_unusable_subject_is_refused() {
    let flow = Flow::start().await;
    takes(&flow, "sub", [json!("x".repeat(255)), json!("auth0|5f 7"), json!("1")]).await;
    let values =
        [json!(null), json!(""), json!("x".repeat(256)), json!(248), json!(["a"]), json!("a\nb"), json!("ä")];
    refuses(&flow, "sub", SubjectInvalid, values).await;
}

#[tokio::test]
async fn a_context_class_that_was_not_requested_is_refused() {
    let flow = Flow::with(|settings| settings.acr_values(["phr", "phrh"])).await;
    for (acr, kind) in [
        (json!("phrh"), None),
        (json!("phr"), None),
        (json!(null), Some(ContextClassWrong)),
        (json!("0"), Some(ContextClassWrong)),
        (json!(["phr"]), Some(ContextClassWrong)),
        (json!("phr phrh"), Some(ContextClassWrong)),
    ] {
        let outcome = flow.run(|exchange| set(&mut exchange.claims, "acr", &acr)).await;
        assert_eq!(outcome.err(), kind, "{acr}");
    }
}

#[tokio::test]
async fn an_old_login_is_refused_if_a_fresh_one_was_required() {
    let flow = Flow::with(|settings| settings.max_age(Duration::from_secs(600))).await;
    for (auth_time, kind) in [
        (json!(NOW - 660), None),
        (json!(NOW as f64 - 659.5), None),
        (json!(NOW + 60), None),
        (json!(NOW - 661), Some(AuthTimeTooOld)),
        (json!(1), Some(AuthTimeTooOld)),
        (json!(null), Some(AuthTimeMissing)),
        (json!(0), Some(AuthTimeMissing)),
        (json!(-5), Some(AuthTimeMissing)),
        (json!(NOW + 61), Some(AuthTimeMissing)),
        (json!(1e300), Some(AuthTimeMissing)),
        (json!(NOW.to_string()), Some(AuthTimeMissing)),
    ] {
        let outcome = flow.run(|exchange| set(&mut exchange.claims, "auth_time", &auth_time)).await;
        assert_eq!(outcome.err(), kind, "{auth_time}");
    }
}

#[tokio::test]
async fn the_operator_is_told_which_claim_was_wrong_and_its_value() {
    let flow = Flow::start().await;
    flow.run(|_| ()).await.expect("the accepted twin");
    for (name, value, detail) in [
        ("aud", json!("other"), "aud: \"other\"".to_owned()),
        ("exp", Value::Null, "exp".to_owned()),
        ("sub", json!("a\u{1b}"), "sub: \"a\\u001b\"".to_owned()),
        ("sub", json!("x".repeat(256)), format!("sub: \"{}", "x".repeat(199))),
    ] {
        let error = flow.run_whole(|exchange| set(&mut exchange.claims, name, &value)).await.expect_err(name);
        assert_eq!(error.detail(), Some(detail.as_str()), "{error}");
    }
}

#[tokio::test]
async fn an_odd_auth_time_is_ignored_if_none_was_required() {
    let flow = Flow::start().await;
    for (auth_time, said) in [
        (json!(NOW as f64 - 0.5), true),
        (json!(0), false),
        (json!(null), false),
        (json!(1e300), false),
        (json!("yesterday"), false),
    ] {
        let outcome = flow.run(|exchange| set(&mut exchange.claims, "auth_time", &auth_time)).await;
        assert_eq!(outcome.expect("an identity").logged_in_at.is_some(), said, "{auth_time}");
    }
}

#[tokio::test]
async fn the_stricter_maximum_age_is_requested() {
    for (own, asked, sent) in
        [(None, None, None), (Some(600), None, Some("600")), (Some(600), Some(0), Some("0"))]
    {
        let flow = Flow::with(|settings| match own {
            Some(own) => settings.max_age(Duration::from_secs(own)),
            None => settings,
        })
        .await;
        let max_age = asked.map(Duration::from_secs);
        let request =
            AuthorizeRequest { redirect_uri: CALLBACK, login_hint: None, max_age, context_classes: &[] };
        let authorization =
            flow.provider.authorize(&flow.out, request, &flow.clock).await.expect("an address");
        assert_eq!(crate::tests::query(&authorization.url).get("max_age").map(String::as_str), sent);
    }
}

#[tokio::test]
async fn an_email_that_is_not_a_string_is_refused() {
    let flow = Flow::start().await;
    let values = [json!(["ada@acme.example"]), json!(1), json!({"value": "ada@acme.example"}), json!(true)];
    refuses(&flow, "email", EmailInvalid, values).await;
    let none = flow.run(|exchange| set(&mut exchange.claims, "email", &json!(null))).await;
    assert_eq!(none.expect("an identity").email.as_deref(), None);
}

#[tokio::test]
async fn email_verified_is_read_from_a_boolean_or_its_text() {
    let flow = Flow::start().await;
    for (value, expected) in [
        (json!(true), EmailVerified::Yes),
        (json!("true"), EmailVerified::Yes),
        (json!("True"), EmailVerified::Yes),
        (json!(null), EmailVerified::Absent),
        (json!(false), EmailVerified::No),
        (json!("false"), EmailVerified::No),
        (json!("yes"), EmailVerified::No),
        (json!(1), EmailVerified::No),
        (json!([true]), EmailVerified::No),
    ] {
        let outcome = flow.run(|exchange| set(&mut exchange.claims, "email_verified", &value)).await;
        assert_eq!(outcome.expect("an identity").email_verified, expected, "{value}");
    }
}

#[tokio::test]
async fn an_unusable_session_id_is_refused() {
    let flow = Flow::start().await;
    refuses(&flow, "sid", TokenMalformed, [json!(1), json!(["s"]), json!("s".repeat(256))]).await;
}

#[tokio::test]
async fn an_id_token_is_checked_at_the_time_of_the_answer() {
    let flow = Flow::start().await;
    let late = flow.run(|_| flow.time.set(at(NOW + 300 + 60))).await;
    assert_eq!(late.err(), Some(TokenExpired));
    flow.time.set(at(NOW));
    assert!(flow.run(|_| flow.time.set(at(NOW + 300 + 59))).await.is_ok());
}
