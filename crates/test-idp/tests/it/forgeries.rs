//! Forged tokens verify for an app that makes the mistake that they are made for.

use aws_lc_rs::signature::{RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RsaPublicKeyComponents};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::{Value, json};
use tower_sso_test_idp::{ClientAuth, Forgery, KeyForm, Lie, SigningAlg, TestKey};

use crate::app::{App, SECRET, parts, signed_by};

/// The ID token of an SSO login under a lie, honest claims checked.
async fn id_token_under(app: &mut App, lie: Lie) -> String {
    app.idp.lie(lie);
    let answer = app.callback(&app.request()).await;
    let tokens = app.tokens(&answer["code"]).await;
    app.idp.honest();
    let token = tokens["id_token"].as_str().unwrap().to_owned();
    let (_, claims, _) = parts(&token);
    assert_eq!((&claims["sub"], &claims["iss"]), (&json!("ada"), &json!(app.idp.issuer())));
    token
}

async fn with(alg: SigningAlg) -> App {
    let key = TestKey::shared(alg).unwrap();
    App::at(|idp| idp.key(key), ClientAuth::SecretBasic).await
}

fn key_of(jwk: &Value) -> DecodingKey {
    DecodingKey::from_jwk(&serde_json::from_value(jwk.clone()).unwrap()).unwrap()
}

/// What is in the bit string of a `SubjectPublicKeyInfo` (RFC 5280 §4.1), after a header of known length.
fn raw(alg: SigningAlg, der: &[u8]) -> Vec<u8> {
    let header = match alg {
        SigningAlg::Rs256 | SigningAlg::Ps384 => 24,
        SigningAlg::Es384 => 23,
        SigningAlg::EdDsa => 12,
        other => panic!("no header for {other:?}"),
    };
    der[header..].to_vec()
}

const FAMILIES: [SigningAlg; 4] =
    [SigningAlg::Rs256, SigningAlg::Ps384, SigningAlg::Es384, SigningAlg::EdDsa];

#[tokio::test]
async fn an_unsigned_token_can_spell_none_in_every_way() {
    let mut app = with(SigningAlg::Es256).await;
    for alg in ["none", "None", "nOnE", "NONE"] {
        let token = id_token_under(&mut app, Lie::Signature(Forgery::Unsigned(alg.into()))).await;
        let (header, _, signature) = parts(&token);
        assert_eq!((header["alg"].as_str(), signature.len()), (Some(alg), 0));
        assert!(token.ends_with('.'));
    }
}

#[tokio::test]
async fn an_hmac_forgery_verifies_with_each_form_of_the_public_key() {
    for alg in FAMILIES {
        let mut app = with(alg).await;
        let key = TestKey::shared(alg).unwrap();
        for form in KeyForm::ALL {
            let secret = match form {
                KeyForm::Pem => key.public_key_pem().unwrap().into_bytes(),
                KeyForm::PemTrimmed => key.public_key_pem().unwrap().trim().as_bytes().to_vec(),
                KeyForm::Der => key.public_key_der().unwrap(),
                KeyForm::Raw => raw(alg, &key.public_key_der().unwrap()),
                KeyForm::Jwk => app.json("/keys").await["keys"][0].to_string().into_bytes(),
                other => panic!("no bytes for {other:?}"),
            };
            for (name, hmac) in
                [("HS256", Algorithm::HS256), ("hs384", Algorithm::HS384), ("HS512", Algorithm::HS512)]
            {
                let forgery = Forgery::PublicKey { alg: name.into(), form };
                let token = id_token_under(&mut app, Lie::Signature(forgery)).await;
                assert_eq!(parts(&token).0["alg"], name);
                assert!(
                    signed_by(&token, &DecodingKey::from_secret(&secret), hmac),
                    "{alg:?} {form:?} {name}"
                );
            }
        }
        let token = id_token_under(&mut app, Lie::Signature(Forgery::ClientSecret("HS256".into()))).await;
        assert!(signed_by(&token, &DecodingKey::from_secret(SECRET.as_bytes()), Algorithm::HS256));
    }
}

