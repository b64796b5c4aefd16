//! The scope within which a user's identifier is unique.

/// The scope within which a subject is unique: the provider's entity ID; and the service provider's entity ID with the
/// NameID's format and its qualifiers, if these are not the two entity IDs. If an attribute is the subject, its name
/// stands in the place of the format, after [`ATTRIBUTE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectScope(pub String, pub String);

/// Used in the place of the format if an attribute is the subject.
pub const ATTRIBUTE: &str = "attribute";

/// The NameID format whose value changes at each login (SAML core §8.3.8).
pub const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
