//! The organization in the host, `{org}.hub.example`: each attack beside its accepted twin. No host may make a guarded
//! handler answer a member who has not logged in with SSO.

use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, request::Parts};
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use tower_sso::{Namespace, OrgId, Sso, SsoBuilder};

use crate::support::{World, header, text};

fn builder(world: &World) -> SsoBuilder {
    world.builder().namespace(Namespace::host("{org}.hub.example").unwrap())
}

async fn plans(organization: Option<Extension<OrgId>>) -> String {
    format!("plans of {:?}", organization.map(|Extension(id)| id.to_string()))
}

fn app(sso: &Sso) -> Router {
    sso.guard(Router::new().route("/plans", get(plans)).fallback(plans))
}

/// Asks as Ada, a member of Acme and Initech. `uri` may name a host, as HTTP/2 and the absolute form do.
fn asked(uri: &str, hosts: &[&str]) -> Request {
    let request = Request::get(uri).header("x-account", "ada").header("accept", "text/html");
    hosts.iter().fold(request, |request, host| request.header("host", *host)).body(Body::empty()).unwrap()
}

async fn ask(app: &Router, uri: &str, hosts: &[&str]) -> Response {
    app.clone().oneshot(asked(uri, hosts)).await.unwrap()
}

#[tokio::test]
async fn a_member_is_challenged_on_each_spelling_of_the_organizations_host() {
    let world = World::new();
    let app = app(&builder(&world).build().unwrap());
    let start = "https://hub.example/sso/1/start?return_to=https%3A%2F%2Facme.hub.example%2Fplans%3Fx%3D1";
    for host in ["acme.hub.example", "ACME.Hub.Example", "acme.hub.example:8443"] {
        for (uri, hosts) in [
            ("/plans?x=1".to_owned(), &[host][..]),
            (format!("https://{host}/plans?x=1"), &[]),
            (format!("https://{host}/plans?x=1"), &["acme.hub.example"]),
        ] {
            let response = ask(&app, &uri, hosts).await;
            assert_eq!(
                (response.status(), header(&response, "location")),
                (StatusCode::SEE_OTHER, start),
                "{uri}"
            );
        }
    }
    // No route matches: the host names the organization in any case.
    assert_eq!(ask(&app, "/elsewhere", &["acme.hub.example"]).await.status(), StatusCode::SEE_OTHER);
    world.log_in("1", "ada", "c").await;
    let response = ask(&app, "/plans", &["ACME.hub.example"]).await;
    assert_eq!(text(response).await, "plans of Some(\"1\")", "the accepted counterpart");
    let response = ask(&app, "/plans", &["initech.hub.example"]).await;
    assert_eq!(text(response).await, "plans of Some(\"2\")", "another organization, which only offers SSO");
    assert_eq!(world.host.state.slugs.lock().unwrap().last().unwrap(), "initech");
}

#[tokio::test]
async fn a_host_that_is_not_ours_is_answered_with_400() {
    let world = World::new();
    let app = app(&builder(&world).build().unwrap());
    for host in [
        "",
        "evil.example",
        "acme.hub.example.evil.com",
        "acme.hub.example.",
        "hub.example.",
        "a.acme.hub.example",
        "acmehub.example",
        "127.0.0.1:80",
        "[::1]",
        "acme.hub.example:",
        "ada@acme.hub.example",
        "acme.hub.example, hub.example",
        "ac%6de.hub.example",
        "acme\u{3002}hub.example",
    ] {
        let response = ask(&app, "/plans", &[host]).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{host:?}");
    }
    assert_eq!(ask(&app, "/plans", &[]).await.status(), StatusCode::BAD_REQUEST, "no host");
    assert_eq!(ask(&app, "/plans", &["acme.hub.example"]).await.status(), StatusCode::SEE_OTHER);
    let base = ask(&app, "/plans", &["HUB.example:443"]).await;
    assert_eq!(text(base).await, "plans of None", "the base host belongs to no organization");
    let told = world.events.lock().unwrap().iter().filter(|it| it.action.name() == "layer.misplaced").count();
    assert_eq!(told, 1, "the refusals of one matched path are recorded once");
}

#[tokio::test]
async fn two_hosts_are_answered_with_400() {
    let app = app(&builder(&World::new()).build().unwrap());
    for (uri, hosts) in [
        ("/plans", &["acme.hub.example", "acme.hub.example"][..]),
        ("/plans", &["acme.hub.example", "hub.example"]),
        ("/plans", &["hub.example", "acme.hub.example"]),
        ("https://hub.example/plans", &["acme.hub.example"]),
        ("https://acme.hub.example/plans", &["hub.example"]),
        ("https://umbrella.hub.example/plans", &["acme.hub.example"]),
        ("https://acme.hub.example/plans", &["acme.hub.example", "acme.hub.example"]),
    ] {
        assert_eq!(ask(&app, uri, hosts).await.status(), StatusCode::BAD_REQUEST, "{uri} {hosts:?}");
    }
    let same = ask(&app, "https://acme.hub.example/plans", &["acme.hub.example"]).await;
    assert_eq!(same.status(), StatusCode::SEE_OTHER, "the accepted counterpart");
}

