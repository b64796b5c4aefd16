//! SAML providers that we did not write, on `http://localhost:PORT`: pysaml2 (signs with xmlsec1) and samlp (signs with
//! xml-crypto). The sign-in page has a form `login` with `login`, `password` and the buttons "Sign in" and "Refuse".
//! Its answer is a page with one form. `/unsolicited?sp=ENTITY-ID&RelayState=…` logs in with SSO without a request.
//! `/sign-out` begins a logout; with pysaml2, `?all=1` makes it one without a SessionIndex. A user who has signed in
//! there stays signed in, by a cookie.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::Engine;

/// The software of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SamlProviderKind {
    Pysaml2,
    Samlp,
}

impl SamlProviderKind {
    pub const ALL: [Self; 2] = [Self::Pysaml2, Self::Samlp];

    fn script(self) -> &'static str {
        match self {
            Self::Pysaml2 => "pysaml2-idp.py",
            Self::Samlp => "samlp-idp.mjs",
        }
    }
}

impl fmt::Display for SamlProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A user who can log in with SSO there.
#[derive(Debug, Clone)]
pub struct Account {
    pub login: &'static str,
    pub password: &'static str,
    pub email: &'static str,
    /// pysaml2: by their local names, such as `mail` and `eduPersonAffiliation`, each with a list. samlp: by any name;
    /// they are sent as `http://schemas.passportjs.com/<name>`.
    pub attributes: Value,
}

/// A running provider.
#[derive(Debug)]
pub struct SamlProvider {
    engine: Option<Engine>,
    base: String,
    entity_id: String,
    directory: PathBuf,
}

/// A SAML message that it received.
#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    /// `redirect` or `post`.
    pub binding: String,
    /// Whether it carried a signature, in the query or inside.
    pub signed: bool,
    pub xml: String,
    pub relay_state: Option<String>,
}

