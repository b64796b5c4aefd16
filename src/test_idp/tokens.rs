//! The tokens: what the provider says about a user, signed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{TestIdp, guard::Here, token::Code};

/// What an access token opens: userinfo about one user for one client.
#[derive(Clone, Debug)]
pub(super) struct AccessToken {
    pub(super) user: usize,
    pub(super) client: String,
    pub(super) scopes: Vec<String>,
}

/// The ID token's claims (OpenID Connect Core §2).
pub(super) fn id_token_claims(here: &Here, code: &Code, access_token: &str) -> Map<String, Value> {
    let Code { request, session, .. } = code;
    let now = here.idp.now();
    let scopes: Vec<_> = request.scopes.iter().map(String::as_str).collect();
    let mut claims = here.idp.user(session.user).map(|user| user.claims_for(&scopes)).unwrap_or_default();
    let hash = here.idp.settings().alg.half_hash(access_token);
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("iss", json!(here.issuer));
    set("aud", json!(request.client));
    set("iat", json!(seconds(now)));
    set("exp", json!(seconds(now) + 300));
    set("auth_time", json!(seconds(session.auth_time)));
    set("amr", json!(["pwd"]));
    set("sid", json!(session.sid));
    set("at_hash", json!(URL_SAFE_NO_PAD.encode(hash)));
    if let Some(nonce) = &request.nonce {
        set("nonce", json!(nonce));
    }
    if let Some(acr) = &request.acr {
        set("acr", json!(acr));
    }
    claims
}

/// Userinfo's claims (OpenID Connect Core §5.3.2).
pub(super) fn userinfo_claims(here: &Here, token: &AccessToken) -> Map<String, Value> {
    let scopes: Vec<_> = token.scopes.iter().map(String::as_str).collect();
    here.idp.user(token.user).map(|user| user.claims_for(&scopes)).unwrap_or_default()
}

/// Signs claims as a JWS in compact form (RFC 7515 §7.1) by the key of the day.
pub(super) fn sign(idp: &TestIdp, claims: Map<String, Value>) -> Option<String> {
    let key = idp.state().keys.first().cloned()?;
    let header = json!({"alg": key.alg().as_str(), "typ": "JWT", "kid": key.kid()});
    let message = format!("{}.{}", part(&header), part(&Value::Object(claims)));
    let signature = key.sign(message.as_bytes()).ok()?;
    Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// One part of a JWS.
fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Seconds since 1970.
pub(super) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}
