//! Metadata (SAML metadata §2): the provider's metadata, which is parsed and cached, and our own, which is written.

mod ours;
mod refresh;
mod theirs;

pub(super) use self::{
    ours::Ours,
    refresh::RemoteMetadata,
    theirs::{Endpoint, Idp, Origin, read, read_signed},
};
