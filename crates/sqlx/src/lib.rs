//! Stores for [tower-sso](https://docs.rs/tower-sso) in a SQLite or PostgreSQL database, so that SSO sessions, pending
//! logins, account links and join links survive a restart. It can also hold the connections of organizations, with their
//! history, and the audit log.
//!
//! ```no_run
//! use tower_sso_sqlx::SqliteStore;
//!
//! # async fn run() -> Result<(), tower_sso_sqlx::OpenError> {
//! let store = SqliteStore::open("sso.db").await?;
//! // Pass it to `SsoBuilder::store`.
//! # drop(store);
//! # Ok(()) }
//! ```
//!
//! [`SqliteStore::open`] opens a file, and creates it if it does not exist. [`SqliteStore::with_pool`] uses the database
//! that an app has anyway. The tables are named `tower_sso_…`, and the crate migrates them itself.
//!
//! - What a call has answered is on the disk: every write is one transaction, with `synchronous = FULL` in a file that
//!   [`open`](SqliteStore::open) opened. A process that is killed loses nothing, and neither does a machine that loses
//!   its power.
//! - Several processes may use one file, and then wait for each other for at most two seconds.
//! - Expired rows are dropped a few at a time, with each write. [`SqliteStore::purge`] drops all of them.
//! - A database that is locked, full or damaged is an error, and never "nothing found": tower-sso refuses the request
//!   with 503.
//!
//! `PostgresStore`, with the feature `postgres`, is for any number of machines. Its tables are in the schema `tower_sso`.
//!
//! The types of sqlx are a part of this crate's API on purpose: an app passes its own pool.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(feature = "sqlite"), allow(rustdoc::broken_intra_doc_links))]

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod common;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use crate::common::purged::Purged;
#[cfg(feature = "postgres")]
pub use crate::postgres::{open::PostgresError, store::PostgresStore};
#[cfg(feature = "sqlite")]
pub use crate::sqlite::{open::OpenError, store::SqliteStore};

/// The README's example compiles.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
