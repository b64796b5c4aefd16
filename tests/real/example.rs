//! The crate's examples as programs.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{process::Command, time::timeout};

/// Builds what `cargo run --example NAME` builds and returns the program. A test starts it directly, without cargo in
/// between, so that it ends with the test.
pub async fn built(name: &str) -> PathBuf {
    built_with(name, &["--features", "oidc"]).await
}

/// The same with all features, as these tests are built.
pub async fn built_whole(name: &str) -> PathBuf {
    built_with(name, &["--all-features"]).await
}

async fn built_with(name: &str, features: &[&str]) -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--example", name])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .status();
    assert!(timeout(Duration::from_secs(900), built).await.unwrap().unwrap().success());
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("debug/examples").join(name)
}
