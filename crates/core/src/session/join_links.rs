//! Join links: an organization's invitation to everyone whose identity its provider confirms.

use std::time::SystemTime;

use crate::digest::Digest;
use crate::lookup::Lookup;
use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, JoinLinkId, OrgId},
    return_path::ReturnPath,
};

/// Stores join links. Links must be durable: a store refuses a new one rather than dropping an old one. What it
/// stores about a link gives no access.
pub trait JoinLinks: Send + Sync + 'static {
    /// Stores a link.
    fn add(&self, link: &JoinLink) -> Lookup<AddOutcome>;

    /// Returns the organization's link with this id, expired or not: the caller checks.
    fn find(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<Option<JoinLink>>;

    /// Returns the organization's links, expired or not, newest first.
    fn list(&self, organization: &OrgId) -> Lookup<Vec<JoinLink>>;

    /// Counts one more use of a link and returns whether the link exists. This is one atomic step: after
    /// [`remove`](Self::remove), it returns `false` to everyone.
    fn count(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool>;

    /// Removes a link and returns whether it existed.
    fn remove(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool>;
}

/// A join link, without the token that gives access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JoinLink {
    /// The id: a digest of the token in the link's URL.
    #[serde(rename = "id")]
    pub id: JoinLinkId,
    /// The organization that the link invites to.
    #[serde(rename = "organization")]
    pub organization: OrgId,
    /// The account that made it.
    #[serde(rename = "made_by")]
    pub made_by: AccountId,
    /// When it was made.
    #[serde(rename = "made_at", with = "crate::time::millis")]
    pub made_at: SystemTime,
    /// When it expires. Exclusive: at this time it has expired.
    #[serde(rename = "expires_at", with = "crate::time::millis")]
    pub expires_at: SystemTime,
    /// Where a user who joined by the link arrives.
    #[serde(rename = "return_to")]
    pub return_to: ReturnPath,
    /// How often it was used: how often the app was asked to make an account a member by it, or to create an account.
    #[serde(rename = "uses")]
    pub uses: u64,
}

impl JoinLink {
    /// Returns a link that was not used yet.
    #[must_use]
    pub fn new(
        id: JoinLinkId,
        organization: OrgId,
        made_by: AccountId,
        made_at: SystemTime,
        expires_at: SystemTime,
        return_to: ReturnPath,
    ) -> Self {
        Self { id, organization, made_by, made_at, expires_at, return_to, uses: 0 }
    }
}

impl JoinLinkId {
    /// Returns the id of the link with this token.
    #[doc(hidden)]
    #[must_use]
    pub fn of(organization: &OrgId, token: &str) -> Self {
        Self::new(Digest::of("tower-sso join link", &[organization.as_str(), token]).to_string())
    }
}

/// The result of storing a join link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddOutcome {
    /// It is stored.
    Kept,
    /// There is no room.
    Full,
}
