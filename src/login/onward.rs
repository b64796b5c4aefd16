//! Where the browser goes next, and the response that sends it there.
//!
//! After a form ([`after_form`]), no redirect may lead to another site: a browser applies the `form-action` policy of
//! the page that contained the form to every redirect that answers the form. A page that continues by itself leads
//! there instead. After a link, or a redirect from the provider, a plain redirect works (`after_link`).

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
#[cfg(feature = "saml")]
use tower_sso_core::ReturnPath;
#[cfg(feature = "saml")]
use tower_sso_saml::Outgoing;
use url::Url;

use crate::{login::respond::empty, pages::page_values::ProceedTo, state::Core};

/// Where the browser goes next.
pub(crate) enum Onward {
    /// To an address of the provider, with a GET.
    Provider(String),
    /// To an address of the provider, with a form that is posted there.
    #[cfg(feature = "saml")]
    Post { action: String, fields: Vec<(&'static str, String)> },
    /// To an address of this site, with a GET.
    #[cfg(feature = "saml")]
    Here(String),
}

#[cfg(feature = "saml")]
impl From<Outgoing> for Onward {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Redirect(address) => Self::Provider(address),
            Outgoing::Post { action, fields } => Self::Post { action, fields },
        }
    }
}

/// Answers a form of ours. Uses a page that continues by itself in place of a redirect to the provider.
pub(crate) fn after_form(core: &Core, to: Onward) -> Response {
    match to {
        Onward::Provider(address) => to_provider(core, &address),
        #[cfg(feature = "saml")]
        Onward::Post { action, fields } => core.pages.post(&action, &fields).into_response(StatusCode::OK),
        #[cfg(feature = "saml")]
        Onward::Here(address) => see_other(&address),
    }
}

/// Answers a GET: a link, or a redirect from the provider.
#[cfg(feature = "saml")]
pub(crate) fn after_link(core: &Core, to: Onward) -> Response {
    match to {
        Onward::Provider(address) => see_other(&address),
        Onward::Post { .. } | Onward::Here(_) => after_form(core, to),
    }
}

/// Redirects the browser, which then sends a GET (303).
pub(crate) fn see_other(address: &str) -> Response {
    // Only an address of the provider can be an invalid header value. Ours are encoded.
    let Ok(address) = HeaderValue::from_str(address) else { return without_address() };
    let mut response = empty(StatusCode::SEE_OTHER);
    response.headers_mut().insert(header::LOCATION, address);
    response
}

/// Returns the way to a page of this site.
#[cfg(feature = "saml")]
pub(crate) fn back_to(core: &Core, path: &ReturnPath) -> Onward {
    Onward::Here(core.addresses.of_path(path))
}

/// Adds cookies to a response.
pub(crate) fn with_cookies(
    mut response: Response,
    cookies: impl IntoIterator<Item = HeaderValue>,
) -> Response {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Returns the page that continues to an address of the provider. The page also shows the address as a link. Therefore
/// only `http` and `https` are accepted.
fn to_provider(core: &Core, address: &str) -> Response {
    if !can_be_linked(address) {
        return without_address();
    }
    core.pages.proceed(ProceedTo::Provider, address).into_response(StatusCode::OK)
}

/// Returns the response for an address of the provider to which a browser cannot be sent.
fn without_address() -> Response {
    empty(StatusCode::BAD_GATEWAY)
}

/// Returns whether an address of the provider can be a link on one of our pages.
fn can_be_linked(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_redirects_are_not_stored_and_send_no_referrer() {
        let response = see_other("https://idp.example/authorize?state=x");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }

    #[test]
    fn only_a_web_address_can_be_a_link_on_our_pages() {
        for (address, can_be) in [
            ("https://idp.example/sso?SAMLRequest=x", true),
            ("http://127.0.0.1:8000/", true),
            ("javascript:alert(1)", false),
            (" javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("//idp.example/", false),
            ("/sso", false),
            ("", false),
        ] {
            assert_eq!(can_be_linked(address), can_be, "{address}");
        }
        assert_eq!(without_address().status(), StatusCode::BAD_GATEWAY);
    }

    #[test]
    fn a_location_with_control_bytes_is_502() {
        let response = see_other("https://idp.example/\r\nset-cookie: x");
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        assert!(!response.headers().contains_key(header::LOCATION));
    }
}
