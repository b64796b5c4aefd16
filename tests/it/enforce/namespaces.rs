//! The organization that the handler sees is always the one that the layer checked.

use axum::{
    Router,
    extract::{Path, RawPathParams},
    routing::get,
};
use http::{StatusCode, Uri};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use tower::{ServiceBuilder, ServiceExt as _};
use tower_sso::{Namespace, OrgSlug, middleware::NamespaceMatch};

use crate::support::{World, request, text};

const ADA: (&str, &str) = ("x-account", "ada");

/// Returns a router whose handler answers with the organization that it sees.
fn router(world: &World) -> Router {
    async fn seen(Path(params): Path<Vec<(String, String)>>) -> String {
        params.into_iter().find(|(key, _)| key == "org").unwrap().1
    }
    async fn outside(_: RawPathParams) -> &'static str {
        "outside"
    }
    let sso = world.builder().without_organization("/users/{name}").build().unwrap();
    Router::new()
        .route("/{org}", get(seen))
        .route("/{org}/", get(seen))
        .route("/{org}/r/{*rest}", get(seen))
        .route("/users/{name}", get(outside))
        .route("/v/{version}/{orgs}/{org}", get(seen))
        .nest("/api/{org}", Router::new().route("/repos/{repo}", get(seen)))
        .layer(sso.layer())
}

/// Returns the slugs that the layer asked the host about, and what the handler saw, or `None` if it was not called.
async fn both(path: &str) -> (Vec<String>, Option<String>) {
    let world = World::new();
    let Ok(uri) = path.parse::<Uri>() else { return (Vec::new(), None) };
    let response = router(&world).oneshot(request("GET", &uri.to_string(), &[ADA])).await.unwrap();
    let handled = (response.status() == StatusCode::OK).then_some(response);
    let seen = match handled {
        Some(response) => Some(text(response).await),
        None => None,
    };
    (world.host.state.slugs.lock().unwrap().clone(), seen)
}

#[tokio::test]
async fn odd_paths_are_checked_with_the_slug_that_the_handler_sees() {
    // The host does not know these slugs, so a checked request continues to the handler.
    for (path, slug) in [
        ("/nobody", Some("nobody")),
        ("/nobody/", Some("nobody")),
        ("/NoBody", Some("NoBody")),
        ("/%6eobody", Some("nobody")),
        ("/nobody%20", Some("nobody ")),
        ("/nobody%2Fx", Some("nobody/x")),
        ("/%2e%2e", Some("..")),
        ("/nobody;v=1", Some("nobody;v=1")),
        ("/nobody%00", Some("nobody\0")),
        ("/nobody%ff", None),
        ("//nobody", None),
        ("/./nobody", None),
        ("/x/../nobody", None),
        ("/nobody/r/../../acme", Some("nobody")),
        ("/api/nobody/repos/x", Some("nobody")),
        ("/api/acme%2F..%2Fnobody/repos/x", Some("acme/../nobody")),
        ("/v/1/acme/nobody", Some("nobody")),
        ("/v/acme/acme/%6eobody%00", Some("nobody\0")),
        ("/v/%ff/acme/nobody", None),
        ("/api/nobody/repos/%ff", None),
    ] {
        let (asked, seen) = both(path).await;
        assert_eq!(seen.as_deref(), slug, "{path}");
        assert_eq!(asked.first().map(String::as_str), slug, "{path}");
    }
}

#[tokio::test]
async fn no_spelling_of_a_guarded_slug_reaches_the_handler() {
    for path in ["/acme", "/acme/", "/%61cme", "/acm%65/", "/acme/r/x", "/api/acme/repos/x", "/v/1/x/acme"] {
        let (asked, seen) = both(path).await;
        assert_eq!((asked, seen), (vec!["acme".to_owned()], None), "{path}");
    }
}

#[tokio::test]
async fn a_capture_that_is_not_utf_8_is_answered_with_400() {
    let world = World::new();
    let response = router(&world).oneshot(request("GET", "/%ff", &[ADA])).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let response = router(&world).oneshot(request("GET", "/nobody", &[ADA])).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Generates paths from the parts that give a path its structure.
fn paths() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "/", "//", "acme", "ACME", "nobody", ".", "..", "%2e", "%2E%2e", "%2f", "%5c", "%00", "%ff",
        "%C3%A4", ";x=1", "%3b", "r", "api", "repos", "users", "%61cme", "%25", "%252f", "~", "%20", "+",
    ]);
    prop::collection::vec(piece, 0..9).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_slug_that_a_handler_sees_was_checked(path in paths()) {
        let (asked, seen) = runtime().block_on(both(&path));
        match seen.as_deref() {
            None | Some("outside") => {}
            Some(seen) => prop_assert_eq!(asked, vec![seen.to_owned()]),
        }
    }

    #[test]
    fn a_pattern_agrees_with_a_normalizing_reader_or_refuses(path in paths()) {
        let world = World::new();
        let namespace = Namespace::patterns(["/{org}", "/{org}/{*rest}", "/users/{*rest}"]).unwrap();
        let sso = world.builder().namespace(namespace).build().unwrap();
        let Ok(uri) = path.parse::<Uri>() else { return Ok(()) };
        let uri = uri.to_string();
        // A service that resolves dot segments, merges slashes, removes matrix parameters and decodes twice.
        let service = ServiceBuilder::new().layer(sso.layer()).service(tower::service_fn(
            |request: http::Request<axum::body::Body>| async move {
                let seen = normalized(request.uri().path());
                Ok::<_, std::convert::Infallible>(axum::response::Response::new(axum::body::Body::from(seen)))
            },
        ));
        let response = runtime().block_on(service.oneshot(request("GET", &uri, &[ADA]))).unwrap();
        if response.status() == StatusCode::OK {
            let seen = runtime().block_on(text(response));
            let asked = world.host.state.slugs.lock().unwrap().clone();
            let expected = if seen.is_empty() || seen == "users" && asked.is_empty() { vec![] } else { vec![seen] };
            prop_assert_eq!(asked, expected);
        }
    }
}

/// Returns the first segment of a path as a careless reader sees it.
fn normalized(path: &str) -> String {
    let decode = |path: &str| percent_decode_str(path).decode_utf8_lossy().replace('\\', "/");
    let once = decode(path);
    let twice = if once.contains('%') { decode(&once) } else { once };
    let mut segments: Vec<&str> = Vec::new();
    for segment in twice.split('/') {
        match segment.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    segments.first().map(|first| (*first).to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_namespace_function_can_read_the_organization_from_the_host() {
    let world = World::new();
    let namespace = Namespace::from_fn(|head| {
        let host = head.headers.get("host").and_then(|host| host.to_str().ok());
        match host.map(|host| host.strip_suffix(".hub.example")) {
            None => NamespaceMatch::Unclear("no host"),
            Some(None) => NamespaceMatch::Outside,
            Some(Some(slug)) => NamespaceMatch::Organization(OrgSlug::new(slug)),
        }
    });
    let sso = world.builder().namespace(namespace).build().unwrap();
    let app: Router = Router::new().route("/x", get(|| async { "handled" })).layer(sso.layer());
    for (host, status) in [
        (&[("host", "acme.hub.example")][..], StatusCode::UNAUTHORIZED),
        (&[("host", "umbrella.hub.example")], StatusCode::OK),
        (&[("host", "hub.example")], StatusCode::OK),
        (&[], StatusCode::BAD_REQUEST),
    ] {
        let response = app.clone().oneshot(request("GET", "/x", &[&[ADA], host].concat())).await.unwrap();
        assert_eq!(response.status(), status, "{host:?}");
    }
}
