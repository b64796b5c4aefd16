//! Which user of a provider is which account.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Lookup, OrgId};

/// Keeps account links. They must last: a store refuses rather than forgets.
pub trait Links: Send + Sync + 'static {
    /// Links, unless one of the two is linked otherwise in the same scope; unique both ways within an organization.
    /// A link of another scope gives way.
    fn pin(&self, link: &Link) -> Lookup<Pinned>;

    /// The account's link in the organization.
    fn find(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<Link>>;

    /// Removes it; answers whether there was one.
    fn unlink(&self, organization: &OrgId, account: &AccountId) -> Lookup<bool>;
}

/// What a subject is unique within: issuer and client id (OpenID Connect Core §5.7, §8); or the SAML provider's entity
/// ID, and ours with the NameID's format and its qualifiers, where they are not these two.
///
/// In an account link the format is the one that the connection asks for, or the attribute that it names. What an answer
/// says otherwise is part of the link's subject, so that no answer changes the scope of a link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkScope(pub String, pub String);

/// One user of a provider as one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The organization whose provider it is.
    #[serde(rename = "organization")]
    pub organization: OrgId,
    /// The account.
    #[serde(rename = "account")]
    pub account: AccountId,
    /// What the subject is unique within.
    #[serde(rename = "scope")]
    pub scope: LinkScope,
    /// The provider's own identifier of the user; by SAML after the format and the qualifiers of the NameID, where they
    /// are not those of the scope.
    #[serde(rename = "subject")]
    pub subject: String,
}

/// What became of a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinned {
    /// Linked for the first time.
    New,
    /// It was linked so already.
    Same,
    /// The account had a link of another scope, which gave way.
    Replaced,
    /// The account is linked to another subject: refuse.
    OtherSubject,
    /// The subject is linked to another account: refuse.
    OtherAccount,
    /// There is no room: refuse.
    Full,
}
