//! The documents that are read: their root, and what may stand directly in it.

use crate::xml::namespace::{DS, MD, SAML, SAMLP};

/// What a document has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `samlp:Response` (SAML core §3.3.3).
    Response,
    /// `samlp:Response` without an assertion: what a provider answers that refuses (SAML core §3.2.2).
    Refusal,
    /// `saml:Assertion`: the plaintext of an encrypted one (SAML core §2.3.3).
    Assertion,
    /// `samlp:LogoutRequest` (SAML core §3.7.1).
    LogoutRequest,
    /// `samlp:LogoutResponse` (SAML core §3.7.2).
    LogoutResponse,
    /// `md:EntityDescriptor` or `md:EntitiesDescriptor` (SAML metadata §2.3).
    Metadata,
}

/// How often an element may stand in its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Often {
    Once,
    Many,
}

use Often::{Many, Once};

/// A child's name, and how often it may stand there.
pub(crate) type Child = (&'static str, &'static str, Often);

const RESPONSE: &[Child] = &[
    (SAML, "Issuer", Once),
    (DS, "Signature", Once),
    (SAMLP, "Extensions", Once),
    (SAMLP, "Status", Once),
    (SAML, "Assertion", Once),
    (SAML, "EncryptedAssertion", Once),
];

/// What may stand directly in an assertion.
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
    /// Whether this is its root.
    pub(crate) fn is_root(self, namespace: &str, local: &str) -> bool {
        match self {
            Self::Response | Self::Refusal => (namespace, local) == (SAMLP, "Response"),
            Self::Assertion => (namespace, local) == (SAML, "Assertion"),
            Self::LogoutRequest => (namespace, local) == (SAMLP, "LogoutRequest"),
            Self::LogoutResponse => (namespace, local) == (SAMLP, "LogoutResponse"),
            Self::Metadata => namespace == MD && matches!(local, "EntityDescriptor" | "EntitiesDescriptor"),
        }
    }

    /// Whether its root has an ID and a version (metadata has none, SAML metadata §2.3.2).
    pub(crate) fn is_versioned(self) -> bool {
        match self {
            Self::Response | Self::Refusal | Self::Assertion | Self::LogoutRequest | Self::LogoutResponse => {
                true
            }
            Self::Metadata => false,
        }
    }

    /// How many assertions, encrypted ones among them, the whole document holds.
    pub(crate) fn assertions(self) -> usize {
        match self {
            Self::Response | Self::Assertion => 1,
            Self::Refusal | Self::LogoutRequest | Self::LogoutResponse | Self::Metadata => 0,
        }
    }

    /// What may stand directly in the root. `None`: whatever the schema extends it by.
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
