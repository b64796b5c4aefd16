//! The kinds of documents that are read: which root each has, and which elements may be directly inside it.
//!
//! The lists are closed: an element that is not listed is refused. Only metadata may be extended.

use crate::xml::namespace::{DS, MD, SAML, SAMLP};

/// The expected kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `samlp:Response` (SAML core §3.3.3).
    Response,
    /// `samlp:Response` without an assertion, which a provider sends to refuse a request (SAML core §3.2.2).
    Refusal,
    /// `saml:Assertion`: the plaintext of an encrypted assertion (SAML core §2.3.3).
    Assertion,
    /// `samlp:LogoutRequest` (SAML core §3.7.1).
    LogoutRequest,
    /// `samlp:LogoutResponse` (SAML core §3.7.2).
    LogoutResponse,
    /// `md:EntityDescriptor` or `md:EntitiesDescriptor` (SAML metadata §2.3).
    Metadata,
}

/// How often an element may occur in its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Often {
    Once,
    Many,
}

use Often::{Many, Once};

/// The namespace and name of a child element, and how often it may occur.
pub(crate) type Child = (&'static str, &'static str, Often);

const RESPONSE: &[Child] = &[
    (SAML, "Issuer", Once),
    (DS, "Signature", Once),
    (SAMLP, "Extensions", Once),
    (SAMLP, "Status", Once),
    (SAML, "Assertion", Once),
    (SAML, "EncryptedAssertion", Once),
];

/// The elements that may be directly inside an assertion.
pub(crate) const ASSERTION: &[Child] = &[
    (SAML, "Issuer", Once),
    (DS, "Signature", Once),
    (SAML, "Subject", Once),
    (SAML, "Conditions", Once),
    (SAML, "Advice", Once),
    (SAML, "Statement", Many),
    (SAML, "AuthnStatement", Many),
    (SAML, "AuthzDecisionStatement", Many),
    (SAML, "AttributeStatement", Many),
];

const LOGOUT_REQUEST: &[Child] = &[
    (SAML, "Issuer", Once),
    (DS, "Signature", Once),
    (SAMLP, "Extensions", Once),
    (SAML, "BaseID", Once),
    (SAML, "NameID", Once),
    (SAML, "EncryptedID", Once),
    (SAMLP, "SessionIndex", Many),
];

const LOGOUT_RESPONSE: &[Child] =
    &[(SAML, "Issuer", Once), (DS, "Signature", Once), (SAMLP, "Extensions", Once), (SAMLP, "Status", Once)];

impl Kind {
    /// Returns whether a document of this kind has this root.
    pub(crate) fn is_root(self, namespace: &str, local: &str) -> bool {
        match self {
            Self::Response | Self::Refusal => (namespace, local) == (SAMLP, "Response"),
            Self::Assertion => (namespace, local) == (SAML, "Assertion"),
            Self::LogoutRequest => (namespace, local) == (SAMLP, "LogoutRequest"),
            Self::LogoutResponse => (namespace, local) == (SAMLP, "LogoutResponse"),
            Self::Metadata => namespace == MD && matches!(local, "EntityDescriptor" | "EntitiesDescriptor"),
        }
    }

    /// Returns whether the root has an ID and a version. The root of metadata has neither (SAML metadata §2.3.2).
    pub(crate) fn is_versioned(self) -> bool {
        match self {
            Self::Response | Self::Refusal | Self::Assertion | Self::LogoutRequest | Self::LogoutResponse => {
                true
            }
            Self::Metadata => false,
        }
    }

    /// Returns how many assertions the whole document must contain, encrypted ones included.
    pub(crate) fn assertions(self) -> usize {
        match self {
            Self::Response | Self::Assertion => 1,
            Self::Refusal | Self::LogoutRequest | Self::LogoutResponse | Self::Metadata => 0,
        }
    }

    /// Returns the elements that may be directly inside the root. `None` allows everything, because the schema may be
    /// extended.
    pub(crate) fn children(self) -> Option<&'static [Child]> {
        match self {
            Self::Response | Self::Refusal => Some(RESPONSE),
            Self::Assertion => Some(ASSERTION),
            Self::LogoutRequest => Some(LOGOUT_REQUEST),
            Self::LogoutResponse => Some(LOGOUT_RESPONSE),
            Self::Metadata => None,
        }
    }
}
