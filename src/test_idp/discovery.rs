//! The discovery document (OpenID Connect Discovery §3) and the key set (RFC 7517 §5).

use axum::{Extension, Json};
use serde_json::{Value, json};

use super::{ClientAuth, TestKey, guard::Here};

/// `GET /.well-known/openid-configuration`.
pub(super) async fn document(Extension(here): Extension<Here>) -> Json<Value> {
    let base = &here.base;
    let alg = here.idp.settings().alg.as_str();
    let assertion_algs = [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
        "EdDSA",
    ];
    let mut document = json!({
        "issuer": here.issuer,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "jwks_uri": format!("{base}/keys"),
        "pushed_authorization_request_endpoint": format!("{base}/par"),
        "scopes_supported": ["openid", "email", "profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [alg],
        "userinfo_signing_alg_values_supported": [alg],
        "token_endpoint_auth_methods_supported": ClientAuth::ALL.map(ClientAuth::as_str),
        "token_endpoint_auth_signing_alg_values_supported": assertion_algs,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "select_account", "consent"],
        "authorization_response_iss_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "claims_parameter_supported": false,
    });
    let acr_values = &here.idp.settings().acr_values;
    if let Some(document) = document.as_object_mut().filter(|_| !acr_values.is_empty()) {
        document.insert("acr_values_supported".to_owned(), json!(acr_values));
    }
    Json(document)
}

/// `GET /keys`.
pub(super) async fn keys(Extension(here): Extension<Here>) -> Json<Value> {
    let keys: Vec<_> = here.idp.state().keys.iter().map(TestKey::public_jwk).collect();
    Json(json!({ "keys": keys }))
}
