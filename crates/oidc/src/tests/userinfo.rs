//! Tests which claims userinfo adds, and which claims it cannot change.

use serde_json::{Value, json};
use tower_sso_core::EmailVerified;
use tower_sso_http::ErrorKind::Redirected;
use tower_sso_testing::clock::NOW;

use crate::{
    algorithm::JwsAlgorithm,
    error::ErrorKind::{
        self, AlgorithmRefused, AudienceWrong, DiscoveryInvalid, EmailInvalid, Http, IssuerWrong, KeyUnknown,
        NotYetValid, SignatureInvalid, TokenExpired, TokenMalformed, TokenTypeWrong, UserinfoFailed,
        UserinfoInvalid, UserinfoSubjectWrong,
    },
    settings::{OidcSettings, Userinfo},
    tests::test_key::TestKey,
    tests::{Flow, set},
};

const SUBJECT: &str = "248289761001";

async fn start(change: impl FnOnce(OidcSettings) -> OidcSettings) -> Flow {
    let flow = Flow::with(change).await;
    flow.discovers(|metadata| metadata["userinfo_endpoint"] = json!(flow.stub.url("/userinfo")));
    flow.stub.says_json("/userinfo", &json!({"sub": SUBJECT}));
    flow
}

fn signed(header: &Value, claims: &Value, key: &TestKey) -> String {
    key.sign(JwsAlgorithm::Rs256, &header.to_string(), &claims.to_string())
}

#[tokio::test]
async fn claims_that_exist_only_at_userinfo_are_added() {
    let flow = start(|settings| settings).await;
    let userinfo = json!({
        "sub": SUBJECT, "email": "ada@acme.example", "email_verified": "true", "groups": ["admins"],
        "updated_at": "yesterday",
    });
    flow.stub.says_json("/userinfo", &userinfo);
    let identity = flow
        .run(|exchange| {
            for name in ["email", "email_verified"] {
                set(&mut exchange.claims, name, &Value::Null);
            }
        })
        .await
        .expect("an identity");
    assert_eq!(
        (identity.email.as_deref(), identity.email_verified),
        (Some("ada@acme.example"), EmailVerified::Yes)
    );
    assert_eq!(identity.claims.get("groups"), Some(&json!(["admins"])));
    let asked = flow.stub.asked("/userinfo").pop().expect("a request");
    assert_eq!(asked.headers["authorization"], "Bearer at-1");
}

#[tokio::test]
async fn claims_of_the_id_token_win_over_userinfo() {
    let flow = start(|settings| settings).await;
    let userinfo = json!({
        "sub": SUBJECT, "iss": "https://evil.example", "aud": "other", "exp": 1, "nonce": "x", "azp": "other",
        "sid": "forged", "auth_time": 1, "acr": "phr", "email": "eve@acme.example", "groups": ["admins"],
        "name": "Ada",
    });
    flow.stub.says_json("/userinfo", &userinfo);
    let identity = flow
        .run(|exchange| set(&mut exchange.claims, "groups", &json!(["readers"])))
        .await
        .expect("an identity");
    let profile = &identity.claims;
    assert_eq!(profile.get("iss"), Some(&json!(flow.stub.url(""))));
    assert_eq!((profile.get("aud"), profile.get("exp")), (Some(&json!("hub")), Some(&json!(NOW + 300))));
    for name in ["azp", "sid", "auth_time", "acr"] {
        assert_eq!(profile.get(name), None, "{name}");
    }
    assert_eq!(profile.get("groups"), Some(&json!(["readers"])));
    assert_eq!(profile.get("name"), Some(&json!("Ada")));
    assert_eq!(identity.email.as_deref(), Some("ada@acme.example"));
    assert_eq!((identity.logged_in_at, identity.idp_session), (None, None));
}

#[tokio::test]
async fn email_verified_of_another_address_does_not_count() {
    let flow = start(|settings| settings).await;
    for (own, own_verified, theirs, theirs_verified, email, verified) in [
        (json!("a@x"), json!(null), json!("b@x"), json!(true), "a@x", EmailVerified::Absent),
        (json!("a@x"), json!(null), json!("a@x"), json!(true), "a@x", EmailVerified::Yes),
        (json!("a@x"), json!(null), json!(null), json!(true), "a@x", EmailVerified::Absent),
        (json!("a@x"), json!(true), json!("a@x"), json!(false), "a@x", EmailVerified::No),
        (json!("a@x"), json!(false), json!("a@x"), json!(true), "a@x", EmailVerified::No),
        (json!("a@x"), json!(true), json!("b@x"), json!(null), "a@x", EmailVerified::Yes),
        (json!(null), json!(true), json!("b@x"), json!(null), "b@x", EmailVerified::Absent),
        (json!(null), json!(null), json!("b@x"), json!(true), "b@x", EmailVerified::Yes),
    ] {
        let mut userinfo = json!({"sub": SUBJECT});
        set(&mut userinfo, "email", &theirs);
        set(&mut userinfo, "email_verified", &theirs_verified);
        flow.stub.says_json("/userinfo", &userinfo);
        let identity = flow
            .run(|exchange| {
                set(&mut exchange.claims, "email", &own);
                set(&mut exchange.claims, "email_verified", &own_verified);
            })
            .await
            .expect("an identity");
        let said = (identity.email.as_deref(), identity.email_verified);
        assert_eq!(said, (Some(email), verified), "{own} {own_verified} {theirs} {theirs_verified}");
    }
}

