//! Tests of the provider from a service provider's side. Other engines than the provider's own verify its signatures.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Response, redirect};
use url::{Url, form_urlencoded};

use crate::{
    idp::TestIdp,
    keys::{algorithm::SigningAlg, test_key::TestKey},
    lies::{
        answer::{Answer, Endpoint},
        lie::Lie,
        saml::SamlLie,
    },
    running::RunningIdp,
    saml::xml::Element,
    service_provider::{SamlCipher, TestServiceProvider},
    user::TestUser,
};

const ACS: &str = "http://127.0.0.1:9/acs";
const SP: &str = "http://127.0.0.1:9/metadata";

/// Returns a provider at which everyone is ada, unless the form is shown.
async fn serve(set: impl FnOnce(TestServiceProvider) -> TestServiceProvider) -> RunningIdp {
    let idp = TestIdp::builder()
        .user(
            TestUser::new("ada")
                .email("ada@acme.example")
                .password("lovelace")
                .claim("groups", vec!["a", "b"]),
        )
        .service_provider(set(TestServiceProvider::new(SP).acs(ACS)))
        .acr_values(["gold"])
        .key(TestKey::shared(SigningAlg::Es256).unwrap())
        .build()
        .unwrap();
    let running = idp.serve("127.0.0.1:0").await.unwrap();
    running.sign_in_as(Some("ada@acme.example")).unwrap();
    running
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap()
}

/// Returns a request with additional attributes and content.
fn request(attributes: &str, inside: &str) -> String {
    format!(
        "<p:AuthnRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\" Version=\"2.0\"{attributes}>\
         <Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{SP}</Issuer>{inside}</p:AuthnRequest>"
    )
}

async fn post(idp: &RunningIdp, request: &str) -> Response {
    let form = [("SAMLRequest", STANDARD.encode(request)), ("RelayState", "the state".to_owned())];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    client().post(idp.saml_sso_url()).header(kind.0, kind.1).body(form).send().await.unwrap()
}

/// Returns the response in a page's form.
async fn answer(page: Response) -> Element {
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(page.contains(&format!("action=\"{ACS}\"")), "{page}");
    let (_, value) = page.split_once("name=\"SAMLResponse\" value=\"").unwrap();
    let text = STANDARD.decode(value.split_once('"').unwrap().0).unwrap();
    Element::read(std::str::from_utf8(&text).unwrap()).unwrap()
}

fn find<'a>(element: &'a Element, path: &[&str]) -> &'a Element {
    path.iter().fold(element, |element, name| element.find(name).unwrap_or_else(|| panic!("no {name}")))
}

