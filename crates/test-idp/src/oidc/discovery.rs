//! The discovery document (OpenID Connect Discovery §3) and the key set (RFC 7517 §5).

use axum::{Extension, Json, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_sso_core::ConfigError;

use crate::{
    client::ClientAuth,
    here::Here,
    keys::{test_key::TestKey, weak},
    lies::{lie::Lie, member::set_member, oddity::Oddity},
};

/// `GET /.well-known/openid-configuration`.
pub(crate) async fn document(Extension(here): Extension<Here>) -> Json<Value> {
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
    if let Some(document) = document.as_object_mut() {
        if here.idp.is_odd(Oddity::NoIssParameter) {
            document.remove("authorization_response_iss_parameter_supported");
        }
        for lie in here.idp.lies() {
            if let Lie::Discovery { name, value } = lie {
                set_member(document, &name, value.as_ref());
            }
        }
    }
    Json(document)
}

/// `GET /keys`.
pub(crate) async fn keys(Extension(here): Extension<Here>) -> Result<Json<Value>, StatusCode> {
    key_set(&here).map(|keys| Json(json!({ "keys": keys })))
}

fn key_set(here: &Here) -> Result<Vec<Value>, StatusCode> {
    let current = here.idp.current_key().map_err(internal_error)?;
    let mut keys: Vec<_> = here.idp.state().keys.iter().map(TestKey::public_jwk).collect();
    for lie in here.idp.lies() {
        if lie == Lie::WeakKey {
            keys = vec![weak::public_jwk(current.kid())];
        }
        if lie == Lie::SymmetricKey {
            let k = URL_SAFE_NO_PAD.encode(current.public_key_pem().map_err(internal_error)?);
            keys = vec![json!({"kty": "oct", "use": "sig", "alg": "HS256", "kid": current.kid(), "k": k})];
        }
        if lie == Lie::SharedKid {
            let mut other = here.idp.attacker_key().map_err(internal_error)?.public_jwk();
            other["kid"] = json!(current.kid());
            keys.push(other);
        }
    }
    if here.idp.is_odd(Oddity::NoKid) {
        keys.iter_mut().filter_map(Value::as_object_mut).for_each(|key| {
            key.remove("kid");
        });
    }
    Ok(keys)
}

fn internal_error(_: ConfigError) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
