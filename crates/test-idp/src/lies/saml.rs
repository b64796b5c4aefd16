//! The lies about a SAML message.

/// One change in a SAML response or logout message: see [`Lie::Saml`](crate::Lie::Saml). The provider makes the change
/// before it signs and encrypts the message honestly, unless the variant says otherwise. A lie about an element of the
/// metadata, such as `IDPSSODescriptor`, changes the metadata.
///
/// Elements are named by their local names. To distinguish elements of the same name, put the names of parents in
/// front: `Conditions`, `Assertion/Issuer`.
///
/// | to test | use |
/// |---|---|
/// | another audience, recipient, issuer | `SamlLie::text("Audience", ..)`, `SamlLie::attribute("SubjectConfirmationData", "Recipient", ..)` |
/// | expired, not yet valid | `SamlLie::attribute("Conditions", "NotOnOrAfter", ..)`, `NotBefore` |
/// | a missing attribute or element | `SamlLie::no_attribute(..)`, `SamlLie::without("AuthnStatement")` |
/// | a repeated element, an unexpected child element | `SamlLie::twice("Assertion")`, `SamlLie::inside("Conditions", "saml:Condition")` |
/// | a failed status | `SamlLie::Status("…:RequestDenied".into())` |
/// | unsigned, badly signed | [`SamlLie::Signature`] with a [`SamlForgery`] |
/// | a logout from another issuer, for another address, expired | `SamlLie::text("LogoutRequest/Issuer", ..)`, `SamlLie::attribute("LogoutRequest", "Destination", ..)`, `NotOnOrAfter` |
/// | a logout of another user, of another session, of all sessions | `SamlLie::text("LogoutRequest/NameID", ..)`, `SamlLie::text("SessionIndex", ..)`, `SamlLie::without("SessionIndex")` |
/// | a response to a logout that failed, or to another logout | `SamlLie::Status("…:RequestDenied".into())`, `SamlLie::attribute("LogoutResponse", "InResponseTo", ..)` |
/// | a document type, a comment, a changed name after signing | `SamlLie::after_signing("<saml:NameID", ..)` |
/// | a field that is missing, doubled or garbled | [`Lie::Callback`](crate::Lie::Callback) with `SAMLResponse` or `RelayState` |
///
/// ```
/// # fn run(idp: &tower_sso_test_idp::TestIdp) {
/// use tower_sso_test_idp::{Lie, SamlForgery, SamlLie};
///
/// // A valid response for another app of the same provider (SAML core §2.5.1.4).
/// idp.lie(SamlLie::text("Audience", "https://other.example/metadata").into());
/// idp.honest();
/// // The text of a signed document is changed on its way through the browser.
/// idp.lie(SamlLie::after_signing("ada@acme.example", "bob@acme.example").into());
/// idp.honest();
/// idp.lie(Lie::saml_signature(SamlForgery::EmbeddedCertificate));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SamlLie {
    /// Sets or removes an attribute.
    ///
    /// | attribute | finds an app that accepts | tower-sso refuses it as |
    /// |---|---|---|
    /// | `Response` `Destination` | a response for another address | `saml_destination_wrong` |
    /// | `Response` `InResponseTo` | the response to another request | `saml_in_response_to_wrong` |
    /// | `SubjectConfirmationData` | an assertion that is for another address, too old, or for another request | `saml_confirmation_wrong` |
    /// | `Conditions` `NotBefore`, `NotOnOrAfter` | an assertion outside of its time | `saml_not_yet_valid`, `saml_expired` |
    /// | `AuthnStatement` `SessionNotOnOrAfter` | a session that is over at the provider | `saml_session_over` |
    Attribute {
        /// The element's name.
        element: String,
        /// The attribute's name.
        name: String,
        /// The attribute's value, or `None` to remove it.
        value: Option<String>,
    },
    /// Sets the text in an element.
    ///
    /// Finds an app that does not compare an `Issuer`
    /// (`saml_issuer_wrong`) or the `Audience` (`saml_audience_wrong`).
    Text {
        /// The element's name.
        element: String,
        /// The text.
        text: String,
    },
    /// Removes an element.
    ///
    /// An element that is missing must not count as one that permits everything: without `AudienceRestriction`, an
    /// assertion would be valid for every app.
    Without(String),
    /// Repeats an element.
    ///
    /// Finds an app that verifies one of two elements and reads the other (`saml_assertion_count`).
    Twice(String),
    /// Adds an empty element as the last child of another element.
    ///
    /// Finds an app that ignores conditions which it does not know (SAML core §2.5.1.1: `saml_condition_invalid`).
    Inside {
        /// The parent element's name.
        element: String,
        /// The child element's name with its prefix: `saml:Condition`.
        child: String,
    },
    /// Answers with this second-level status code (SAML core §3.2.2.2) and without an assertion. Also applies to
    /// logout.
    ///
    /// tower-sso: `saml_status_failed`.
    Status(String),
    /// Signs every signed element in a dishonest way.
    ///
    /// See [`SamlForgery`].
    Signature(SamlForgery),
    /// Replaces a text in the whole document after the document was signed and encrypted.
    ///
    /// Finds an app that reads something other than what it has verified: signature wrapping, comments in a name,
    /// document types, and texts that were changed on the way.
    AfterSigning {
        /// The text to replace. The document must contain it.
        find: String,
        /// The replacement.
        replace: String,
    },
    /// Names another algorithm for the encryption of the key of an encrypted assertion.
    ///
    /// Finds an app that lets the message choose a weak algorithm, such as `rsa-1_5` (`saml_encryption_refused`).
    KeyTransport(String),
    /// Names another algorithm for the encryption of an assertion.
    Cipher(String),
    /// Flips a bit of the encrypted assertion, before the elements around it are signed.
    ///
    /// The app must say no more than that it could not decrypt the assertion: a more exact answer is an oracle that
    /// reveals its content (`saml_decryption_failed`).
    GarbledCiphertext,
    /// Does not encrypt the assertion.
    ///
    /// Finds an app that requires encryption in its metadata only (`saml_encryption_refused`).
    NotEncrypted,
}

