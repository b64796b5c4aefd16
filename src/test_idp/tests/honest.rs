//! What an honest provider takes and gives.

use serde_json::json;

use super::super::*;
use super::app::*;

#[tokio::test]
async fn a_whole_sign_on_works_with_every_signing_algorithm() {
    for alg in SigningAlg::ALL {
        let key = TestKey::shared(alg).unwrap();
        let mut app = App::at(|idp| idp.key(key), ClientAuth::SecretBasic).await;
        let (tokens, claims) = app.sign_on().await;
        let (header, ..) = parts(tokens["id_token"].as_str().unwrap());
        assert_eq!(header["alg"], alg.as_str());
        assert_eq!(
            app.json("/.well-known/openid-configuration").await["id_token_signing_alg_values_supported"],
            json!([alg.as_str()])
        );
        assert_eq!((&claims["sub"], &claims["nonce"]), (&json!("ada"), &json!("the nonce")));
        assert_eq!((&claims["email"], &claims["email_verified"]), (&json!("ada@acme.example"), &json!(true)));
        assert_eq!(claims["groups"], json!(["admins"]));
    }
}

#[tokio::test]
async fn a_whole_sign_on_works_with_every_client_authentication() {
    for auth in ClientAuth::ALL {
        let mut app = App::at(|idp| idp, auth).await;
        let (tokens, _) = app.sign_on().await;
        let userinfo = app.userinfo(tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(userinfo.headers()["cache-control"], "no-store");
        let userinfo: serde_json::Value = userinfo.json().await.unwrap();
        assert_eq!((&userinfo["sub"], &userinfo["groups"]), (&json!("ada"), &json!(["admins"])));
    }
}