#[tokio::test]
async fn userinfo_about_another_subject_is_refused() {
    let flow = start(|settings| settings).await;
    flow.run(|_| ()).await.expect("the accepted twin");
    for userinfo in [
        json!({}),
        json!({"sub": "1"}),
        json!({"sub": ""}),
        json!({"sub": null}),
        json!({"sub": [SUBJECT]}),
        json!({"sub": 248_289_761_001_u64}),
    ] {
        flow.stub.says_json("/userinfo", &userinfo);
        assert_eq!(flow.run(|_| ()).await.err(), Some(UserinfoSubjectWrong), "{userinfo}");
    }
}

#[tokio::test]
async fn unreadable_userinfo_is_refused() {
    let flow = start(|settings| settings).await;
    flow.run(|_| ()).await.expect("the accepted twin");
    let good = json!({"sub": SUBJECT}).to_string();
    let doubled = format!(r#"{{"sub":"{SUBJECT}","email":"a@x","email":"b@x"}}"#);
    for (status, media_type, body, kind) in [
        (401, "application/json", good.as_str(), UserinfoFailed),
        (500, "application/json", &good, UserinfoFailed),
        (204, "application/json", "", UserinfoFailed),
        (302, "application/json", &good, Http(Redirected)),
        (200, "text/html", &good, UserinfoInvalid),
        (200, "", &good, UserinfoInvalid),
        (200, "application/json", "{", UserinfoInvalid),
        (200, "application/json", "[]", UserinfoInvalid),
        (200, "application/json", &doubled, UserinfoInvalid),
        (200, "application/jwt", &good, TokenMalformed),
    ] {
        flow.stub.says("/userinfo", status, media_type, body);
        assert_eq!(flow.run(|_| ()).await.err(), Some(kind), "{status} {media_type} {body}");
    }
    flow.stub.says_json("/userinfo", &json!({"sub": SUBJECT, "email": ["a@x"]}));
    assert_eq!(flow.run(|_| ()).await.err(), Some(EmailInvalid));
}

#[tokio::test]
async fn signed_userinfo_is_verified_like_an_id_token() {
    let flow = start(|settings| settings).await;
    let good = json!({"iss": flow.stub.url(""), "aud": "hub", "sub": SUBJECT, "name": "Ada"});
    let header = json!({"alg": "RS256", "kid": "1"});
    let says = |header: &Value, claims: &Value, key| {
        flow.stub.says("/userinfo", 200, "application/jwt; charset=utf-8", signed(header, claims, key));
    };
    let bare = json!({"sub": SUBJECT, "name": "Ada"});
    for claims in [&good, &bare] {
        says(&header, claims, TestKey::rsa());
        let identity = flow.run(|_| ()).await.expect("an identity");
        assert_eq!(identity.claims.get("name"), Some(&json!("Ada")));
    }
    let cases: [(&str, Value, ErrorKind); 9] = [
        ("iss", json!("https://evil.example"), IssuerWrong),
        ("iss", json!([flow.stub.url("")]), IssuerWrong),
        ("aud", json!("other"), AudienceWrong),
        ("aud", json!(["hub", "other"]), AudienceWrong),
        ("exp", json!(NOW - 60), TokenExpired),
        ("exp", json!("x"), TokenExpired),
        ("nbf", json!(NOW + 61), NotYetValid),
        ("sub", json!("1"), UserinfoSubjectWrong),
        ("sub", Value::Null, UserinfoSubjectWrong),
    ];
    for (name, value, kind) in cases {
        let mut claims = good.clone();
        set(&mut claims, name, &value);
        says(&header, &claims, TestKey::rsa());
        assert_eq!(flow.run(|_| ()).await.err(), Some(kind), "{name} {value}");
    }
    for (header, key, kind) in [
        (header.clone(), TestKey::other_rsa(), SignatureInvalid),
        (json!({"alg": "none"}), TestKey::rsa(), AlgorithmRefused),
        (json!({"alg": "HS256", "kid": "1"}), TestKey::rsa(), AlgorithmRefused),
        (json!({"alg": "RS256", "kid": "2"}), TestKey::rsa(), KeyUnknown),
        (json!({"alg": "RS256", "kid": "1", "typ": "at+jwt"}), TestKey::rsa(), TokenTypeWrong),
    ] {
        says(&header, &good, key);
        assert_eq!(flow.run(|_| ()).await.err(), Some(kind), "{header}");
    }
}

#[tokio::test]
async fn the_settings_decide_whether_userinfo_is_requested() {
    let token = signed(&json!({"alg": "RS256", "kid": "1"}), &json!({"sub": SUBJECT}), TestKey::rsa());
    for (userinfo, has_endpoint, is_signed, asked, kind) in [
        (Userinfo::Auto, false, false, 0, None),
        (Userinfo::Auto, true, false, 1, None),
        (Userinfo::Auto, true, true, 1, None),
        (Userinfo::Never, true, false, 0, None),
        (Userinfo::Always, true, false, 1, None),
        (Userinfo::Always, false, false, 0, Some(DiscoveryInvalid)),
        (Userinfo::Signed, true, true, 1, None),
        (Userinfo::Signed, true, false, 1, Some(UserinfoInvalid)),
        (Userinfo::Signed, false, false, 0, Some(DiscoveryInvalid)),
    ] {
        let flow = start(|settings| settings.userinfo(userinfo)).await;
        if !has_endpoint {
            flow.discovers(|_| ());
        }
        if is_signed {
            flow.stub.says("/userinfo", 200, "application/jwt", token.clone());
        }
        let outcome = flow.run(|_| ()).await;
        assert_eq!(outcome.err(), kind, "{userinfo:?} {has_endpoint} {is_signed}");
        assert_eq!(flow.stub.asked("/userinfo").len(), asked, "{userinfo:?} {has_endpoint} {is_signed}");
    }
}
