//! What the layer allocates, compared with a no-op layer in the same place.

use std::task::{Context, Poll};

use axum::{Router, body::Body, routing::get};
use http::Request;
use tower::{Layer, Service, layer::layer_fn, util::MapRequest};
use tower_sso::{Namespace, Viewer};

use crate::support::World;

fn routes() -> Router {
    Router::new().route("/about", get(|| async {})).route("/{org}/{repo}", get(|| async {}))
}

/// Returns how many allocations one request makes.
fn count(router: &mut Router, path: &str, viewer: Option<&Viewer>) -> u64 {
    let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
    if let Some(viewer) = viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    let mut cx = Context::from_waker(std::task::Waker::noop());
    allocation_counter::measure(|| {
        let mut future = std::pin::pin!(Service::call(router, request));
        assert!(matches!(future.as_mut().poll(&mut cx), Poll::Ready(Ok(_))));
    })
    .count_total
}

type Noop<S> = MapRequest<S, fn(Request<Body>) -> Request<Body>>;

/// A layer that does nothing, for comparison.
fn noop<S>() -> impl Layer<S, Service = Noop<S>> + Clone {
    fn same(request: Request<Body>) -> Request<Body> {
        request
    }
    layer_fn(|inner| MapRequest::new(inner, same as fn(Request<Body>) -> Request<Body>))
}

/// Asserts how many more allocations a request makes with the second router than with the first.
fn adds(plain: &mut Router, ours: &mut Router, (path, viewer): (&str, Option<&Viewer>), most: i64) {
    let mut added = || count(ours, path, viewer) as i64 - count(plain, path, viewer) as i64;
    added();
    let added = added();
    assert!(added <= most, "{path} {viewer:?}: {added} allocations");
}

#[tokio::test]
async fn patterns_and_declared_mounts_add_no_allocation() {
    let world = World::new();
    let ada = Viewer::session("ada".into(), "c".into());
    let patterns = Namespace::patterns(["/{org}/{*rest}", "/about/{*rest}"]).unwrap();
    let by_patterns = world.builder().namespace(patterns).build().unwrap();
    let (plain, ours) = (routes().layer(noop()), routes().layer(by_patterns.layer()));
    let (mut plain, mut ours): (Router, Router) = (plain.with_state(()), ours.with_state(()));
    // The router of patterns records where it may have to backtrack, and an encoded byte is decoded.
    for (asked, most) in [
        (("/", Some(&ada)), 0),
        (("/acme/x", None), 1),
        (("/about/x", Some(&ada)), 1),
        (("/acme/x%20y", None), 3),
    ] {
        adds(&mut plain, &mut ours, asked, most);
    }
    let mounted = || Router::new().fallback(|| async {});
    let free = world.builder().without_organization("/assets").build().unwrap();
    let (plain, ours) = (mounted().layer(noop()), mounted().layer(free.layer()));
    let (mut plain, mut ours): (Router, Router) = (plain.with_state(()), ours.with_state(()));
    adds(&mut plain, &mut ours, ("/assets/hub.css", Some(&ada)), 0);
}

#[tokio::test]
async fn requests_outside_of_organizations_and_of_visitors_add_no_allocation() {
    let world = World::new();
    world.log_in("1", "ada", "c").await;
    // `axum::serve` does this too. Otherwise axum applies the layer to each handler again for each request.
    let (plain, ours) = (routes().layer(noop()), routes().layer(world.quick().layer()));
    let (mut plain, mut ours): (Router, Router) = (plain.with_state(()), ours.with_state(()));
    let ada = Viewer::session("ada".into(), "c".into());
    for (path, viewer, most) in
        [("/about", None, 0), ("/about", Some(&ada), 0), ("/acme/x", None, 0), ("/acme/x", Some(&ada), 2)]
    {
        adds(&mut plain, &mut ours, (path, viewer), most);
    }
}
