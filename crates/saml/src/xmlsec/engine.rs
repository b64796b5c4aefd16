//! The second engine, as a value: there is one in a build that has it.

/// The engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Xmlsec(());

impl Xmlsec {
    /// The engine of this build.
    pub(crate) fn of_this_build() -> Option<Self> {
        Some(Self(()))
    }
}
