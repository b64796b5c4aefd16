//! An OpenID provider sends a person here to log in with SSO, for example from a tile on its front page (OpenID Connect
//! Core §4).
//!
//! No SSO login begins here: the browser is sent to our start page. With SAML, an SSO login that starts at the provider
//! brings its response immediately; see `confirm`.

use crate::{
    connection::provider::Provider,
    error::{kind::LoginErrorKind, login_error::LoginError},
    login::{
        lookups,
        onward::see_other,
        request::{MAX_FORM_BYTES, form, organization, query},
        respond::refuse_unmatched,
        start_params::{StartParams, checked_hint},
    },
    return_to::ReturnTo,
    state::Core,
    step_up::StepUp,
};
use std::collections::HashSet;
use std::sync::Arc;
use tower_sso_core::OrgId;

use axum::{
    extract::{RawPathParams, Request, State},
    response::Response,
};
use url::form_urlencoded;

pub(crate) async fn by_query(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let parts = request.into_parts().0;
    answer(&core, &organization(&params), query(&parts)).await
}

pub(crate) async fn by_form(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let organization = organization(&params);
    match form(request.into_body(), MAX_FORM_BYTES).await {
        Ok(form) => answer(&core, &organization, &form).await,
        Err(error) => refuse_unmatched(&core, &organization, error),
    }
}

async fn answer(core: &Core, organization: &OrgId, parameters: &[u8]) -> Response {
    match initiate(core, organization, parameters).await {
        Ok(start) => see_other(&start),
        Err(error) => refuse_unmatched(core, organization, error),
    }
}

/// Checks the parameters that the provider sent with the browser, and returns the address of our start page. Anyone
/// may have sent the person here. Therefore the person must press the button on the start page.
///
/// `iss` must be the connection's issuer, byte for byte. `target_link_uri` must be an address of this site; if it
/// is missing, the front page is used. No parameter may be repeated (RFC 6749 §3.1). An empty parameter counts as
/// missing.
pub(crate) async fn initiate(
    core: &Core,
    organization: &OrgId,
    parameters: &[u8],
) -> Result<String, LoginError> {
    let (mut issuer, mut target, mut hint) = (None, None, None);
    let mut seen = HashSet::new();
    for (name, value) in form_urlencoded::parse(parameters) {
        let slot = match &*name {
            "iss" => Some(&mut issuer),
            "target_link_uri" => Some(&mut target),
            "login_hint" => Some(&mut hint),
            _ => None,
        };
        if let Some(slot) = slot.filter(|_| !value.is_empty()) {
            *slot = Some(value.into_owned());
        }
        if !seen.insert(name) {
            return Err(LoginErrorKind::ParameterRepeated.into());
        }
    }
    let connection = lookups::connection(core, organization).await?;
    let known = match &connection.provider {
        Provider::Oidc(provider) => issuer.as_deref() == Some(provider.issuer()),
        // With SAML, an SSO login that starts at the provider brings its response immediately.
        #[cfg(feature = "saml")]
        Provider::Saml(_) => false,
    };
    if !known {
        return Err(LoginErrorKind::InitiatorWrong.into());
    }
    let back = match target {
        None => core.addresses.front_page().into(),
        Some(target) => page_of_this_site(core, &target).ok_or(LoginErrorKind::ReturnPathInvalid)?,
    };
    lookups::check_return(core, organization, &back).await?;
    let hint = hint.map(checked_hint).transpose()?;
    let params = StartParams { return_to: back, step_up: StepUp::default(), hint };
    Ok(params.start_page(&core.addresses, organization))
}

/// Returns the page at an address of this site, without its fragment.
fn page_of_this_site(core: &Core, address: &str) -> Option<ReturnTo> {
    match address.split('#').next().unwrap_or_default() {
        path if path.starts_with('/') => None,
        origin if origin == core.addresses.origin() => Some(core.addresses.front_page().into()),
        page => core.addresses.parse_return(page),
    }
}
