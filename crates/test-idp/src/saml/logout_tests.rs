//! Tests of single logout from the side of two service providers. Another engine than the provider's own verifies its
//! signatures.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;
use reqwest::{Response, redirect};
use url::{Url, form_urlencoded};

use crate::{
    idp::TestIdp,
    keys::{algorithm::SigningAlg, test_key::TestKey},
    running::RunningIdp,
    saml::xml::Element,
    service_provider::{SamlBinding, TestServiceProvider},
    user::TestUser,
};

const A: &str = "http://127.0.0.1:9/a";
const B: &str = "http://127.0.0.1:9/b";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Two apps and a browser that is signed in as ada. `A` receives logout messages by redirect, and `B` by form.
struct At {
    idp: RunningIdp,
    browser: reqwest::Client,
    cookie: String,
}

/// A message that the provider sent.
struct Sent {
    to: String,
    message: Element,
    relay_state: Option<String>,
}

async fn at() -> At {
    let app =
        |id: &str, binding| TestServiceProvider::new(id).acs(format!("{id}/acs")).single_logout(id, binding);
    let idp = TestIdp::builder()
        .user(TestUser::new("ada").email("ada@acme.example").password("lovelace"))
        .service_provider(app(A, SamlBinding::Redirect).starts_here())
        .service_provider(app(B, SamlBinding::Post).starts_here())
        .service_provider(TestServiceProvider::new("deaf").acs("http://127.0.0.1:9/acs").starts_here())
        .key(TestKey::shared(SigningAlg::Es256).unwrap())
        .build()
        .unwrap();
    let idp = idp.serve("127.0.0.1:0").await.unwrap();
    idp.sign_in_as(Some("ada@acme.example")).unwrap();
    let browser = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
    At { idp, browser, cookie: String::new() }
}

impl At {
    /// Logs in with SSO at an app. Returns the SessionIndex.
    async fn log_in(&mut self, app: &str) -> String {
        let page = self.get(&self.idp.saml_start_url(app)).await;
        if let Some(cookie) = page.headers().get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        let response = sent(page).await.message;
        let statement = response.find("saml:Assertion").unwrap().find("saml:AuthnStatement").unwrap();
        statement.attribute("SessionIndex").unwrap().to_owned()
    }

    async fn get(&self, address: &str) -> Response {
        self.browser.get(address).header("cookie", &self.cookie).send().await.unwrap()
    }

    async fn is_signed_in(&self) -> bool {
        self.get(self.idp.issuer()).await.text().await.unwrap().contains("You are signed in")
    }

    /// Sends a message by form.
    async fn bring(&self, parameter: &str, message: &str) -> Response {
        let form = [(parameter, STANDARD.encode(message)), ("RelayState", "theirs".to_owned())];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.browser.post(self.idp.saml_slo_url()).header(kind.0, kind.1).body(form).send().await.unwrap()
    }

    async fn ask(&self, request: &str) -> Response {
        self.bring("SAMLRequest", request).await
    }

    /// Returns an app's response to a request.
    async fn answer(&self, app: &str, asked: &Sent, status: &str) -> Response {
        let id = asked.message.attribute("ID").unwrap();
        let status = format!("<p:Status><p:StatusCode Value=\"{status}\"/></p:Status>");
        self.bring("SAMLResponse", &message("Response", app, &format!("InResponseTo=\"{id}\""), &status))
            .await
    }
}

fn message(name: &str, app: &str, attributes: &str, inside: &str) -> String {
    format!(
        "<p:Logout{name} xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_l\" Version=\"2.0\" {attributes}>\
         <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{app}</Issuer>{inside}</p:Logout{name}>"
    )
}

fn request(app: &str, name: &str, indexes: &[&str]) -> String {
    let indexes: String = indexes.iter().map(|it| format!("<p:SessionIndex>{it}</p:SessionIndex>")).collect();
    let name = format!("<NameID xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{name}</NameID>");
    message("Request", app, "", &format!("{name}{indexes}"))
}

