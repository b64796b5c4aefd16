//! Joining an organization by a join link.
//!
//! 1. An administrator of the organization makes a join link (`links`).
//! 2. A person opens it. The page names the organization and its provider (`page`). Its button begins an SSO login.
//! 3. A person who is signed in finishes as usual, and becomes a member (`login::finish`, `login::admission`).
//! 4. A person without an account arrives at `join/finish` and is handed over to the app, which creates an account. The
//!    app then sends the browser to the claim address, where the new account becomes a member (`handover`). Until then
//!    the browser's cookie takes the place of the credential (`login::browser`).

pub(crate) mod handover;
pub(crate) mod links;
pub(crate) mod page;
