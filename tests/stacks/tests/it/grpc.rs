//! A tonic service inside the layer, called by a tonic client over HTTP/2.

use std::time::Duration;

use axum::{Router, routing::get as on_get};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt as _, wrappers::TcpListenerStream};
use tonic::{
    Code, Request, Response, Status,
    metadata::MetadataMap,
    service::Routes,
    transport::{Channel, Endpoint, Server},
};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_client::HealthClient,
    health_server::{Health, HealthServer},
};
use tower_sso::{Namespace, OrgId, Sso, SsoPass};

use self::{guard::app, method::check, organization::organization_of};
use crate::support::{START, World, ask, get};

mod organization {
    // [namespace]
    use tower_sso::{RequestHead, middleware::NamespaceMatch};

    /// The organization of a call, from its metadata.
    pub fn organization_of(head: RequestHead<'_>) -> NamespaceMatch {
        let mut values = head.headers.get_all("x-organization").iter().map(|value| value.to_str());
        match (values.next(), values.next()) {
            (Some(Ok(slug)), None) => NamespaceMatch::Organization(slug.into()),
            // The services that belong to no organization.
            (None, None) if head.uri.path().starts_with("/grpc.reflection.v1.ServerReflection/") => {
                NamespaceMatch::Outside
            }
            _ => NamespaceMatch::Unclear("expected x-organization in the metadata, once"),
        }
    }
    // [/namespace]
}

mod guard {
    // [guard]
    use axum::Router;
    use tonic::service::Routes;
    use tower_sso::Sso;

    pub fn app(sso: &Sso, services: Routes) -> Router {
        sso.guard(services.prepare().into_axum_router()) // after this, add only the app's own authentication
    }
    // [/guard]
}

mod method {
    // [require]
    use tonic::{Request, Status};
    use tower_sso::{OrgId, Sso, SsoPass};

    /// Checks a call whose organization only the method knows.
    pub async fn check<T>(sso: &Sso, call: &Request<T>, organization: &OrgId) -> Result<SsoPass, Status> {
        let mut head = http::Request::new(());
        *head.method_mut() = http::Method::POST;
        *head.headers_mut() = call.metadata().clone().into_headers();
        *head.extensions_mut() = call.extensions().clone();
        sso.require(&head, organization).await.map_err(|answer| {
            let answer = answer.into_response::<bytes::Bytes>();
            Status::from_header_map(answer.headers()).unwrap_or_else(|| Status::internal("no status"))
        })
    }
    // [/require]
}

/// A service with a plain and a streaming method. It is the health service, because that one needs no protoc.
struct Plans {
    /// Checks the organization that the request names.
    requires: Option<Sso>,
}

impl Plans {
    async fn answer(&self, request: Request<HealthCheckRequest>) -> Result<HealthCheckResponse, Status> {
        let pass = match &self.requires {
            Some(sso) => check(sso, &request, &OrgId::new(&*request.get_ref().service)).await?,
            None => request.extensions().get().cloned().ok_or_else(|| Status::internal("no pass"))?,
        };
        Ok(HealthCheckResponse { status: if matches!(pass, SsoPass::Fresh(_)) { 1 } else { 2 } })
    }
}

#[tonic::async_trait]
impl Health for Plans {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        self.answer(request).await.map(Response::new)
    }

    type WatchStream =
        std::pin::Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send + 'static>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let answer = self.answer(request).await?;
        Ok(Response::new(Box::pin(tokio_stream::iter([Ok(answer), Ok(answer), Ok(answer)]))))
    }
}

async fn client(listener: &TcpListener) -> HealthClient<Channel> {
    let endpoint = Endpoint::from_shared(format!("http://{}", listener.local_addr().unwrap())).unwrap();
    HealthClient::new(endpoint.timeout(Duration::from_secs(60)).connect_lazy())
}

/// Serves a router as axum does, over HTTP/2. Returns a client of it.
async fn serve(router: Router) -> HealthClient<Channel> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&listener).await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    client
}

