//! Honest oddities: each is there, and a client that can take it logs in with SSO.

use serde_json::{Value, json};
use tower_sso_test_idp::{ClientAuth, Forgery, Lie, Oddity};

use crate::app::{App, parts, signed_by};

async fn odd(oddity: Oddity) -> App {
    App::at(|idp| idp.oddity(oddity), ClientAuth::SecretBasic).await
}

#[tokio::test]
async fn each_oddity_appears_and_the_login_works() {
    for oddity in Oddity::ALL {
        let mut app = odd(oddity).await;
        let callback = app.callback(&app.request()).await;
        let tokens = app.tokens(&callback["code"]).await;
        let token = tokens["id_token"].as_str().unwrap();
        let claims = Value::Object(app.verified(token).await.unwrap());
        let (header, ..) = parts(token);
        let document = app.json("/.well-known/openid-configuration").await;
        let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
        let kind = userinfo.headers()["content-type"].to_str().unwrap().to_owned();
        let userinfo = userinfo.text().await.unwrap();
        let seen = [
            (
                Oddity::NoKid,
                header["kid"] == Value::Null && app.json("/keys").await["keys"][0]["kid"].is_null(),
            ),
            (Oddity::AudienceArray, claims["aud"] == json!(["hub"])),
            (
                Oddity::ClaimsOnlyAtUserinfo,
                claims["email"].is_null() && userinfo.contains("ada@acme.example"),
            ),
            (Oddity::UserinfoJwt, kind == "application/jwt" && app.verified(&userinfo).await.is_err()),
            (Oddity::AuthTimeFloat, claims["auth_time"].as_f64().is_some_and(|at| at.fract() > 0.0)),
            (Oddity::AuthTimeZero, claims["auth_time"] == 0),
            (Oddity::NoAuthTime, claims["auth_time"].is_null()),
            (Oddity::EmailVerifiedText, claims["email_verified"] == "true"),
            (Oddity::UpdatedAtText, claims["updated_at"].is_string()),
            (Oddity::ManyClaims, token.len() > 10_000 && userinfo.len() > 10_000),
            (Oddity::TrailingSlash, claims["iss"].as_str().unwrap().ends_with('/')),
            (
                Oddity::NoIssParameter,
                !callback.contains_key("iss")
                    && document.get("authorization_response_iss_parameter_supported").is_none(),
            ),
        ];
        for (one, seen) in seen {
            assert_eq!(seen, one == oddity, "{one:?} with {oddity:?}");
        }
    }
}

#[tokio::test]
async fn userinfo_as_a_jwt_names_issuer_and_audience_and_verifies() {
    let mut app = odd(Oddity::UserinfoJwt).await;
    let (tokens, _) = app.log_in().await;
    let token = app.userinfo(tokens["access_token"].as_str().unwrap()).await.text().await.unwrap();
    let (header, claims, _) = parts(&token);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.idp.issuer()), &json!("hub")));
    assert_eq!(claims["email"], "ada@acme.example");
    assert!(signed_by(&token, &app.published().await, header["alg"].as_str().unwrap().parse().unwrap()));
    app.idp.lie(Lie::UserinfoSignature(Forgery::Garbled));
    let garbled = app.userinfo(tokens["access_token"].as_str().unwrap()).await.text().await.unwrap();
    assert_eq!(parts(&garbled).1, claims);
    assert!(!signed_by(&garbled, &app.published().await, header["alg"].as_str().unwrap().parse().unwrap()));
    app.idp.honest();
    app.log_in().await;
}