fn status(response: &Element) -> String {
    let code = find(response, &["samlp:Status", "samlp:StatusCode"]);
    let last = code.find("samlp:StatusCode").unwrap_or(code).attribute("Value").unwrap();
    last.rsplit(':').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_answer_names_the_user_the_audience_and_the_request() {
    let idp = serve(|sp| sp).await;
    let response = answer(post(&idp, &request("", "")).await).await;
    assert_eq!(response.attribute("InResponseTo"), Some("_r"));
    assert_eq!(response.attribute("Destination"), Some(ACS));
    let assertion = find(&response, &["saml:Assertion"]);
    assert_eq!(find(assertion, &["saml:Issuer"]).own_text(), idp.saml_entity_id());
    assert_eq!(find(assertion, &["saml:Subject", "saml:NameID"]).own_text(), "ada@acme.example");
    let audience = ["saml:Conditions", "saml:AudienceRestriction", "saml:Audience"];
    assert_eq!(find(assertion, &audience).own_text(), SP);
    let groups = find(assertion, &["saml:AttributeStatement"]).elements();
    let groups: Vec<_> = groups.filter(|it| it.attribute("Name") == Some("groups")).collect();
    let values: Vec<_> = groups[0].elements().map(Element::own_text).collect();
    assert_eq!(values, ["a", "b"]);
    for signed in [&response, assertion] {
        assert!(signed.find("ds:Signature").is_some());
    }
}

#[tokio::test]
async fn an_answer_follows_the_format_and_context_of_the_request() {
    let idp = serve(|sp| sp).await;
    let persistent = "<p:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"/>";
    let response = answer(post(&idp, &request("", persistent)).await).await;
    let name = find(&response, &["saml:Assertion", "saml:Subject", "saml:NameID"]).own_text();
    assert_eq!(name, "ada");
    let class = |class: &str| {
        format!(
            "<p:RequestedAuthnContext><AuthnContextClassRef xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">{class}\
             </AuthnContextClassRef></p:RequestedAuthnContext>"
        )
    };
    let response = answer(post(&idp, &request("", &class("gold"))).await).await;
    let path = ["saml:Assertion", "saml:AuthnStatement", "saml:AuthnContext", "saml:AuthnContextClassRef"];
    assert_eq!(find(&response, &path).own_text(), "gold");
    let refused = answer(post(&idp, &request("", &class("platinum"))).await).await;
    assert_eq!((status(&refused), refused.find("saml:Assertion")), ("NoAuthnContext".to_owned(), None));
    let refused = answer(post(&idp, &request(" IsPassive=\"true\"", "")).await).await;
    assert_eq!(status(&refused), "NoPassive");
}

#[tokio::test]
async fn a_signed_in_user_is_asked_again_only_if_the_request_forces_it() {
    let idp = serve(|sp| sp).await;
    let page = post(&idp, &request("", "")).await;
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    idp.sign_in_as(None).unwrap();
    let again = async |attributes: &str| {
        let form = format!("SAMLRequest={}", STANDARD.encode(request(attributes, "")).replace('+', "%2B"));
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let asked = client().post(idp.saml_sso_url()).header(kind.0, kind.1).header("cookie", &cookie);
        asked.body(form).send().await.unwrap().text().await.unwrap()
    };
    assert!(again("").await.contains("SAMLResponse"));
    assert!(again(" ForceAuthn=\"1\"").await.contains("name=\"password\""));
}

#[tokio::test]
async fn a_malformed_request_gets_a_page_and_no_answer() {
    let idp = serve(|sp| sp).await;
    for bent in [
        request("", "").replace(SP, "another"),
        request("", "").replace("2.0\"", "1.1\""),
        request("", "").replace("_r", ""),
        request("", "").replace("AuthnRequest", "LogoutRequest"),
        request(" AssertionConsumerServiceURL=\"https://evil.example\"", ""),
        request(" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact\"", ""),
        request(" Destination=\"https://evil.example\"", ""),
        "<!DOCTYPE a><a/>".to_owned(),
        String::new(),
    ] {
        let page = post(&idp, &bent).await;
        assert_eq!(page.status(), 400, "{bent}");
        assert!(!page.text().await.unwrap().contains("SAMLResponse"), "{bent}");
    }
    let fits = format!(" AssertionConsumerServiceURL=\"{ACS}\" Destination=\"{}\"", idp.saml_sso_url());
    assert_eq!(post(&idp, &request(&fits, "")).await.status(), 200);
}

#[tokio::test]
async fn a_service_provider_that_signs_must_sign_every_request() {
    let key = TestKey::shared(SigningAlg::Es256).unwrap();
    let pem = key.certificate_pem("hub").unwrap();
    let idp = serve(|sp| sp.require_signed_requests(pem)).await;
    assert_eq!(post(&idp, &request("", "")).await.status(), 400);
    // With the Redirect binding, the signature covers the query as it is sent.
    let deflated = {
        use std::io::Write as _;
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(request("", "").as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let signed = format!(
        "SAMLRequest={}&RelayState=x&SigAlg={}",
        encoded(&STANDARD.encode(deflated)),
        encoded("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")
    );
    let value = encoded(&STANDARD.encode(key.sign(signed.as_bytes()).unwrap()));
    let get = async |query: String| {
        let address = Url::parse(&format!("{}?{query}", idp.saml_sso_url())).unwrap();
        client().get(address).send().await.unwrap().status().as_u16()
    };
    assert_eq!(get(format!("{signed}&Signature={value}")).await, 200);
    assert_eq!(get(signed.clone()).await, 400);
    assert_eq!(
        get(format!("{}&Signature={value}", signed.replace("RelayState=x", "RelayState=y"))).await,
        400
    );
}

#[tokio::test]
async fn a_login_starts_at_the_provider_only_for_allowed_apps() {
    let idp = serve(|sp| sp.starts_here()).await;
    let response = answer(client().get(idp.saml_start_url(SP)).send().await.unwrap()).await;
    assert_eq!(response.attribute("InResponseTo"), None);
    let home = client().get(idp.issuer()).send().await.unwrap().text().await.unwrap();
    assert!(home.contains("/saml/start?sp="), "{home}");
    assert_eq!(client().get(idp.saml_start_url("another")).send().await.unwrap().status(), 400);
    let other = serve(|sp| sp).await;
    assert_eq!(client().get(other.saml_start_url(SP)).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn the_metadata_contains_every_published_certificate() {
    let idp = serve(|sp| sp).await;
    idp.rotate_keys().unwrap();
    let text = client().get(idp.saml_entity_id()).send().await.unwrap().text().await.unwrap();
    let (_, document) = text.split_once("?>\n").unwrap();
    let metadata = Element::read(document).unwrap();
    assert_eq!(metadata.attribute("entityID"), Some(idp.saml_entity_id().as_str()));
    let role = find(&metadata, &["md:IDPSSODescriptor"]);
    assert_eq!(role.elements().filter(|it| it.is("md:KeyDescriptor")).count(), 2);
    idp.lie(Lie::Answer(Endpoint::SamlMetadata, Answer::Status(404)));
    assert_eq!(client().get(idp.saml_entity_id()).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_lie_changes_one_thing_and_an_honest_response_follows() {
    let idp = serve(|sp| sp).await;
    idp.lie(SamlLie::text("Assertion/Issuer", "another").into());
    let bent = answer(post(&idp, &request("", "")).await).await;
    assert_eq!(find(&bent, &["saml:Assertion", "saml:Issuer"]).own_text(), "another");
    assert_eq!(find(&bent, &["saml:Issuer"]).own_text(), idp.saml_entity_id());
    idp.honest();
    // A replacement that finds nothing is an error in the test.
    idp.lie(SamlLie::after_signing("no such text", "").into());
    assert_eq!(post(&idp, &request("", "")).await.status(), 500);
    idp.honest();
    let honest = answer(post(&idp, &request("", "")).await).await;
    assert_eq!(find(&honest, &["saml:Assertion", "saml:Issuer"]).own_text(), idp.saml_entity_id());
}

#[test]
fn bad_service_providers_are_reported_by_name() {
    let build = |provider: TestServiceProvider| {
        let builder = TestIdp::builder().key(TestKey::shared(SigningAlg::Es256).unwrap());
        builder
            .service_provider(TestServiceProvider::new("known").acs(ACS))
            .service_provider(provider)
            .build()
    };
    assert!(build(TestServiceProvider::new(SP).acs(ACS)).is_ok());
    for bad in [
        TestServiceProvider::new("").acs(ACS),
        TestServiceProvider::new("known").acs(ACS),
        TestServiceProvider::new(SP).acs("/acs"),
        TestServiceProvider::new(SP).acs(ACS).encrypt(SamlCipher::Aes256Gcm, "no key"),
        TestServiceProvider::new(SP).acs(ACS).require_signed_requests("no key"),
    ] {
        assert!(build(bad).unwrap_err().field().starts_with("service provider"));
    }
}
