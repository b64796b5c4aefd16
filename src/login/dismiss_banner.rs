//! The handler of the banner's button "Not now". The banner offers an SSO login that is optional; a cookie hides it.

use std::sync::Arc;

use axum::{
    extract::{RawPathParams, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, request::Parts};

use crate::{
    directory::viewer::SignedIn,
    enforce::dismissed,
    error::login_error::LoginError,
    login::{
        failure::{LoginFailure, OrFailure as _},
        lookups,
        onward::see_other,
        request::{organization, own_form},
        respond::refuse_login,
        start_params::parse_return_path,
    },
    state::Core,
};
use tower_sso_core::OrgId;

/// Dismisses the organization's banner for the viewer, and leads back to the page that showed it.
pub(crate) async fn dismiss_banner(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let back = match own_form(&core, &parts, body)
        .await
        .and_then(|form| parse_return_path(&core.addresses, &form))
    {
        Ok(back) => back,
        Err(error) => return refuse_login(&core, &organization, error),
    };
    match dismissal(&core, &parts, &organization).await.returning_to(&back.clone().into()) {
        Ok(cookie) => (cookie, see_other(&core.addresses.of_path(&back))).into_response(),
        Err(failure) => refuse_login(&core, &organization, failure),
    }
}

/// Returns the cookie that dismisses the banner. Only a member may learn that there is a banner.
async fn dismissal(core: &Core, parts: &Parts, organization: &OrgId) -> Result<HeaderMap, LoginFailure> {
    let viewer = lookups::signed_in(core, parts).await?;
    dismissal_for(core, organization, &viewer).await.for_account(&viewer.account)
}

async fn dismissal_for(
    core: &Core,
    organization: &OrgId,
    viewer: &SignedIn,
) -> Result<HeaderMap, LoginError> {
    lookups::connection(core, organization).await?;
    lookups::check_member(core, organization, &viewer.account).await?;
    Ok(dismissed::dismissal(&core.addresses, organization, &viewer.account)?)
}
