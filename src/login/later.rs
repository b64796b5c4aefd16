//! The handler of the banner's button "Not now".

use crate::login::begin;
use crate::login::respond;
use axum::{
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
};
use http::request::Parts;
use std::sync::Arc;

use crate::{
    enforce::banner::put_off,
    error::LoginError,
    id::OrgId,
    login::{
        request::{MAX_FORM_BYTES, form, organization, same_origin},
        respond::see_other,
        start_params::return_path,
    },
    state::Core,
};

/// Dismisses the organization's banner for the viewer, and leads back to the page that showed it.
pub(crate) async fn later(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let asked = async {
        same_origin(&parts.headers, core.addresses.origin())?;
        return_path(&form(body, MAX_FORM_BYTES).await?)
    };
    let back = match asked.await {
        Ok(back) => back,
        Err(error) => return respond::refuse_login(&core, &organization, &error, None),
    };
    match put_banner_off(&core, &parts, &organization).await {
        Ok(cookie) => (cookie, see_other(&core.addresses.of_path(&back))).into_response(),
        Err(error) => respond::refuse_login(&core, &organization, &error, Some(&back)),
    }
}

/// Returns the cookie that dismisses the banner. Only a member may learn that there is a banner.
async fn put_banner_off(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
) -> Result<http::HeaderMap, LoginError> {
    let (account, _) = begin::signed_in(core, parts).await?;
    let put = async {
        begin::connection(core, organization).await?;
        begin::member(core, organization, &account).await?;
        Ok(put_off(&core.addresses, organization, &account)?)
    };
    put.await.map_err(|error: LoginError| error.of(&account))
}
