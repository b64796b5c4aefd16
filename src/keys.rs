//! The key ring that seals what tower-sso keeps in a store. [`tower_sso_core::keys`] has the details.
//!
//! - Pending logins, tickets and claims are encrypted, and bound to the key under which they are kept. A store, its
//!   backups and whoever reads them see only sealed bytes.
//! - The [version of a connection](crate::Connection::version) is computed with it: an SSO session counts only where the
//!   key of its time is in the ring.
//! - Every node of an app has the same ring: see [`SsoBuilder::keys`](crate::SsoBuilder::keys).
//!
//! ```
//! use tower_sso::{SsoBuilder, keys::{Key, KeyError, KeyRing}};
//!
//! /// The current key, and the one before it, which is dropped when the SSO sessions of its time have ended.
//! fn sealed(builder: SsoBuilder, current: &str, former: &str) -> Result<SsoBuilder, KeyError> {
//!     Ok(builder.keys(KeyRing::new(Key::parse(current)?).with_former(Key::parse(former)?)))
//! }
//! ```

pub use tower_sso_core::keys::{Key, KeyError, KeyRing, UnsealError};
