//! One SSO login, step by step, so that a test can alter any step.

use std::sync::atomic::Ordering;

use axum::{body::Body, response::Response};
use http::{Method, Request, StatusCode};
use tower::ServiceExt as _;
use tower_sso::{Credential, FreshSession, SsoPass, token::CredentialKind};
use url::{Url, form_urlencoded};

use super::{TestApp, email};
use crate::{
    browser::Document,
    support::{header, text},
};

/// A person at a browser: an account with a credential of the host, and who they are at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub account: Option<String>,
    /// The ID of the credential. Empty for an app session that has none.
    pub credential: String,
    pub kind: CredentialKind,
    pub email: String,
}

impl Actor {
    /// Returns a visitor who is not signed in to the host, but is ada at the provider.
    pub fn nobody() -> Self {
        Self { account: None, credential: String::new(), kind: CredentialKind::Session, email: email("ada") }
    }

    /// Returns the credential that the person presents to the app.
    pub fn presents(&self) -> Credential {
        Credential { id: self.credential.as_str().into(), kind: self.kind }
    }

    /// Returns the same account in another browser.
    pub fn elsewhere(&self) -> Self {
        Self { credential: format!("{}-elsewhere", self.credential), ..self.clone() }
    }

    /// Returns a token of the same account, with the ID of the credential.
    pub fn by_token(&self) -> Self {
        Self { kind: CredentialKind::Token, ..self.clone() }
    }

    /// Returns the same credential, signed in as another user at the provider.
    pub fn as_user(&self, user: &str) -> Self {
        Self { email: email(user), ..self.clone() }
    }

    fn headers(&self) -> Vec<(&'static str, &str)> {
        let account = self.account.as_deref();
        let credential = match self.kind {
            CredentialKind::Session if self.credential.is_empty() => "x-without-session-id",
            CredentialKind::Session => "x-credential",
            CredentialKind::Token => "x-token",
            CredentialKind::OrganizationToken => "x-organization-token",
        };
        account
            .map(|account| vec![("x-account", account), (credential, &self.credential)])
            .unwrap_or_default()
    }
}

impl TestApp {
    /// Returns an account in its own browser.
    pub fn actor(&self, account: &str) -> Actor {
        let credential = format!("credential-{}", self.login.number());
        Actor {
            account: Some(account.to_owned()),
            credential,
            kind: CredentialKind::Session,
            email: email(account),
        }
    }

    /// Sends a request to the app without a socket. Asserts that no answer to a form redirects to another site, because
    /// a browser applies the `form-action` of the form's page to such a redirect.
    pub async fn send(&self, request: Request<Body>) -> Response {
        let posted = request.method() == Method::POST;
        let response = self.router.clone().oneshot(request).await.unwrap();
        let location = header(&response, "location");
        let stays = location.is_empty() || location.starts_with(&self.url("/"));
        assert!(!posted || stays, "a redirect after a form, to {location}");
        self.keep_secrets(location);
        response
    }

    /// Returns a request by this visitor.
    pub fn request(
        &self,
        who: &Actor,
        method: &str,
        address: &str,
        headers: &[(&str, &str)],
    ) -> Request<Body> {
        let address = address.strip_prefix(&self.base).unwrap_or(address);
        self.keep_secrets(address);
        crate::support::request(method, address, &[&who.headers(), headers].concat())
    }

    /// Opens an address as a browser does. After a `#`, the address contains a form that another site posts. The
    /// browser then withholds its cookies.
    pub async fn visit(&self, who: &Actor, address: &str) -> Response {
        if let Some((address, form)) = address.split_once('#') {
            return self.post_from_elsewhere(address, form).await;
        }
        let headers = [
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("sec-fetch-site", "same-origin"),
        ];
        self.send(self.request(who, "GET", address, &headers)).await
    }

