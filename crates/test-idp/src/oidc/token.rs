//! The token endpoint (OpenID Connect Core §3.1.3).
//!
//! 1. The client authenticates (`client_auth`), and the code must have been issued to it.
//! 2. The code can be used once, within 60 seconds. A second use also revokes the access token of the first (RFC 6749
//!    §4.1.2).
//! 3. `redirect_uri` must be the one that the code was sent to (§4.1.3).
//! 4. `code_verifier` must fit the challenge, and must be absent if there was none (RFC 7636 §4.6). Only
//!    [`Lie::AnyVerifier`] accepts another.
//!
//! The code counts as used from step 2 on, even if a later step fails. An app that asks again with the same code never
//! gets tokens.

use std::time::Duration;

use axum::{
    Extension, Json,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tower_sso_core::{
    Secret,
    internal::{later, random_token},
};

use crate::{
    client::TestClient,
    here::Here,
    lies::{lie::Lie, member::set_member},
    oidc::{
        claims,
        client_auth::authenticate,
        error::{NO_STORE, OAuthError},
        form::form,
        jws::{self, SignedToken},
    },
    params::Params,
    state::code::{AccessToken, AuthorizationCode},
};

const ACCESS_TOKEN_SECONDS: u64 = 3600;

/// `POST /token`.
pub(crate) async fn token(
    Extension(here): Extension<Here>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let params = form(&headers, &body)?;
    let client = authenticate(&here, &headers, &params, "/token")?;
    match params.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => {
            let error = "unsupported_grant_type";
            return Err(OAuthError::new(StatusCode::BAD_REQUEST, error, "expected authorization_code"));
        }
        None => return Err(OAuthError::invalid_request("grant_type is missing")),
    }
    let access_token = random_token().map_err(|_| OAuthError::server_error())?;
    let access_token = access_token.expose().clone();
    let code = redeem(&here, client, &params, &access_token)?;
    let now = here.idp.now();
    let scopes = code.request.scopes.clone();
    let kept = AccessToken { user: code.session.user, client: client.id.clone(), scopes };
    let until = later(now, Duration::from_secs(ACCESS_TOKEN_SECONDS));
    here.idp.state().access_tokens.put(access_token.clone(), kept, until, now);
    let claims = claims::id_token_claims(&here, &code, &access_token);
    let id_token = jws::sign(&here.idp, SignedToken::Id, &client.id, claims);
    let id_token = id_token.map_err(|_| OAuthError::server_error())?;
    let mut answer = json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_SECONDS,
        "scope": code.request.scopes.join(" "),
        "id_token": id_token,
    });
    for lie in here.idp.lies() {
        if let (Lie::TokenAnswer { name, value }, Some(answer)) = (lie, answer.as_object_mut()) {
            set_member(answer, &name, value.as_ref());
        }
    }
    Ok((NO_STORE, Json(answer)).into_response())
}

/// Uses up the code and returns its data. The code is used up even if the rest of the request is wrong.
fn redeem(
    here: &Here,
    client: &TestClient,
    params: &Params,
    access_token: &str,
) -> Result<AuthorizationCode, OAuthError> {
    let code = params.get("code").ok_or_else(|| OAuthError::invalid_request("code is missing"))?;
    let now = here.idp.now();
    let any_verifier = here.idp.lies().contains(&Lie::AnyVerifier);
    let mut state = here.idp.state();
    let state = &mut *state;
    let kept = state.codes.get_mut(code, now).filter(|kept| kept.request.client == client.id);
    let kept =
        kept.ok_or_else(|| OAuthError::invalid_grant("no such code, or too old, or another client's"))?;
    if let Some(given) = kept.used.replace(access_token.to_owned()) {
        // RFC 6749 §4.1.2: if a code is used twice, the access token that was issued for it is revoked.
        kept.used = Some(given.clone());
        state.access_tokens.take(&given, now);
        return Err(OAuthError::invalid_grant("the code was used before"));
    }
    if params.get("redirect_uri") != Some(&kept.request.target.redirect_uri) {
        return Err(OAuthError::invalid_grant("redirect_uri is not the one that the code was sent to"));
    }
    // RFC 7636 §4.6.
    let challenge =
        params.get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    let fits = match (&kept.request.challenge, challenge) {
        (Some(asked), Some(shown)) => Secret::new(asked).matches(shown.as_bytes()),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if fits || any_verifier {
        Ok(kept.clone())
    } else {
        Err(OAuthError::invalid_grant("code_verifier does not fit the challenge"))
    }
}
