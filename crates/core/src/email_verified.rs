//! Whether a provider vouches for an email address.

use serde::{Deserialize, Serialize};

/// Whether the provider vouches for the email address (OpenID Connect Core §5.1, `email_verified`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EmailVerified {
    /// The provider says that the address is verified.
    #[serde(rename = "Yes")]
    Yes,
    /// The provider says that the address is not verified. Such an address is always refused.
    #[serde(rename = "No")]
    No,
    /// The provider says nothing. The connection decides.
    #[serde(rename = "Absent")]
    Absent,
}
