//! Account links: which user of an identity provider is which account of the app.

use crate::lookup::Lookup;
use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, OrgId},
    session::session_id::SessionId,
};

/// Stores account links. They must last: a store refuses a new link rather than dropping an old one.
///
/// In one organization, an account has at most one link, and a subject in a [`LinkScope`] has at most one account.
/// Scopes and subjects are compared byte by byte (OpenID Connect Core §5.7). Organizations do not see each other's
/// links.
///
/// # Errors
///
/// Each method returns `Err` if the store fails. An `Err` never means "no link".
pub trait Links: Send + Sync + 'static {
    /// Links an account and a subject in the link's organization, in one atomic step. The first row that fits decides:
    ///
    /// | the organization has | outcome | change |
    /// |---|---|---|
    /// | this link | [`LinkOutcome::Same`] | no change |
    /// | a link of the account to another subject in this scope | [`LinkOutcome::OtherSubject`] | no change |
    /// | a link of another account to the subject in this scope | [`LinkOutcome::OtherAccount`] | no change |
    /// | a link of the account in another scope | [`LinkOutcome::Replaced`] | the new link replaces it |
    /// | neither, and there is no room | [`LinkOutcome::Full`] | no change |
    /// | neither | [`LinkOutcome::New`] | the link is stored |
    ///
    /// The subject of a link that was replaced can be linked again.
    ///
    /// `login` is the id of the session that the SSO login will get. With `New`, `Replaced` and `Same`, the store
    /// remembers it with the link, in the place of an earlier one: [`undo`](Self::undo) compares it.
    fn link(&self, link: &Link, login: &SessionId) -> Lookup<LinkOutcome>;

    /// Removes this very link, if `login` was the last for which [`link`](Self::link) made or confirmed it, and returns
    /// whether it did. An SSO login that made a link and then failed calls this. A link that another login has since
    /// confirmed, or that was removed and made again, stays: a session depends on it. A login that only confirmed the
    /// link counts, too: the store does not have to know who made it.
    fn undo(&self, link: &Link, login: &SessionId) -> Lookup<bool>;

    /// Returns the account's link in the organization, or `None` if the account is not linked.
    fn find(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<Link>>;

    /// Removes the account's link in the organization and returns whether it existed. Its subject can then be linked to
    /// another account.
    fn unlink(&self, organization: &OrgId, account: &AccountId) -> Lookup<bool>;
}

/// The scope in which a subject is unique. For OpenID Connect: issuer and client id (OpenID Connect Core §5.7, §8).
/// For SAML: the provider's entity ID, and the SP's entity ID with the NameID's format and its qualifiers, if the
/// qualifiers are not these two entity IDs.
///
/// In an account link, the format is the one that the connection requests, or the attribute that it names. If a
/// response gives another format or other qualifiers, they become part of the link's subject, so that no response can
/// change the scope of a link.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkScope(pub String, pub String);

/// The NameID format whose value changes at each login (SAML core §8.3.8).
pub const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

impl LinkScope {
    /// Returns whether the same identifier in both scopes is the same user of the same SAML provider. The `Format`
    /// and the qualifiers of a NameID are ignored: a provider may include them in one message and omit them in the
    /// next. A transient NameID is never compared with another, and an attribute only with the same attribute.
    pub(crate) fn is_same_user(&self, other: &Self) -> bool {
        self == other || (self.0 == other.0 && self.has_lasting_name_id() && other.has_lasting_name_id())
    }

    /// Returns whether this is the scope of a NameID that identifies its user permanently. An entity ID contains no
    /// space.
    fn has_lasting_name_id(&self) -> bool {
        let format = self.1.split_whitespace().nth(1);
        format.is_some_and(|format| ![TRANSIENT, ATTRIBUTE].contains(&format))
    }
}

/// Used in the place of the format if an attribute is the subject.
pub const ATTRIBUTE: &str = "attribute";

/// A link between one user of a provider and one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// The organization whose provider knows the user.
    #[serde(rename = "organization")]
    pub organization: OrgId,
    /// The account.
    #[serde(rename = "account")]
    pub account: AccountId,
    /// The scope in which the subject is unique.
    #[serde(rename = "scope")]
    pub scope: LinkScope,
    /// The provider's identifier of the user. For SAML, it follows the format and the qualifiers of the NameID if
    /// they differ from those of the scope.
    #[serde(rename = "subject")]
    pub subject: String,
}

impl Link {
    /// Returns a link between an account and the provider's user with this subject.
    #[must_use]
    pub fn new(organization: OrgId, account: AccountId, scope: LinkScope, subject: String) -> Self {
        Self { organization, account, scope, subject }
    }
}

/// The result of linking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOutcome {
    /// The account and the subject are linked for the first time.
    New,
    /// The same link already existed.
    Same,
    /// The account had a link of another scope, which was replaced.
    Replaced,
    /// The account is linked to another subject. Refuse the login.
    OtherSubject,
    /// The subject is linked to another account. Refuse the login.
    OtherAccount,
    /// The store has no room. Refuse the login.
    Full,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_the_same_in_any_format_unless_the_name_id_is_transient() {
        let scope = |within: &str| LinkScope("https://idp.example".to_owned(), within.to_owned());
        let email = "https://app.example urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
        let transient = format!("https://app.example {TRANSIENT}");
        for (one, other, same) in [
            (email, email, true),
            (email, "https://app.example urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", true),
            (email, &format!("{email} \"https://a.example\" \"b c\""), true),
            // The app's entity ID was changed. The provider's user is the same.
            (email, "https://former.example urn:x:other", true),
            (email, &transient, false),
            (email, &format!("https://app.example  {TRANSIENT} "), false),
            (email, &format!("{transient} \"https://a.example\""), false),
            (&transient, &format!("{transient} \"https://a.example\""), false),
            (&transient, &transient, true),
            (email, "https://app.example attribute uid", false),
            ("https://app.example attribute uid", "https://app.example attribute mail", false),
            ("https://app.example attribute uid", "https://app.example attribute uid", true),
            // A scope that is not of a NameID is compared unchanged.
            (email, "https://app.example", false),
            ("", email, false),
        ] {
            let (one, other) = (scope(one), scope(other));
            assert_eq!(
                (one.is_same_user(&other), other.is_same_user(&one)),
                (same, same),
                "{one:?} {other:?}"
            );
            let elsewhere = LinkScope("https://other.example".to_owned(), other.1);
            assert!(!one.is_same_user(&elsewhere), "another provider's: {one:?} {elsewhere:?}");
        }
    }
}
