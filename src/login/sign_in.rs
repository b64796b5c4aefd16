//! Sends a visitor who is not signed in to the app's sign-in page, which leads back. A ticket is not used up
//! meanwhile: it is passed along and not taken.

use axum::response::Response;
use http::{StatusCode, request::Parts};
use url::form_urlencoded;

use crate::{
    error::kind::LoginErrorKind,
    login::{
        failure::LoginFailure,
        onward::see_other,
        request::{parameter, query},
        respond::refuse_login,
    },
    pages::page_values::ProceedTo,
    return_to::ReturnTo,
    state::Core,
};
use tower_sso_core::{OrgId, ReturnPath};

/// Answers a request for `page`, which takes a ticket, whose visitor is not signed in. A browser that comes from
/// another site does not send the app's cookie if it is `SameSite=Strict`. The first answer is therefore a
/// page of ours that requests `page` again, with the ticket and `again=1`. If the visitor is still not signed in then,
/// the second answer leads to the app's sign-in page.
pub(crate) fn without_viewer(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    page: &str,
    ticket: &str,
) -> Response {
    let again = parameter(query(parts), "again").ok().flatten().is_some();
    let ticket: String = form_urlencoded::byte_serialize(ticket.as_bytes()).collect();
    let next = format!("{}?ticket={ticket}&again=1", core.addresses.url(organization, page));
    if again {
        return to_sign_in(core, organization, &next, None);
    }
    core.pages.proceed(ProceedTo::Here, &next).into_response(StatusCode::OK)
}

/// Returns the path of the app's sign-in page that leads back to `here`, an address of ours.
pub(crate) fn sign_in_path(core: &Core, here: &str) -> Option<ReturnPath> {
    let here = core.addresses.path_of(here)?;
    core.directory.sign_in_url(&here)
}

/// Sends the browser to the app's sign-in page, which leads back to `next`. If the app has no sign-in page, returns a
/// page that says to sign in and leads to the start page of an SSO login to `back`.
pub(crate) fn to_sign_in(core: &Core, organization: &OrgId, next: &str, back: Option<&ReturnTo>) -> Response {
    match sign_in_path(core, next) {
        Some(path) => see_other(&core.addresses.of_path(&path)),
        None => {
            let failure = LoginFailure::from(LoginErrorKind::NotSignedIn);
            refuse_login(
                core,
                organization,
                match back {
                    Some(back) => failure.returning_to(back),
                    None => failure,
                },
            )
        }
    }
}
