//! Forms on pages that allow their forms to be sent only to their own site, as the app's pages may. Every form that
//! leads to the provider takes the person there.

use tower_sso::saml::RequestBinding;
use tower_sso_test_idp::SamlBinding;

use super::{
    flow::signed_in,
    join::link,
    logout_messages::{Message, SUCCESS, config as with_slo, sent},
};
use crate::{
    browser::Browser,
    support::{header, text},
    test_app::{Actor, TestApp, TestConfig},
};

/// Asserts that a form was answered with a page that leads to the provider, by itself and by its link.
fn leads_to_the_provider(browser: &Browser, form: &str) {
    assert_eq!(browser.blocked(), None, "{form}: {}", browser.trail());
    let page = browser.page();
    assert_eq!((page.status.as_u16(), page.url.path()), (200, &*format!("/sso/1/{form}")));
    let next = page.refresh().unwrap();
    assert_eq!(next.host_str(), Some("localhost"), "{form}: {next}");
    let links: Vec<_> = page.document.links.iter().map(|it| it.href.as_str()).collect();
    assert_eq!((links, page.document.forms.len()), (vec![next.as_str()], 0), "{form}");
    assert!(!page.body.contains("<script"), "the page needs no script: {}", page.body);
    assert_eq!(page.header("cache-control"), Some("no-store"), "{form}");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{form}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{form}: {policy}");
}

/// Returns a configuration for SAML and one for OpenID Connect, which has no logout.
fn configs() -> [TestConfig; 2] {
    let domains: fn(_) -> _ =
        |connection: tower_sso::ConnectionSettings| connection.domains(["acme.example"]);
    [
        TestConfig { connection: domains, ..TestConfig::default() },
        TestConfig {
            connection: domains,
            saml: Some(|settings| settings),
            saml_metadata: true,
            saml_logout: Some(SamlBinding::Redirect),
            ..TestConfig::default()
        },
    ]
}

#[tokio::test]
async fn a_form_on_a_page_with_form_action_self_still_reaches_the_provider() {
    for config in configs() {
        let saml = config.saml.is_some();
        let app = TestApp::of(config).await;
        let token = link(&app).await;
        for by_itself in [true, false] {
            for (form, account) in [("begin", Some("ada")), ("join", Some("mallory")), ("join", None)] {
                app.clock.seconds(31);
                let mut browser = match account {
                    Some(account) => signed_in(&app, account, &app.login.number().to_string()),
                    None => Browser::new(),
                };
                browser.navigate(app.url(&format!("/forms?{token}"))).await;
                browser.submit(form, &[]).await;
                leads_to_the_provider(&browser, form);
                if by_itself {
                    browser.follow_refresh().await;
                } else {
                    browser.click("Continue").await;
                }
                assert!(browser.page().form("").action.ends_with("/sign-in"), "{}", browser.trail());
            }
        }
        // Logs out again from the same page.
        if saml {
            let mut browser = signed_in(&app, "ada", "out");
            browser.navigate(app.url("/forms")).await;
            browser.submit_through("begin", &[]).await;
            browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "a password")]).await;
            browser.submit("/saml/acs", &[]).await;
            assert_eq!(browser.page().text(), "Fresh ada at /acme/x", "{}", browser.trail());
            browser.navigate(app.url("/forms")).await;
            browser.submit("saml/logout", &[]).await;
            leads_to_the_provider(&browser, "saml/logout");
            browser.follow_refresh().await;
            assert_eq!(browser.page().url.as_str(), app.url("/forms"), "{}", browser.trail());
            assert_eq!(app.actions().last(), Some(&"logout.finished"));
        }
    }
}

#[tokio::test]
async fn a_logout_answer_to_a_posted_request_leaves_through_a_page() {
    let config = TestConfig {
        saml: Some(|settings| settings.request_binding(RequestBinding::Redirect)),
        saml_metadata: true,
        saml_logout: Some(SamlBinding::Post),
        ..TestConfig::default()
    };
    let app = TestApp::of(config).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let request = app.carried(&app.acme.saml_sign_out_url(Some("ada@acme.example"))).await.unwrap();
    assert!(request.contains("#SAMLRequest="), "the request is posted: {request}");
    let answered = app.visit(&Actor::nobody(), &request).await;
    assert_eq!((answered.status().as_u16(), header(&answered, "location")), (200, ""));
    let answer = app.to_provider(answered).await;
    assert!(answer.contains("SAMLResponse="), "{answer}");
    let (status, page) = app.carried(&answer).await.unwrap_err();
    assert!(status == 200 && page.contains("has signed you out."), "{page}");
}

#[tokio::test]
async fn only_the_provider_decides_where_a_form_leads() {
    let app = TestApp::of(with_slo()).await;
    let ada = app.actor("ada");
    let evil = "&next=https://evil.example&to=https://evil.example&url=https://evil.example\
                &RelayState=https://evil.example&SAMLRequest=evil.example&redirect_uri=https://evil.example";
    for page in ["begin", "saml/logout"] {
        app.log_in(&ada, "1").await;
        app.clock.seconds(31);
        let origin = [("origin", app.base.as_str()), ("referer", "https://evil.example/")];
        let form = format!("return_to=%2Fbye{evil}");
        let led = text(app.post(&ada, &format!("/sso/1/{page}"), &origin, form).await).await;
        assert!(!led.contains("evil"), "{page}: {led}");
        assert!(led.contains("http-equiv=\"refresh\" content=\"0; url=http"), "{page}: {led}");
    }
    // What the provider sends along comes back to it unchanged, as a value.
    let relayed = "\"><script>x</script>";
    let request = Message { relay_state: relayed.to_owned(), ..Message::request(&app, "_one", "ada", &[]) };
    let answered = app.visit(&Actor::nobody(), &request.address(&app)).await;
    let (xml, relay_state) = sent(&app, answered, "SAMLResponse").await;
    assert!(xml.contains(SUCCESS) && relay_state == relayed, "{xml}");
}
