//! How the layer enforces SSO login on requests.

mod allocations;
mod attachments;
mod banner;
mod challenges;
mod decision_table;
mod hosts;
mod key_rotation;
mod namespaces;
mod placement;
mod require;
mod session_end;
mod session_lists;
