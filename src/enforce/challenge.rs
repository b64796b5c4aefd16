//! [`Challenge`]: the response to a member who must log in with SSO.
//!
//! The kind of client determines its shape (see `client_kind`): a redirect, a page, plain text, JSON, or the status of a
//! gRPC call. Only a navigation with `GET` or `HEAD` is redirected, because other requests would lose their body. Each
//! shape names the URL where the user logs in with SSO. Caches must not store it.

use crate::{
    challenge_reason::ChallengeReason,
    connection::checked::Connection,
    enforce::{
        client_kind::{ClientKind, restores_page},
        effective::uses_token_page,
        grpc::{self, GrpcCode},
        response_body::ResponseBody,
        return_path,
    },
    metrics::measures::challenged,
    request_head::RequestHead,
    state::Core,
    step_up::StepUp,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::json;
use tower_sso_core::{CredentialKind, OrgSlug, internal::Encoded};

/// The response to a member who must log in with SSO: a redirect for a navigation, otherwise 401 or 403 with the URL
/// in the body and the headers. A gRPC client gets the code `UNAUTHENTICATED`, with HTTP status 200 and the URL in the
/// metadata `sso-url`. `Cache-Control` is `no-store`.
#[derive(Debug)]
pub struct Challenge {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    sso_url: String,
    why: ChallengeReason,
}

/// The connection that requires the SSO login, and the credential that was challenged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChallengeTarget<'a> {
    pub(crate) connection: &'a Connection,
    /// The kind of the credential, if it is known.
    pub(crate) credential: Option<CredentialKind>,
}

impl Challenge {
    /// Returns the URL where the user logs in with SSO or, for a token that must be authorized, where its owner
    /// authorizes it. It takes the page to return to as the parameter `return_to`: a path of this site or, with
    /// [`Namespace::host`](crate::Namespace::host), an address of the organization's own host.
    #[must_use]
    pub fn sso_url(&self) -> &str {
        &self.sso_url
    }

    /// Returns the reason for the challenge.
    #[must_use]
    pub fn why(&self) -> ChallengeReason {
        self.why
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the response.
    #[must_use]
    pub fn into_response<B: ResponseBody>(self) -> Response<B> {
        let mut response = Response::new(B::from_bytes(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    /// Builds the challenge in the shape that suits the client.
    pub(crate) fn new(
        core: &Core,
        head: RequestHead<'_>,
        slug: &OrgSlug,
        to: ChallengeTarget<'_>,
        why: ChallengeReason,
    ) -> Self {
        Self::with_step_up(core, head, slug, to, why, &StepUp::new())
    }

    /// Builds the challenge for a handler that requires a step-up.
    pub(crate) fn with_step_up(
        core: &Core,
        head: RequestHead<'_>,
        slug: &OrgSlug,
        to: ChallengeTarget<'_>,
        why: ChallengeReason,
        asked: &StepUp,
    ) -> Self {
        let ChallengeTarget { connection, credential } = to;
        let addresses = &core.addresses;
        // A token can't log in with SSO. Its owner authorizes it in a browser, on a page that starts an SSO login if
        // necessary.
        let by_page = credential.is_some_and(|kind| uses_token_page(connection, kind));
        let start = |back| match by_page {
            true => addresses.tokens(connection.organization(), asked),
            false => addresses.start_asking(connection.organization(), back, asked),
        };
        challenged(connection.protocol(), credential, why);
        let sso_url = start(None);
        let organization = Encoded(slug.as_str()).to_string();
        let mut challenge = Self {
            status: StatusCode::UNAUTHORIZED,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            why,
            sso_url: sso_url.clone(),
        };
        challenge.set("cache-control", "no-store");
        challenge.set("x-sso", &format!("required; organization={organization}; url={sso_url}"));
        match ClientKind::of(head) {
            ClientKind::Grpc => {
                challenge.status = StatusCode::OK;
                let does = if by_page { "authorize this token at" } else { "log in at" };
                let message = format!("{} requires single sign-on: {does} {sso_url}", connection.name());
                challenge.headers.extend(grpc::headers(head, GrpcCode::Unauthenticated, &message));
                challenge.set("sso-url", &sso_url);
                challenge.set("sso-reason", why.as_str());
            }
            ClientKind::Navigation => {
                challenge.status = StatusCode::SEE_OTHER;
                let back = return_path::for_navigation(core, head, slug);
                challenge.set("location", &start(Some(&back)));
            }
            ClientKind::Frame => {
                let back = return_path::for_navigation(core, head, slug);
                let start = start(Some(&back));
                challenge.set("www-authenticate", &cookie_challenge(&organization, &sso_url));
                let page = core.pages.framed(connection.name(), &start);
                challenge.headers.extend(page.headers);
                challenge.body = page.body;
            }
            ClientKind::Htmx => {
                let back = match restores_page(head.headers) {
                    true => return_path::for_navigation(core, head, slug),
                    false => return_path::for_htmx(core, head, slug),
                };
                challenge.set("hx-redirect", &start(Some(&back)));
                challenge.set("www-authenticate", &cookie_challenge(&organization, &sso_url));
                challenge.problem(slug);
            }
            ClientKind::Basic => {
                challenge.status = StatusCode::FORBIDDEN;
                challenge.set("content-type", "text/plain; charset=utf-8");
                let name = connection.name();
                let does = if by_page { "Authorize this token at" } else { "Log in with SSO at" };
                challenge.body =
                    format!("{does} {sso_url}\n{name} requires single sign-on for this credential.\n").into();
            }
            ClientKind::Bearer => {
                challenge.set(
                    "www-authenticate",
                    &format!("Bearer error=\"insufficient_user_authentication\", error_description=\"Single sign-on is required\", organization=\"{organization}\", sso_url=\"{sso_url}\"{}", asked.attributes()),
                );
                challenge.problem(slug);
            }
            ClientKind::Other => {
                challenge.set("www-authenticate", &cookie_challenge(&organization, &sso_url));
                challenge.problem(slug);
            }
        }
        challenge
    }

    /// Sets the body to a problem document (RFC 9457).
    fn problem(&mut self, slug: &OrgSlug) {
        self.set("content-type", "application/problem+json");
        let problem = json!({
            "type": "urn:tower-sso:single-sign-on-required",
            "title": "Single sign-on is required",
            "status": self.status.as_u16(),
            "organization": slug.as_str(),
            "sso_url": self.sso_url,
            "reason": self.why.as_str(),
        });
        self.body = problem.to_string().into();
    }

    fn set(&mut self, name: &'static str, value: &str) {
        // This does not fail: the inserted values are percent-encoded, and the rest is ASCII text of this crate.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }
}

/// Returns the value of `WWW-Authenticate` for a client that authenticates with a cookie.
fn cookie_challenge(organization: &str, sso_url: &str) -> String {
    format!("SSO organization=\"{organization}\", url=\"{sso_url}\"")
}

impl axum::response::IntoResponse for Challenge {
    fn into_response(self) -> axum::response::Response {
        self.into_response()
    }
}
