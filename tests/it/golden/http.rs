//! What browsers, scripts and providers hold on to: paths, parameters, form fields, headers, cookies, problems.

use axum::{Router, body::Body, response::Response, routing::any};
use http::StatusCode;
use serde_json::Value;
use tower::ServiceExt as _;
use tower_sso::{OrgId, StepUp, connection::TokenPolicy};

use crate::{
    browser::Document,
    login::{join, saml_unasked, tokens},
    scene::{
        TestApp, Who,
        fault::{Fault, Verb},
    },
    support::{BASE, World, header, request, text},
};

/// Every path below the mount and its methods.
const ROUTES: &[(&str, &str)] = &[
    ("/sso/sso.css", "GET,HEAD"),
    ("/sso/banner.css", "GET,HEAD"),
    ("/sso/1/start", "GET,HEAD"),
    ("/sso/1/begin", "POST"),
    ("/sso/1/finish", "GET,HEAD"),
    ("/sso/1/status", "GET,HEAD"),
    ("/sso/1/later", "POST"),
    ("/sso/1/tokens", "GET,HEAD,POST"),
    ("/sso/1/tokens.json", "GET,HEAD,POST"),
    ("/sso/1/join", "GET,HEAD,POST"),
    ("/sso/1/join/finish", "GET,HEAD"),
    ("/sso/1/join/claim", "GET,HEAD"),
    ("/sso/1/oidc/callback", "GET,HEAD,POST"),
    ("/sso/1/oidc/initiate", "GET,HEAD,POST"),
    ("/sso/1/saml/acs", "POST"),
    ("/sso/1/saml/metadata", "GET,HEAD"),
    ("/sso/1/saml/confirm", "GET,HEAD,POST"),
    ("/sso/1/saml/slo", "GET,HEAD,POST"),
    ("/sso/1/saml/logout", "POST"),
];

#[tokio::test]
async fn every_route_is_at_this_path_and_takes_these_methods() {
    let routes: Router = World::new().sso().routes();
    let delete = async |path: &str| routes.clone().oneshot(request("DELETE", path, &[])).await.unwrap();
    for (path, methods) in ROUTES {
        let answer = delete(path).await;
        assert_eq!(
            (answer.status(), header(&answer, "allow")),
            (StatusCode::METHOD_NOT_ALLOWED, *methods),
            "{path}"
        );
    }
    assert_eq!(delete("/sso/1/nothing").await.status(), StatusCode::NOT_FOUND, "the twin");
}

/// The forms of a page: where each is posted to, and the names of its fields.
async fn forms(response: Response<Body>) -> Vec<(String, Vec<String>)> {
    assert_eq!(response.status(), StatusCode::OK);
    forms_of(&text(response).await)
}

fn forms_of(page: &str) -> Vec<(String, Vec<String>)> {
    let forms = Document::parse(page).forms.into_iter();
    forms
        .map(|form| {
            let mut names: Vec<_> = form.fields.into_iter().filter_map(|field| field.name).collect();
            names.dedup();
            (form.action, names)
        })
        .collect()
}

fn form(action: &str, fields: &[&str]) -> (String, Vec<String>) {
    (action.to_owned(), fields.iter().map(|&field| field.to_owned()).collect())
}

#[tokio::test]
async fn the_fields_of_every_form_have_these_names() {
    let scene = tokens::scene(TokenPolicy::Authorized).await;
    scene.change(scene.connection().domains(["acme.example"]));
    let (ada, mallory) = (scene.who("ada"), scene.who("mallory"));
    let asked = "return_to=%2Facme&max_age=600&acr_values=mfa&login_hint=ada%40acme.example";
    let start = scene.visit(&ada, &format!("/sso/1/start?{asked}")).await;
    assert_eq!(
        forms(start).await,
        [form("/sso/1/begin", &["return_to", "max_age", "acr_values", "login_hint"])]
    );

    let link = join::link(&scene).await;
    assert_eq!(forms(join::open(&scene, &mallory, &link).await).await, [form("/sso/1/join", &["link"])]);

    scene.log_in(&ada, "1").await;
    let page = text(scene.visit(&ada, "/sso/1/tokens?max_age=600").await).await;
    assert_eq!(forms_of(&page), ["/sso/1/tokens"; 2].map(|it| form(it, &["token", "max_age", "do"])));
    let buttons = |page: &str| {
        let forms = Document::parse(page).forms.into_iter();
        let fields = forms.flat_map(|form| form.fields).filter(|field| field.name.as_deref() == Some("do"));
        fields.map(|field| field.value).collect::<Vec<_>>()
    };
    assert_eq!(buttons(&page), ["authorise", "authorise"]);
    let posted =
        scene.post(&ada, "/sso/1/tokens", &[("origin", &scene.base)], "token=t-1&do=authorise").await;
    assert_eq!(posted.status(), StatusCode::SEE_OTHER);
    let page = text(scene.visit(&ada, "/sso/1/tokens").await).await;
    assert_eq!(buttons(&page), ["authorise", "revoke", "authorise"]);

    let scene = TestApp::of(saml_unasked::plan()).await;
    let ada = scene.who("ada");
    let address = scene.location(scene.visit(&ada, &scene.unsolicited(&ada).await).await).await;
    assert!(address.starts_with(&scene.url("/sso/1/saml/confirm?ticket=")), "{address}");
    assert_eq!(forms(scene.visit(&ada, &address).await).await, [form("/sso/1/saml/confirm", &["ticket"])]);
}

