//! Metadata (SAML metadata §2): the provider's, read and kept for a while, and ours, written.

mod ours;
mod refresh;
mod theirs;

pub(super) use self::{
    ours::Ours,
    refresh::RemoteMetadata,
    theirs::{Endpoint, Idp, Origin, read, read_signed},
};
