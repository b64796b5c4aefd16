//! The lies about a SAML answer.

/// What the provider can be told to change in a SAML response or logout message, by [`Lie::Saml`](crate::Lie::Saml).
/// Unless it says otherwise, it is signed and encrypted after that, as an honest one is. A lie about an element of the metadata, such as
/// `IDPSSODescriptor`, changes the metadata.
///
/// Elements are named by their local names, after as many of those above as it takes: `Conditions`,
/// `Assertion/Issuer`.
///
/// | to test | say |
/// |---|---|
/// | another audience, recipient, issuer | `SamlLie::text("Audience", ..)`, `SamlLie::attribute("SubjectConfirmationData", "Recipient", ..)` |
/// | expired, not yet valid | `SamlLie::attribute("Conditions", "NotOnOrAfter", ..)`, `NotBefore` |
/// | something left out | `SamlLie::no_attribute(..)`, `SamlLie::without("AuthnStatement")` |
/// | something twice, something inside that does not belong there | `SamlLie::twice("Assertion")`, `SamlLie::inside("Conditions", "saml:Condition")` |
/// | a failed status | `SamlLie::Status("…:RequestDenied".into())` |
/// | unsigned, badly signed | [`SamlLie::Signature`] with a [`SamlForgery`] |
/// | a logout of another issuer, to another address, over | `SamlLie::text("LogoutRequest/Issuer", ..)`, `SamlLie::attribute("LogoutRequest", "Destination", ..)`, `NotOnOrAfter` |
/// | a logout of another person, of another session, of all | `SamlLie::text("LogoutRequest/NameID", ..)`, `SamlLie::text("SessionIndex", ..)`, `SamlLie::without("SessionIndex")` |
/// | an answer to a logout that failed, or to another | `SamlLie::Status("…:RequestDenied".into())`, `SamlLie::attribute("LogoutResponse", "InResponseTo", ..)` |
/// | a document type, a comment, a changed name after signing | `SamlLie::after_signing("<saml:NameID", ..)` |
/// | a field that is missing, doubled or garbled | [`Lie::Callback`](crate::Lie::Callback) with `SAMLResponse` or `RelayState` |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SamlLie {
    /// Sets an attribute, or leaves it out.
    Attribute {
        /// The element.
        element: String,
        /// The attribute.
        name: String,
        /// Its value.
        value: Option<String>,
    },
    /// Sets the text in an element.
    Text {
        /// The element.
        element: String,
        /// The text.
        text: String,
    },
    /// Leaves an element out.
    Without(String),
    /// Puts an element in twice.
    Twice(String),
    /// Puts an empty element at the end of another.
    Inside {
        /// The other element.
        element: String,
        /// What is put in, with its prefix: `saml:Condition`.
        child: String,
    },
    /// Answers with this second-level status code (SAML core §3.2.2.2), and no assertion; a logout, too.
    Status(String),
    /// Signs otherwise, wherever it signs.
    Signature(SamlForgery),
    /// Replaces a text in the whole document after it was signed and encrypted.
    AfterSigning {
        /// What is looked for; it must be there.
        find: String,
        /// What is put in its place.
        replace: String,
    },
    /// Names another algorithm for the key of an encrypted assertion.
    KeyTransport(String),
    /// Names another algorithm for an encrypted assertion.
    Cipher(String),
    /// Flips a bit of the encrypted assertion before anything around it is signed.
    GarbledCiphertext,
    /// Does not encrypt.
    NotEncrypted,
}

/// How a SAML answer is signed, if not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SamlForgery {
    /// Not at all.
    Unsigned,
    /// By the published key, with one bit of the value flipped.
    Garbled,
    /// By the [attacker's key](crate::TestIdp::attacker_key), beside the honest certificate.
    OtherKey,
    /// By the attacker's key, beside its own certificate.
    EmbeddedCertificate,
    /// By the published key, over a digest of something else.
    OtherDigest,
    /// By the published key, with a second signature beside the first.
    Twice,
    /// By the published key, with the signature inside the status or the subject.
    Misplaced,
    /// By the published key, and says that it is with this algorithm.
    Algorithm(String),
    /// By the published key, and says that the digest is with this algorithm.
    Digest(String),
    /// By the published key, with this transform beside the two that belong there.
    Transform(String),
    /// By the published key, over a reference to this.
    Reference(String),
}

impl SamlLie {
    /// [`SamlLie::Attribute`] with a value.
    pub fn attribute(element: impl Into<String>, name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Attribute { element: element.into(), name: name.into(), value: Some(value.into()) }
    }

    /// [`SamlLie::Attribute`] that leaves it out.
    pub fn no_attribute(element: impl Into<String>, name: impl Into<String>) -> Self {
        Self::Attribute { element: element.into(), name: name.into(), value: None }
    }

    /// [`SamlLie::Text`].
    pub fn text(element: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Text { element: element.into(), text: text.into() }
    }

    /// [`SamlLie::Without`].
    pub fn without(element: impl Into<String>) -> Self {
        Self::Without(element.into())
    }

    /// [`SamlLie::Twice`].
    pub fn twice(element: impl Into<String>) -> Self {
        Self::Twice(element.into())
    }

    /// [`SamlLie::Inside`].
    pub fn inside(element: impl Into<String>, child: impl Into<String>) -> Self {
        Self::Inside { element: element.into(), child: child.into() }
    }

    /// [`SamlLie::AfterSigning`].
    pub fn after_signing(find: impl Into<String>, replace: impl Into<String>) -> Self {
        Self::AfterSigning { find: find.into(), replace: replace.into() }
    }
}
