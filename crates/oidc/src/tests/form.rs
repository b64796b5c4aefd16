//! Tests the checks of a token's form, header and signature.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};
use tower_sso_testing::stub::Stub;

use crate::{
    algorithm::{HmacAlgorithm, JwsAlgorithm},
    error::ErrorKind::{
        self, AlgorithmRefused, CriticalHeader, SignatureInvalid, TokenMalformed, TokenTypeWrong,
    },
    tests::test_key::{TestKey, hmac},
    tests::{Exchange, Flow, SECRET, set},
};

fn sign_with(exchange: &mut Exchange, algorithm: JwsAlgorithm) {
    (exchange.key, exchange.algorithm) = (TestKey::for_algorithm(algorithm), algorithm);
    set(&mut exchange.header, "alg", &json!(algorithm.as_str()));
}

fn good_token(exchange: &Exchange) -> String {
    exchange.key.sign(exchange.algorithm, &exchange.header.to_string(), &exchange.claims.to_string())
}

async fn refuses_header(name: &str, kind: ErrorKind, values: &[Value]) {
    Flow::start()
        .await
        .refuses(values.iter().map(|value| (value, kind)), |exchange, value| {
            set(&mut exchange.header, name, value);
        })
        .await;
}

#[tokio::test]
async fn every_listed_algorithm_is_accepted() {
    for algorithm in JwsAlgorithm::ALL {
        let flow = Flow::start().await;
        let key = TestKey::for_algorithm(*algorithm).jwk("1");
        flow.stub.says_json("/jwks", &json!({"keys": [key]}));
        let outcome = flow.run(|exchange| sign_with(exchange, *algorithm)).await;
        assert!(outcome.is_ok(), "{algorithm:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_algorithm_that_is_not_on_the_connections_list_is_refused() {
    let flow = Flow::with(|settings| settings.algorithms([JwsAlgorithm::Rs256])).await;
    let keys = [TestKey::rsa().jwk("1"), TestKey::p256().jwk("2")];
    flow.stub.says_json("/jwks", &json!({"keys": keys}));
    let cases = [JwsAlgorithm::Ps256, JwsAlgorithm::Rs384, JwsAlgorithm::Es256];
    flow.refuses(cases.map(|algorithm| (algorithm, AlgorithmRefused)), sign_with).await;
}

#[tokio::test]
async fn an_unsigned_token_is_refused_in_every_spelling_of_none() {
    let cases = ["none", "None", "NONE", "nOnE", "", "HS256 ", "rs256", "RSA1_5", "ES512", "RS1", "dir"];
    Flow::start()
        .await
        .refuses(cases.map(|alg| (alg, AlgorithmRefused)), |exchange, alg| {
            set(&mut exchange.header, "alg", &json!(alg));
            let header = URL_SAFE_NO_PAD.encode(exchange.header.to_string());
            let claims = URL_SAFE_NO_PAD.encode(exchange.claims.to_string());
            exchange.id_token = Some(format!("{header}.{claims}."));
        })
        .await;
}

#[tokio::test]
async fn a_token_signed_with_a_public_key_as_secret_is_refused() {
    let key = TestKey::rsa().jwk("1");
    let n = URL_SAFE_NO_PAD.decode(key["n"].as_str().expect("n")).expect("base64url");
    let mut secrets =
        vec![key.to_string().into_bytes(), n, SECRET.as_bytes().to_vec(), TestKey::rsa().pem.clone().into()];
    secrets.extend(public_key_files());
    let cases = ["HS256", "hs256", "Hs256", "HS384", "HS512"]
        .into_iter()
        .flat_map(|alg| secrets.iter().map(move |secret| ((alg, secret), AlgorithmRefused)));
    Flow::start()
        .await
        .refuses(cases, |exchange, (alg, secret)| {
            set(&mut exchange.header, "alg", &json!(alg));
            let (header, claims) = (exchange.header.to_string(), exchange.claims.to_string());
            exchange.id_token = Some(hmac(secret, &header, &claims));
        })
        .await;
}

/// Returns the public RSA key as files contain it: in DER and in PEM, with and without a line feed at the end.
fn public_key_files() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for (der, label) in TestKey::rsa().public_der().into_iter().zip(["PUBLIC KEY", "RSA PUBLIC KEY"]) {
        let text = STANDARD.encode(&der);
        let lines: Vec<_> =
            text.as_bytes().chunks(64).map(|line| str::from_utf8(line).expect("base64")).collect();
        let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
        DecodingKey::from_rsa_pem(pem.as_bytes()).expect("a public key as others read it");
        files.push(pem.trim_end().as_bytes().to_vec());
        files.push(pem.replace('\n', "\r\n").into_bytes());
        files.push(pem.into_bytes());
        files.push(der);
    }
    files
}

#[tokio::test]
async fn a_client_secret_verifies_signatures_only_if_that_was_chosen() {
    let flow = Flow::with(|settings| settings.dangerous().hmac(HmacAlgorithm::Hs256)).await;
    let sign = |exchange: &mut Exchange, alg: &str, secret: &str| {
        set(&mut exchange.header, "alg", &json!(alg));
        let (header, claims) = (exchange.header.to_string(), exchange.claims.to_string());
        exchange.id_token = Some(hmac(secret.as_bytes(), &header, &claims));
    };
    assert!(flow.run(|exchange| sign(exchange, "HS256", SECRET)).await.is_ok());
    let other = flow.run(|exchange| sign(exchange, "HS256", "another secret of 32 bytes or more")).await;
    assert_eq!(other.err(), Some(SignatureInvalid));
    assert_eq!(flow.run(|exchange| sign(exchange, "HS384", SECRET)).await.err(), Some(AlgorithmRefused));
    // With this setting, no other signature is accepted.
    assert_eq!(flow.run(|_| ()).await.err(), Some(AlgorithmRefused));
    assert!(flow.stub.asked("/jwks").is_empty());
}

#[tokio::test]
async fn a_critical_header_is_refused() {
    refuses_header(
        "crit",
        CriticalHeader,
        &[json!(["exp"]), json!([]), json!(["b64"]), json!("b64"), json!({})],
    )
    .await;
}

#[tokio::test]
async fn a_token_of_another_type_is_refused() {
    let flow = Flow::start().await;
    for typ in [json!(null), json!("JWT"), json!("jwt"), json!("application/jwt"), json!("JOSE")] {
        assert!(flow.run(|exchange| set(&mut exchange.header, "typ", &typ)).await.is_ok(), "{typ}");
    }
    let others = ["at+jwt", "application/at+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", "JWE", ""];
    refuses_header("typ", TokenTypeWrong, &others.map(|typ| json!(typ))).await;
}

#[tokio::test]
async fn a_header_with_wrong_types_is_refused() {
    refuses_header("typ", TokenMalformed, &[json!(1), json!(["JWT"])]).await;
    refuses_header("kid", TokenMalformed, &[json!(1), json!(["1"]), json!({})]).await;
    refuses_header("alg", TokenMalformed, &[json!(null), json!(1), json!(["RS256"])]).await;
}

#[tokio::test]
async fn a_key_inside_the_token_is_neither_used_nor_fetched() {
    let flow = Flow::start().await;
    let listener = Stub::start().await;
    let (own, chain) = (TestKey::other_rsa().jwk("1"), listener.url("/chain"));
    listener.says_json("/jwks", &json!({"keys": [own]}));
    let bring = |exchange: &mut Exchange| {
        set(&mut exchange.header, "jwk", &own);
        set(&mut exchange.header, "jku", &json!(listener.url("/jwks")));
        set(&mut exchange.header, "x5u", &json!(chain));
        set(&mut exchange.header, "x5c", &json!(["MIIB"]));
    };
    assert!(flow.run(bring).await.is_ok(), "ignored where the signature is the provider's");
    let forged = flow
        .run(|exchange| {
            bring(exchange);
            exchange.key = TestKey::other_rsa();
        })
        .await;
    assert_eq!(forged.err(), Some(SignatureInvalid));
    assert!(listener.asked("/jwks").is_empty() && listener.asked("/chain").is_empty());
}

#[tokio::test]
async fn a_bad_signature_is_refused() {
    let flow = Flow::start().await;
    flow.refuses([("another key", SignatureInvalid)], |exchange, _| exchange.key = TestKey::other_rsa())
        .await;
    let part = |token: &str, at: usize| token.split('.').nth(at).expect("a part").to_owned();
    let cases =
        ["claims", "header", "empty", "short", "another algorithm"].map(|case| (case, SignatureInvalid));
    flow.refuses(cases, |exchange, case| {
        let token = good_token(exchange);
        let (header, claims, signature) = (part(&token, 0), part(&token, 1), part(&token, 2));
        exchange.id_token = Some(match case {
            "claims" => {
                set(&mut exchange.claims, "sub", &json!("1"));
                format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(exchange.claims.to_string()))
            }
            "header" => {
                set(&mut exchange.header, "x", &json!(1));
                format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode(exchange.header.to_string()))
            }
            "empty" => format!("{header}.{claims}."),
            "short" => format!("{header}.{claims}.AAAA"),
            _ => {
                let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"PS256","kid":"1"}"#);
                format!("{header}.{claims}.{signature}")
            }
        });
    })
    .await;
}

