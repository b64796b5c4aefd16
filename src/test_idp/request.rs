//! The authorization request (OpenID Connect Core §3.1.2.1), sent through the browser or pushed (RFC 9126).

use std::time::Duration;

use axum::{
    Extension, Json,
    body::Bytes,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    digest::random_token,
    test_idp::{
        client::TestClient,
        client_auth::{OAuthError, authenticate, form},
        guard::Here,
        params::Params,
        token::NO_STORE,
    },
    time::later,
};

/// A request that passed every check.
#[derive(Clone, Debug)]
pub(super) struct AuthorizationRequest {
    pub(super) client: String,
    pub(super) back: Back,
    pub(super) scopes: Vec<String>,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) prompt: Vec<String>,
    pub(super) max_age: Option<u64>,
    pub(super) login_hint: Option<String>,
    pub(super) acr: Option<String>,
}

/// Where the answer goes, and how.
#[derive(Clone, Debug)]
pub(super) struct Back {
    pub(super) redirect_uri: String,
    pub(super) mode: ResponseMode,
    pub(super) state: Option<String>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ResponseMode {
    Query,
    FormPost,
}

/// Why a request is refused.
pub(super) enum Refusal {
    /// Nobody to send an answer to: the visitor is told (RFC 6749 §4.1.2.1).
    Told(&'static str),
    /// An error code for the client.
    Sent(Back, &'static str, String),
}

impl AuthorizationRequest {
    /// Checks the parameters.
    pub(super) fn parse(here: &Here, params: &Params) -> Result<Self, Refusal> {
        let repeated = params.repeated();
        if let Some("client_id" | "redirect_uri" | "response_mode") = repeated {
            return Err(Refusal::Told("A parameter of the request stands twice."));
        }
        let client = params.get("client_id").and_then(|id| here.idp.client(id));
        let client = client.ok_or(Refusal::Told("No client of this provider has that client_id."))?;
        let redirect_uri = params.get("redirect_uri").unwrap_or_default();
        if !client.redirect_uris.iter().any(|known| known == redirect_uri) {
            return Err(Refusal::Told("The redirect_uri is not one of the client's."));
        }
        let mode = match params.get("response_mode") {
            None | Some("query") => ResponseMode::Query,
            Some("form_post") => ResponseMode::FormPost,
            Some(_) => return Err(Refusal::Told("The response_mode is neither query nor form_post.")),
        };
        let state = params.get("state").map(str::to_owned);
        let back = Back { redirect_uri: redirect_uri.to_owned(), mode, state };
        let request = Self::parse_rest(here, client, params, repeated, &back);
        match request {
            Ok(request) => Ok(request),
            Err((error, description)) => Err(Refusal::Sent(back, error, description.to_owned())),
        }
    }

    fn parse_rest(
        here: &Here,
        client: &TestClient,
        params: &Params,
        repeated: Option<&str>,
        back: &Back,
    ) -> Result<Self, (&'static str, &'static str)> {
        let invalid = |why| Err(("invalid_request", why));
        if repeated.is_some() {
            return invalid("a parameter stands twice");
        }
        if params.get("request").is_some() {
            return Err(("request_not_supported", "no request objects here"));
        }
        match params.get("response_type") {
            Some("code") => {}
            Some(_) => return Err(("unsupported_response_type", "expected code")),
            None => return invalid("response_type is missing"),
        }
        let scopes = params.words("scope");
        if !scopes.iter().any(|scope| scope == "openid") {
            return Err(("invalid_scope", "expected openid"));
        }
        let challenge = params.get("code_challenge").map(str::to_owned);
        match (&challenge, params.get("code_challenge_method")) {
            (Some(challenge), Some("S256")) if challenge.len() == 43 => {}
            (Some(_), _) => return invalid("expected a code_challenge of 43 characters with S256"),
            (None, Some(_)) => return invalid("code_challenge is missing"),
            (None, None) if client.is_public() => return invalid("a public client needs PKCE"),
            (None, None) => {}
        }
        let prompt = params.words("prompt");
        if prompt.len() > 1 && prompt.iter().any(|value| value == "none") {
            return invalid("prompt=none stands alone");
        }
        let known = |value: &String| ["none", "login", "consent", "select_account"].contains(&value.as_str());
        if !prompt.iter().all(known) {
            return invalid("an unknown prompt");
        }
        let max_age = match params.get("max_age").map(str::parse) {
            None => None,
            Some(Ok(seconds)) => Some(seconds),
            Some(Err(_)) => return invalid("max_age is no number of seconds"),
        };
        let supported = &here.idp.settings().acr_values;
        Ok(Self {
            client: client.id.clone(),
            back: back.clone(),
            scopes,
            nonce: params.get("nonce").map(str::to_owned),
            challenge,
            prompt,
            max_age,
            login_hint: params.get("login_hint").map(str::to_owned),
            acr: params.words("acr_values").into_iter().find(|value| supported.contains(value)),
        })
    }
}

const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

/// `POST /par` (RFC 9126 §2): the client proves itself and pushes its request; it gets a `request_uri` for one use.
pub(super) async fn push(
    Extension(here): Extension<Here>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let params = form(&headers, &body)?;
    let client = authenticate(&here, &headers, &params, "/par")?;
    if params.get("request_uri").is_some() {
        return Err(OAuthError::invalid_request("request_uri has no place here"));
    }
    if params.get("client_id").is_some_and(|id| id != client.id) {
        return Err(OAuthError::invalid_request("client_id is another client's"));
    }
    let request = match AuthorizationRequest::parse(&here, &params) {
        Ok(request) => request,
        Err(Refusal::Told(why)) => return Err(OAuthError::invalid_request(why)),
        Err(Refusal::Sent(_, error, why)) => {
            return Err(OAuthError::new(StatusCode::BAD_REQUEST, error, why));
        }
    };
    let token = random_token().map_err(|_| OAuthError::server_error())?;
    let uri = format!("{REQUEST_URI}{}", token.expose());
    let now = here.idp.now();
    here.idp.state().pushed.put(uri.clone(), request, later(now, Duration::from_secs(60)), now);
    Ok((StatusCode::CREATED, NO_STORE, Json(json!({"request_uri": uri, "expires_in": 60}))).into_response())
}

/// The request that the parameters carry, or point at.
pub(super) fn find(here: &Here, params: &Params) -> Result<AuthorizationRequest, Refusal> {
    let Some(uri) = params.get("request_uri") else {
        let request = AuthorizationRequest::parse(here, params)?;
        if here.idp.client(&request.client).is_some_and(|client| client.par_required) {
            return Err(Refusal::Sent(
                request.back,
                "invalid_request",
                "expected a pushed request".to_owned(),
            ));
        }
        return Ok(request);
    };
    let pushed = here.idp.state().pushed.take(uri, here.idp.now());
    pushed
        .filter(|request| params.get("client_id") == Some(&request.client))
        .ok_or(Refusal::Told("The request_uri is unknown, used, too old, or another client's."))
}
