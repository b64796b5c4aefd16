//! Single logout (SAML profiles §4.4), started by a service provider or at the provider. Every app that the user logged
//! in to through the session is told, one after another, through the browser.
//!
//! 1. A request ends the sessions that it names at the provider, at once.
//! 2. Each other app that took part in one of these sessions gets a logout request of the provider, and must respond to
//!    it before the next one is told.
//! 3. The app that began gets the response. It is `PartialLogout` if an app did not confirm (SAML core §3.7.3.2).
//!
//! A test of an app can thus be on either side: its user presses a button at the app, or at the provider
//! ([`RunningIdp::saml_sign_out_url`](crate::RunningIdp::saml_sign_out_url)).

use axum::{
    Extension,
    body::Bytes,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use crate::{
    here::Here,
    pages,
    params::Params,
    saml::{
        incoming::{Incoming, Kind, Refused},
        logout::SUCCESS,
        xml::Element,
    },
    state::logout::{Logout, LogoutRequester},
};

/// `GET /saml/slo`: a message by HTTP Redirect.
pub(crate) async fn slo_by_query(Extension(here): Extension<Here>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    received(&here, Incoming::by_redirect(&query))
}

/// `POST /saml/slo`: a message by HTTP POST.
pub(crate) async fn slo_by_form(Extension(here): Extension<Here>, body: Bytes) -> Response {
    received(&here, Incoming::by_post(&body))
}

/// `GET /saml/sign-out`: signs out the user of this browser, or, with `user`, the user with that email address
/// everywhere.
pub(crate) async fn sign_out_everywhere(
    Extension(here): Extension<Here>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let ended = match params.get("user") {
        None => here.idp.session(&headers).map(|session| vec![session.sid]),
        Some(email) => here.idp.user_by_email(email).map(|user| here.idp.account_sessions(user)),
    };
    let Some(ended) = ended.filter(|ended| !ended.is_empty()) else {
        return pages::message(
            &here,
            StatusCode::BAD_REQUEST,
            "Nobody is signed in here who could be signed out.",
        );
    };
    let all = params.get("user").is_some();
    let logout = Logout::of(here.idp.end_sessions(&ended), None);
    logout.naming_no_session(all).resume(&here)
}

fn received(here: &Here, incoming: Result<Incoming<'_>, Refused>) -> Response {
    let taken = incoming.and_then(|incoming| match incoming.kind {
        Kind::Request => asked(here, &incoming),
        Kind::Response => answered(here, &incoming),
    });
    match taken {
        Ok(logout) => logout.resume(here),
        Err(why) => pages::message(here, StatusCode::BAD_REQUEST, why).into_response(),
    }
}

/// Handles a service provider's request to end sessions, by NameID and SessionIndex. The sessions at the provider end.
/// The other apps that took part in them are told before the request is answered.
fn asked(here: &Here, incoming: &Incoming<'_>) -> Result<Logout, Refused> {
    let message = &incoming.message;
    let asked = checked(here, incoming, "samlp:LogoutRequest")?;
    let name = message.find("saml:NameID").ok_or("The request has no NameID.")?;
    let indexes = message.elements().filter(|it| it.is("samlp:SessionIndex")).map(Element::own_text);
    let indexes: Vec<_> = indexes.collect();
    let (value, format) = (name.own_text(), name.attribute("Format"));
    let ended = here.idp.sessions_with(|participant| {
        participant.entity_id == asked.entity_id
            && participant.name == value
            && format.is_none_or(|format| participant.format == format)
            && (indexes.is_empty() || indexes.contains(&participant.sid))
    });
    let mut others = here.idp.end_sessions(&ended);
    others.retain(|participant| participant.entity_id != asked.entity_id);
    Ok(Logout::of(others, Some(asked)))
}

/// Handles a service provider's response. It is accepted once, and only from the service provider that was asked.
fn answered(here: &Here, incoming: &Incoming<'_>) -> Result<Logout, Refused> {
    let checked = checked(here, incoming, "samlp:LogoutResponse")?;
    let id = incoming.message.attribute("InResponseTo").unwrap_or_default();
    let waiting = here.idp.state().logouts.take(id, here.idp.now());
    let waiting = waiting.ok_or("The response answers nothing that was asked here.")?;
    let code = incoming.message.find("samlp:Status").and_then(|status| status.find("samlp:StatusCode"));
    let confirmed = code.and_then(|code| code.attribute("Value")) == Some(SUCCESS);
    waiting.answered(&checked.entity_id, confirmed).ok_or("The response is of another service provider.")
}

/// Checks what every logout message must contain. Returns its sender.
fn checked(here: &Here, incoming: &Incoming<'_>, name: &str) -> Result<LogoutRequester, Refused> {
    let message = &incoming.message;
    if !message.is(name) || message.attribute("Version") != Some("2.0") {
        return Err("The message is no logout message of version 2.0.");
    }
    let provider = here.idp.service_provider(&incoming.issuer());
    let provider = provider.ok_or("No service provider of this provider has that entity ID.")?;
    if !provider.has_signed(incoming) {
        return Err("The message is not signed by the service provider's key.");
    }
    if provider.logout.is_none() {
        return Err("It is not known where the service provider takes logout messages.");
    }
    if !incoming.fits("Destination", &format!("{}/saml/slo", here.base)) {
        return Err("The Destination is another address.");
    }
    let id = message.attribute("ID").filter(|id| !id.is_empty()).ok_or("The message has no ID.")?;
    Ok(LogoutRequester {
        entity_id: provider.entity_id.clone(),
        id: id.to_owned(),
        relay_state: incoming.relay_state.clone(),
    })
}
