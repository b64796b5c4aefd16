//! Programs in which the layer can't see the organization. Each of them once reached its handler silently. Now each
//! fails loudly.

use std::sync::{Arc, Mutex};

use axum::{
    Extension, Router,
    extract::{OriginalUri, Path, Request},
    middleware::{Next, from_fn},
    response::Response,
    routing::{any_service, get},
};
use http::{StatusCode, Uri};
use tower::ServiceExt as _;
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, Directory, Lookup, Membership, Namespace, OrgId, OrgSlug,
    RequestHead, Sso, SsoPass, Viewer, audit::Action, testing::check_organization_ids,
};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{World, request, text};

const ADA: (&str, &str) = ("x-account", "ada");
const LOUD: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;

async fn ask(router: &Router, path: &str) -> StatusCode {
    router.clone().oneshot(request("GET", path, &[ADA])).await.unwrap().status()
}

async fn handler() -> &'static str {
    "an organization's content"
}

fn naming(world: &World, names: &[&str]) -> Sso {
    world.builder().namespace(Namespace::router_params(names.iter().copied()).unwrap()).build().unwrap()
}

#[tokio::test]
async fn a_service_behind_a_wildcard_is_answered_with_500() {
    let inner: Router = Router::new().route("/{org}/plans", get(handler));
    let router = Router::new()
        .route("/{*rest}", any_service(inner))
        .route("/o/{org}/plans", get(handler))
        .layer(World::new().sso().layer());
    assert_eq!(ask(&router, "/acme/plans").await, LOUD);
    assert_eq!(ask(&router, "/o/acme/plans").await, StatusCode::UNAUTHORIZED, "the accepted counterpart");
}

#[tokio::test]
async fn a_fallback_under_an_outer_routers_matched_path_is_answered_with_500() {
    let inner: Router = Router::new().fallback(handler).layer(World::new().sso().layer());
    let router = Router::new().route("/{*rest}", any_service(inner));
    assert_eq!(ask(&router, "/acme/plans").await, LOUD);
}

#[tokio::test]
async fn a_nested_service_under_an_outer_matched_path_is_answered_with_500() {
    for outer in ["/{*rest}", "/{tenant}/{*rest}", "/{org}/{*rest}"] {
        let app: Router = Router::new().fallback(handler);
        let inner: Router = Router::new().nest_service("/app/{org}", app).layer(World::new().sso().layer());
        let router = Router::new().route(outer, any_service(inner));
        // axum itself panics here if its debug assertions are on.
        let asked = tokio::spawn(async move { ask(&router, "/app/acme/plans").await });
        assert!(asked.await.map_or(cfg!(debug_assertions), |status| status == LOUD), "{outer}");
    }
}

#[tokio::test]
async fn another_parameter_name_is_answered_with_500_unless_it_is_declared() {
    let routes =
        || Router::new().route("/a/{organization}/plans", get(handler)).route("/b/{Org}/plans", get(handler));
    let world = World::new();
    let by_default = routes().layer(world.sso().layer());
    let named = routes().layer(naming(&world, &["organization", "Org"]).layer());
    for path in ["/a/acme/plans", "/b/acme/plans"] {
        assert_eq!(ask(&by_default, path).await, LOUD, "{path}");
        assert_eq!(ask(&named, path).await, StatusCode::UNAUTHORIZED, "{path}");
    }
    let both = Router::new().route("/{org}/x/{organization}", get(handler));
    let both = both.layer(naming(&world, &["org", "organization"]).layer());
    assert_eq!(ask(&both, "/umbrella/x/acme").await, LOUD);
}

#[tokio::test]
async fn inside_nest_patterns_are_matched_against_the_original_address() {
    let namespace = Namespace::patterns(["/app/{org}/{*rest}"]).unwrap();
    let sso = World::new().builder().namespace(namespace).build().unwrap();
    let inside = Router::new().nest("/app", Router::new().route("/{a}/{b}", get(handler)).layer(sso.layer()));
    assert_eq!(ask(&inside, "/app/acme/plans").await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&inside, "/app/umbrella/plans").await, StatusCode::OK);
}

/// Rewrites every path between the outer router and the one that it wraps.
async fn rewrite(mut request: Request, next: Next) -> Response {
    *request.uri_mut() = Uri::from_static("/acme/plans");
    next.run(request).await
}

