//! Identifiers. Each kind is a separate type, so that the compiler rejects one kind in the place of another.

pub(crate) mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use self::text::InlineStr;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
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

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.as_str())
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
    /// and end at sign-out. It must not be the secret itself: use a digest or a database id. Sessions and tokens can
    /// have the same ids, because the kind is part of the [`Credential`](crate::Credential).
    CredentialId
}

identifier! {
    /// The id of a join link. It is not the token in the link's URL, and the token can't be computed from it: the id
    /// gives no access.
    JoinLinkId
}
