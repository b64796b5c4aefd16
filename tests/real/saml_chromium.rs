//! A SAML sign-on in Chromium, with the provider on another site: which cookies go where.

use tower_sso::RequestBinding;

use crate::{
    chromium::{Chromium, Step},
    saml_provider::Maker,
    saml_stage::{SamlStage, Source, provider, requests},
};

/// Whether pages go on by themselves.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Script {
    On,
    Off,
}

async fn sign_on(maker: Maker, binding: RequestBinding, script: Script) {
    let mut provider = provider(maker).await;
    let stage = SamlStage::new(&mut provider, Source::Url, requests(binding, false)).await;
    provider.know(&[stage.metadata().await]).await;
    let mut chromium = match script {
        Script::On => Chromium::start().await,
        Script::Off => Chromium::without_script().await,
    };
    let mut steps = vec![
        Step::Goto(stage.url("/login?as=ada.1&same_site=Lax")),
        Step::Goto(stage.url("/acme/plans")),
        Step::WaitForUrl("/start?return_to=".to_owned()),
        Step::Click("#begin button, form[action$=begin] button"),
    ];
    if script == Script::Off && binding == RequestBinding::Post {
        steps.push(Step::Click("form[action^='http://localhost:'] button"));
    }
    steps.extend([
        Step::WaitForUrl("http://localhost:".to_owned()),
        Step::Fill { selector: "input[name=login]", value: "ada".to_owned() },
        Step::Fill { selector: "input[name=password]", value: "right".to_owned() },
        Step::Click("button[value=sign-in]"),
    ]);
    if script == Script::Off {
        steps.push(Step::Click("input[type=submit]"));
    }
    steps.push(Step::WaitForUrl(stage.url("/acme/plans")));
    let outcome = chromium.run(&steps).await;
    let what = format!("{maker}, {binding:?}, script {script:?}");
    assert_eq!(outcome.text.trim(), "plans of acme for ada", "{what}");
    let ours: Vec<_> = outcome.errors.iter().filter(|error| error.contains(&stage.url("/"))).collect();
    assert!(ours.is_empty(), "{what}: {ours:?}");

    let acs: Vec<_> = outcome.requests.iter().filter(|it| it.url == stage.acs()).collect();
    assert_eq!(acs.len(), 1, "{what}");
    assert_eq!((&*acs[0].method, acs[0].status), ("POST", Some(303)), "{what}");
    assert_eq!(acs[0].headers.get("cookie"), None, "{what}: the answer comes from another site");
    assert_eq!(acs[0].headers.get("origin").map(String::as_str), Some(provider.url("").as_str()), "{what}");
    let finish = outcome.requests.iter().find(|it| it.url.contains("/finish?ticket=")).unwrap();
    assert_eq!(finish.headers.get("cookie").map(String::as_str), Some("login=ada.1"), "{what}");
    let asked = provider.messages().await.pop().unwrap();
    let by = if binding == RequestBinding::Post { "post" } else { "redirect" };
    assert_eq!(asked.binding, by, "{what}");
    chromium.close().await;
}

#[tokio::test]
async fn the_answer_brings_no_cookie_and_finish_does() {
    sign_on(Maker::Pysaml2, RequestBinding::Redirect, Script::On).await;
}

#[tokio::test]
async fn a_posted_request_goes_by_itself_with_script() {
    sign_on(Maker::Samlp, RequestBinding::Post, Script::On).await;
}

#[tokio::test]
async fn a_posted_request_goes_by_a_button_without_script() {
    for maker in Maker::ALL {
        sign_on(maker, RequestBinding::Post, Script::Off).await;
    }
}
