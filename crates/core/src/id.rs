//! Identifiers. Each kind is a separate type, so that the compiler rejects one kind in the place of another.

pub(crate) mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

pub(crate) use self::text::InlineStr;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        identifier! { $(#[$doc])* opaque $name }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.as_str())
            }
        }
    };
    // Without `Debug`, which the caller implements.
    ($(#[$doc:meta])* opaque $name:ident) => {
        $(#[$doc])*
        ///
        /// Cheap to clone: up to 46 bytes, nothing is allocated or counted. Compared byte by byte and never
        /// normalized.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(InlineStr);

        impl $name {
            /// Makes an identifier from the text, unchanged.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(text.as_ref().into())
            }

            /// Returns the identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<InlineStr> for $name {
            fn from(text: InlineStr) -> Self {
                Self(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
    };
}

identifier! {
    /// An organization's name as it appears in a URL, percent-decoded. The app decides which organization it names.
    OrgSlug
}
identifier! {
    /// The id of an organization, as the app stores it. It does not change when the slug is renamed.
    OrgId
}
identifier! {
    /// The id of a user account of the app.
    AccountId
}
identifier! {
    /// The id of a resource group in an organization, as the app stores it.
    GroupId
}
identifier! {
    /// The id of what a request presented to act as an account: an app session or an API token.
    ///
    /// It must survive rotation and refresh (an app with JWTs gives the id of the refresh family, never the `jti`)
    /// and end at sign-out. It must not be the secret itself: use a database id, or [`of_secret`](Self::of_secret) if
    /// the secret is all that there is. Sessions and tokens can have the same ids, because the kind is part of the
    /// [`Credential`](crate::Credential).
    ///
    /// Stores keep the id unchanged. Logs don't: `Debug` and the audit log's lines show its [`digest`](Self::digest).
    opaque CredentialId
}

impl CredentialId {
    /// Makes the id of a credential that has no id other than its secret, such as the value of a session cookie or an
    /// API token. The id is a SHA-256 digest with a label, in 43 characters of base64url. The secret can't be computed
    /// from it, and the same secret always gives the same id.
    ///
    /// The secret must be random (at least 128 bits). A short code or a password could be guessed from its digest.
    ///
    /// ```
    /// use tower_sso_core::CredentialId;
    ///
    /// let cookie = "Zm9ydHkgcmFuZG9tIGJ5dGVz"; // the value of the app's session cookie
    /// let id = CredentialId::of_secret(cookie);
    /// assert_eq!(id, CredentialId::of_secret(cookie));
    /// assert!(!id.as_str().contains(cookie));
    /// ```
    #[must_use]
    pub fn of_secret(secret: &str) -> Self {
        Self::new(Digest::of("tower-sso credential secret", &[secret]).to_string())
    }

    /// Returns the digest by which log lines name the credential, so that an operator can find the lines about a
    /// credential whose id is known.
    ///
    /// ```
    /// use tower_sso_core::CredentialId;
    ///
    /// let id = CredentialId::new("session-7");
    /// assert_eq!(format!("{id:?}"), format!("CredentialId({})", id.digest()));
    /// ```
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of("tower-sso logged credential", &[self.as_str()])
    }
}

/// Shows the [`digest`](CredentialId::digest).
impl fmt::Debug for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialId({})", self.digest())
    }
}

identifier! {
    /// The id of a join link. It is not the token in the link's URL, and the token can't be computed from it: the id
    /// gives no access.
    JoinLinkId
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stores keep ids that were made from secrets: another version of this crate must make the same ones.
    #[test]
    fn the_id_of_a_secret_does_not_change() {
        let id = CredentialId::of_secret("the secret in a cookie");
        assert_eq!(id.as_str(), "ZYC6siZQJL9t9IfjG_GIHOqxlP0A6vIVU2LUHwax8lg");
        assert_eq!(size_of::<CredentialId>(), 48);
        assert!(id.as_str().len() <= 46, "it is not stored inline");
        assert_ne!(id, CredentialId::of_secret("the secret in a cookie "));
    }

    #[test]
    fn a_debugged_credential_id_shows_only_its_digest() {
        let id = CredentialId::new("t-1");
        assert_eq!(format!("{id:?}"), "CredentialId(XNX3jAKyT8xFKG-oGovmhWflX0aO7K2Sc9vgIUCjdGA)");
        assert_eq!(format!("{:?}", AccountId::new("ada")), "AccountId(\"ada\")");
    }
}
