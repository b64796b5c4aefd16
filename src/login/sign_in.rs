//! Sends a visitor who is not signed in to the app's sign-in page, and back.

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
    pages::shown::ProceedTo,
    state::Core,
};
use tower_sso_core::{OrgId, ReturnPath};

/// Answers a request without a login cookie. A browser that comes from another site may hold back a cookie with
/// `SameSite=Strict`, and sends it from a page of ours. That page is shown once. If the cookie is still missing,
/// the person signs in to the app. The ticket is kept.
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

/// Returns the app's sign-in page, which returns to an address of ours.
pub(crate) fn sign_in_page(core: &Core, here: &str) -> Option<ReturnPath> {
    let here = core.addresses.path_of(here)?;
    core.directory.sign_in_url(&here)
}

/// Sends the browser to the app's sign-in page, which returns to `next`. If the app has no sign-in page, returns a
/// page that says to sign in, which leads to `back`.
pub(crate) fn to_sign_in(
    core: &Core,
    organization: &OrgId,
    next: &str,
    back: Option<&ReturnPath>,
) -> Response {
    match sign_in_page(core, next) {
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
