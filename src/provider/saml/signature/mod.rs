//! XML signatures: one shape, one place, the connection's keys; and what is read when they are valid.

mod verified;

pub(crate) use self::verified::VerifiedElement;

/// Whether signatures and digests with SHA-1 are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sha1 {
    /// They are refused.
    Refused,
    /// They are believed: reached through `.dangerous()` alone.
    Allowed,
}