/// Returns the message that the provider sends next, by redirect or by form.
async fn sent(answer: Response) -> Sent {
    if let Some(location) = answer.headers().get("location") {
        let url = Url::parse(location.to_str().unwrap()).unwrap();
        let value = |name: &str| url.query_pairs().find(|(it, _)| it == name).map(|(_, it)| it.into_owned());
        let value_of = value("SAMLRequest").or_else(|| value("SAMLResponse")).unwrap();
        assert!(value("SigAlg").is_some() && value("Signature").is_some(), "{url}");
        let mut text = String::new();
        let deflated = STANDARD.decode(value_of).unwrap();
        DeflateDecoder::new(deflated.as_slice()).read_to_string(&mut text).unwrap();
        let to = url.as_str().split('?').next().unwrap().to_owned();
        return Sent { to, message: Element::read(&text).unwrap(), relay_state: value("RelayState") };
    }
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    let after = |mark: &str| Some(page.split_once(mark)?.1.split_once('"')?.0.to_owned());
    let field = |name: &str| after(&format!("name=\"{name}\" value=\""));
    let value = field("SAMLRequest").or_else(|| field("SAMLResponse")).unwrap_or_else(|| panic!("{page}"));
    let text = String::from_utf8(STANDARD.decode(value).unwrap()).unwrap();
    let message = Element::read(&text).unwrap();
    assert!(message.find("ds:Signature").is_some(), "{text}");
    Sent { to: after("action=\"").unwrap(), message, relay_state: field("RelayState") }
}

/// Returns the status codes of a response, first level first.
fn statuses(response: &Element) -> Vec<String> {
    let mut code = response.find("samlp:Status").and_then(|status| status.find("samlp:StatusCode"));
    let mut statuses = Vec::new();
    while let Some(one) = code {
        statuses.push(one.attribute("Value").unwrap().rsplit(':').next().unwrap().to_owned());
        code = one.find("samlp:StatusCode");
    }
    statuses
}

#[tokio::test]
async fn a_logout_of_an_app_is_answered_after_the_other_apps_were_notified() {
    for (status, statuses_of_a) in
        [(SUCCESS, vec!["Success"]), ("urn:x:no", vec!["Success", "PartialLogout"])]
    {
        let mut at = at().await;
        let index = at.log_in(A).await;
        assert_eq!(at.log_in(B).await, index, "one session of the provider's");
        let asked = sent(at.ask(&request(A, "ada@acme.example", &[&index])).await).await;
        assert!(!at.is_signed_in().await);
        assert_eq!((asked.to.as_str(), asked.relay_state), (B, None));
        assert_eq!(asked.message.attribute("Destination"), Some(B));
        assert_eq!(asked.message.find("saml:NameID").unwrap().own_text(), "ada@acme.example");
        assert_eq!(asked.message.find("samlp:SessionIndex").unwrap().own_text(), index);
        let asked = Sent { relay_state: None, ..asked };
        let answer = sent(at.answer(B, &asked, status).await).await;
        assert_eq!((answer.to.as_str(), answer.relay_state.as_deref()), (A, Some("theirs")));
        assert_eq!(answer.message.attribute("InResponseTo"), Some("_l"));
        assert_eq!(statuses(&answer.message), statuses_of_a);
        // A response counts only once.
        assert_eq!(at.answer(B, &asked, status).await.status(), 400);
    }
}

#[tokio::test]
async fn a_logout_request_ends_only_the_sessions_that_it_names() {
    let mut at = at().await;
    let index = at.log_in(A).await;
    for (name, indexes) in [("bob@acme.example", vec![]), ("ada@acme.example", vec!["another"])] {
        let answer = sent(at.ask(&request(A, name, &indexes)).await).await;
        assert_eq!(statuses(&answer.message), ["Success"], "there was nothing to end");
        assert!(at.is_signed_in().await);
    }
    // The sessions of another app do not end either.
    sent(at.ask(&request(B, "ada@acme.example", &[&index])).await).await;
    assert!(at.is_signed_in().await);
    sent(at.ask(&request(A, "ada@acme.example", &[])).await).await;
    assert!(!at.is_signed_in().await);
}

