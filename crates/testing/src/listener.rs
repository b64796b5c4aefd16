//! A peer that counts connections.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};

/// A peer on 127.0.0.1 that closes every connection immediately, and counts the connections.
///
/// With it, a test shows that no connection was made at all: a refused address must not even be connected to. A status
/// or an empty list of requests would not show that.
pub struct Listener {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
}

impl Listener {
    /// Starts to listen on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let address = listener.local_addr().expect("an address");
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                drop(stream);
            }
        });
        Self { address, count }
    }

    /// Returns the port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns how many connections were made since the last call. This method then makes a connection itself: because
    /// connections are accepted in order, all earlier ones have been counted when it is accepted.
    pub async fn connections(&self) -> usize {
        let ours: io::Result<usize> = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.read(&mut [0]).await
        }
        .await;
        assert_eq!(ours.expect("the listener is there"), 0);
        self.count.swap(0, Ordering::SeqCst) - 1
    }
}
