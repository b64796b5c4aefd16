//! Requests never go through a proxy that the environment names.

use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{net::TcpListener, process::Command, time::timeout};

use crate::{browser::Browser, hub::Hub};

const NAMES: [&str; 6] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/// A listener that closes every connection at once, and counts them.
async fn listener() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    (address, count)
}

#[tokio::test]
async fn a_proxy_named_by_the_environment_is_never_used() {
    let (proxy, asked) = listener().await;
    let environment: Vec<_> = NAMES.iter().map(|name| (*name, proxy.as_str())).collect();
    let hub = Hub::start_in(&[], &environment).await;
    let at = |path: &str| format!("{}{path}", hub.address);
    let mut browser = Browser::new();
    browser.navigate(at("/sign-in")).await;
    browser.press("sign-in-as", "grace", &[]).await;
    let start = browser.navigate(at("/acme/rocket?tab=readme")).await;
    assert!(start.url.path().ends_with("/start"), "{}", start.url);
    browser.submit_through("begin", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    let who = [("email", "grace@acme.example"), ("password", "acme-grace")];
    browser.submit("sign-in", &who).await;
    let page = browser.page();
    assert_eq!(page.url.as_str(), at("/acme/rocket?tab=readme"), "{}", browser.trail());
    assert!(page.text().contains("rocket"), "{}", page.text());
    assert_eq!(asked.load(Ordering::SeqCst), 0, "the proxy was asked");

    // The accepted counterpart: a program that reads the environment sends the same request to the proxy.
    let script = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])";
    let mut python = Command::new("python3");
    python.args(["-c", script, &hub.address]).envs(environment);
    python.env_remove("NO_PROXY").env_remove("no_proxy").stdin(Stdio::null()).stderr(Stdio::null());
    let status = timeout(Duration::from_secs(60), python.status()).await.unwrap().unwrap();
    assert!(!status.success() && asked.load(Ordering::SeqCst) > 0, "{status}");
}
