//! Join links: an organization invites everyone whose identity its provider confirms.

use std::time::SystemTime;

use crate::digest::Digest;
use crate::lookup::Lookup;
use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, JoinLinkId, OrgId},
    return_path::ReturnPath,
};

/// Stores join links. They must last: a store refuses a new link rather than dropping an old one. What it stores about
/// a link gives no access, because it does not contain the link's token.
///
/// A link is found by its organization and its id. Organizations do not see each other's links.
///
/// # Errors
///
/// Each method returns `Err` if the store fails. An `Err` never means "no such link".
pub trait JoinLinks: Send + Sync + 'static {
    /// Stores a link, or returns [`AddOutcome::Full`] if there is no room, or if the organization has
    /// [`ORGANIZATION_JOIN_LINKS`] links already.
    ///
    /// The id is a digest of 256 random bits: tower-sso never adds the same id twice. A store may rely on that, for
    /// example with a primary key of organization and id, whose violation is an `Err`.
    fn add(&self, link: &JoinLink) -> Lookup<AddOutcome>;

    /// Returns the organization's link with this id, or `None` if there is no such link. Returns an expired link too:
    /// the caller checks.
    fn find(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<Option<JoinLink>>;

    /// Returns the organization's links, expired or not, newest first: the one that was added last comes first.
    fn list(&self, organization: &OrgId) -> Lookup<Vec<JoinLink>>;

    /// Adds one to the [`uses`](JoinLink::uses) of a link and returns whether the link exists. This is one atomic step:
    /// after [`remove`](Self::remove), it returns `false` to every caller.
    fn count(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool>;

    /// Removes a link and returns whether it existed.
    fn remove(&self, organization: &OrgId, id: &JoinLinkId) -> Lookup<bool>;
}

/// The most join links of one organization, expired or not.
pub const ORGANIZATION_JOIN_LINKS: usize = 1_000;

/// A join link, without the token that gives access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JoinLink {
    /// The id: a digest of the token in the link's URL.
    #[serde(rename = "id")]
    pub id: JoinLinkId,
    /// The organization that the user joins.
    #[serde(rename = "organization")]
    pub organization: OrgId,
    /// The account that created the link.
    #[serde(rename = "made_by")]
    pub made_by: AccountId,
    /// When the link was created.
    #[serde(rename = "made_at", with = "crate::time::millis")]
    pub made_at: SystemTime,
    /// When it expires. Exclusive: at this time it has expired.
    #[serde(rename = "expires_at", with = "crate::time::millis")]
    pub expires_at: SystemTime,
    /// Where a user who joined by the link is sent.
    #[serde(rename = "return_to")]
    pub return_to: ReturnPath,
    /// How often the link was used: how often the app was asked to make an account a member by it, or to create an
    /// account.
    #[serde(rename = "uses")]
    pub uses: u64,
}

impl JoinLink {
    /// Returns a link that has not been used yet.
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
    /// The link is stored.
    Kept,
    /// The store has no room. The link is not stored.
    Full,
}