impl SamlProvider {
    /// Starts one with its own two key pairs, of which it uses the first.
    pub async fn start(maker: SamlProviderKind, accounts: &[Account]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("saml-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&directory).unwrap();
        let accounts: Vec<_> = accounts
            .iter()
            .map(|a| json!({ "login": a.login, "password": a.password, "email": a.email, "attributes": a.attributes }))
            .collect();
        let settings = json!({ "accounts": accounts, "directory": directory });
        let (engine, ready) = Engine::start(maker.script(), &settings).await;
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self { engine: Some(engine), base: text("base"), entity_id: text("entity_id"), directory }
    }

    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Returns where requests are sent, with either binding.
    pub fn sso_url(&self) -> String {
        self.url("/sso")
    }

    pub fn metadata_url(&self) -> String {
        self.url("/metadata")
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn metadata(&self) -> String {
        reqwest::get(self.metadata_url()).await.unwrap().text().await.unwrap()
    }

    /// Returns the certificates of its two keys, in PEM.
    pub async fn certificates(&mut self) -> [String; 2] {
        serde_json::from_value(self.ask(&json!("certificates")).await).unwrap()
    }

    /// Sets the service providers that it knows from now on, by their metadata.
    pub async fn know(&mut self, metadata: &[String]) {
        self.ask(&json!({ "partners": metadata })).await;
    }

    /// Sets how it answers from now on. A setting that is left out has its initial value:
    ///
    /// ```json
    /// { "sign": "both", "hash": "sha256", "encrypt": null, "minutes": 5, "signed_requests": false,
    ///   "name_id": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "logout": "redirect", "context": null }
    /// ```
    ///
    /// `sign`: `both`, `response`, `assertion`, `none`. `hash`: `sha256`, `sha1`. `encrypt`: `aes128-gcm`,
    /// `aes256-gcm`, `aes128-cbc`, `aes256-cbc`, `tripledes-cbc`. `logout` is the binding of the logout messages that it sends.
    /// Only for pysaml2: `key_transport` (`rsa-oaep-mgf1p`, `rsa-1_5`), `session_minutes`, `attribute_format`, and
    /// `repeat`, which writes a separate element for each value.
    pub async fn serve(&mut self, how: Value) {
        self.ask(&json!({ "serve": how })).await;
    }

    /// Sets which of its keys signs from now on, and which are in its metadata. samlp publishes the key that signs,
    /// regardless of this setting.
    pub async fn keys(&mut self, signing: usize, published: &[usize]) {
        self.ask(&json!({ "keys": { "signing": signing, "published": published } })).await;
    }

    /// Returns the status of each answer that its own logout requests had since the last call.
    pub async fn finished(&mut self) -> Vec<String> {
        let finished = self.ask(&json!("finished")).await;
        let status = |it: &Value| it["status"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
        finished.as_array().unwrap().iter().map(status).collect()
    }

    /// Returns the messages that it received since the last call.
    pub async fn messages(&mut self) -> Vec<Message> {
        serde_json::from_value(self.ask(&json!("messages")).await).unwrap()
    }

    async fn ask(&mut self, question: &Value) -> Value {
        self.engine.as_mut().unwrap().ask(question).await
    }
}

impl Drop for SamlProvider {
    fn drop(&mut self) {
        drop(self.engine.take());
        let _still_written = std::fs::remove_dir_all(&self.directory);
    }
}

mod tests {
    use axum::http::StatusCode;
    use base64::{Engine as _, prelude::BASE64_STANDARD};

    use super::*;
    use crate::{browser::Browser, saml_key::SpKey};

    const SP: &str = "http://127.0.0.1:1/metadata";
    const ACS: &str = "http://127.0.0.1:1/acs";

    fn ada() -> Account {
        let attributes = json!({ "mail": ["ada@acme.example"], "eduPersonAffiliation": ["staff", "member"] });
        Account { login: "ada", password: "right", email: "ada@acme.example", attributes }
    }

    fn metadata(key: &SpKey) -> String {
        format!(
            "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' entityID='{SP}'><SPSSODescriptor \
             protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'><KeyDescriptor><KeyInfo \
             xmlns='http://www.w3.org/2000/09/xmldsig#'><X509Data><X509Certificate>{}</X509Certificate></X509Data>\
             </KeyInfo></KeyDescriptor><AssertionConsumerService index='0' Location='{ACS}' \
             Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'/></SPSSODescriptor></EntityDescriptor>",
            key.base64()
        )
    }

    /// A page that sends a request to the provider with the POST binding, only by its button.
    async fn ask(provider: &SamlProvider, browser: &mut Browser, attributes: &str) {
        let request = format!(
            "<p:AuthnRequest xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' ID='_1' Version='2.0' {attributes} \
             IssueInstant='{}' AssertionConsumerServiceURL='{ACS}' Destination='{}'><Issuer \
             xmlns='urn:oasis:names:tc:SAML:2.0:assertion'>{SP}</Issuer></p:AuthnRequest>",
            humantime::format_rfc3339_seconds(std::time::SystemTime::now()),
            provider.sso_url(),
        );
        let fields = [("SAMLRequest", BASE64_STANDARD.encode(request)), ("RelayState", "there".to_owned())];
        let inputs: String = fields.iter().map(|(k, v)| format!("<input name='{k}' value='{v}'>")).collect();
        let form = format!("<form id=ask method=post action='{}'>{inputs}</form>", provider.sso_url());
        let app = axum::Router::new().route("/", axum::routing::get(|| async { axum::response::Html(form) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        browser_goes_to(browser, listener, app).await;
        browser.submit("ask", &[]).await;
    }

    async fn browser_goes_to(browser: &mut Browser, listener: tokio::net::TcpListener, app: axum::Router) {
        let address = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        browser.navigate(address).await;
    }

    /// Returns the response that the page would post, and its RelayState.
    fn response(browser: &Browser) -> (String, String) {
        let form = browser.page().form("");
        let value = |name: &str| {
            let field = form.fields.iter().find(|field| field.name.as_deref() == Some(name));
            field.unwrap_or_else(|| panic!("no {name}: {}", browser.page().body)).value.clone()
        };
        assert_eq!(form.action, ACS);
        let response = BASE64_STANDARD.decode(value("SAMLResponse")).unwrap();
        (String::from_utf8(response).unwrap(), value("RelayState"))
    }

    async fn sign_in(browser: &mut Browser, button: &str) {
        assert_eq!(browser.page().title(), "Sign in at the provider", "{}", browser.page().body);
        browser.press("login", button, &[("login", "ada"), ("password", "right")]).await;
    }

    async fn start(maker: SamlProviderKind) -> SamlProvider {
        let mut provider = SamlProvider::start(maker, &[ada()]).await;
        provider.know(&[metadata(SpKey::shared())]).await;
        provider
    }

    #[tokio::test]
    async fn each_provider_signs_and_encrypts_as_told() {
        for maker in SamlProviderKind::ALL {
            let mut provider = start(maker).await;
            for (sign, signatures, encrypt) in [
                ("none", 0, None),
                ("response", 1, None),
                ("both", 2, None),
                ("response", 1, Some("aes256-gcm")),
            ] {
                provider.serve(json!({ "sign": sign, "encrypt": encrypt })).await;
                let mut browser = Browser::new();
                ask(&provider, &mut browser, "").await;
                let wrong = browser.submit("login", &[("login", "ada"), ("password", "wrong")]).await;
                assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "{maker}");
                sign_in(&mut browser, "Sign in").await;
                let (response, relay_state) = response(&browser);
                assert_eq!(relay_state, "there");
                assert_eq!(
                    response.matches("SignatureValue>").count(),
                    2 * signatures,
                    "{maker}: {response}"
                );
                assert_eq!(
                    response.contains("xmlenc11#aes256-gcm"),
                    encrypt.is_some(),
                    "{maker}: {response}"
                );
                assert_eq!(response.contains("ada@acme.example"), encrypt.is_none(), "{maker}: {response}");
                let sent = provider.messages().await;
                assert_eq!((sent.len(), &*sent[0].binding, sent[0].signed), (1, "post", false), "{maker}");
            }
            provider.serve(json!({ "signed_requests": true })).await;
            let mut browser = Browser::new();
            ask(&provider, &mut browser, "").await;
            assert!(browser.page().status.is_server_error(), "{maker}: {}", browser.page().body);
        }
    }

    #[tokio::test]
    async fn each_provider_knows_who_is_signed_in_and_can_refuse() {
        for maker in SamlProviderKind::ALL {
            let provider = start(maker).await;
            let mut browser = Browser::new();
            ask(&provider, &mut browser, "IsPassive='true'").await;
            assert!(response(&browser).0.contains("status:NoPassive"), "{maker}");
            ask(&provider, &mut browser, "").await;
            sign_in(&mut browser, "Refuse").await;
            let refused = response(&browser).0;
            assert!(
                refused.contains("status:Responder") && !refused.contains("Assertion "),
                "{maker}: {refused}"
            );
            ask(&provider, &mut browser, "").await;
            sign_in(&mut browser, "Sign in").await;
            for attributes in ["", "IsPassive='true'"] {
                ask(&provider, &mut browser, attributes).await;
                assert!(response(&browser).0.contains("status:Success"), "{maker} {attributes}");
            }
            ask(&provider, &mut browser, "ForceAuthn='true'").await;
            sign_in(&mut browser, "Sign in").await;
            assert!(response(&browser).0.contains("InResponseTo=\"_1\""), "{maker}");
            browser.navigate(provider.url(&format!("/unsolicited?sp={SP}&RelayState=there"))).await;
            let (unsolicited, relay_state) = response(&browser);
            assert!(
                !unsolicited.contains("InResponseTo") && relay_state == "there",
                "{maker}: {unsolicited}"
            );
        }
    }
}
