//! The second engine as a value.
//!
//! Only a build that contains the engine can create it. Therefore code that has the value can call the engine.

/// The second engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Xmlsec(());

impl Xmlsec {
    /// Returns the engine of this build.
    pub(crate) fn of_this_build() -> Option<Self> {
        Some(Self(()))
    }
}