#[tokio::test]
async fn the_attackers_key_is_published_nowhere() {
    for alg in FAMILIES {
        let mut app = with(alg).await;
        let attacker = app.idp.attacker_key().unwrap();
        let url = "http://127.0.0.1:9/theirs".to_owned();
        for (forgery, name) in [
            (Forgery::OtherKey, ""),
            (Forgery::UnknownKid, "kid"),
            (Forgery::EmbeddedKey, "jwk"),
            (Forgery::KeySetAt(url.clone()), "jku"),
            (Forgery::CertificateAt(url.clone()), "x5u"),
            (Forgery::EmbeddedCertificate, "x5c"),
        ] {
            let token = id_token_under(&mut app, Lie::Signature(forgery.clone())).await;
            let jwt_alg = alg.as_str().parse().unwrap();
            assert!(signed_by(&token, &key_of(&attacker.public_jwk()), jwt_alg), "{forgery:?}");
            assert!(!signed_by(&token, &app.published().await, jwt_alg), "{forgery:?}");
            let (header, ..) = parts(&token);
            match name {
                "kid" => assert_eq!(header["kid"], attacker.kid()),
                "jwk" => assert!(signed_by(&token, &key_of(&header["jwk"]), jwt_alg)),
                "jku" | "x5u" => assert_eq!(header[name], url),
                "x5c" => {
                    let certificate = STANDARD.decode(header["x5c"][0].as_str().unwrap()).unwrap();
                    let key = attacker.public_key_der().unwrap();
                    assert!(certificate.windows(key.len()).any(|window| window == key));
                }
                _ => assert_eq!(header["kid"], app.json("/keys").await["keys"][0]["kid"]),
            }
        }
        app.log_in().await;
    }
}

#[tokio::test]
async fn a_weak_key_verifies_only_if_short_keys_are_allowed() {
    let mut app = with(SigningAlg::Rs256).await;
    let honest_kid = app.json("/keys").await["keys"][0]["kid"].clone();
    app.idp.lie(Lie::WeakKey);
    let keys = app.json("/keys").await;
    let token = id_token_under(&mut app, Lie::WeakKey).await;
    let b64 = |name: &str| URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().unwrap()).unwrap();
    let key = RsaPublicKeyComponents { n: b64("n"), e: b64("e") };
    assert_eq!((key.n.len(), &keys["keys"][0]["kid"]), (128, &honest_kid));
    let (message, _) = token.rsplit_once('.').unwrap();
    let (header, _, signature) = parts(&token);
    assert_eq!((&header["alg"], &header["kid"]), (&json!("RS256"), &honest_kid));
    let alg = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
    assert!(key.verify(alg, message.as_bytes(), &signature).is_ok());
}

#[tokio::test]
async fn a_symmetric_key_verifies_as_published() {
    let mut app = with(SigningAlg::Rs256).await;
    app.idp.lie(Lie::SymmetricKey);
    let keys = app.json("/keys").await;
    assert_eq!(keys["keys"][0]["kty"], "oct");
    let token = id_token_under(&mut app, Lie::SymmetricKey).await;
    assert!(signed_by(&token, &key_of(&keys["keys"][0]), Algorithm::HS256));
}

#[tokio::test]
async fn a_shared_kid_names_two_keys_and_the_first_one_signed() {
    let mut app = with(SigningAlg::Es256).await;
    app.idp.lie(Lie::SharedKid);
    let keys = app.json("/keys").await;
    let token = id_token_under(&mut app, Lie::SharedKid).await;
    let (message, signature) = token.rsplit_once('.').unwrap();
    let verifies = |at: usize| {
        crypto::verify(signature, message.as_bytes(), &key_of(&keys["keys"][at]), Algorithm::ES256).unwrap()
    };
    assert_eq!((verifies(0), verifies(1)), (true, false));
    assert_eq!(keys["keys"][0]["kid"], keys["keys"][1]["kid"]);
}

#[tokio::test]
async fn a_changed_claim_or_header_has_a_valid_signature() {
    let mut app = with(SigningAlg::Es256).await;
    for lie in [
        Lie::claim("aud", "other"),
        Lie::claim("email", json!(["a@acme.example", "b@acme.example"])),
        Lie::no_claim("exp"),
        Lie::header("crit", json!(["exp"])),
        Lie::header("typ", "logout+jwt"),
        Lie::Header { name: "kid".into(), value: None },
    ] {
        let token = id_token_under(&mut app, lie.clone()).await;
        assert!(signed_by(&token, &app.published().await, Algorithm::ES256), "{lie:?}");
    }
}
