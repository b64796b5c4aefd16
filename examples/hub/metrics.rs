//! Metrics for Prometheus. They are served at a separate address, which operators can reach and visitors can't.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use axum::{Router, routing::get};
use http::header;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::{args::address, problem::Problem};

const FIELD: &str = "metrics_listen";

/// The bounds of histograms, in seconds: from the answer of a nearby store to a provider that almost times out.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 3.0, 10.0];

/// Serves the metrics, and returns their address. Call this before the `Sso` is built: building it describes the
/// metrics to the recorder that is installed.
pub(crate) async fn serve(listen: &str) -> Result<SocketAddr, Problem> {
    let at = address(FIELD, listen)?;
    let taken = |error: std::io::Error| {
        Problem::new(FIELD, format!("expected a free address, found {listen}: {error}"))
    };
    let listener = TcpListener::bind(at).await.map_err(taken)?;
    let at = listener.local_addr().map_err(taken)?;
    let recorded = recorder()?;
    let page = move || async move {
        recorded.run_upkeep();
        ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], recorded.render())
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/metrics", get(page))).await });
    Ok(at)
}

/// The recorder of this process. There can be only one.
fn recorder() -> Result<PrometheusHandle, Problem> {
    static RECORDER: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut installed = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(recorded) = &*installed {
        return Ok(recorded.clone());
    }
    let failed = |error: &dyn std::error::Error| Problem::new(FIELD, error.to_string());
    let built = PrometheusBuilder::new().set_buckets(&BUCKETS).map_err(|error| failed(&error))?;
    let recorder = built.build_recorder();
    let recorded = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|error| failed(&error))?;
    Ok(installed.insert(recorded).clone())
}