#[tokio::test]
async fn a_path_rewritten_by_middleware_is_answered_with_400() {
    let world = World::new();
    let patterns = Namespace::patterns(["/{org}/{*rest}"]).unwrap();
    let patterns = world.builder().namespace(patterns).build().unwrap();
    for sso in [world.sso(), patterns] {
        let inner: Router = Router::new().fallback(handler).layer(sso.layer());
        let rewriting = tower::ServiceBuilder::new().layer(from_fn(rewrite)).service(inner.clone());
        let router = Router::new().route("/umbrella/{*rest}", any_service(rewriting));
        assert_eq!(ask(&router, "/umbrella/x").await, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_static_route_passes_is_reported_and_has_no_pass_to_extract() {
    async fn wants_pass(pass: SsoPass) -> String {
        format!("{pass:?}")
    }
    async fn wants_organization(Extension(organization): Extension<OrgId>) -> String {
        organization.to_string()
    }
    let sso = World::new().sso();
    let router: Router = Router::new()
        .route("/about", get(handler))
        .route("/pass", get(wants_pass))
        .route("/organization", get(wants_organization))
        .route("/{org}/id", get(wants_organization))
        .nest("/api", Router::new().route("/version", get(handler)))
        .layer(sso.layer())
        .with_state(sso.clone());
    for path in ["/about", "/api/version", "/about"] {
        assert_eq!(ask(&router, path).await, StatusCode::OK, "{path}");
    }
    for path in ["/pass", "/organization"] {
        assert_eq!(ask(&router, path).await, LOUD, "{path}");
    }
    assert_eq!(ask(&router, "/umbrella/id").await, StatusCode::OK, "the accepted counterpart");
    assert_eq!(sso.static_routes(), ["/about", "/api/version", "/organization", "/pass"]);
}

#[tokio::test]
async fn an_unknown_address_is_404_once_a_route_has_matched() {
    let world = World::new();
    let sso = world.sso();
    let router = Router::new().route("/{org}/plans", get(handler)).fallback(handler).layer(sso.layer());
    assert_eq!(ask(&router, "/acme/unknown").await, LOUD, "the layer might never see a matched path");
    assert_eq!(ask(&router, "/umbrella/plans").await, StatusCode::OK);
    let response = router.clone().oneshot(request("GET", "/acme/unknown", &[ADA])).await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(text(response).await, "", "the fallback must not answer");
    // A fallback that is added after the layer belongs to the app.
    let router = Router::new().route("/{org}/plans", get(handler)).layer(sso.layer());
    let router = router.fallback(|| async { (StatusCode::NOT_FOUND, "no such page") });
    let response = router.oneshot(request("GET", "/acme/unknown", &[ADA])).await.unwrap();
    assert_eq!(text(response).await, "no such page");
}

#[tokio::test]
async fn a_declared_fallback_passes_only_without_an_organization_parameter() {
    let sso = World::new().builder().dangerous().fallback_without_organization().build().unwrap();
    let nested = Router::new().route("/plans", get(handler)).fallback(handler);
    let router = Router::new().nest("/o/{org}", nested).fallback(handler).layer(sso.layer());
    assert_eq!(ask(&router, "/other").await, StatusCode::OK);
    assert_eq!(ask(&router, "/o/acme/plans").await, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&router, "/o/acme/other").await, LOUD);
}

#[tokio::test]
async fn a_declared_path_belongs_to_no_organization() {
    let world = World::new();
    let declared = world.builder().without_organization("/users/{name}").without_organization("/{*page}");
    let sso = declared.without_organization("/assets").build().unwrap();
    let router = Router::new()
        .route("/users/{name}/keys", get(handler))
        .route("/assets/{*file}", get(handler))
        .route("/{*page}", get(handler))
        .route("/o/{org}/plans", get(handler))
        .route("/teams/{name}", get(handler))
        .layer(sso.layer());
    for path in ["/users/ada/keys", "/assets/a/b.css", "/acme"] {
        assert_eq!(ask(&router, path).await, StatusCode::OK, "{path}");
    }
    assert_eq!(ask(&router, "/teams/x").await, LOUD, "the accepted counterpart");
    // A declared mount never hides an organization that the router captures.
    let router = Router::new().route("/{org}/plans", get(handler)).layer(sso.layer());
    world.host.state.organizations.lock().unwrap().insert("assets".into(), "1".into());
    assert_eq!(ask(&router, "/assets/plans").await, StatusCode::UNAUTHORIZED);
    let contradiction = world.builder().without_organization("/o/{org}").build().unwrap_err();
    assert_eq!(contradiction.field(), "without_organization");
}

#[tokio::test]
async fn an_unknown_organization_is_404_if_the_builder_hides_them() {
    async fn parses(Path(id): Path<String>) -> String {
        id.trim_start_matches(['0', '+']).to_owned()
    }
    let world = World::new();
    world.host.state.organizations.lock().unwrap().insert("1".into(), "1".into());
    let routes = || Router::new().route("/n/{org}/plans", get(parses));
    let open = routes().layer(world.sso().layer());
    let hidden = routes().layer(world.builder().hide_unknown_organizations().build().unwrap().layer());
    for path in ["/n/01/plans", "/n/+1/plans"] {
        assert_eq!(ask(&open, path).await, StatusCode::OK, "{path}: row 3 passes");
        assert_eq!(ask(&hidden, path).await, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(ask(&hidden, "/n/1/plans").await, StatusCode::UNAUTHORIZED);
    let anonymous = hidden.oneshot(request("GET", "/n/01/plans", &[])).await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::OK, "row 2 comes first: the app decides");
}

#[tokio::test]
async fn guard_covers_every_route_of_the_router_and_adds_the_sso_pages() {
    let sso = World::new().sso();
    let merged = Router::new().route("/m/{org}/plans", get(handler));
    let router: Router = Router::new()
        .route("/{org}/plans", get(handler))
        .nest("/n/{org}", Router::new().route("/plans", get(handler)))
        .merge(merged)
        .fallback(handler);
    let router = sso.guard(router);
    for path in ["/acme/plans", "/n/acme/plans", "/m/acme/plans"] {
        assert_eq!(ask(&router, path).await, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(ask(&router, "/acme/unknown").await, StatusCode::NOT_FOUND);
    assert_eq!(ask(&router, "/sso/1/start").await, StatusCode::OK);
    // A whole router that already contains the SSO pages, inside the layer.
    let inside = Router::new().merge(sso.routes::<()>()).layer(sso.layer());
    assert_eq!(ask(&inside, "/sso/1/start").await, StatusCode::OK);
}

/// The log output as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn anonymous_visitors_cannot_fill_the_log_with_misplaced_requests() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    tower_sso_testing::log::keep_threads_apart();
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::new();
    let router = Router::new()
        .route("/{org}/plans", get(handler))
        .route("/teams/{name}", get(handler))
        .layer(world.sso().layer());
    let ask = async |path: String, headers: &[(&str, &str)]| {
        let response = router.clone().oneshot(request("GET", &path, headers)).await.unwrap();
        (response.status(), text(response).await)
    };
    let mut bodies = std::collections::HashSet::new();
    for number in 0..200 {
        let (status, body) = ask(format!("/teams/{number}"), &[]).await;
        assert_eq!(status, LOUD);
        bodies.insert(body);
        assert_eq!(ask("/%ff/plans".into(), &[ADA]).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(ask(format!("/unknown-{number}"), &[]).await.0, StatusCode::NOT_FOUND);
    }
    assert_eq!(bodies.len(), 1, "all answers have the reference of a single event");
    let events = world.events.lock().unwrap().clone();
    let kinds: Vec<_> = events.iter().map(|event| event.action.clone()).collect();
    let misplaced = |kind| Action::Misplaced { kind };
    assert_eq!(kinds, [misplaced("namespace_unknown"), misplaced("namespace_unclear")]);
    assert!(bodies.iter().next().unwrap().contains(events[0].reference.as_str()));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.matches("ERROR").count(), 2, "{log}");
    assert_eq!(log.matches("WARN").count(), 1, "{log}");
    for part in ["/teams/{name}", "Namespace::router_params", "SsoBuilder::without_organization"] {
        assert!(log.contains(part), "{part}: {log}");
    }
}

#[tokio::test]
async fn a_nested_route_is_matched_by_the_original_address() {
    async fn both(OriginalUri(original): OriginalUri, uri: Uri) -> String {
        format!("{original} {uri}")
    }
    let nested = Router::new().route("/", get(both)).layer(World::new().sso().layer());
    let router = Router::new().nest("/api", nested);
    for path in ["/api", "/api/"] {
        let response = router.clone().oneshot(request("GET", path, &[ADA])).await.unwrap();
        let expected = if path == "/api" { "/api /" } else { "" };
        assert_eq!(text(response).await, expected, "{path}");
    }
}

/// A host with one organization. The test decides which ID it returns for a slug.
struct SlugDirectory(fn(&str) -> Option<String>);

impl Directory for SlugDirectory {
    fn viewer(&self, _: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(Viewer::Anonymous)
    }

    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        Lookup::now((self.0)(slug.as_str()).map(|id| OrgId::new(&*id)))
    }

    fn membership(&self, _: &OrgId, _: &AccountId) -> Lookup<Membership> {
        Lookup::now(Membership::NonMember)
    }

    fn verified_emails(&self, _: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(Vec::new())
    }

    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }
}

#[tokio::test]
async fn a_directory_that_echoes_the_text_of_the_path_is_detected() {
    const UUID: &str = "0b1f5a2c-6c1e-4c54-9a3e-2f6f3f9d7a11";
    let check = async |answers: fn(&str) -> Option<String>, slug: &str| {
        check_organization_ids(&SlugDirectory(answers), &slug.into(), &slug.into())
            .await
            .map_err(|it| it.to_string())
    };
    // The directory parses the slug and formats it again, or looks it up as it is.
    assert_eq!(
        check(|slug| slug.trim_start_matches(['0', '+']).parse::<u64>().ok().map(|id| id.to_string()), "1")
            .await,
        Ok(())
    );
    assert_eq!(check(|slug| (slug == UUID).then(|| slug.to_owned()), UUID).await, Ok(()));
    // The directory applies the same rules but returns the text of the path.
    let echoes = check(
        |slug| slug.trim_start_matches(['0', '+']).parse::<u64>().is_ok().then(|| slug.to_owned()),
        "1",
    )
    .await;
    let problem = echoes.unwrap_err();
    assert!(problem.contains("\"01\"") && problem.contains("\"+1\""), "{problem}");
    let echoes = check(
        |slug| slug.to_lowercase().replace('-', "").eq(&UUID.replace('-', "")).then(|| slug.to_owned()),
        UUID,
    )
    .await;
    assert!(echoes.unwrap_err().contains(&UUID.to_uppercase()));
    assert!(check(|_| None, "1").await.unwrap_err().contains("expected \"1\", found None"));
}