#[tokio::test]
async fn a_malformed_token_is_refused() {
    let flow = Flow::start().await;
    let cases =
        ["", ".", "..", "a.b", "a.b.c", "x", "four parts", "five parts", "padded", "huge", "not base64url"];
    flow.refuses(cases.map(|case| (case, TokenMalformed)), |exchange, case| {
        let token = good_token(exchange);
        exchange.id_token = Some(match case {
            "four parts" => format!("{token}.x"),
            "five parts" => format!("{token}.x.y"),
            "padded" => format!("{token}=="),
            "huge" => format!("{token}{}", "A".repeat(200_000)),
            "not base64url" => token.replacen('.', "+.", 1),
            text => text.to_owned(),
        });
    })
    .await;
}

#[tokio::test]
async fn a_token_with_a_broken_json_header_or_claims_is_refused() {
    let flow = Flow::start().await;
    let header = r#"{"alg":"RS256","kid":"1"}"#;
    for (header, claims) in [
        (r#"{"alg":"RS256","kid":"1","kid":"1"}"#, None),
        (r#"{"alg":"none","alg":"RS256","kid":"1"}"#, None),
        (r#"["RS256"]"#, None),
        ("{", None),
        (header, Some("[]")),
        (header, Some("{")),
        (header, Some("\"sub\"")),
        (header, Some(r#"{"sub":"a","sub":"b"}"#)),
        (header, Some(r#"{"address":{"street_address":1,"street_address":2}}"#)),
    ] {
        let outcome = flow
            .run(|exchange| {
                let good = exchange.claims.to_string();
                let claims = claims.unwrap_or(&good);
                exchange.id_token = Some(exchange.key.sign(JwsAlgorithm::Rs256, header, claims));
            })
            .await;
        assert_eq!(outcome.err(), Some(TokenMalformed), "{header} {claims:?}");
    }
    let twin = |exchange: &mut Exchange| {
        let claims = exchange.claims.to_string();
        exchange.id_token = Some(exchange.key.sign(JwsAlgorithm::Rs256, header, &claims));
    };
    assert!(flow.run(twin).await.is_ok());
}