#[tokio::test]
async fn forwarding_headers_are_not_read() {
    let app = app(&builder(&World::new()).build().unwrap());
    for (name, value) in [
        ("x-forwarded-host", "hub.example"),
        ("x-forwarded-host", "umbrella.hub.example"),
        ("forwarded", "host=hub.example"),
        ("x-original-host", "hub.example"),
    ] {
        let mut request = asked("/plans", &["acme.hub.example"]);
        request.headers_mut().insert(name, value.parse().unwrap());
        let response = app.clone().oneshot(request).await.unwrap();
        assert!(header(&response, "location").starts_with("https://hub.example/sso/1/start?"), "{name}");
    }
}

#[tokio::test]
async fn a_middleware_that_changes_the_uri_does_not_change_the_host() {
    async fn rewrite(mut request: Request, next: Next) -> Response {
        *request.uri_mut() = "https://hub.example/plans".parse().unwrap();
        next.run(request).await
    }
    let app = app(&builder(&World::new()).build().unwrap()).layer(from_fn(rewrite));
    assert_eq!(ask(&app, "/plans", &["acme.hub.example"]).await.status(), StatusCode::BAD_REQUEST);
    let base = ask(&app, "/plans", &["hub.example"]).await;
    assert_eq!(base.status(), StatusCode::OK, "the accepted counterpart");
}

#[tokio::test]
async fn a_declared_path_is_outside_on_every_host() {
    let sso = builder(&World::new()).without_organization("/assets").build().unwrap();
    let router = Router::new().route("/assets/{*rest}", get(plans)).route("/assetsx", get(plans));
    let app = sso.guard(router);
    for (path, expected) in [
        ("/assets/x.css", StatusCode::OK),
        ("/sso/sso.css", StatusCode::OK),
        ("/assetsx", StatusCode::SEE_OTHER),
        ("/assets/../plans", StatusCode::SEE_OTHER),
        ("/assets/%2e%2e/plans", StatusCode::SEE_OTHER),
    ] {
        assert_eq!(ask(&app, path, &["acme.hub.example"]).await.status(), expected, "{path}");
    }
    // A declared path changes nothing about a host that is not ours.
    assert_eq!(ask(&app, "/assets/x.css", &["evil.example"]).await.status(), StatusCode::BAD_REQUEST);
}

/// A nested service might serve what the rewritten path names.
#[tokio::test]
async fn a_declared_path_that_was_rewritten_belongs_to_the_organization() {
    async fn rewrite(mut request: Request, next: Next) -> Response {
        *request.uri_mut() = "/plans".parse().unwrap();
        next.run(request).await
    }
    let sso = builder(&World::new()).without_organization("/assets").build().unwrap();
    let plain = sso.guard(Router::new().route("/assets/{*rest}", get(plans)));
    let rewritten = plain.clone().layer(from_fn(rewrite));
    for (app, expected) in [(rewritten, StatusCode::SEE_OTHER), (plain, StatusCode::OK)] {
        assert_eq!(ask(&app, "/assets/x", &["acme.hub.example"]).await.status(), expected);
    }
}

/// The handler of one organization's host may check another organization.
#[tokio::test]
async fn a_login_to_another_organization_does_not_lead_back_to_this_host() {
    async fn checks_acme(State(sso): State<Sso>, parts: Parts) -> Result<String, Response> {
        let pass = sso.require(&parts, &"1".into()).await.map_err(IntoResponse::into_response)?;
        Ok(format!("{pass:?}"))
    }
    let sso = builder(&World::new()).build().unwrap();
    let app = sso.guard(Router::new().route("/x", get(checks_acme))).with_state(sso.clone());
    for (host, expected) in [
        ("initech.hub.example", "%2F"),
        ("hub.example", "%2Fx"),
        ("acme.hub.example", "https%3A%2F%2Facme.hub.example%2Fx"),
    ] {
        let response = ask(&app, "/x", &[host]).await;
        let expected = format!("https://hub.example/sso/1/start?return_to={expected}");
        assert_eq!(header(&response, "location"), expected, "{host}");
    }
}

