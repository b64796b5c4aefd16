//! Services whose response body is not axum's: the layer answers with the type of body that they have.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{
    BodyExt as _, Empty, Full, Limited,
    combinators::{BoxBody, UnsyncBoxBody},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, Service, ServiceExt as _, service_fn};
use tower_sso::{Namespace, Sso, StepUp};

use crate::support::World;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn sso(world: &World) -> Sso {
    let patterns = Namespace::patterns(["/{org}/{*rest}"]).unwrap();
    world.builder().namespace(patterns).build().unwrap()
}

/// Asks the layer around a service with this body for a challenge, a refusal and a pass.
async fn answers<L, S, B>(world: &World, layer: L, service: S)
where
    L: Layer<S>,
    L::Service: Service<Request<()>, Response = Response<B>, Error = Infallible> + Clone,
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let service = layer.layer(service);
    let ask = async |account: &str| {
        let request = Request::get("/acme/x").header("x-account", account).body(()).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    };
    let (status, body) = ask("ada").await;
    assert!(status == StatusCode::UNAUTHORIZED && body.contains("\"sso_url\""), "{status} {body}");
    world.fails(true);
    let (status, body) = ask("ada").await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && body.contains("lookup_failed"), "{status} {body}");
    world.fails(false);
    assert_eq!(ask("bob").await, (StatusCode::OK, "handled".to_owned()), "the accepted counterpart");
}

#[tokio::test]
async fn a_service_with_a_boxed_body_needs_no_setting() {
    let world = World::new();
    let layer = sso(&world).layer();
    let body = || Full::new(Bytes::from_static(b"handled"));
    let full = service_fn(move |_: Request<()>| async move { Ok(Response::new(body())) });
    answers(&world, layer.clone(), full).await;
    let boxed =
        service_fn(
            move |_: Request<()>| async move { Ok(Response::new(body().map_err(BoxError::from).boxed())) },
        );
    answers::<_, _, BoxBody<Bytes, BoxError>>(&world, layer.clone(), boxed).await;
    let unsync = service_fn(move |_: Request<()>| async move {
        Ok(Response::new(body().map_err(BoxError::from).boxed_unsync()))
    });
    answers::<_, _, UnsyncBoxBody<Bytes, BoxError>>(&world, layer, unsync).await;
}

#[tokio::test]
async fn a_service_with_any_other_body_needs_one_line() {
    let world = World::new();
    let limited = service_fn(|_: Request<()>| async {
        Ok(Response::new(Limited::new(Full::new(Bytes::from_static(b"handled")), 9)))
    });
    let layer = sso(&world).layer().with_body(|bytes| Limited::new(Full::new(bytes), usize::MAX));
    answers(&world, layer, limited).await;
    let tonic = service_fn(|_: Request<()>| async {
        Ok(Response::new(tonic::body::Body::new(Full::new(Bytes::from_static(b"handled")))))
    });
    let layer = sso(&world).layer().with_body(|bytes| tonic::body::Body::new(Full::new(bytes)));
    answers(&world, layer, tonic).await;
}

#[tokio::test]
async fn the_step_up_layer_answers_with_any_body() {
    let world = World::new();
    let sso = sso(&world);
    world.log_in().await;
    let limited = service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(Limited::new(Full::new(Bytes::from_static(b"handled")), 9)))
    });
    let make = |bytes| Limited::new(Full::new(bytes), usize::MAX);
    for (asked, expected) in [
        (StepUp::new().within(std::time::Duration::from_secs(60)).unwrap(), StatusCode::OK),
        (StepUp::new().context_class("phrh").unwrap(), StatusCode::UNAUTHORIZED),
    ] {
        let service = sso.step_up_layer(asked.clone()).with_body(make).layer(limited);
        let service = sso.layer().with_body(make).layer(service);
        let request = Request::get("/acme/x").header("x-account", "ada").body(()).unwrap();
        assert_eq!(service.oneshot(request).await.unwrap().status(), expected, "{asked:?}");
    }
}

#[tokio::test]
async fn a_hyper_server_without_a_framework_is_guarded() {
    let world = World::new();
    let service = service_fn(|_: Request<hyper::body::Incoming>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"handled")).boxed()))
    });
    let service = TowerToHyperService::new(sso(&world).layer().layer(service));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        for _ in 0..2 {
            let (stream, _) = listener.accept().await.unwrap();
            let server = auto::Builder::new(TokioExecutor::new());
            let connection = server.serve_connection(TokioIo::new(stream), service.clone()).into_owned();
            tokio::spawn(connection);
        }
    });
    for (account, expected) in [("ada", StatusCode::UNAUTHORIZED), ("bob", StatusCode::OK)] {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = Request::get("/acme/x").header("host", "hub.example").header("x-account", account);
        let response = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
        assert_eq!(response.status(), expected, "{account}");
    }
    server.await.unwrap();
}