    /// Posts a form of the provider's page as a browser does: without the app's cookies.
    pub async fn post_from_elsewhere(&self, address: &str, form: &str) -> Response {
        let headers = [
            ("origin", "http://localhost"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("sec-fetch-site", "cross-site"),
        ];
        self.post(&Actor::nobody(), address, &headers, form.to_owned()).await
    }

    /// Sends a request as a script does.
    pub async fn ask(&self, who: &Actor, address: &str) -> Response {
        self.send(self.request(who, "GET", address, &[])).await
    }

    /// Presses the start page's button.
    pub async fn begin(&self, who: &Actor, organization: &str, return_to: &str) -> Response {
        let form =
            form_urlencoded::Serializer::new(String::new()).append_pair("return_to", return_to).finish();
        self.post(who, &format!("/sso/{organization}/begin"), &[("origin", &self.base)], form).await
    }

    pub async fn post(
        &self,
        who: &Actor,
        address: &str,
        headers: &[(&str, &str)],
        form: impl Into<Body>,
    ) -> Response {
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let mut request = self.request(who, "POST", address, &[&kind, headers].concat());
        *request.body_mut() = form.into();
        self.send(request).await
    }

    /// Begins, and returns the provider's address. If a form is posted there, it follows after a `#`.
    pub async fn begun(&self, who: &Actor, organization: &str) -> String {
        let begun = self.begin(who, organization, RETURN_TO).await;
        self.to_provider(begun).await
    }

    /// Returns where the answer of `begin` leads: an address, and after a `#` the form that is posted there, if there
    /// is one. A form is answered with a page, because no redirect after a form may lead to another site.
    pub async fn to_provider(&self, begun: Response) -> String {
        if begun.status() != StatusCode::OK {
            return self.location(begun).await;
        }
        let page = text(begun).await;
        let document = Document::parse(&page);
        let Some((_, address)) = document.meta("refresh").and_then(|it| it.split_once("; url=")) else {
            return form(&page);
        };
        // A browser in which the page does not continue by itself has a link.
        assert_eq!(document.links.iter().map(|link| &link.href).collect::<Vec<_>>(), [address], "{page}");
        self.keep_secrets(address);
        address.to_owned()
    }

    /// Signs in at the provider, where the app sent the browser. Returns the callback's address, and after a `#` the
    /// form that is posted there, if there is one.
    pub async fn signed_in(&self, who: &Actor, organization: &str, authorize: &str) -> String {
        let idp = self.idp(organization);
        let turn = self.at_the_provider.lock().await;
        idp.sign_in_as(Some(&who.email)).unwrap();
        let asked = match authorize.split_once('#') {
            None => self.client.get(authorize),
            Some((address, form)) => self
                .client
                .post(address)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_owned()),
        };
        let answer = asked.send().await.unwrap();
        drop(turn);
        if answer.status() == StatusCode::OK {
            return form(&answer.text().await.unwrap());
        }
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap());
        let callback = answer.headers()["location"].to_str().unwrap().to_owned();
        self.keep_secrets(&callback);
        callback
    }

    /// Brings a message to a provider as its address, and after a `#` the form that is posted there. Returns where the
    /// browser goes next in the same way, or the page on which it ends.
    pub async fn carried(&self, address: &str) -> Result<String, (StatusCode, String)> {
        let asked = match address.split_once('#') {
            None => self.client.get(address),
            Some((address, form)) => self
                .client
                .post(address)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_owned()),
        };
        let answer = asked.send().await.unwrap();
        if let Some(location) = answer.headers().get("location") {
            return Ok(location.to_str().unwrap().to_owned());
        }
        let (status, page) = (answer.status(), answer.text().await.unwrap());
        if Document::parse(&page).forms.is_empty() { Err((status, page)) } else { Ok(form(&page)) }
    }

    /// Starts at the provider with SAML, and returns what [`TestApp::signed_in`] returns.
    pub async fn unsolicited(&self, who: &Actor) -> String {
        let start = self.acme.saml_start_url(&self.url("/sso/1/saml/metadata"));
        self.signed_in(who, "1", &start).await
    }

    /// Begins and signs in, and returns the callback's address.
    pub async fn called_back(&self, who: &Actor, organization: &str) -> String {
        let authorize = self.begun(who, organization).await;
        self.signed_in(who, organization, &authorize).await
    }

    /// Continues as far as the ticket, and returns the address to finish at.
    pub async fn received(&self, who: &Actor, organization: &str) -> String {
        let callback = self.called_back(who, organization).await;
        let received = self.visit(who, &callback).await;
        self.location(received).await
    }

    /// A whole SSO login.
    pub async fn log_in(&self, who: &Actor, organization: &str) {
        let finish = self.received(who, organization).await;
        self.finishes(who, &finish).await;
    }

    /// Finishes, and asserts that it worked.
    pub async fn finishes(&self, who: &Actor, finish: &str) {
        let finished = self.visit(who, finish).await;
        assert_eq!(self.location(finished).await, self.url(RETURN_TO));
        self.count_finished();
    }

    /// Receives and finishes from a callback's address, and asserts that it worked.
    pub async fn accepts(&self, who: &Actor, callback: &str) {
        let received = self.visit(who, callback).await;
        let finish = self.location(received).await;
        self.finishes(who, &finish).await;
    }

    /// Records that one more session must be stored.
    pub fn count_finished(&self) {
        self.finished.fetch_add(1, Ordering::SeqCst);
    }

    /// Returns whether the visitor passes without an SSO login.
    pub async fn is_logged_in(&self, who: &Actor, organization: &str) -> bool {
        let slug = if organization == "1" { "acme" } else { "initech" };
        let response = self.ask(who, &format!("/{slug}/x")).await;
        match response.status() {
            StatusCode::OK => text(response).await.starts_with("Fresh"),
            StatusCode::UNAUTHORIZED => false,
            other => panic!("{other}: {}", text(response).await),
        }
    }

    /// Returns the proof that a visitor has logged in with SSO at organization 1.
    pub async fn proof(&self, who: &Actor) -> FreshSession {
        let parts = self.request(who, "GET", "/x", &[]).into_parts().0;
        match self.sso.require(&parts, &"1".into()).await {
            Ok(SsoPass::Fresh(proof)) => proof,
            other => panic!("{other:?}"),
        }
    }

    /// Returns where a response sends the browser.
    pub async fn location(&self, response: Response) -> String {
        let location = header(&response, "location").to_owned();
        let status = response.status();
        assert_eq!(status, StatusCode::SEE_OTHER, "{}\n{:?}", text(response).await, self.last());
        location
    }

    fn keep_secrets(&self, address: &str) {
        let Ok(url) = Url::parse(&self.base).unwrap().join(address) else { return };
        let names = [
            "state",
            "nonce",
            "code",
            "code_challenge",
            "ticket",
            "link",
            "access_token",
            "request_uri",
            "RelayState",
        ];
        let secret = |name: &str, value: &str| names.contains(&name) && value.len() > 20;
        let pairs = url.query_pairs().filter(|(name, value)| secret(name, value));
        self.secrets.lock().unwrap().extend(pairs.map(|(_, value)| value.into_owned()));
    }
}

/// Returns the only form of a page: where it is posted to, and after a `#` its fields.
fn form(page: &str) -> String {
    let document = Document::parse(page);
    let [form] = document.forms.as_slice() else { panic!("no form, or several:\n{page}") };
    let fields = form.fields.iter().filter_map(|field| Some((field.name.as_ref()?, &field.value)));
    let fields = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{}#{fields}", form.action)
}

/// The page that the visitors want to open.
pub const RETURN_TO: &str = "/acme/repo?tab=files&line=7";