/// A call with this metadata, for the organization with this id.
fn call(metadata: &[(&'static str, &str)], organization: &str) -> Request<HealthCheckRequest> {
    let mut call = Request::new(HealthCheckRequest { service: organization.to_owned() });
    for (name, value) in metadata {
        call.metadata_mut().append(*name, value.parse().unwrap());
    }
    call
}

fn text<'a>(metadata: &'a MetadataMap, name: &str) -> &'a str {
    metadata.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// Asserts that a call was challenged.
fn challenged(status: &Status) {
    assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
    assert_eq!(status.message(), format!("Acme requires single sign-on: log in at {START}"));
    assert_eq!(text(status.metadata(), "sso-url"), START);
    assert_eq!(text(status.metadata(), "sso-reason"), "no_session");
    assert_eq!(text(status.metadata(), "x-sso"), format!("required; organization=acme; url={START}"));
    assert_eq!(text(status.metadata(), "cache-control"), "no-store");
}

const ADA: (&str, &str) = ("x-account", "ada");
const ACME: (&str, &str) = ("x-organization", "acme");

fn guarded(world: &World) -> Router {
    let sso = world.builder().namespace(Namespace::from_fn(organization_of)).build().unwrap();
    app(&sso, Routes::new(HealthServer::new(Plans { requires: None })))
        .route("/about", on_get(|| async { "about" }))
}

#[tokio::test]
async fn a_call_for_an_organization_in_its_metadata_is_challenged_or_passes() {
    let world = World::new();
    let mut client = serve(guarded(&world)).await;
    challenged(&client.check(call(&[ADA, ACME], "")).await.unwrap_err());
    challenged(&client.watch(call(&[ADA, ACME], "")).await.unwrap_err());
    // A credential of another scheme changes nothing: a gRPC client reads only the status of the call.
    for authorization in ["Bearer x", "Basic eDp5"] {
        let call = call(&[ADA, ACME, ("authorization", authorization)], "");
        challenged(&client.check(call).await.unwrap_err());
    }
    assert_eq!(client.check(call(&[("x-account", "bob"), ACME], "")).await.unwrap().get_ref().status, 2);

    world.log_in().await;
    assert_eq!(client.check(call(&[ADA, ACME], "")).await.unwrap().get_ref().status, 1);
    let stream = client.watch(call(&[ADA, ACME], "")).await.unwrap().into_inner();
    let statuses: Vec<_> = stream.map(|message| message.unwrap().status).collect().await;
    assert_eq!(statuses, [1, 1, 1]);
}

#[tokio::test]
async fn a_method_checks_an_organization_that_only_it_knows() {
    let world = World::new();
    let sso = world.sso();
    let service = HealthServer::new(Plans { requires: Some(sso) });
    let mut client = serve(Routes::new(service).prepare().into_axum_router()).await;
    challenged(&client.check(call(&[ADA], "1")).await.unwrap_err());
    challenged(&client.watch(call(&[ADA], "1")).await.unwrap_err());
    assert_eq!(client.check(call(&[ADA], "2")).await.unwrap().get_ref().status, 2, "Initech only offers it");
    world.fails(true);
    assert_eq!(client.check(call(&[ADA], "1")).await.unwrap_err().code(), Code::Unavailable);
    world.fails(false);
    world.log_in().await;
    assert_eq!(client.check(call(&[ADA], "1")).await.unwrap().get_ref().status, 1);
    let stream = client.watch(call(&[ADA], "1")).await.unwrap().into_inner();
    assert_eq!(stream.collect::<Vec<_>>().await.len(), 3);
}

#[tokio::test]
async fn a_refusal_is_the_status_of_the_call() {
    let world = World::new();
    world.log_in().await;
    let mut client = serve(guarded(&world)).await;
    let ok = client.check(call(&[ADA, ACME], "")).await;
    assert_eq!(ok.unwrap().get_ref().status, 1, "the accepted counterpart");

    world.fails(true);
    let failed = client.check(call(&[ADA, ACME], "")).await.unwrap_err();
    assert_eq!(failed.code(), Code::Unavailable);
    assert!(failed.message().starts_with("lookup_failed, reference "), "{failed:?}");
    assert_eq!(text(failed.metadata(), "retry-after"), "5");
    world.fails(false);

    for unclear in [&[ADA][..], &[ADA, ACME, ACME], &[ADA, ACME, ("x-organization", "initech")]] {
        let refused = client.check(call(unclear, "")).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{unclear:?}");
        assert!(refused.message().starts_with("namespace_unclear, reference "), "{refused:?}");
    }
}

#[tokio::test]
async fn the_layer_answers_a_call_that_it_cannot_place() {
    let world = World::new();
    let service = || Routes::new(HealthServer::new(Plans { requires: None })).prepare().into_axum_router();
    // The default reads the path parameter `org`, which the routes of gRPC do not have.
    let mut client = serve(world.sso().guard(service())).await;
    let misplaced = client.check(call(&[ADA], "")).await.unwrap_err();
    assert_eq!(misplaced.code(), Code::Internal);
    assert!(misplaced.message().starts_with("namespace_unknown, reference "), "{misplaced:?}");

    // Once a route has matched, a call that matches none has no method.
    let sso = world.sso();
    let router =
        Router::new().route("/about", on_get(|| async { "about" })).fallback(|| async { "fallback" });
    let router = sso.guard(router);
    assert_eq!(ask(&router, get("/about", None)).await.1, "about");
    let unknown = serve(router).await.check(call(&[ADA], "")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::Unimplemented);

    let hidden = world.builder().namespace(Namespace::from_fn(organization_of)).hide_unknown_organizations();
    let mut client = serve(hidden.build().unwrap().guard(service())).await;
    let unknown = client.check(call(&[ADA, ("x-organization", "umbrella")], "")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let known = client.check(call(&[ADA, ("x-organization", "initech")], "")).await;
    assert_eq!(known.unwrap().get_ref().status, 2, "the accepted counterpart");
}

#[tokio::test]
async fn a_server_of_tonic_itself_needs_one_line() {
    let world = World::new();
    let sso = world.builder().namespace(Namespace::from_fn(organization_of)).build().unwrap();
    let service = HealthServer::new(Plans { requires: None });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = client(&listener).await;
    // [tonic]
    let server = Server::builder()
        .layer(sso.layer().with_body(|bytes| tonic::body::Body::new(Full::new(bytes))))
        .add_service(service);
    // [/tonic]
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    challenged(&client.check(call(&[ADA, ACME], "")).await.unwrap_err());
    world.log_in().await;
    assert_eq!(client.check(call(&[ADA, ACME], "")).await.unwrap().get_ref().status, 1);
}

#[tokio::test]
async fn a_challenged_call_ends_with_its_headers() {
    let world = World::new();
    let router = guarded(&world);
    for (content_type, expected) in [
        ("application/grpc+proto", "application/grpc"),
        ("application/grpc-web", "application/grpc-web"),
        ("application/grpc-web-text", "application/grpc-web-text"),
    ] {
        let request =
            http::Request::post("/grpc.health.v1.Health/Check").header("content-type", content_type);
        let request = request.header("x-account", "ada").header("x-organization", "acme");
        let request = request.body(axum::body::Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
        assert_eq!(response.status(), http::StatusCode::OK);
        assert_eq!(response.headers()["content-type"], expected);
        assert_eq!(response.headers()["grpc-status"], "16");
        assert!(http_body::Body::is_end_stream(response.body()));
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), Bytes::new());
    }
}
