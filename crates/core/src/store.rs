//! The traits that a store implements, the types of their arguments and results, and the store in memory.
//!
//! | trait | what it stores | may the store drop entries? |
//! |---|---|---|
//! | [`SessionStore`] | SSO sessions, and marks of revocations | the oldest, also beyond a member's budget |
//! | [`OneTime`] | values for one use, and claims | after they expire; values also beyond their owner's budget |
//! | [`Links`] | which user of a provider is which account | never |
//! | [`JoinLinks`] | join links of organizations | never |
//!
//! [`MemoryStore`] implements all four in the memory of one process. To implement them for another database, keep to
//! these rules:
//!
//! 1. Return `Err` if the database fails. Never answer "no", "nothing found" or "nothing to end" instead: tower-sso
//!    refuses the request with 503 if a lookup fails.
//! 2. Return `Err` for a [`RevocationScope`](crate::session::RevocationScope) or a
//!    [`SessionsOf`](crate::session::SessionsOf) that your store does not know.
//! 3. Whether a revocation covers an SSO login is decided by the store's own [`Revision`](crate::session::Revision),
//!    never by a clock: see [`SessionStore`](SessionStore#order).
//! 4. Take the time from the arguments. The clock of the store's own machine may differ from the app's clock, and the
//!    app's clock may step: what was dropped as expired must not become valid again. See
//!    [`SessionStore`](SessionStore#time) and [`OneTime::claim`] for what a store remembers of it.
//! 5. A store may keep times in whole milliseconds. It rounds the `until` of a claim up, so that it never ends early.
//! 6. The serialized form of the types in [`session`](crate::session) and in this module may be kept: later versions read
//!    what earlier ones wrote. A record that can't be read is an `Err`, and never left out.
//! 7. tower-sso awaits each lookup in the app's tokio runtime: run a database that blocks in `spawn_blocking`. If the
//!    future is dropped, for example because it took too long, the call has happened as a whole or not at all.
//! 8. If the store is full, refuse new one-time values, claims and links. Only sessions and marks may be dropped to make
//!    room. Nobody can fill it for all: keep to the budgets of each trait. They are constants of this module.
//! 9. Run the conformance suite, the macro `store_conformance!` (feature `conformance`), in the tests of your store.

pub use crate::{
    digest::Digest,
    memory::memory_store::{MemoryLimits, MemoryStore},
    session::{
        join_links::{AddOutcome, JoinLink, JoinLinks, ORGANIZATION_JOIN_LINKS},
        links::{Link, LinkOutcome, LinkScope, Links},
        list::SessionList,
        one_time::{
            ACCOUNT_BYTES, ACCOUNT_VALUES, Claim, ClaimKind, ClaimOutcome, MAX_CLAIM, ORGANIZATION_BYTES,
            ORGANIZATION_CLAIMS, ORGANIZATION_VALUES, OneTime, OneTimeEntry, PutOutcome, TakeOutcome,
            ValueOwner,
        },
        revocation::Revocation,
        store::{InsertOutcome, MEMBER_SESSIONS, RevokeOutcome, SessionKey, SessionStore},
    },
    time::Clock,
};
