//! The SSO login endpoint, and the SSO login that starts here (SAML profiles §4.1).

use axum::{
    Extension,
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use crate::test_idp::{
    authorize::{Pending, ask},
    forge,
    guard::Here,
    idp::TestIdp,
    lie::Lie,
    pages,
    params::Params,
    saml::{
        answer::{send, told_to_fail},
        incoming::Incoming,
        logout::Participant,
        request::SamlRequest,
        response::Answering,
        service_provider::TestServiceProvider,
    },
    session::Session,
    sign_in,
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
        Err(why) => return pages::told(here, StatusCode::BAD_REQUEST, why),
    };
    match here.idp.session(headers).filter(|_| !request.force) {
        Some(session) => finish(here, &request, &session),
        None if request.passive => refuse(here, &request, NO_PASSIVE),
        None => {
            let signs_in = here.idp.state().signs_in;
            match signs_in {
                Some(user) => sign_in::complete(here, headers, &Pending::Saml(request), user),
                None => ask(here, Pending::Saml(request)),
            }
        }
    }
}

/// Answers with an assertion about whoever is signed in.
pub(crate) fn finish(here: &Here, request: &SamlRequest, session: &Session) -> Response {
    if let Some(status) = told_to_fail(&here.idp) {
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
            forge::set(&mut claims, &name, value.as_ref());
        }
    }
    let answering = Answering { here, provider, request };
    let Some(context) = answering.context() else { return refuse(here, request, NO_CONTEXT) };
    let named = answering.name(user, &claims);
    let answer = named.and_then(|name| Ok((answering.success(session, &name, &claims, &context)?, name)));
    match answer {
        Ok((response, (format, name))) => {
            let (entity_id, sid) = (provider.entity_id.clone(), session.sid.clone());
            here.idp.note_participant(Participant { entity_id, name, format, sid });
            send(&answering, response)
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn refuse(here: &Here, request: &SamlRequest, status: &str) -> Response {
    let Some(provider) = here.idp.service_provider(&request.entity_id) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let answering = Answering { here, provider, request };
    match answering.failure(status) {
        Ok(response) => send(&answering, response),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl TestIdp {
    /// Whether an app here takes part in single logout.
    pub(crate) fn has_single_logout(&self) -> bool {
        self.settings().service_providers.iter().any(|provider| provider.logout.is_some())
    }

    pub(super) fn service_provider(&self, entity_id: &str) -> Option<&TestServiceProvider> {
        self.settings().service_providers.iter().find(|provider| provider.entity_id == entity_id)
    }
}
