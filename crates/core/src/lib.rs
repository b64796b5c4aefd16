//! The types that the crates of [tower-sso](https://docs.rs/tower-sso) share: ids, secrets, the clock, lookups, SSO
//! sessions, the traits of the stores that keep them, a store in memory, and the conformance suite for stores.
//!
//! ```
//! use tower_sso_core::{Clock, Lookup, LookupError, Secret};
//!
//! # fn run() -> Result<(), LookupError> {
//! let secret = Secret::new("hunter2".to_owned());
//! assert!(secret.matches(b"hunter2"));
//! assert_eq!(format!("{secret:?}"), "[secret]");
//!
//! let clock = Clock::from_fn(|| std::time::UNIX_EPOCH); // a test's own clock
//! let _: Lookup<std::time::SystemTime> = Lookup::now(clock.now());
//! # Ok(()) }
//! # run().unwrap();
//! ```
//!
//! Apps use these types through `tower-sso`, which exports them again. Use this crate directly to write a store for
//! another database: implement the traits in [`store`], and run the conformance suite (the macro `store_conformance!`,
//! behind the feature `conformance`) in the tests of your store.
//!
//! What is documented here is stable. The hidden module `internal` and the hidden methods are not stable: the crates of
//! the workspace depend on each other by exact version.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
pub mod audit;
mod config_error;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod connection;
mod context;
mod credential;
mod detail;
mod digest;
mod email_verified;
mod encode;
mod id;
pub mod keys;
mod lookup;
mod loopback;
mod memory;
mod protocol;
mod return_path;
mod secret;
pub mod session;
pub mod store;
mod time;

pub use crate::{
    config_error::ConfigError,
    credential::{Credential, CredentialKind},
    digest::Digest,
    email_verified::EmailVerified,
    id::{AccountId, CredentialId, GroupId, JoinLinkId, OrgId, OrgSlug},
    lookup::{Lookup, LookupError},
    protocol::Protocol,
    return_path::ReturnPath,
    secret::Secret,
    time::Clock,
};

/// Functions for the crates of the workspace. Nothing here is stable.
#[doc(hidden)]
pub mod internal {
    pub use crate::{
        address::{AddressProblem, NamedBy, is_https_or_loopback, provider_address},
        context::context_classes,
        detail::one_line,
        digest::{random_bytes, random_token},
        encode::Encoded,
        id::text::InlineStr,
        lookup::{Later, Split},
        loopback::{is_loopback, names_loopback},
        session::links::{ATTRIBUTE, TRANSIENT},
        time::{later, millis, millis_opt, rfc3339},
    };
}

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
