//! The token endpoint (OpenID Connect Core §3.1.3).

use std::time::Duration;

use axum::{
    Extension, Json,
    body::Bytes,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    digest::random_token,
    secret::Secret,
    test_idp::{
        client::TestClient,
        client_auth::{OAuthError, authenticate, form},
        forge::{self, Token},
        guard::Here,
        lie::Lie,
        params::Params,
        request::AuthorizationRequest,
        session::Session,
        tokens::{self, AccessToken},
    },
    time::later,
};

/// What an answer with a secret in it says to caches (RFC 6749 §5.1).
pub(super) const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// What a code stands for.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) request: AuthorizationRequest,
    pub(super) session: Session,
    /// The access token that was given for it.
    used: Option<String>,
}

impl Code {
    pub(super) const LIFETIME: Duration = Duration::from_secs(60);

    pub(super) fn new(request: AuthorizationRequest, session: Session) -> Self {
        Self { request, session, used: None }
    }
}

const ACCESS_TOKEN_SECONDS: u64 = 3600;

/// `POST /token`.
pub(super) async fn token(
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
    let claims = tokens::id_token_claims(&here, &code, &access_token);
    let id_token = forge::sign(&here.idp, Token::Id, &client.id, claims);
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
            forge::set(answer, &name, value.as_ref());
        }
    }
    Ok((NO_STORE, Json(answer)).into_response())
}

/// Takes the code, which is over with it: also when the rest of the request does not fit.
fn redeem(here: &Here, client: &TestClient, params: &Params, access_token: &str) -> Result<Code, OAuthError> {
    let code = params.get("code").ok_or_else(|| OAuthError::invalid_request("code is missing"))?;
    let now = here.idp.now();
    let any_verifier = here.idp.lies().contains(&Lie::AnyVerifier);
    let mut state = here.idp.state();
    let state = &mut *state;
    let kept = state.codes.get_mut(code, now).filter(|kept| kept.request.client == client.id);
    let kept =
        kept.ok_or_else(|| OAuthError::invalid_grant("no such code, or too old, or another client's"))?;
    if let Some(given) = kept.used.replace(access_token.to_owned()) {
        // RFC 6749 §4.1.2: what was given for a code that comes twice is taken back.
        kept.used = Some(given.clone());
        state.access_tokens.take(&given, now);
        return Err(OAuthError::invalid_grant("the code was used before"));
    }
    if params.get("redirect_uri") != Some(&kept.request.back.redirect_uri) {
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