#[tokio::test]
async fn the_parameters_of_every_address_have_these_names() {
    let scene = TestApp::of(join::plan()).await;
    let (ada, mallory) = (scene.who("ada"), scene.who("mallory"));
    let challenge = scene.visit(&ada, "/acme/x").await;
    assert_eq!(scene.location(challenge).await, scene.url("/sso/1/start?return_to=%2Facme%2Fx"));
    let finish = scene.received(&ada, "1").await;
    assert!(finish.starts_with(&scene.url("/sso/1/finish?ticket=")), "{finish}");
    let proceeds = text(scene.visit(&Who::nobody(), &finish).await).await;
    assert_eq!(Document::parse(&proceeds).links[0].href, format!("{finish}&again=1"));
    let made = scene.sso.make_join_link(&"1".into(), &"ada".into(), &tower_sso::ReturnPath::root()).await;
    let address = made.unwrap().address.expose().clone();
    let link = address.strip_prefix(&scene.url("/sso/1/join?link=")).unwrap();
    let pressed = join::press(&scene, &Who::nobody(), link).await;
    let cookie = header(&pressed, "set-cookie");
    let (name, _) = cookie.split_once('=').unwrap();
    assert_eq!((name.len(), name.starts_with("sso_join_")), ("sso_join_".len() + 16, true), "{cookie}");
    let authorize = scene.to_provider(pressed).await;
    let callback = scene.signed_in(&mallory.as_user("ada"), "1", &authorize).await;
    let finish = scene.location(scene.visit(&Who::nobody(), &callback).await).await;
    assert!(finish.starts_with(&scene.url("/sso/1/join/finish?ticket=")), "{finish}");
}

/// The layer's answer to ada, and the names of its headers.
async fn challenged(headers: &[(&str, &str)]) -> (Response<Body>, Vec<String>) {
    let handler = any(|| async { "handled" });
    let app: Router = Router::new().route("/{org}/{*rest}", handler).layer(World::new().sso().layer());
    let headers = [&[("x-account", "ada")], headers].concat();
    let answer = app.oneshot(request("GET", "/acme/x", &headers)).await.unwrap();
    let mut names: Vec<_> = answer.headers().keys().map(|name| name.as_str().to_owned()).collect();
    names.retain(|name| name != "content-length");
    names.sort();
    (answer, names)
}

#[tokio::test]
async fn the_headers_of_a_challenge_have_these_names_and_forms() {
    let url = "https://hub.example/sso/1/start";
    let (answer, names) = challenged(&[]).await;
    assert_eq!(names, ["cache-control", "content-type", "www-authenticate", "x-sso"]);
    assert_eq!(header(&answer, "x-sso"), format!("required; organization=acme; url={url}"));
    assert_eq!(header(&answer, "www-authenticate"), format!("SSO organization=\"acme\", url=\"{url}\""));
    let (answer, names) =
        challenged(&[("hx-request", "true"), ("hx-current-url", "https://hub.example/a")]).await;
    assert_eq!(names, ["cache-control", "content-type", "hx-redirect", "www-authenticate", "x-sso"]);
    assert_eq!(header(&answer, "hx-redirect"), format!("{url}?return_to=%2Fa"));
    let (answer, names) = challenged(&[("authorization", "Bearer x"), ("x-token", "t")]).await;
    assert_eq!(names, ["cache-control", "content-type", "www-authenticate", "x-sso"]);
    let bearer = "Bearer error=\"insufficient_user_authentication\", error_description=\"Single sign-on is required\", \
                  organization=\"acme\", sso_url=\"https://hub.example/sso/1/tokens\"";
    assert_eq!(header(&answer, "www-authenticate"), bearer);
    let parts = request("GET", "/list", &[("x-account", "ada")]).into_parts().0;
    let pending = World::new().sso().pending(&parts, [OrgId::from("1")]).await.unwrap();
    let (name, value) = pending.header().unwrap();
    assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-sso", "partial-results; organizations=acme"));
}

