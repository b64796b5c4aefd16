//! An app on 127.0.0.1 whose organization `acme` logs in with SSO at a SAML provider on `localhost`. These are two
//! sites.

use axum::http::StatusCode;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tower_sso::{
    ConnectionSettings, Secret,
    audit::Action,
    connection::Enforcement,
    directory::Logout,
    login::LoginErrorKind,
    saml::{IdpSource, RequestBinding, SamlSettings},
};

use crate::{
    browser::Browser,
    running_app::{RunningApp, UnstartedApp},
    saml_key::SpKey,
    saml_provider::{Account, SamlProvider, SamlProviderKind},
};

/// The number of seconds after an SSO login for which another challenge looks like a loop, plus one.
const LOOP: i64 = 31;

/// Starts the provider with ada in it.
pub async fn provider(maker: SamlProviderKind) -> SamlProvider {
    let attributes = match maker {
        SamlProviderKind::Pysaml2 => {
            json!({ "mail": ["ada@acme.example"], "eduPersonAffiliation": ["staff", "member"] })
        }
        SamlProviderKind::Samlp => json!({ "affiliation": ["staff", "member"] }),
    };
    let ada = Account { login: "ada", password: "right", email: "ada@acme.example", attributes };
    let bob = Account { login: "bob", email: "bob@acme.example", attributes: json!({}), ..ada.clone() };
    SamlProvider::start(maker, &[ada, bob]).await
}

/// Where the connection gets its settings of the provider from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    Fields,
    Xml,
    Url,
}

/// The app, running.
pub struct RunningSamlApp(RunningApp);

impl RunningSamlApp {
    /// Starts an app that knows the provider from `source`. The settings can still be changed.
    pub async fn new(
        provider: &mut SamlProvider,
        source: Source,
        change: impl FnOnce(SamlSettings) -> SamlSettings,
    ) -> Self {
        let idp = match source {
            Source::Fields => IdpSource::Fields {
                entity_id: provider.entity_id().to_owned(),
                sso_url: provider.sso_url(),
                certificates: vec![provider.certificates().await[0].clone()],
            },
            Source::Xml => {
                IdpSource::MetadataXml { xml: provider.metadata().await, entity_id: None, signed_by: None }
            }
            Source::Url => {
                IdpSource::MetadataUrl { url: provider.metadata_url(), entity_id: None, signed_by: None }
            }
        };
        Self::from(idp, change).await
    }

    /// The same for a source of any kind.
    pub async fn from(idp: IdpSource, change: impl FnOnce(SamlSettings) -> SamlSettings) -> Self {
        let settings = change(SamlSettings::new(idp));
        let connection = ConnectionSettings::saml("acme", Enforcement::Enforced, settings).name("Acme");
        Self(UnstartedApp::bind().await.serve([connection]))
    }

    pub fn url(&self, path: &str) -> String {
        self.0.url(path)
    }

    pub fn entity_id(&self) -> String {
        self.url("/sso/acme/saml/metadata")
    }

    pub fn acs(&self) -> String {
        self.url("/sso/acme/saml/acs")
    }

    /// Returns our metadata, as the provider loads it.
    pub async fn metadata(&self) -> String {
        let answer = reqwest::get(self.entity_id()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "application/samlmetadata+xml");
        answer.text().await.unwrap()
    }

    /// Advances the app's clock, but not the provider's.
    pub fn advance(&self, seconds: i64) {
        self.0.clock.advance(seconds);
    }

    /// Sets the app's clock back to the provider's time.
    pub fn rewind(&self) {
        self.0.clock.set(0);
    }

    /// Signs ada in to the app with a new app session.
    pub async fn sign_in_to_app(&self, browser: &mut Browser) {
        self.log_in_as(browser, "ada").await;
    }

    pub async fn log_in_as(&self, browser: &mut Browser, account: &str) {
        self.0.sign_in_to_app(browser, account, "Lax").await;
    }

    /// Returns the logouts that the app was told about since the last call.
    pub fn logouts(&self) -> Vec<Logout> {
        std::mem::take(&mut *self.0.logouts.lock().unwrap())
    }

