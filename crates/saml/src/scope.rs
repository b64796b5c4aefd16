//! The scope within which a user's identifier is unique.
//!
//! Two users of different providers, or with NameIDs of different formats, may have the same identifier. Only the scope
//! and the identifier together name a user.

/// The scope within which a subject is unique. The first part is the provider's entity ID. The second part is the
/// service provider's entity ID with the NameID's format, and with its qualifiers if these are not the two entity IDs.
/// If an attribute is the subject, [`ATTRIBUTE`] and the attribute's name replace the format.
///
/// ```
/// use tower_sso_saml::SubjectScope;
///
/// let of = |idp: &str| (SubjectScope(idp.to_owned(), "https://hub.example urn:x".to_owned()), "ada".to_owned());
/// assert_ne!(of("https://one.example"), of("https://other.example")); // two users, though both are called "ada"
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectScope(pub String, pub String);

/// Replaces the format if an attribute is the subject.
pub const ATTRIBUTE: &str = "attribute";

/// The NameID format whose value changes at each login (SAML core §8.3.8).
pub const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
