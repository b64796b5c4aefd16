//! Each lie changes what it says and nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tower_sso_test_idp::{Change, ClientAuth, Forgery, KeyForm, Lie};
use url::Url;

use crate::app::{App, clock, parts, signed_by};

/// All that a client gets to see in one silent SSO login, by name. What differs each time is only said to be there.
async fn transcript(app: &App) -> BTreeMap<String, Value> {
    let mut seen = BTreeMap::new();
    let response = app.authorize(&app.request()).await;
    let location = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    let mut code = String::new();
    for (at, (name, value)) in location.query_pairs().enumerate() {
        if name == "code" {
            code = value.clone().into_owned();
        }
        seen.insert(format!("callback {at} {name}"), json!(if name == "code" { "there" } else { &value }));
    }
    let mut all = |place: &str, value: &Value| {
        for (name, value) in value.as_object().unwrap() {
            seen.insert(format!("{place} {name}"), value.clone());
        }
    };
    all("discovery", &app.json("/.well-known/openid-configuration").await);
    all("keys", &app.json("/keys").await);
    if code.len() < 40 {
        return seen;
    }
    let tokens = app.tokens(&code).await;
    let access_token = tokens["access_token"].as_str().unwrap().to_owned();
    let mut answer = tokens.clone();
    answer["access_token"] = json!("there");
    if let Some(token) = tokens["id_token"].as_str().filter(|token| token.contains('.')) {
        answer["id_token"] = json!("there");
        let (header, mut claims, _) = parts(token);
        if claims["at_hash"].as_str().is_some_and(|hash| hash.len() == 22) {
            claims["at_hash"] = json!("there");
        }
        all("header", &header);
        all("claim", &claims);
        let alg = app.idp.signing_alg().as_str().parse().unwrap();
        let key = app.key_named(header["kid"].as_str().unwrap_or_default()).await;
        let signed = key.is_some_and(|key| signed_by(token, &key, alg));
        all("signature", &json!({"verifies": signed}));
    }
    all("answer", &answer);
    all("userinfo", &app.userinfo(&access_token).await.json().await.unwrap());
    seen
}

#[tokio::test]
async fn each_lie_changes_only_what_it_names() {
    let (clock, _) = clock();
    let mut app = App::at(|idp| idp.clock(clock), ClientAuth::SecretBasic).await;
    app.log_in().await;
    let honest = transcript(&app).await;
    assert_eq!(honest["signature verifies"], true);
    assert_eq!(transcript(&app).await, honest, "an honest exchange is the same each time");

    let forged = |forgery| Lie::Signature(forgery);
    let hs256 = || "HS256".to_owned();
    let lies: Vec<(Lie, &[&str])> = vec![
        (Lie::callback("state", Change::Value("another".into())), &["callback 2 state"]),
        (Lie::callback("state", Change::Missing), &["callback 2 iss", "callback 2 state", "callback 3 iss"]),
        (Lie::callback("state", Change::Doubled), &["callback 4 state"]),
        (Lie::callback("iss", Change::Value("http://acme.example".into())), &["callback 3 iss"]),
        (Lie::callback("iss", Change::Missing), &["callback 3 iss"]),
        (Lie::callback("iss", Change::Doubled), &["callback 4 iss"]),
        (Lie::callback("code", Change::Doubled), &["callback 4 code"]),
        (Lie::callback("extra", Change::Value("x".into())), &["callback 4 extra"]),
        (Lie::discovery("issuer", "http://acme.example"), &["discovery issuer"]),
        (Lie::discovery("token_endpoint", "http://acme.example/token"), &["discovery token_endpoint"]),
        (Lie::discovery("userinfo_endpoint", "file:///etc/passwd"), &["discovery userinfo_endpoint"]),
        (Lie::Discovery { name: "jwks_uri".into(), value: None }, &["discovery jwks_uri"]),
        (Lie::TokenAnswer { name: "id_token".into(), value: None }, GONE),
        (Lie::token_answer("id_token", "garbled"), GARBLED),
        (Lie::token_answer("token_type", "mac"), &["answer token_type"]),
        (Lie::header("kid", "unknown"), &["header kid", "signature verifies"]),
        (Lie::header("crit", json!(["b64"])), &["header crit"]),
        (Lie::claim("nonce", "another"), &["claim nonce"]),
        (Lie::no_claim("nonce"), &["claim nonce"]),
        (Lie::claim("aud", json!(["hub", "other"])), &["claim aud"]),
        (Lie::claim("exp", "soon"), &["claim exp"]),
        (Lie::claim("at_hash", "x"), &["claim at_hash"]),
        (Lie::claim("sub", "x".repeat(300)), &["claim sub"]),
        (Lie::userinfo_claim("sub", "bob"), &["userinfo sub"]),
        (Lie::user_claim("email", "bob@acme.example"), &["claim email", "userinfo email"]),
        (
            Lie::UserClaim { name: "email_verified".into(), value: None },
            &["claim email_verified", "userinfo email_verified"],
        ),
        (forged(Forgery::Unsigned("nOnE".into())), &["header alg", "signature verifies"]),
        (forged(Forgery::Missing), &["signature verifies"]),
        (forged(Forgery::Garbled), &["signature verifies"]),
        (forged(Forgery::OtherKey), &["signature verifies"]),
        (forged(Forgery::UnknownKid), &["header kid", "signature verifies"]),
        (
            forged(Forgery::PublicKey { alg: hs256(), form: KeyForm::Pem }),
            &["header alg", "signature verifies"],
        ),
        (forged(Forgery::ClientSecret(hs256())), &["header alg", "signature verifies"]),
        (forged(Forgery::EmbeddedKey), &["header jwk", "signature verifies"]),
        (forged(Forgery::KeySetAt("http://127.0.0.1:9/".into())), &["header jku", "signature verifies"]),
        (forged(Forgery::CertificateAt("http://127.0.0.1:9/".into())), &["header x5u", "signature verifies"]),
        (forged(Forgery::EmbeddedCertificate), &["header x5c", "signature verifies"]),
        (Lie::SharedKid, &["keys keys"]),
        (Lie::SymmetricKey, &["header alg", "keys keys", "signature verifies"]),
        (Lie::WeakKey, &["header alg", "keys keys", "signature verifies"]),
    ];
    for (lie, changes) in lies {
        app.idp.lie(lie.clone());
        assert_eq!(app.idp.lies(), std::slice::from_ref(&lie));
        let seen = transcript(&app).await;
        let names = honest.keys().chain(seen.keys()).collect::<std::collections::BTreeSet<_>>();
        let changed: Vec<_> = names.into_iter().filter(|name| honest.get(*name) != seen.get(*name)).collect();
        let changed = changed.into_iter().filter(|name| {
            changes != GONE && changes != GARBLED || {
                !name.starts_with("header ") && !name.starts_with("claim ") && !name.starts_with("signature ")
            }
        });
        let expected = if changes == GONE || changes == GARBLED { &["answer id_token"] } else { changes };
        assert_eq!(changed.collect::<Vec<_>>(), expected, "{lie:?}");
        app.idp.honest();
        assert_eq!(transcript(&app).await, honest, "after {lie:?}");
    }
}

