//! Which user of a provider is which account.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Lookup, OrgId};

/// Keeps account links. They must last: a store refuses rather than forgets.
pub trait Links: Send + Sync + 'static {
    /// Links, unless one of the two is linked otherwise in the same scope; unique both ways within an organization.
    /// A link of another scope gives way.
    fn pin(&self, link: &Link) -> Lookup<LinkOutcome>;

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

/// The format of a NameID that names nobody the next time (SAML core §8.3.8).
pub(crate) const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

impl LinkScope {
    /// Whether the same identifier in both scopes is the same user of the same SAML provider. The `Format` and the
    /// qualifiers of a NameID do not matter: a provider may spell them out in one message and leave them out in the
    /// next. A transient NameID is never compared with another, and an attribute only with itself.
    pub(crate) fn is_same_user(&self, other: &Self) -> bool {
        self == other || (self.0 == other.0 && self.has_lasting_name_id() && other.has_lasting_name_id())
    }

    /// Whether it is the scope of a NameID that identifies its user for good. No entity ID has a space in it.
    fn has_lasting_name_id(&self) -> bool {
        let format = self.1.split_whitespace().nth(1);
        format.is_some_and(|format| ![TRANSIENT, ATTRIBUTE].contains(&format))
    }
}

/// The word in the place of the format, where an attribute is the subject.
pub(crate) const ATTRIBUTE: &str = "attribute";

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
pub enum LinkOutcome {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_the_same_whatever_the_format_and_the_qualifiers_unless_the_name_id_is_transient() {
        let scope = |within: &str| LinkScope("https://idp.example".to_owned(), within.to_owned());
        let email = "https://app.example urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
        let transient = format!("https://app.example {TRANSIENT}");
        for (one, other, same) in [
            (email, email, true),
            (email, "https://app.example urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", true),
            (email, &format!("{email} \"https://a.example\" \"b c\""), true),
            // An app whose entity ID was changed: the provider's user is the same.
            (email, "https://former.example urn:x:other", true),
            (email, &transient, false),
            (email, &format!("https://app.example  {TRANSIENT} "), false),
            (email, &format!("{transient} \"https://a.example\""), false),
            (&transient, &format!("{transient} \"https://a.example\""), false),
            (&transient, &transient, true),
            (email, "https://app.example attribute uid", false),
            ("https://app.example attribute uid", "https://app.example attribute mail", false),
            ("https://app.example attribute uid", "https://app.example attribute uid", true),
            // What is no scope of a NameID is compared as it is.
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
