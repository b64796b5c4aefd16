//! API tokens, which their owners authorize for an organization. See the [handbook](crate::handbook), *API tokens*.
//!
//! - A request with an API token presents the token's *id* as its credential ([`Viewer::token`](crate::Viewer::token)),
//!   never the token itself.
//! - The connection's [`TokenPolicy`](crate::connection::TokenPolicy) says what a member's token needs. By default its
//!   owner authorizes it for the organization, on a page that this crate serves.
//! - The app implements [`TokenDirectory`] and passes it to [`SsoBuilder::tokens`](crate::SsoBuilder::tokens). Only
//!   tokens that it returns can be authorized.
//!
//! ```
//! use std::collections::HashMap;
//!
//! use tower_sso::{AccountId, Lookup, token::{ApiToken, TokenDirectory}};
//!
//! struct App(HashMap<AccountId, Vec<ApiToken>>);
//!
//! impl TokenDirectory for App {
//!     fn tokens(&self, account: &AccountId) -> Lookup<Vec<ApiToken>> {
//!         Lookup::now(self.0.get(account).cloned().unwrap_or_default())
//!     }
//! }
//! let app = App(HashMap::from([("ada".into(), vec![ApiToken::new("token-7".into(), "deploy script")])]));
//! assert_eq!(app.tokens(&"ada".into()).known().map(Vec::len), Some(1));
//! ```

pub use crate::directory::tokens::{ApiToken, TokenDirectory};
pub use tower_sso_core::CredentialKind;
