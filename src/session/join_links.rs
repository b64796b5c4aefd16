//! Join links: an organization's standing invitation to whoever its provider vouches for.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Lookup, OrgId, ReturnPath, join::JoinLinkId, store::Digest};

/// Keeps join links. They must last: a store refuses rather than forgets. What it sees of a link opens nothing.
pub trait JoinLinks: Send + Sync + 'static {
    /// Keeps a link.
    fn add(&self, link: &JoinLink) -> Lookup<AddOutcome>;

    /// The organization's link with this id, over or not: the caller judges.
    fn find(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<Option<JoinLink>>;

    /// The organization's links, over or not, those made last first.
    fn list(&self, organization: &OrgId) -> Lookup<Vec<JoinLink>>;

    /// Counts one more use of a link; answers whether it is there. One step: after [`remove`](Self::remove) nobody is
    /// told that it is.
    fn count(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool>;

    /// Removes a link; answers whether there was one.
    fn remove(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool>;
}

/// A join link, without what opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinLink {
    /// What it is known by: a digest of the token in its address.
    #[serde(rename = "id")]
    pub id: JoinLinkId,
    /// The organization that it leads into.
    #[serde(rename = "organization")]
    pub organization: OrgId,
    /// Who made it.
    #[serde(rename = "made_by")]
    pub made_by: AccountId,
    /// When.
    #[serde(rename = "made_at", with = "crate::time::millis")]
    pub made_at: SystemTime,
    /// When it is over. Exclusive: at this time it is.
    #[serde(rename = "expires_at", with = "crate::time::millis")]
    pub expires_at: SystemTime,
    /// Where whoever joined by it arrives.
    #[serde(rename = "return_to")]
    pub return_to: ReturnPath,
    /// How often it was used: how often the host was asked to make an account a member by it, or to make one.
    #[serde(rename = "uses")]
    pub uses: u64,
}

impl JoinLinkId {
    /// The id of the link with this token.
    pub(crate) fn of(organization: &OrgId, token: &str) -> Self {
        Self::new(Digest::of("tower-sso join link", &[organization.as_str(), token]).to_string())
    }
}

/// What became of a join link that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddOutcome {
    /// It is kept.
    Kept,
    /// There is no room.
    Full,
}
