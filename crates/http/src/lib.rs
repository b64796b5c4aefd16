//! Sends the requests of [tower-sso](https://docs.rs/tower-sso)'s protocol crates to identity providers, and caches
//! what they fetch.
//!
//! ```
//! use tower_sso_http::{ErrorKind, Limits, Outbound, Reach};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let out = Outbound::new(Limits::default());
//! let request = http::Request::get("https://127.0.0.1/jwks").body(Vec::new()).unwrap();
//! let error = out.send("jwks", request, Reach::PublicOnly).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::AddressPrivate);
//! # }
//! ```
//!
//! - No redirects are followed, and no proxies from the environment are used.
//! - Only `https`, or `http` on loopback, is allowed.
//! - With [`Reach::PublicOnly`], only public addresses are allowed. This is checked when connecting, after DNS.
//! - There is a time limit for connecting and one for the whole exchange, and a limit on the body, which is counted
//!   as it arrives.
//! - A [`Cached`] document is fetched by one caller on behalf of all. If a new copy cannot be fetched, an older one is
//!   used for a limited time.
//!
//! This crate is for the crates of the workspace. Nothing here is stable: they depend on it by exact version.

mod address;
mod cache;
mod client;
mod error;
mod resolve;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use crate::{
    address::Reach,
    cache::{Ages, BACK_OFF, Cached, Entry, MIN_FORCED_INTERVAL, NoNewerCopy, ReadError},
    client::{Answer, Limits, Observer, Outbound},
    error::{Error, ErrorKind},
    resolve::{Addresses, Lookup},
};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
