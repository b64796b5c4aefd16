//! The claims about a user, in the ID token and in the userinfo response.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::{
    here::Here,
    lies::{lie::Lie, member::set_member, oddity::Oddity},
    state::code::{AccessToken, AuthorizationCode},
};

/// Returns the ID token's claims (OpenID Connect Core §2).
pub(crate) fn id_token_claims(
    here: &Here,
    code: &AuthorizationCode,
    access_token: &str,
) -> Map<String, Value> {
    let AuthorizationCode { request, session, .. } = code;
    let now = here.idp.now();
    let scopes: Vec<_> = request.scopes.iter().map(String::as_str).collect();
    let mut claims = here.idp.user(session.user).map(|user| user.claims_for(&scopes)).unwrap_or_default();
    if here.idp.is_odd(Oddity::ClaimsOnlyAtUserinfo) {
        claims.retain(|name, _| name == "sub");
    }
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
    here.idp.settings().oddities.iter().for_each(|oddity| oddity.apply(&mut claims));
    for lie in here.idp.lies() {
        if let Lie::Claim { name, value } | Lie::UserClaim { name, value } = lie {
            set_member(&mut claims, &name, value.as_ref());
        }
    }
    claims
}

/// Returns the claims of the userinfo response (OpenID Connect Core §5.3.2).
pub(crate) fn userinfo_claims(here: &Here, token: &AccessToken) -> Map<String, Value> {
    let scopes: Vec<_> = token.scopes.iter().map(String::as_str).collect();
    let mut claims = here.idp.user(token.user).map(|user| user.claims_for(&scopes)).unwrap_or_default();
    if here.idp.is_odd(Oddity::UserinfoJwt) {
        // OpenID Connect Core §5.3.2: a signed response names its issuer and its audience.
        claims.insert("iss".to_owned(), json!(here.issuer));
        claims.insert("aud".to_owned(), json!(token.client));
    }
    here.idp.settings().oddities.iter().for_each(|oddity| oddity.apply(&mut claims));
    for lie in here.idp.lies() {
        if let Lie::UserinfoClaim { name, value } | Lie::UserClaim { name, value } = lie {
            set_member(&mut claims, &name, value.as_ref());
        }
    }
    claims
}

/// Returns the seconds since 1970.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}
