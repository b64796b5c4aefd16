//! Only this machine is answered.

use std::net::SocketAddr;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, Response},
};
use tower::ServiceExt as _;
use tower_sso_test_idp::{SigningAlg, TestIdp, TestKey};

fn idp() -> TestIdp {
    TestIdp::builder().key(TestKey::shared(SigningAlg::Es256).unwrap()).build().unwrap()
}

async fn ask(router: Router, path: &str, host: Option<&str>, peer: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    if let Some(host) = host {
        request.headers_mut().insert("host", host.parse().unwrap());
    }
    if let Some(peer) = peer {
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
    }
    router.oneshot(request).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

const HERE: Option<&str> = Some("127.0.0.1:5000");

#[tokio::test]
async fn only_loopback_peers_that_name_a_loopback_host_are_answered() {
    for (host, peer, status) in [
        (Some("localhost:80"), HERE, 200),
        (Some("127.0.0.1"), Some("[::1]:5000"), 200),
        (Some("[::1]"), Some("[::ffff:127.0.0.1]:5000"), 200),
        (Some("localhost:80"), Some("10.0.0.1:5000"), 403),
        (Some("localhost:80"), Some("[::ffff:10.0.0.1]:5000"), 403),
        (Some("localhost:80"), None, 403),
        (Some("acme.example"), HERE, 403),
        (None, HERE, 403),
    ] {
        for path in ["/", "/keys", "/.well-known/openid-configuration"] {
            assert_eq!(
                ask(idp().router(), path, host, peer).await.status(),
                status,
                "{host:?} {peer:?} {path}"
            );
        }
    }
    assert_eq!(ask(idp().router(), "/nowhere", Some("acme.example"), HERE).await.status(), 403);
}

#[tokio::test]
async fn a_router_that_cannot_see_the_peer_explains_how_to_serve_it() {
    let refused = ask(idp().router(), "/keys", Some("localhost"), None).await;
    assert!(text(refused).await.contains("into_make_service_with_connect_info"));
}

#[tokio::test]
async fn a_router_without_a_configured_issuer_uses_the_requested_address() {
    let idp = idp();
    let nested = Router::new().nest("/acme", idp.router()).nest("/x/y", idp.router());
    for (path, issuer) in [("/acme", "http://localhost:8/acme"), ("/x/y", "http://localhost:8/x/y")] {
        let path = format!("{path}/.well-known/openid-configuration");
        let document = text(ask(nested.clone(), &path, Some("localhost:8"), HERE).await).await;
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["issuer"], issuer);
        assert_eq!(document["token_endpoint"], format!("{issuer}/token"));
    }
    assert_eq!(idp.calls("/.well-known/openid-configuration"), 2);
    assert_eq!(idp.calls("/token"), 0);
    idp.forget_requests();
    assert!(idp.requests().is_empty());
}
