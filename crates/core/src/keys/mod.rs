//! The key ring: it seals what tower-sso keeps in a store.
//!
//! A store gets pending logins, tickets and claims only sealed: encrypted, and bound to the key under which they are
//! kept. The first key of the ring seals, and all of them open. To rotate, put a new key first and keep the former one
//! as long as an SSO session lasts, 7 days by default: a session counts only where the key of its time is in the ring.
//! Every node of an app has the same ring.
//!
//! ```
//! use tower_sso_core::keys::{Key, KeyRing};
//!
//! # fn run() -> Result<(), tower_sso_core::LookupError> {
//! # let (from_configuration, former) = (Key::generate()?.to_text(), Key::generate()?.to_text());
//! let ring = KeyRing::new(Key::parse(from_configuration.expose())?).with_former(Key::parse(former.expose())?);
//! let sealed = ring.seal("example", &["row 7"], b"a secret")?;
//! assert_eq!(ring.open("example", &["row 7"], &sealed)?, b"a secret");
//! // Moved to another row, it does not open.
//! assert!(ring.open("example", &["row 8"], &sealed).is_err());
//! # Ok(()) }
//! # run().unwrap();
//! ```

pub(crate) mod key;
pub(crate) mod ring;

pub use self::{
    key::{Key, KeyError},
    ring::{KeyRing, UnsealError},
};
