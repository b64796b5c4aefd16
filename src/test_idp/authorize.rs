//! The authorization endpoint (OpenID Connect Core §3.1.2).

use std::time::Duration;

use axum::{
    Extension,
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use crate::{
    digest::random_token,
    test_idp::{
        answer,
        client_auth::form,
        guard::Here,
        lie::Lie,
        pages,
        params::Params,
        request::{self, AuthorizationRequest, Refusal},
        saml::request::SamlRequest,
        session::Session,
        sign_in,
        token::Code,
    },
    time::later,
};

/// A request that waits for its visitor to sign in. Its key stands in the form, so that no other site can post it.
#[derive(Clone, Debug)]
pub(super) enum Pending {
    Oidc(AuthorizationRequest),
    Saml(SamlRequest),
}

impl Pending {
    /// What the app is called.
    pub(super) fn app(&self) -> &str {
        match self {
            Self::Oidc(request) => &request.client,
            Self::Saml(request) => &request.entity_id,
        }
    }

    pub(super) fn login_hint(&self) -> Option<&str> {
        match self {
            Self::Oidc(request) => request.login_hint.as_deref(),
            Self::Saml(_) => None,
        }
    }
}

/// `GET /authorize`.
pub(super) async fn by_query(
    Extension(here): Extension<Here>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    authorize(&here, &headers, &params)
}

/// `POST /authorize`.
pub(super) async fn by_form(Extension(here): Extension<Here>, headers: HeaderMap, body: Bytes) -> Response {
    match form(&headers, &body) {
        Ok(params) => authorize(&here, &headers, &params),
        Err(error) => error.into_response(),
    }
}

fn authorize(here: &Here, headers: &HeaderMap, params: &Params) -> Response {
    let request = match request::find(here, params) {
        Ok(request) => request,
        Err(Refusal::Told(why)) => return pages::told(here, StatusCode::BAD_REQUEST, why),
        Err(Refusal::Sent(back, error, why)) => return answer::error(here, &back, error, &why),
    };
    let prompted = |value: &str| request.prompt.iter().any(|prompt| prompt == value);
    let session = here.idp.session(headers).filter(|session| {
        let age = here.idp.now().duration_since(session.auth_time).unwrap_or_default();
        let fresh = request.max_age.is_none_or(|most| age.as_secs() <= most && most > 0);
        fresh && !prompted("login") && !prompted("select_account")
    });
    match session {
        Some(session) => finish(here, &request, &session),
        None if prompted("none") => {
            answer::error(here, &request.back, "login_required", "nobody is signed in, or not lately enough")
        }
        None => {
            let signs_in = here.idp.state().signs_in;
            match signs_in {
                Some(user) => sign_in::complete(here, headers, &Pending::Oidc(request), user),
                None => ask(here, Pending::Oidc(request)),
            }
        }
    }
}

/// Shows the sign-in form.
pub(super) fn ask(here: &Here, request: Pending) -> Response {
    let Ok(key) = random_token() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let now = here.idp.now();
    let page = pages::sign_in(here, key.expose(), &request, None);
    let until = later(now, Duration::from_secs(60 * 60));
    here.idp.state().pending.put(key.expose().clone(), request, until, now);
    page
}

/// Answers with a code.
pub(super) fn finish(here: &Here, request: &AuthorizationRequest, session: &Session) -> Response {
    for lie in here.idp.lies() {
        if let Lie::AuthorizationError(error) = lie {
            return answer::error(here, &request.back, &error, "the provider was told to refuse");
        }
    }
    let Ok(code) = random_token() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let now = here.idp.now();
    let kept = Code::new(request.clone(), session.clone());
    here.idp.state().codes.put(code.expose().clone(), kept, later(now, Code::LIFETIME), now);
    answer::code(here, &request.back, code.expose().clone())
}