/// No ID token is left to look into.
const GONE: &[&str] = &["gone"];
const GARBLED: &[&str] = &["garbled"];

#[tokio::test]
async fn a_changed_or_missing_code_leaves_the_rest_of_the_answer_unchanged() {
    let mut app = App::new().await;
    app.log_in().await;
    for (change, code) in [(Change::Missing, None), (Change::Value("another".into()), Some("another"))] {
        app.idp.lie(Lie::callback("code", change));
        let answer = app.callback(&app.request()).await;
        assert_eq!(answer.get("code").map(String::as_str), code);
        assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("the state", app.idp.issuer()));
        app.idp.honest();
    }
    app.log_in().await;
}

#[tokio::test]
async fn the_provider_can_be_told_to_ignore_the_pkce_verifier() {
    let mut app = App::new().await;
    app.log_in().await;
    for (lie, taken) in [(None, false), (Some(Lie::AnyVerifier), true), (None, false)] {
        app.idp.honest();
        lie.into_iter().for_each(|lie| app.idp.lie(lie));
        let code = app.callback(&app.request()).await["code"].clone();
        let (request, mut form) = app.token_request(&code);
        form.insert("code_verifier", "x".repeat(43));
        let answer: Value = request.form(&form).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["id_token"].is_string(), taken, "{answer}");
        let honest = app.callback(&app.request()).await["code"].clone();
        assert!(app.tokens(&honest).await["id_token"].is_string());
    }
}

#[tokio::test]
async fn any_error_code_can_be_returned_instead_of_a_code() {
    let mut app = App::new().await;
    app.log_in().await;
    for error in
        ["access_denied", "server_error", "temporarily_unavailable", "interaction_required", "new one"]
    {
        app.idp.lie(Lie::AuthorizationError(error.to_owned()));
        let answer = app.callback(&app.request()).await;
        assert_eq!((answer["error"].as_str(), answer.get("code")), (error, None));
        assert_eq!((answer["state"].as_str(), answer["iss"].as_str()), ("the state", app.idp.issuer()));
        app.idp.honest();
    }
    app.log_in().await;
}

#[tokio::test]
async fn several_lies_are_active_at_once() {
    let mut app = App::new().await;
    app.log_in().await;
    app.idp.lie(Lie::no_claim("nonce"));
    app.idp.lie(Lie::claim("aud", "other"));
    let answer = app.callback(&app.request()).await;
    let tokens = app.tokens(&answer["code"]).await;
    let (_, claims, _) = parts(tokens["id_token"].as_str().unwrap());
    assert_eq!((&claims["nonce"], &claims["aud"]), (&Value::Null, &json!("other")));
}
