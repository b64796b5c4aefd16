//! What browsers, scripts and providers rely on: paths, parameters, form fields, headers, cookies and problems.

use axum::{Router, body::Body, response::Response, routing::any};
use http::StatusCode;
use serde_json::Value;
use tower::ServiceExt as _;
use tower_sso::{OrgId, StepUp, connection::TokenPolicy};

use crate::{
    browser::Document,
    login::{join, saml_unsolicited, tokens},
    support::{BASE, World, header, request, text},
    test_app::{
        Actor, TestApp,
        fault::{Fault, Verb},
    },
};

/// Every path below the mount, and its methods.
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
async fn the_paths_and_methods_of_the_routes_do_not_change() {
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
    assert_eq!(delete("/sso/1/nothing").await.status(), StatusCode::NOT_FOUND, "an unknown path is not 405");
}

/// Returns the forms of a page: where each one is posted to, and the names of its fields.
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
async fn the_names_of_form_fields_do_not_change() {
    let test_app = tokens::app(TokenPolicy::Authorized).await;
    test_app.change(test_app.connection().domains(["acme.example"]));
    let (ada, mallory) = (test_app.actor("ada"), test_app.actor("mallory"));
    let asked = "return_to=%2Facme&max_age=600&acr_values=mfa&login_hint=ada%40acme.example";
    let start = test_app.visit(&ada, &format!("/sso/1/start?{asked}")).await;
    assert_eq!(
        forms(start).await,
        [form("/sso/1/begin", &["return_to", "max_age", "acr_values", "login_hint"])]
    );

    let link = join::link(&test_app).await;
    assert_eq!(forms(join::open(&test_app, &mallory, &link).await).await, [form("/sso/1/join", &["link"])]);

    test_app.log_in(&ada, "1").await;
    let page = text(test_app.visit(&ada, "/sso/1/tokens?max_age=600").await).await;
    assert_eq!(forms_of(&page), ["/sso/1/tokens"; 2].map(|it| form(it, &["token", "max_age", "do"])));
    let buttons = |page: &str| {
        let forms = Document::parse(page).forms.into_iter();
        let fields = forms.flat_map(|form| form.fields).filter(|field| field.name.as_deref() == Some("do"));
        fields.map(|field| field.value).collect::<Vec<_>>()
    };
    assert_eq!(buttons(&page), ["authorise", "authorise"]);
    let posted =
        test_app.post(&ada, "/sso/1/tokens", &[("origin", &test_app.base)], "token=t-1&do=authorise").await;
    assert_eq!(posted.status(), StatusCode::SEE_OTHER);
    let page = text(test_app.visit(&ada, "/sso/1/tokens").await).await;
    assert_eq!(buttons(&page), ["authorise", "revoke", "authorise"]);

    let test_app = TestApp::of(saml_unsolicited::config()).await;
    let ada = test_app.actor("ada");
    let address = test_app.location(test_app.visit(&ada, &test_app.unsolicited(&ada).await).await).await;
    assert!(address.starts_with(&test_app.url("/sso/1/saml/confirm?ticket=")), "{address}");
    assert_eq!(forms(test_app.visit(&ada, &address).await).await, [form("/sso/1/saml/confirm", &["ticket"])]);
}

#[tokio::test]
async fn the_names_of_query_parameters_do_not_change() {
    let test_app = TestApp::of(join::config()).await;
    let (ada, mallory) = (test_app.actor("ada"), test_app.actor("mallory"));
    let challenge = test_app.visit(&ada, "/acme/x").await;
    assert_eq!(test_app.location(challenge).await, test_app.url("/sso/1/start?return_to=%2Facme%2Fx"));
    let finish = test_app.received(&ada, "1").await;
    assert!(finish.starts_with(&test_app.url("/sso/1/finish?ticket=")), "{finish}");
    let proceeds = text(test_app.visit(&Actor::nobody(), &finish).await).await;
    assert_eq!(Document::parse(&proceeds).links[0].href, format!("{finish}&again=1"));
    let made =
        test_app.sso.create_join_link(&"1".into(), &"ada".into(), &tower_sso::ReturnPath::root()).await;
    let address = made.unwrap().address.expose().clone();
    let link = address.strip_prefix(&test_app.url("/sso/1/join?link=")).unwrap();
    let pressed = join::press(&test_app, &Actor::nobody(), link).await;
    let cookie = header(&pressed, "set-cookie");
    let (name, _) = cookie.split_once('=').unwrap();
    assert_eq!((name.len(), name.starts_with("sso_join_")), ("sso_join_".len() + 16, true), "{cookie}");
    let authorize = test_app.to_provider(pressed).await;
    let callback = test_app.signed_in(&mallory.as_user("ada"), "1", &authorize).await;
    let finish = test_app.location(test_app.visit(&Actor::nobody(), &callback).await).await;
    assert!(finish.starts_with(&test_app.url("/sso/1/join/finish?ticket=")), "{finish}");
}

