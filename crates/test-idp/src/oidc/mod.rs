//! OpenID Connect: discovery, the authorization code flow, userinfo.
//!
//! | what | where |
//! |---|---|
//! | the provider's description | `discovery` |
//! | the request and its response, through the browser | `authorize`, `authorization_request`, `authorization_response`, `pushed` |
//! | the requests that the app sends itself | `token`, `userinfo` |
//! | the claims about a user, and how they are signed | `claims`, `jws` |
//! | how an app authenticates, and the errors that it gets | `client_auth`, `form`, `error` |

pub(crate) mod authorization_request;
pub(crate) mod authorization_response;
pub(crate) mod authorize;
pub(crate) mod claims;
pub(crate) mod client_auth;
pub(crate) mod discovery;
pub(crate) mod error;
pub(crate) mod form;
pub(crate) mod jws;
pub(crate) mod pushed;
pub(crate) mod token;
pub(crate) mod userinfo;
