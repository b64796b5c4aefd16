//! The authorization request (OpenID Connect Core §3.1.2.1), sent through the browser or pushed (RFC 9126).
//!
//! Two kinds of errors must not be mixed up (RFC 6749 §4.1.2.1). If the client, the redirect URI or the response mode
//! is not valid, a page tells the visitor, and nothing is sent anywhere: otherwise the provider would be an open
//! redirector. Every other error is sent to the client, with its `state`.
//!
//! The provider is as strict as the strictest real ones: a redirect URI is compared byte by byte, PKCE only with S256,
//! a public client needs it, and no parameter may be repeated.

use crate::{
    client::TestClient,
    here::Here,
    params::Params,
    state::authorization::{AuthorizationRequest, ResponseMode, ResponseTarget},
};

/// Why a request is refused, and who is told.
pub(crate) enum Rejection {
    /// No address is known to be valid for the response. A page tells the visitor (RFC 6749 §4.1.2.1).
    ToVisitor(&'static str),
    /// The client gets an error code.
    ToClient(ResponseTarget, &'static str, String),
}

impl AuthorizationRequest {
    /// Checks the parameters.
    pub(crate) fn parse(here: &Here, params: &Params) -> Result<Self, Rejection> {
        let repeated = params.repeated();
        if let Some("client_id" | "redirect_uri" | "response_mode") = repeated {
            return Err(Rejection::ToVisitor("A parameter of the request is repeated."));
        }
        let client = params.get("client_id").and_then(|id| here.idp.client(id));
        let client = client.ok_or(Rejection::ToVisitor("No client of this provider has that client_id."))?;
        let redirect_uri = params.get("redirect_uri").unwrap_or_default();
        if !client.redirect_uris.iter().any(|known| known == redirect_uri) {
            return Err(Rejection::ToVisitor("The redirect_uri is not one of the client's."));
        }
        let mode = match params.get("response_mode") {
            None | Some("query") => ResponseMode::Query,
            Some("form_post") => ResponseMode::FormPost,
            Some(_) => return Err(Rejection::ToVisitor("The response_mode is neither query nor form_post.")),
        };
        let state = params.get("state").map(str::to_owned);
        let target = ResponseTarget { redirect_uri: redirect_uri.to_owned(), mode, state };
        let request = Self::parse_rest(here, client, params, repeated, &target);
        match request {
            Ok(request) => Ok(request),
            Err((error, description)) => Err(Rejection::ToClient(target, error, description.to_owned())),
        }
    }

    fn parse_rest(
        here: &Here,
        client: &TestClient,
        params: &Params,
        repeated: Option<&str>,
        target: &ResponseTarget,
    ) -> Result<Self, (&'static str, &'static str)> {
        let invalid = |why| Err(("invalid_request", why));
        if repeated.is_some() {
            return invalid("a parameter is repeated");
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
            return invalid("prompt=none can't be combined");
        }
        let known = |value: &String| ["none", "login", "consent", "select_account"].contains(&value.as_str());
        if !prompt.iter().all(known) {
            return invalid("an unknown prompt");
        }
        let max_age = match params.get("max_age").map(str::parse) {
            None => None,
            Some(Ok(seconds)) => Some(seconds),
            Some(Err(_)) => return invalid("max_age is not a number of seconds"),
        };
        let supported = &here.idp.settings().acr_values;
        Ok(Self {
            client: client.id.clone(),
            target: target.clone(),
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

/// Returns the request in the parameters, or the pushed request that they name.
pub(crate) fn find(here: &Here, params: &Params) -> Result<AuthorizationRequest, Rejection> {
    let Some(uri) = params.get("request_uri") else {
        let request = AuthorizationRequest::parse(here, params)?;
        if here.idp.client(&request.client).is_some_and(|client| client.par_required) {
            return Err(Rejection::ToClient(
                request.target,
                "invalid_request",
                "expected a pushed request".to_owned(),
            ));
        }
        return Ok(request);
    };
    let pushed = here.idp.state().pushed.take(uri, here.idp.now());
    pushed
        .filter(|request| params.get("client_id") == Some(&request.client))
        .ok_or(Rejection::ToVisitor("The request_uri is unknown, used, too old, or another client's."))
}
