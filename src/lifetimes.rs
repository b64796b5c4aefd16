//! How long the steps of an SSO login may take.

use std::time::Duration;

/// How long a pending login waits for the provider's answer.
pub(crate) const LOGIN_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long a ticket waits for `finish`.
pub(crate) const TICKET_LIFETIME: Duration = Duration::from_secs(2 * 60);
/// How long a person who was handed over to the host has until the new account is signed in. Longer than for a
/// ticket.
pub(crate) const CLAIM_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How much longer the mark of a revocation is kept than the last ticket of an SSO login that the revocation ends. A
/// finish that has already taken its ticket may still be waiting for lookups.
pub(crate) const FINISH_GRACE: Duration = Duration::from_secs(10 * 60);
