//! An SSO login that starts at the provider, for example from a tile on its front page (OpenID Connect Core §4).

use std::collections::HashSet;

use axum::{
    extract::{RawPathParams, Request, State},
    response::Response,
};
use url::form_urlencoded;

use crate::{
    connection::Provider,
    enforce::step_up::StepUp,
    error::{LoginError, kind::LoginErrorKind},
    id::OrgId,
    login::{
        respond::see_other,
        return_path::ReturnPath,
        routes::{FORM, form, organization, query},
        start_params::{StartParams, checked_hint},
    },
    sso::Sso,
};

pub(super) async fn by_query(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let parts = request.into_parts().0;
    initiate(&sso, &organization(&params), query(&parts)).await
}

pub(super) async fn by_form(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let organization = organization(&params);
    match form(request.into_body(), FORM).await {
        Ok(form) => initiate(&sso, &organization, &form).await,
        Err(error) => sso.refuse_unmatched(&organization, &error),
    }
}

async fn initiate(sso: &Sso, organization: &OrgId, parameters: &[u8]) -> Response {
    match sso.initiate(organization, parameters).await {
        Ok(start) => see_other(&start),
        Err(error) => sso.refuse_unmatched(organization, &error),
    }
}

impl Sso {
    /// Reads the parameters with which the provider sent the browser, and returns the address of our start page. No
    /// SSO login begins here. Anyone may have sent the person here, so the person must press the button on the start
    /// page.
    ///
    /// `iss` must be the connection's issuer, byte for byte. `target_link_uri` must be an address of this site; if it
    /// is missing, the front page is used. No parameter may be repeated (RFC 6749 §3.1). An empty parameter counts as
    /// missing.
    pub(super) async fn initiate(
        &self,
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
        let connection = self.connection(organization).await?;
        let known = match &connection.provider {
            Provider::Oidc(provider) => issuer.as_deref() == Some(provider.issuer()),
            // With SAML, an SSO login that starts at the provider brings its response immediately.
            #[cfg(feature = "saml")]
            Provider::Saml(_) => false,
            #[cfg(test)]
            Provider::None => false,
        };
        if !known {
            return Err(LoginErrorKind::InitiatorWrong.into());
        }
        let back = match target {
            None => ReturnPath::root(),
            Some(target) => self.path_of_this_site(&target).ok_or(LoginErrorKind::ReturnPathInvalid)?,
        };
        let hint = hint.map(checked_hint).transpose()?;
        Ok(self
            .core()
            .addresses
            .start_with(organization, &StartParams { back, asked: StepUp::default(), hint }))
    }

    /// Returns the path of an address of this site, without its fragment.
    fn path_of_this_site(&self, address: &str) -> Option<ReturnPath> {
        let path = address.strip_prefix(self.core().addresses.origin())?;
        match path.split('#').next().unwrap_or_default() {
            "" => Some(ReturnPath::root()),
            path => ReturnPath::parse(path),
        }
    }
}
