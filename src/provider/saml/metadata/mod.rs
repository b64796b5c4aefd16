//! Metadata (SAML metadata §2): the provider's metadata, which is parsed and cached, and our own, which is written.

pub(crate) mod ours;
pub(crate) mod refresh;
pub(crate) mod theirs;

pub(super) use self::{
    ours::Ours,
    refresh::RemoteMetadata,
    theirs::{Endpoint, Idp, Origin, read, read_signed},
};
