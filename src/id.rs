//! Identifiers, each a type of its own so that none can stand where another belongs.

mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use self::text::InlineStr;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Cheap to clone (up to 46 bytes nothing is allocated or counted); compared byte by byte, never normalized.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(InlineStr);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(text.as_ref().into())
            }

            /// The text.
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
    /// An organization's name as it stands in a URL, percent-decoded. What it means is the host's to say.
    OrgSlug
}
identifier! {
    /// An organization as the host stores it. Survives a renamed slug.
    OrgId
}
identifier! {
    /// A user account of the host app.
    AccountId
}
identifier! {
    /// A resource group in an organization, as the host stores it.
    GroupId
}
identifier! {
    /// What a request presented to be an account: the id of the host's login session, or of an API token.
    ///
    /// Survives rotation and refresh (a host with JWTs gives the refresh family's id, never the `jti`) and dies at
    /// sign-out. Not the secret itself: a digest or a database id. Sessions and tokens may be numbered apart: the kind
    /// is part of the [`Credential`](crate::Credential).
    CredentialId
}

identifier! {
    /// A join link. Not the token in its address, nor can that be found from it: it opens nothing.
    JoinLinkId
}