#[tokio::test]
async fn a_cookie_that_puts_a_banner_off_has_this_name() {
    let world = World::new();
    let routes: Router = world.sso().routes();
    let form =
        [("content-type", "application/x-www-form-urlencoded"), ("origin", BASE), ("x-account", "ada")];
    let mut later = request("POST", "/sso/2/later", &form);
    *later.body_mut() = Body::from("return_to=/list");
    let answer = routes.oneshot(later).await.unwrap();
    assert_eq!(
        header(&answer, "set-cookie"),
        "__Host-sso_later_MA5Z1fjptkK0Q00dnfWPnF7IoWFpotSeL60qmZ17rPI=1; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"
    );
}

async fn json(response: Response<Body>) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn every_problem_has_this_type_and_these_members() {
    let scene = TestApp::new().await;
    let (ada, nobody) = (scene.who("ada"), Who::nobody());
    let challenge = json(scene.ask(&ada, "/acme/x").await).await;
    assert_eq!(challenge["type"], "urn:tower-sso:single-sign-on-required");
    assert_eq!(keys(&challenge), ["organization", "reason", "sso_url", "status", "title", "type"]);

    let unclear = scene.send(scene.request(&ada, "GET", "/%ff/x", &[])).await;
    let hidden: Router = Router::new().fallback(|| async { "in" }).layer(scene.sso.layer());
    let hidden = hidden.oneshot(request("GET", "/acme/x", &[("x-account", "ada")])).await.unwrap();
    let outside =
        scene.request(&Who { account: Some("!".to_owned()), ..nobody.clone() }, "GET", "/acme/x", &[]);
    let not_established = scene.send(outside).await;
    scene.switch.set(Some((Verb::Membership, Fault::Fails)));
    let failed = scene.ask(&ada, "/acme/x").await;
    scene.switch.set(None);
    for (answer, kind) in [
        (unclear, "namespace_unclear"),
        (hidden, "namespace_unknown"),
        (not_established, "viewer_not_established"),
        (failed, "lookup_failed"),
        (scene.ask(&nobody, "/fresh/acme").await, "fresh_session_required"),
        (scene.ask(&nobody, "/sso/1/tokens.json").await, "not_signed_in"),
    ] {
        let problem = json(answer).await;
        assert_eq!(problem["type"], format!("urn:tower-sso:{kind}"));
        assert_eq!(keys(&problem), ["reference", "status", "title", "type"], "{kind}");
    }
}

#[tokio::test]
async fn what_a_script_reads_has_these_members() {
    let scene = tokens::scene(TokenPolicy::Authorized).await;
    let (ada, nobody) = (scene.who("ada"), Who::nobody());
    let status = async |who: &Who| json(scene.ask(who, "/sso/1/status").await).await;
    let anonymous = status(&nobody).await;
    assert_eq!((&anonymous["state"], keys(&anonymous)), (&"anonymous".into(), vec!["organization", "state"]));
    let not_required = status(&scene.who("mallory")).await;
    assert_eq!(not_required["state"], "not_required");
    let required = status(&ada).await;
    assert_eq!(required["state"], "required");
    assert_eq!(keys(&required), ["organization", "reason", "sso_url", "state", "tokens_url"]);
    scene.log_in(&ada, "1").await;
    let fresh = status(&ada).await;
    assert_eq!(fresh["state"], "fresh");
    assert_eq!(keys(&fresh), ["expires_at", "organization", "state", "tokens_url"]);
    let list = json(scene.ask(&ada, "/sso/1/tokens.json").await).await;
    assert_eq!(
        (keys(&list), &list["policy"]),
        (vec!["organization", "policy", "tokens"], &"authorized".into())
    );
    assert_eq!(keys(&list["tokens"][0]), ["authorised_until", "id", "name"]);
    let world = World::new();
    let routes: Router = world.sso().routes();
    let offered = routes.oneshot(request("GET", "/sso/2/status", &[("x-account", "ada")])).await.unwrap();
    assert_eq!(json(offered).await["state"], "offered");
    let asked =
        StepUp::new().within(std::time::Duration::from_secs(600)).unwrap().context_class("mfa").unwrap();
    let parts = request("GET", "/x", &[("x-account", "ada")]).into_parts().0;
    let refused = world.sso().step_up(&parts, &OrgId::from("1"), &asked).await.unwrap_err();
    let tower_sso::RequireError::Challenge(challenge) = refused else { panic!("{refused:?}") };
    assert_eq!(challenge.sso_url(), "https://hub.example/sso/1/start?max_age=600&acr_values=mfa");
}
