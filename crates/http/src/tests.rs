use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::Request;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    address::Reach,
    client::{Answer, Limits, Outbound},
    error::ErrorKind::{
        self, AddressInsecure, AddressPrivate, AnswerTooLarge, Redirected, Timeout, Unreachable,
    },
    resolve::Lookup,
    testing::Fixed,
};

const QUICK: Limits =
    Limits { connect: Duration::from_millis(300), total: Duration::from_millis(600), body: 1024 * 1024 };
const HELLO: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: Application/JSON; charset=utf-8\r\ncontent-length: 2\r\n\r\n{}";

/// Starts a peer on a real socket that answers every connection with `serve`, and counts the connections.
async fn peer<F, S>(serve: S) -> (String, Arc<AtomicUsize>)
where
    S: Fn(TcpStream) -> F + Send + 'static,
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = listener.local_addr().expect("an address");
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut head = [0; 4096];
            // In these tests, one read returns the whole request.
            let _ = stream.read(&mut head).await;
            tokio::spawn(serve(stream));
        }
    });
    (format!("http://{address}/x"), count)
}

async fn says(text: impl Into<String>) -> (String, Arc<AtomicUsize>) {
    let text = text.into();
    peer(move |mut stream| {
        let text = text.clone();
        async move { stream.write_all(text.as_bytes()).await }
    })
    .await
}

fn get(url: &str) -> Request<Vec<u8>> {
    Request::get(url).body(Vec::new()).expect("a request")
}

async fn fetch(out: &Outbound, url: &str, reach: Reach) -> Result<Answer, ErrorKind> {
    out.send("test", get(url), reach).await.map_err(|error| error.kind())
}

#[tokio::test]
async fn an_answer_is_read_completely() {
    let (url, _) = says(HELLO).await;
    let answer = fetch(&Outbound::new(QUICK), &url, Reach::Anywhere).await.expect("an answer");
    assert_eq!(
        (answer.status.as_u16(), answer.media_type.as_str(), answer.body.as_slice()),
        (200, "application/json", b"{}".as_slice())
    );
}

#[tokio::test]
async fn a_redirect_is_an_error_and_is_not_followed() {
    let (target, visits) = says(HELLO).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let head = format!("HTTP/1.1 {status}\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        let (url, _) = says(head).await;
        let answer = fetch(&Outbound::new(QUICK), &url, Reach::Anywhere).await;
        assert_eq!(answer.err(), Some(Redirected), "{status}");
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0);
    fetch(&Outbound::new(QUICK), &target, Reach::Anywhere).await.expect("the target answers");
}

#[tokio::test]
async fn reading_stops_at_the_body_limit() {
    const CHUNK: usize = 64 * 1024;
    for (size, fits) in [(1024 * 1024, true), (1024 * 1024 + 1, false), (50 * 1024 * 1024, false)] {
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&sent);
        let (url, _) = peer(move |mut stream| {
            let counter = Arc::clone(&counter);
            async move {
                // The response has no length: the body ends with the connection.
                stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await?;
                let mut left = size;
                while left > 0 {
                    let now = left.min(CHUNK);
                    stream.write_all(&vec![b'x'; now]).await?;
                    counter.fetch_add(now, Ordering::SeqCst);
                    left -= now;
                }
                Ok(())
            }
        })
        .await;
        let out = Outbound::new(Limits { total: Duration::from_secs(10), ..QUICK });
        let answer = fetch(&out, &url, Reach::Anywhere).await;
        match answer {
            Ok(answer) => assert!(fits && answer.body.len() == size),
            Err(kind) => assert!(!fits && kind == AnswerTooLarge, "{size}: {kind:?}"),
        }
        // Of the 50 MB, the client read only what the socket buffers hold.
        assert!(sent.load(Ordering::SeqCst) < 20 * 1024 * 1024, "{size}");
    }
}

#[tokio::test]
async fn a_slow_body_runs_into_the_time_limit() {
    let (url, _) = peer(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await?;
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        loop {
            tick.tick().await;
            stream.write_all(b"x").await?;
        }
    })
    .await;
    assert_eq!(fetch(&Outbound::new(QUICK), &url, Reach::Anywhere).await.err(), Some(Timeout));
}

