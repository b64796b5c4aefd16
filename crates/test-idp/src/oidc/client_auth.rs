//! Client authentication (RFC 6749 §2.3, OpenID Connect Core §9).
//!
//! A request authenticates in exactly one of the five ways of [`ClientAuth`]. Each failure is `invalid_client`, and
//! more than one way at once is `invalid_request`. An assertion (RFC 7523 §3) must be for this provider or this
//! endpoint, must not have expired, and has a `jti` that was not used before.

use std::time::{Duration, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{AlgorithmFamily, DecodingKey, Validation, dangerous, decode, decode_header, jwk::Jwk};
use serde_json::{Map, Value};
use tower_sso_core::internal::later;
use url::form_urlencoded;

use crate::{
    client::{ClientAuth, TestClient},
    here::Here,
    oidc::error::OAuthError,
    params::Params,
};

/// Returns the client that the request is authenticated for. `path` is the endpoint's path.
pub(crate) fn authenticate<'a>(
    here: &'a Here,
    headers: &HeaderMap,
    params: &Params,
    path: &str,
) -> Result<&'a TestClient, OAuthError> {
    let basic = headers.get(header::AUTHORIZATION);
    let ways =
        [basic.is_some(), params.get("client_secret").is_some(), params.get("client_assertion").is_some()];
    if ways.iter().filter(|way| **way).count() > 1 {
        return Err(OAuthError::invalid_request("more than one client authentication"));
    }
    let (client, auth) = if let Some(basic) = basic {
        (by_basic(here, basic)?, ClientAuth::SecretBasic)
    } else if let Some(secret) = params.get("client_secret") {
        (by_secret(here, params.get("client_id").unwrap_or_default(), secret)?, ClientAuth::SecretPost)
    } else if let Some(assertion) = params.get("client_assertion") {
        by_assertion(here, params, assertion, path)?
    } else {
        let client = params.get("client_id").and_then(|id| here.idp.client(id));
        (client.ok_or_else(|| OAuthError::invalid_client("no such client"))?, ClientAuth::None)
    };
    if params.get("client_id").is_some_and(|id| id != client.id) {
        return Err(OAuthError::invalid_client("client_id is another client's"));
    }
    if !client.takes(auth) {
        let problem = format!("the client does not use {}", auth.as_str());
        return Err(OAuthError::invalid_client(problem));
    }
    Ok(client)
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they are joined.
fn by_basic<'a>(here: &'a Here, header: &HeaderValue) -> Result<&'a TestClient, OAuthError> {
    let malformed = || OAuthError::invalid_client("expected Basic with id and secret");
    let (scheme, value) = header.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Err(malformed());
    }
    let pair = STANDARD.decode(value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = pair.ok_or_else(malformed)?;
    let (id, secret) = pair.split_once(':').ok_or_else(malformed)?;
    by_secret(here, &form_decoded(id), &form_decoded(secret))
}

fn form_decoded(text: &str) -> String {
    // In this value, `&` and `=` are data.
    let text = text.replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

fn by_secret<'a>(here: &'a Here, id: &str, secret: &str) -> Result<&'a TestClient, OAuthError> {
    let client = here.idp.client(id);
    client
        .filter(|client| client.secret.as_ref().is_some_and(|known| known.matches(secret.as_bytes())))
        .ok_or_else(|| OAuthError::invalid_client("no such client, or another secret"))
}

/// RFC 7523 §3.
fn by_assertion<'a>(
    here: &'a Here,
    params: &Params,
    assertion: &str,
    path: &str,
) -> Result<(&'a TestClient, ClientAuth), OAuthError> {
    let invalid = OAuthError::invalid_client;
    if params.get("client_assertion_type") != Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
        return Err(invalid("expected client_assertion_type jwt-bearer"));
    }
    let header = decode_header(assertion).map_err(|_| invalid("the assertion's header is malformed"))?;
    let unverified: Map<String, Value> =
        dangerous::insecure_decode_claims(assertion).map_err(|_| invalid("the assertion is malformed"))?;
    let id = unverified.get("sub").and_then(Value::as_str).unwrap_or_default();
    let client = here.idp.client(id).ok_or_else(|| invalid("no such client"))?;
    let (keys, auth) = if header.alg.family() == AlgorithmFamily::Hmac {
        let secret = client.secret.iter().map(|secret| DecodingKey::from_secret(secret.expose().as_bytes()));
        (secret.collect(), ClientAuth::SecretJwt)
    } else {
        let jwks = client.keys.iter().filter_map(|jwk| serde_json::from_value::<Jwk>(jwk.clone()).ok());
        let named = jwks.filter(|jwk| header.kid.is_none() || header.kid == jwk.common.key_id);
        let keys: Vec<_> = named.filter_map(|jwk| DecodingKey::from_jwk(&jwk).ok()).collect();
        (keys, ClientAuth::PrivateKeyJwt)
    };
    let mut rules = Validation::new(header.alg);
    // Times and audience are checked below, with the provider's clock.
    (rules.validate_exp, rules.validate_aud) = (false, false);
    rules.required_spec_claims.clear();
    let claims = keys.iter().find_map(|key| decode::<Map<String, Value>>(assertion, key, &rules).ok());
    let claims = claims.ok_or_else(|| invalid("the assertion's signature does not verify"))?.claims;
    check_claims(here, client, &claims, path).map_err(invalid)?;
    Ok((client, auth))
}

fn check_claims(
    here: &Here,
    client: &TestClient,
    claims: &Map<String, Value>,
    path: &str,
) -> Result<(), &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(&client.id) || text("sub") != Some(&client.id) {
        return Err("the assertion's iss and sub must both be the client");
    }
    let ours = [here.issuer.clone(), format!("{}/token", here.base), format!("{}{path}", here.base)];
    let is_ours = |value: &Value| value.as_str().is_some_and(|value| ours.iter().any(|one| one == value));
    let aud = claims.get("aud").unwrap_or(&Value::Null);
    if !is_ours(aud) && !aud.as_array().is_some_and(|all| all.iter().any(is_ours)) {
        return Err("the assertion's aud must be this provider");
    }
    let now = here.idp.now();
    let exp =
        claims.get("exp").and_then(Value::as_u64).map(|exp| later(UNIX_EPOCH, Duration::from_secs(exp)));
    let exp = exp.filter(|exp| now < *exp).ok_or("the assertion is over")?;
    let jti = text("jti").ok_or("the assertion has no jti")?;
    let key = format!("{} {jti}", client.id);
    let mut state = here.idp.state();
    if state.assertions.get(&key, now).is_some() {
        return Err("the assertion was used before");
    }
    state.assertions.put(key, (), exp, now);
    Ok(())
}
