//! The SSO endpoint, and SSO logins that start at the provider (SAML profiles §4.1).

use axum::{
    Extension,
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use crate::{
    here::Here,
    lies::{lie::Lie, member::set_member},
    pages,
    params::Params,
    saml::{deliver::send, incoming::Incoming, lies::failure_status, response::SamlExchange},
    sign_in::{show_form, sign_in_and},
    state::{logout::Participant, pending::Pending, saml_request::SamlRequest, session::Session},
};

const NO_PASSIVE: &str = "urn:oasis:names:tc:SAML:2.0:status:NoPassive";
const NO_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext";

/// `GET /saml/sso`: a request by HTTP Redirect.
pub(crate) async fn by_query(
    Extension(here): Extension<Here>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let incoming = Incoming::by_redirect(&query);
    asked(&here, &headers, incoming.and_then(|incoming| SamlRequest::of(&here, &incoming)))
}

/// `POST /saml/sso`: a request by HTTP POST.
pub(crate) async fn by_form(Extension(here): Extension<Here>, headers: HeaderMap, body: Bytes) -> Response {
    let incoming = Incoming::by_post(&body);
    asked(&here, &headers, incoming.and_then(|incoming| SamlRequest::of(&here, &incoming)))
}

/// `GET /saml/start?sp=`: the tile of a service provider.
pub(crate) async fn start(
    Extension(here): Extension<Here>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let provider = params.get("sp").and_then(|id| here.idp.service_provider(id));
    let request = match provider.filter(|provider| provider.starts_here) {
        Some(provider) => Ok(SamlRequest::unsolicited(provider, params.get("RelayState"))),
        None => Err("No app of that entity ID starts here."),
    };
    asked(&here, &headers, request)
}

fn asked(here: &Here, headers: &HeaderMap, request: Result<SamlRequest, &'static str>) -> Response {
    let request = match request {
        Ok(request) => request,
        Err(why) => return pages::message(here, StatusCode::BAD_REQUEST, why),
    };
    match here.idp.session(headers).filter(|_| !request.force) {
        Some(session) => finish(here, &request, &session),
        None if request.passive => refuse(here, &request, NO_PASSIVE),
        None => {
            let signs_in = here.idp.state().signs_in;
            match signs_in {
                Some(user) => sign_in_and(here, headers, user, |session| finish(here, &request, session)),
                None => show_form(here, Pending::Saml(request)),
            }
        }
    }
}

/// Sends an assertion about the session's user.
pub(crate) fn finish(here: &Here, request: &SamlRequest, session: &Session) -> Response {
    if let Some(status) = failure_status(&here.idp) {
        return refuse(here, request, &status);
    }
    let (Some(provider), Some(user)) =
        (here.idp.service_provider(&request.entity_id), here.idp.user(session.user))
    else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut claims = user.claims.clone();
    for lie in here.idp.lies() {
        if let Lie::UserClaim { name, value } = lie {
            set_member(&mut claims, &name, value.as_ref());
        }
    }
    let exchange = SamlExchange { here, provider, request };
    let Some(context) = exchange.context() else { return refuse(here, request, NO_CONTEXT) };
    let named = exchange.name(user, &claims);
    let answer = named.and_then(|name| Ok((exchange.success(session, &name, &claims, &context)?, name)));
    match answer {
        Ok((response, name)) => {
            let (entity_id, sid) = (provider.entity_id.clone(), session.sid.clone());
            here.idp.note_participant(Participant { entity_id, name: name.value, format: name.format, sid });
            send(&exchange, response)
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refuse(here: &Here, request: &SamlRequest, status: &str) -> Response {
    let Some(provider) = here.idp.service_provider(&request.entity_id) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let exchange = SamlExchange { here, provider, request };
    match exchange.failure(status) {
        Ok(response) => send(&exchange, response),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
