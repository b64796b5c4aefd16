//! oauth2-mock-server on `http://localhost:PORT`: signs everyone in as `johndoe` without asking, and lies on demand.

use serde_json::{Value, json};

use crate::engine::Engine;

/// A running provider.
#[derive(Debug)]
pub struct MockServer {
    engine: Engine,
    issuer: String,
}

impl MockServer {
    /// Starts one that signs with `alg`.
    pub async fn start(alg: &str) -> Self {
        let (engine, ready) = Engine::start("mock-server.mjs", &json!({ "alg": alg })).await;
        let issuer = ready["issuer"].as_str().unwrap().to_owned();
        Self { engine, issuer }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Alters what the server says from now on. A later call replaces all earlier changes, and `{}` is honest. Each
    /// part is optional:
    ///
    /// ```json
    /// { "id_token": { "header": { "set": {}, "remove": [] }, "claims": { "set": {}, "remove": [] } },
    ///   "access_token": {}, "token_response": { "status": 200, "set": {}, "remove": [] },
    ///   "userinfo": { "status": 200, "set": {}, "remove": [] }, "redirect": { "set": {}, "remove": [] },
    ///   "discovery": { "set": {}, "remove": [] } }
    /// ```
    ///
    /// Returns how often each part was altered until now, so that a test can show that its lie was told.
    pub async fn bend(&mut self, lies: Value) -> Value {
        self.engine.ask(&lies).await
    }
}

mod tests {
    use axum::http::StatusCode;
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

    use super::*;
    use crate::browser::Browser;

    async fn tokens(server: &MockServer) -> (StatusCode, Value) {
        let form =
            [("grant_type", "authorization_code"), ("client_id", "hub"), ("code", "x"), ("scope", "openid")];
        let request = reqwest::Client::new().post(format!("{}/token", server.issuer())).form(&form);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    fn parts(token: &Value) -> (Value, Value) {
        let mut parts = token.as_str().unwrap().split('.').map(|part| BASE64_URL_SAFE_NO_PAD.decode(part));
        let mut next = || serde_json::from_slice(&parts.next().unwrap().unwrap()).unwrap();
        (next(), next())
    }

    #[tokio::test]
    async fn an_id_token_can_be_changed_and_restored() {
        let mut server = MockServer::start("ES256").await;
        let (_, honest) = tokens(&server).await;
        let (header, claims) = parts(&honest["id_token"]);
        assert_eq!((&header["alg"], &claims["aud"]), (&json!("ES256"), &json!("hub")));
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!(server.issuer()), &json!("johndoe")));

        server
            .bend(json!({ "id_token": {
                "header": { "set": { "typ": "other" }, "remove": ["kid"] },
                "claims": { "set": { "aud": ["a", "b"] }, "remove": ["iss"] },
            } }))
            .await;
        let (_, bent) = tokens(&server).await;
        let (header, claims) = parts(&bent["id_token"]);
        assert_eq!((&header["typ"], header.get("kid")), (&json!("other"), None));
        assert_eq!((&claims["aud"], claims.get("iss")), (&json!(["a", "b"]), None));
        assert!(parts(&bent["access_token"]).1.get("iss").is_some(), "the access token is unchanged");

        assert_eq!(server.bend(json!({})).await, json!({ "id_token": 1 }));
        let (_, honest) = tokens(&server).await;
        assert_eq!(parts(&honest["id_token"]).1["iss"], server.issuer());
    }

    #[tokio::test]
    async fn every_other_answer_can_be_changed_too() {
        let mut server = MockServer::start("RS256").await;
        let issuer = server.issuer().to_owned();
        server
            .bend(json!({
                "token_response": { "status": 418, "set": { "token_type": "odd" }, "remove": ["id_token"] },
                "userinfo": { "set": { "sub": "another" } },
                "redirect": { "set": { "iss": "http://localhost:1" }, "remove": ["state"] },
                "discovery": { "set": { "issuer": "http://localhost:1" }, "remove": ["jwks_uri"] },
            }))
            .await;
        let (status, bent) = tokens(&server).await;
        assert_eq!(
            (status, &bent["token_type"], bent.get("id_token")),
            (StatusCode::IM_A_TEAPOT, &json!("odd"), None)
        );

        let mut browser = Browser::new();
        let discovery = browser.navigate(format!("{issuer}/.well-known/openid-configuration")).await.json();
        assert_eq!((&discovery["issuer"], discovery.get("jwks_uri")), (&json!("http://localhost:1"), None));
        let back = format!("{issuer}/jwks");
        let query = format!("response_type=code&redirect_uri={back}&scope=openid&state=s&client_id=hub");
        let landed = browser.navigate(format!("{issuer}/authorize?{query}")).await.url.clone();
        let pairs: Vec<(String, String)> = landed.query_pairs().into_owned().collect();
        assert_eq!(pairs.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["code", "iss"]);

        let request = reqwest::Client::new().get(format!("{issuer}/userinfo"));
        let userinfo: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(userinfo["sub"], "another");
    }
}
