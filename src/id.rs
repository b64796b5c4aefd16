//! Identifiers, each a type of its own so that none can stand where another belongs.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Cheap to clone; compared byte by byte, never normalised.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
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
    /// What a request presented to be an account: the id of the host's login session, or of an API token.
    ///
    /// Survives rotation and refresh (a host with JWTs gives the refresh family's id, never the `jti`) and dies at
    /// sign-out. Not the secret itself: a digest or a database id. Sessions and tokens may be numbered apart: the kind
    /// is part of the [`Credential`](crate::Credential).
    CredentialId
}
