//! The handler of the banner's button "Not now".

use axum::{
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
};
use http::request::Parts;

use crate::{
    enforce::banner::put_off,
    error::LoginError,
    id::OrgId,
    login::{
        respond::see_other,
        routes::{FORM, form, organization, same_origin},
        start_params::return_path,
    },
    sso::Sso,
};

/// Dismisses the organization's banner for the viewer, and leads back to the page that showed it.
pub(super) async fn later(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let asked = async {
        same_origin(&parts.headers, sso.core().addresses.origin())?;
        return_path(&form(body, FORM).await?)
    };
    let back = match asked.await {
        Ok(back) => back,
        Err(error) => return sso.refuse_login(&organization, &error, None),
    };
    match sso.put_banner_off(&parts, &organization).await {
        Ok(cookie) => (cookie, see_other(&sso.core().addresses.of_path(&back))).into_response(),
        Err(error) => sso.refuse_login(&organization, &error, Some(&back)),
    }
}

impl Sso {
    /// Returns the cookie that dismisses the banner. Only a member may learn that there is a banner.
    async fn put_banner_off(
        &self,
        parts: &Parts,
        organization: &OrgId,
    ) -> Result<http::HeaderMap, LoginError> {
        let (account, _) = self.signed_in(parts).await?;
        let put = async {
            self.connection(organization).await?;
            self.member(organization, &account).await?;
            Ok(put_off(&self.core().addresses, organization, &account)?)
        };
        put.await.map_err(|error: LoginError| error.of(&account))
    }
}