    /// Returns the names of the audit events since the last call.
    pub fn actions(&self) -> Vec<&'static str> {
        self.0.actions()
    }

    /// Signs in to the app, opens `/acme/plans` and begins the SSO login. The browser is then at the provider.
    pub async fn begin(&self, browser: &mut Browser) {
        self.begin_with(browser, str::to_owned).await;
    }

    /// The same, but a posted request is changed on its way.
    pub async fn begin_with(&self, browser: &mut Browser, change: impl FnOnce(&str) -> String) {
        self.begin_as(browser, "ada", change).await;
    }

    /// The same for another user.
    pub async fn begin_as(&self, browser: &mut Browser, login: &str, change: impl FnOnce(&str) -> String) {
        self.log_in_as(browser, login).await;
        // A challenge soon after an SSO login is reported as a loop, so the app's clock is advanced past that for one
        // page.
        self.advance(LOOP);
        let start = browser.navigate(self.url("/acme/plans")).await;
        self.advance(-LOOP);
        assert!(start.url.path().ends_with("/start"), "{}", browser.trail());
        browser.submit_through("begin", &[]).await;
        // A request with the POST binding is a page of ours that continues by itself, or by its button.
        if browser.page().url.as_str().starts_with(&self.0.base) && !browser.page().document.forms.is_empty()
        {
            let fields = &browser.page().form("").fields;
            let request = fields.iter().find(|it| it.name.as_deref() == Some("SAMLRequest")).unwrap();
            let request = String::from_utf8(BASE64_STANDARD.decode(&request.value).unwrap()).unwrap();
            let request = BASE64_STANDARD.encode(change(&request));
            browser.submit("", &[("SAMLRequest", &request)]).await;
        }
    }

    /// Signs in at the provider. The page with the response is then open.
    pub async fn sign_in(&self, browser: &mut Browser, login: &str) {
        assert_eq!(browser.page().title(), "Sign in at the provider", "{}", browser.page().body);
        browser.press("login", "Sign in", &[("login", login), ("password", "right")]).await;
    }

    /// A whole SSO login. Returns what the browser shows at the end.
    pub async fn log_in(&self, browser: &mut Browser) -> (StatusCode, String) {
        self.login_as(browser, "ada").await
    }

    /// The same for another user.
    pub async fn login_as(&self, browser: &mut Browser, login: &str) -> (StatusCode, String) {
        self.begin_as(browser, login, str::to_owned).await;
        self.sign_in(browser, login).await;
        self.answer(browser).await
    }

    /// Posts the response on the provider's page.
    pub async fn answer(&self, browser: &mut Browser) -> (StatusCode, String) {
        assert_eq!(browser.page().form("").action, self.acs(), "{}", browser.page().body);
        let page = browser.submit("", &[]).await;
        (page.status, page.text().trim().to_owned())
    }

    /// Returns why SSO logins were refused since the last call. All other events are discarded.
    pub fn refusals(&self) -> Vec<LoginErrorKind> {
        let events = std::mem::take(&mut *self.0.events.lock().unwrap());
        events
            .into_iter()
            .filter_map(|event| match event.action {
                Action::LoginRefused { kind, .. } => Some(kind),
                _ => None,
            })
            .collect()
    }

    /// The same with the details, for messages.
    pub fn said(&self) -> String {
        let events = self.0.events.lock().unwrap();
        events.iter().map(|event| format!("{:?}\n", event.action)).collect()
    }

    /// Returns the profiles that were applied since the last call.
    pub fn profiles(&self) -> Vec<Value> {
        let applied = std::mem::take(&mut *self.0.applied.lock().unwrap());
        applied.iter().map(|it| json!(it.profile.attributes())).collect()
    }
}

/// Sets how requests are sent, and whether they are signed.
pub fn requests(binding: RequestBinding, signed: bool) -> impl FnOnce(SamlSettings) -> SamlSettings {
    move |settings| {
        let settings = settings.request_binding(binding);
        if signed { with_signing_key(settings) } else { settings }
    }
}

pub fn with_signing_key(settings: SamlSettings) -> SamlSettings {
    let key = SpKey::shared();
    settings.signing_key(Secret::new(key.key.clone()), key.certificate.clone())
}

pub fn with_decryption_key(settings: SamlSettings) -> SamlSettings {
    let key = SpKey::shared();
    settings.decryption_key(Secret::new(key.key.clone()), key.certificate.clone())
}
