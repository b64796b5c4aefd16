//! Finds the email address of the user, and whether the provider says that it is verified.
//!
//! Attributes that the settings name replace the well-known ones, and the NameID. Names are compared case-sensitively.
//! SAML defines no attribute for a verified address: `EmailVerified::Absent` says that the provider sent none, and what
//! that means is for the app to decide.

use serde_json::{Map, Value};
use tower_sso_core::EmailVerified;

use crate::response::{
    attributes::values,
    name_id::{EMAIL, NameId},
};

/// The names that providers give the email attribute, the simplest first.
const WELL_KNOWN: [&str; 8] = [
    "email",
    "mail",
    "emailAddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "urn:mace:dir:attribute-def:mail",
    "urn:oid:1.2.840.113549.1.9.1",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "http://schemas.xmlsoap.org/claims/EmailAddress",
];

/// The names that some providers give an attribute that says whether the address is verified. SAML itself has no such
/// attribute.
const VERIFIED: [&str; 2] = ["email_verified", "http://schemas.auth0.com/email_verified"];

/// Returns the first value of the first attribute that is present. The candidates are the configured attributes, or
/// if there are none, the well-known ones. If no attributes are configured and no well-known one is present, the
/// NameID is used if its format is an email address.
pub(crate) fn find(
    attributes: &Map<String, Value>,
    name_id: Option<&NameId<'_>>,
    chosen: &[String],
) -> (Option<String>, EmailVerified) {
    let first = |name: &str| values(attributes, name).into_iter().find(|value| !value.is_empty());
    let address = if chosen.is_empty() {
        let of_name_id = name_id.filter(|name_id| name_id.format == EMAIL).map(|name_id| name_id.value);
        WELL_KNOWN.into_iter().find_map(first).or(of_name_id)
    } else {
        chosen.iter().find_map(|name| first(name))
    };
    let word = VERIFIED.into_iter().flat_map(|name| values(attributes, name));
    let verified =
        word.fold(EmailVerified::Absent, |before, word| match (before, word.eq_ignore_ascii_case("true")) {
            (EmailVerified::Absent | EmailVerified::Yes, true) => EmailVerified::Yes,
            (EmailVerified::No, _) | (_, false) => EmailVerified::No,
        });
    (address.map(str::to_owned), verified)
}
