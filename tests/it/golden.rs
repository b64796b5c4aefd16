//! What is data, word for word: the names that stores, logs, dashboards, documents and browsers keep. None follows the
//! name of a type, and none changes without a row in the changelog.
//!
//! What is not reachable from outside is pinned beside its module: the keys of records in `login::record`, the lines of
//! the log in `audit::sink`.

mod documents;
mod http;
#[cfg(feature = "metrics")]
mod metrics;
mod names;
mod records;
mod versions;