#[tokio::test]
async fn a_logout_begun_at_the_provider_notifies_each_app_by_its_binding() {
    let mut at = at().await;
    let index = at.log_in(A).await;
    at.log_in(B).await;
    at.log_in("deaf").await;
    assert!(at.get(at.idp.issuer()).await.text().await.unwrap().contains("/saml/sign-out"));
    let first = sent(at.get(&at.idp.saml_sign_out_url(None)).await).await;
    assert_eq!((first.to.as_str(), first.message.attribute("Destination")), (B, Some(B)));
    assert!(!at.is_signed_in().await);
    // A response from another app does not count.
    let wrong = at.answer(A, &first, SUCCESS).await;
    assert_eq!(wrong.status(), 400);
    // After that, the logout must be started again.
    at.log_in(A).await;
    let only = sent(at.get(&at.idp.saml_sign_out_url(None)).await).await;
    assert_eq!(only.to, A);
    assert_ne!(only.message.find("samlp:SessionIndex").unwrap().own_text(), index);
    let page = at.answer(A, &only, SUCCESS).await.text().await.unwrap();
    assert!(page.contains("You are signed out here.") && page.contains("/a has signed you out."), "{page}");
    assert_eq!(at.get(&at.idp.saml_sign_out_url(None)).await.status(), 400);
    // A logout of a user in all browsers has no SessionIndex.
    at.log_in(A).await;
    at.cookie.clear();
    at.log_in(A).await;
    at.cookie.clear();
    let all = sent(at.get(&at.idp.saml_sign_out_url(Some("ada@acme.example"))).await).await;
    assert!(all.message.find("samlp:SessionIndex").is_none());
    let page = at.answer(A, &all, "urn:x:no").await.text().await.unwrap();
    assert!(page.contains("/a has not confirmed"), "{page}");
}

#[tokio::test]
async fn a_malformed_logout_message_ends_nothing() {
    let mut at = at().await;
    at.log_in(A).await;
    let good = request(A, "ada@acme.example", &[]);
    for bent in [
        good.replace("2.0\"", "1.1\""),
        good.replace("ID=\"_l\"", ""),
        good.replace(A, "another"),
        good.replace(A, "deaf"),
        good.replace(" Version", " Destination=\"https://evil.example\" Version"),
        good.replace("LogoutRequest", "AuthnRequest"),
        message("Request", A, "", ""),
        String::new(),
    ] {
        assert_eq!(at.ask(&bent).await.status(), 400, "{bent}");
        assert!(at.is_signed_in().await, "{bent}");
    }
    assert_eq!(at.bring("SAMLResponse", &good).await.status(), 400);
    let fits = good.replace(" Version", &format!(" Destination=\"{}\" Version", at.idp.saml_slo_url()));
    sent(at.ask(&fits).await).await;
    assert!(!at.is_signed_in().await);
}

#[tokio::test]
async fn an_app_that_signs_requests_must_also_sign_its_logout_requests() {
    let key = TestKey::shared(SigningAlg::Es256).unwrap();
    let pem = key.certificate_pem("app").unwrap();
    let app = TestServiceProvider::new(A)
        .acs(ACS)
        .single_logout(A, SamlBinding::Redirect)
        .require_signed_requests(pem);
    let idp = TestIdp::builder().service_provider(app).key(key).build().unwrap();
    let idp = idp.serve("127.0.0.1:0").await.unwrap();
    let at = At { idp, browser: reqwest::Client::new(), cookie: String::new() };
    let page = at.ask(&request(A, "ada@acme.example", &[])).await;
    assert_eq!(page.status(), 400);
    assert!(page.text().await.unwrap().contains("not signed by"));
}

const ACS: &str = "http://127.0.0.1:9/acs";