#[tokio::test]
async fn the_banner_leads_back_to_the_host_that_shows_it() {
    async fn page(State(sso): State<Sso>, parts: Parts) -> Result<String, Response> {
        let pending = sso.pending(&parts, ["2".into()]).await.map_err(IntoResponse::into_response)?;
        Ok(sso.banner(&parts, &pending).unwrap_or_default())
    }
    let sso = builder(&World::new()).build().unwrap();
    let app = sso.guard(Router::new().route("/x", get(page))).with_state(sso.clone());
    for (host, back, dismissible) in [
        ("initech.hub.example", "https%3A%2F%2Finitech.hub.example%2Fx", false),
        ("hub.example", "%2Fx", true),
    ] {
        let banner = text(ask(&app, "/x", &[host]).await).await;
        assert!(banner.contains(&format!("/sso/2/start?return_to={back}\"")), "{host}: {banner}");
        assert_eq!(banner.contains("/sso/2/later"), dismissible, "{host}: {banner}");
    }
}

#[tokio::test]
async fn the_authority_of_http_2_counts_and_host_may_not_differ() {
    let app = app(&builder(&World::new()).build().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy();
    let client = client.redirect(reqwest::redirect::Policy::none());
    let client = ["acme.hub.example", "hub.example", "evil.example"]
        .into_iter()
        .fold(client, |client, host| client.resolve(host, address))
        .build()
        .unwrap();
    for (authority, host, expected) in [
        ("acme.hub.example", None, StatusCode::UNAUTHORIZED),
        ("acme.hub.example", Some("acme.hub.example"), StatusCode::UNAUTHORIZED),
        ("acme.hub.example", Some("hub.example"), StatusCode::BAD_REQUEST),
        ("hub.example", Some("acme.hub.example"), StatusCode::BAD_REQUEST),
        ("hub.example", None, StatusCode::OK),
        ("evil.example", None, StatusCode::BAD_REQUEST),
    ] {
        let request = client.get(format!("http://{authority}:{}/plans", address.port()));
        let request = request.header("x-account", "ada");
        let request = match host {
            Some(host) => request.header("host", host),
            None => request,
        };
        let response = request.send().await.unwrap();
        assert_eq!(response.version(), http::Version::HTTP_2);
        assert_eq!(response.status(), expected, "{authority} {host:?}");
    }
}

#[tokio::test]
async fn an_absolute_request_line_and_a_second_host_header_are_read() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let app = app(&builder(&World::new()).build().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    for (line, hosts, expected) in [
        ("/plans", "Host: acme.hub.example\r\n", "401"),
        ("http://acme.hub.example/plans", "Host: acme.hub.example\r\n", "401"),
        ("http://acme.hub.example/plans", "Host: hub.example\r\n", "400"),
        ("http://hub.example/plans", "Host: acme.hub.example\r\n", "400"),
        ("/plans", "Host: hub.example\r\nHost: acme.hub.example\r\n", "400"),
        ("/plans", "", "400"),
        ("/plans", "Host: hub.example\r\n", "200"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("GET {line} HTTP/1.1\r\n{hosts}x-account: ada\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(expected), "{line} {hosts:?}: {answer}");
    }
}

#[tokio::test]
async fn a_script_and_htmx_are_led_to_the_base_host_and_back() {
    let app = app(&builder(&World::new()).build().unwrap());
    for (current, expected) in [
        ("https://acme.hub.example/plans#top", "https%3A%2F%2Facme.hub.example%2Fplans"),
        ("https://hub.example/plans", "%2Fplans"),
        ("https://initech.hub.example/plans", "%2F"),
        ("https://acme.hub.example.evil.com/plans", "%2F"),
        ("https://acme.hub.example:444/plans", "%2F"),
        ("//acme.hub.example/plans", "%2F"),
        ("/plans", "%2F"),
    ] {
        let mut request = asked("/plans", &["acme.hub.example"]);
        request.headers_mut().insert("hx-request", "true".parse().unwrap());
        request.headers_mut().insert("hx-current-url", current.parse().unwrap());
        let response = app.clone().oneshot(request).await.unwrap();
        let expected = format!("https://hub.example/sso/1/start?return_to={expected}");
        assert_eq!(header(&response, "hx-redirect"), expected, "{current}");
    }
}

#[test]
fn the_base_url_must_have_the_base_host_of_the_pattern() {
    let world = World::new();
    for (pattern, fits) in
        [("{org}.hub.example", true), ("{org}.example", false), ("{org}.app.hub.example", false)]
    {
        let built = world.builder().namespace(Namespace::host(pattern).unwrap()).build();
        assert_eq!(
            built.map_err(|error| error.field().to_owned()).err().as_deref(),
            (!fits).then_some("namespace"),
            "{pattern}"
        );
    }
    assert_eq!(Namespace::host("hub.example").unwrap_err().field(), "namespace");
}
