//! Which email addresses of a provider count.

use serde::Deserialize;

/// What it means that a provider says nothing about whether an address is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentVerification {
    /// The sign-on is refused. The default.
    Refuse,
    /// The organization answers for its provider's addresses, as for Microsoft Entra ID, which never says.
    Accept,
}

/// Which email addresses of a provider count. An address that the provider says is *not* verified never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailRules {
    /// What silence about verification means.
    pub absent_verification: AbsentVerification,
    /// The domains that an address must be of, in their ASCII form; empty for any.
    pub(crate) domains: Vec<String>,
}
