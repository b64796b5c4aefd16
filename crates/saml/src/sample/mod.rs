//! The messages and the metadata of an invented provider.
//!
//! The tests of this crate, those of `tower_sso` and the fuzz targets share them. They are not part of the API.

pub mod messages;
pub mod metadata;