/// Returns the layer's answer to ada, and the names of its headers.
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
async fn the_headers_of_a_challenge_do_not_change() {
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
async fn the_name_of_the_dismissal_cookie_does_not_change() {
    let world = World::new();
    let routes: Router = world.sso().routes();
    let form =
        [("content-type", "application/x-www-form-urlencoded"), ("origin", BASE), ("x-account", "ada")];
    let mut later = request("POST", "/sso/2/later", &form);
    *later.body_mut() = Body::from("return_to=/list");
    let answer = routes.oneshot(later).await.unwrap();
    assert_eq!(
        header(&answer, "set-cookie"),
        "__Host-sso_later_MA5Z1fjptkK0Q00dnfWPnF7IoWFpotSeL60qmZ17rPI=1; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=604800"
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
async fn the_types_and_members_of_problem_documents_do_not_change() {
    let test_app = TestApp::new().await;
    let (ada, nobody) = (test_app.actor("ada"), Actor::nobody());
    let challenge = json(test_app.ask(&ada, "/acme/x").await).await;
    assert_eq!(challenge["type"], "urn:tower-sso:single-sign-on-required");
    assert_eq!(keys(&challenge), ["organization", "reason", "sso_url", "status", "title", "type"]);

    let unclear = test_app.send(test_app.request(&ada, "GET", "/%ff/x", &[])).await;
    let hidden: Router = Router::new().fallback(|| async { "in" }).layer(test_app.sso.layer());
    let hidden = hidden.oneshot(request("GET", "/acme/x", &[("x-account", "ada")])).await.unwrap();
    let outside =
        test_app.request(&Actor { account: Some("!".to_owned()), ..nobody.clone() }, "GET", "/acme/x", &[]);
    let not_established = test_app.send(outside).await;
    test_app.faults.set(Some((Verb::Membership, Fault::Fails)));
    let failed = test_app.ask(&ada, "/acme/x").await;
    test_app.faults.set(None);
    for (answer, kind) in [
        (unclear, "namespace_unclear"),
        (hidden, "namespace_unknown"),
        (not_established, "viewer_not_established"),
        (failed, "lookup_failed"),
        (test_app.ask(&nobody, "/fresh/acme").await, "fresh_session_required"),
        (test_app.ask(&nobody, "/sso/1/tokens.json").await, "not_signed_in"),
    ] {
        let problem = json(answer).await;
        assert_eq!(problem["type"], format!("urn:tower-sso:{kind}"));
        assert_eq!(keys(&problem), ["reference", "status", "title", "type"], "{kind}");
    }
}

#[tokio::test]
async fn the_members_of_json_answers_do_not_change() {
    let test_app = tokens::app(TokenPolicy::Authorized).await;
    let (ada, nobody) = (test_app.actor("ada"), Actor::nobody());
    let status = async |who: &Actor| json(test_app.ask(who, "/sso/1/status").await).await;
    let anonymous = status(&nobody).await;
    assert_eq!((&anonymous["state"], keys(&anonymous)), (&"anonymous".into(), vec!["organization", "state"]));
    let not_required = status(&test_app.actor("mallory")).await;
    assert_eq!(not_required["state"], "not_required");
    let required = status(&ada).await;
    assert_eq!(required["state"], "required");
    assert_eq!(keys(&required), ["organization", "reason", "sso_url", "state", "tokens_url"]);
    test_app.log_in(&ada, "1").await;
    let fresh = status(&ada).await;
    assert_eq!(fresh["state"], "fresh");
    assert_eq!(keys(&fresh), ["expires_at", "organization", "state", "tokens_url"]);
    let list = json(test_app.ask(&ada, "/sso/1/tokens.json").await).await;
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
