//! Routers of every shape: no route that the layer is around, and no handler that takes
//! [`SsoPass`](tower_sso::SsoPass), serves a guarded organization's content without a pass.
//!
//! A case is a router (routes, `nest`, `merge`, services, fallbacks, wildcards, rewriting middleware, and the layer in
//! any place) and some requests. Every handler knows which organization it serves, as real handlers do: see
//! [`build::served`]. `PROPTEST_CASES` sets how many routers are tried. axum keeps a matched path longer if its debug
//! assertions are off, so `tests/run` runs this with both settings.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on says so by panicking; the figures are printed for `tests/run`"
)]

mod build;
mod requests;
mod shape;
mod tally;
mod tree;

use std::panic::{AssertUnwindSafe, catch_unwind};

use http::StatusCode;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tower::ServiceExt as _;

use crate::{
    build::{HELD, SERVED, try_build},
    tally::Tally,
    tree::Case,
};

/// Organization 1 has an enforced connection; organization 3 has no connection.
const GUARDED: &str = "acme";

#[test]
fn no_router_serves_a_guarded_organization_without_a_pass() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(500);
    let config =
        Config { cases, max_global_rejects: 1_000_000, failure_persistence: None, ..Config::default() };
    let tally = std::cell::RefCell::new(Tally::default());
    // axum panics if two routes conflict. Such a case is not a valid router.
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = TestRunner::new(config).run(&tree::case(), |case: Case| {
        let Some(router) = try_build(&case) else { return Err(TestCaseError::reject("conflicting routes")) };
        let mut tally = tally.borrow_mut();
        tally.shapes(&case);
        for path in requests::of(&case) {
            let request = http::Request::get(&path).header("x-account", "ada");
            let request = request.body(axum::body::Body::empty()).unwrap();
            let asked = AssertUnwindSafe(|| runtime.block_on(router.clone().oneshot(request)).unwrap());
            // axum's own debug assertion about a stale matched path.
            let Ok(response) = catch_unwind(asked) else { continue };
            tally.status(response.status());
            let said = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
            let leaks = response.status() == StatusCode::OK
                && said(HELD) == Some("yes")
                && said(SERVED) == Some(GUARDED);
            prop_assert!(!leaks, "{path} is served");
        }
        Ok(())
    });
    let _ = std::panic::take_hook();
    let tally = tally.into_inner();
    println!("{tally}");
    if let Err(failed) = run {
        panic!("{failed}");
    }
    tally.assert_nothing_is_missing(cases);
}