#[tokio::test]
async fn a_peer_that_never_answers_runs_into_the_time_limit() {
    let (url, _) = peer(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
        Ok(())
    })
    .await;
    assert_eq!(fetch(&Outbound::new(QUICK), &url, Reach::Anywhere).await.err(), Some(Timeout));
}

#[tokio::test]
async fn a_peer_that_is_absent_or_breaks_off_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a socket").local_addr().expect("an address");
    let out = Outbound::new(QUICK);
    assert_eq!(fetch(&out, &format!("http://{free}/"), Reach::Anywhere).await.err(), Some(Unreachable));
    for text in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}", "\u{16}\u{3}\u{1}garbage\r\n\r\n"] {
        let (url, _) = says(text).await;
        assert_eq!(fetch(&out, &url, Reach::Anywhere).await.err(), Some(Unreachable), "{text:?}");
    }
}

#[tokio::test]
async fn only_https_and_loopback_hosts_are_connected_to() {
    let out = Outbound::with_lookup(QUICK, Arc::new(Fixed::to(&["127.0.0.1:0"])));
    for url in
        ["http://login.acme.example/", "http://10.0.0.1/", "ftp://localhost/", "http://localhost.acme/"]
    {
        assert_eq!(fetch(&out, url, Reach::Anywhere).await.err(), Some(AddressInsecure), "{url}");
    }
}

#[tokio::test]
async fn localhost_must_resolve_to_loopback() {
    let (url, visits) = says(HELLO).await;
    let url = url.replace("127.0.0.1", "localhost");
    let out = Outbound::with_lookup(QUICK, Arc::new(Fixed::to(&["192.0.2.1:0"])));
    assert_eq!(fetch(&out, &url, Reach::Anywhere).await.err(), Some(AddressInsecure));
    let out = Outbound::with_lookup(QUICK, Arc::new(Fixed::to(&["192.0.2.1:0", "127.0.0.1:0"])));
    fetch(&out, &url, Reach::Anywhere).await.expect("an answer");
    assert_eq!(visits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn public_addresses_only_refuses_private_addresses() {
    let (url, visits) = says(HELLO).await;
    let out = Outbound::new(QUICK);
    let by_name = url.replace("127.0.0.1", "localhost");
    for url in [
        url.as_str(),
        &by_name,
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[fd00::1]/",
        "https://0x7f.1/",
        "https://2130706433/",
    ] {
        assert_eq!(fetch(&out, url, Reach::PublicOnly).await.err(), Some(AddressPrivate), "{url}");
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0);
    fetch(&out, &url, Reach::Anywhere).await.expect("the operator may");
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused_when_connecting() {
    let (url, visits) = says(HELLO).await;
    let port = url.trim_end_matches("/x").rsplit(':').next().expect("a port");
    let named = format!("https://login.acme.example:{port}/");
    for addresses in [&["127.0.0.1:0"][..], &["10.0.0.1:0", "[fe80::1]:0", "[::ffff:127.0.0.1]:0"]] {
        let out = Outbound::with_lookup(QUICK, Arc::new(Fixed::to(addresses)));
        assert_eq!(fetch(&out, &named, Reach::PublicOnly).await.err(), Some(AddressPrivate));
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0);
    // The accepted counterpart: if the operator chose the name, the connection is made (and TLS fails, because the peer
    // does not speak it).
    let out = Outbound::with_lookup(QUICK, Arc::new(Fixed::to(&["127.0.0.1:0"])));
    assert_eq!(fetch(&out, &named, Reach::Anywhere).await.err(), Some(Unreachable));
    assert_eq!(visits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_name_is_resolved_again_for_each_reach() {
    let lookup = Arc::new(Fixed::to(&["127.0.0.1:0"]));
    let out = Outbound::with_lookup(QUICK, Arc::clone(&lookup) as Arc<dyn Lookup>);
    let _ = fetch(&out, "https://login.acme.example/", Reach::Anywhere).await;
    let _ = fetch(&out, "https://login.acme.example/", Reach::PublicOnly).await;
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_error_names_the_address_without_its_query() {
    let out = Outbound::new(QUICK);
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a socket").local_addr().expect("an address");
    let request = get(&format!("http://{free}/token?code=s3cr3t"));
    let error = out.send("test", request, Reach::Anywhere).await.expect_err("nobody is there");
    let detail = error.detail();
    assert!(detail.starts_with(&format!("http://{free}/token: ")), "{detail}");
    assert!(!detail.contains("s3cr3t"), "{detail}");
}
