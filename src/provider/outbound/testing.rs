//! Helpers for tests of connections: a resolver that maps every name to a given address, and a listener that counts
//! connections.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};

use crate::provider::outbound::{
    client::{Limits, Outbound},
    resolve::{Answer, Lookup},
};

/// Returns an [`Outbound`] that resolves every name to this address.
pub(crate) fn leading_to(address: IpAddr) -> Outbound {
    Outbound::with_lookup(Limits::default(), Arc::new(Fixed::to(&[&SocketAddr::new(address, 0).to_string()])))
}

/// A resolver that returns the same addresses for every name.
pub(crate) struct Fixed {
    addresses: Vec<SocketAddr>,
    pub(crate) asked: AtomicUsize,
}

impl Fixed {
    pub(crate) fn to(addresses: &[&str]) -> Self {
        Self {
            addresses: addresses.iter().map(|text| text.parse().expect(text)).collect(),
            asked: AtomicUsize::new(0),
        }
    }
}

impl Lookup for Fixed {
    fn addresses(&self, _: String) -> Answer {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let addresses = self.addresses.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

/// A peer on 127.0.0.1 that closes every connection at once, and counts them.
pub(crate) struct Listener {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
}

impl Listener {
    pub(crate) async fn start() -> Self {
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

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns how many connections were made since the last call. It makes a connection itself after them, because
    /// connections are accepted in order.
    pub(crate) async fn connections(&self) -> usize {
        let ours: io::Result<usize> = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.read(&mut [0]).await
        }
        .await;
        assert_eq!(ours.expect("the listener is there"), 0);
        self.count.swap(0, Ordering::SeqCst) - 1
    }
}