/// How a SAML message is signed when its signature is a lie.
///
/// | forgery | works against an app that | tower-sso refuses it as |
/// |---|---|---|
/// | `Unsigned` | accepts a response without a signature | `saml_signature_missing` |
/// | `Garbled`, `OtherKey`, `OtherDigest` | does not verify the signature, or not the digest | `saml_signature_invalid` |
/// | `EmbeddedCertificate` | trusts the certificate in the message | `saml_signature_invalid` |
/// | `Misplaced` | finds a signature anywhere in the document | `saml_signature_misplaced` |
/// | `Transform`, `Reference` | lets the signature choose what it covers | `saml_signature_shape` |
/// | `Algorithm`, `Digest` | accepts SHA-1 | `saml_algorithm_refused` |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SamlForgery {
    /// Does not sign.
    Unsigned,
    /// Signs with the published key, then flips one bit of the signature value.
    Garbled,
    /// Signs with the [attacker's key](crate::TestIdp::attacker_key), and includes the honest certificate.
    OtherKey,
    /// Signs with the attacker's key, and includes the attacker's certificate.
    EmbeddedCertificate,
    /// Signs with the published key, over the digest of something else.
    OtherDigest,
    /// Signs with the published key, and adds a second signature next to the first.
    Twice,
    /// Signs with the published key, and puts the signature inside the status or the subject.
    Misplaced,
    /// Signs with the published key, but names this signature algorithm.
    Algorithm(String),
    /// Signs with the published key, but names this digest algorithm.
    Digest(String),
    /// Signs with the published key, and adds this transform to the two that are allowed.
    Transform(String),
    /// Signs with the published key, with this reference.
    Reference(String),
}

impl SamlLie {
    /// Returns [`SamlLie::Attribute`] with a value.
    pub fn attribute(element: &str, name: &str, value: impl Into<String>) -> Self {
        Self::Attribute { element: element.into(), name: name.into(), value: Some(value.into()) }
    }

    /// Returns [`SamlLie::Attribute`] that removes the attribute.
    pub fn no_attribute(element: &str, name: impl Into<String>) -> Self {
        Self::Attribute { element: element.into(), name: name.into(), value: None }
    }

    /// Returns [`SamlLie::Text`].
    pub fn text(element: &str, text: impl Into<String>) -> Self {
        Self::Text { element: element.into(), text: text.into() }
    }

    /// Returns [`SamlLie::Without`].
    pub fn without(element: impl Into<String>) -> Self {
        Self::Without(element.into())
    }

    /// Returns [`SamlLie::Twice`].
    pub fn twice(element: impl Into<String>) -> Self {
        Self::Twice(element.into())
    }

    /// Returns [`SamlLie::Inside`].
    pub fn inside(element: &str, child: impl Into<String>) -> Self {
        Self::Inside { element: element.into(), child: child.into() }
    }

    /// Returns [`SamlLie::AfterSigning`].
    pub fn after_signing(find: &str, replace: impl Into<String>) -> Self {
        Self::AfterSigning { find: find.into(), replace: replace.into() }
    }
}
