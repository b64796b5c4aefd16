//! The list of what the second engine can't do. The two engines may differ in nothing else.
//!
//! Tests and fuzz targets use it to explain why the second engine refuses a document that the default engine accepts.

use uppsala::{NodeId, Parser};

use crate::error::ErrorKind::{self, SamlAlgorithmRefused, SamlEncryptionRefused, SamlSignatureInvalid};

/// One thing that the second engine can't do.
pub(crate) struct Unable {
    pub(crate) what: &'static str,
    /// Returns whether a document needs it.
    pub(crate) shows: fn(&str) -> bool,
    /// The kind with which the second engine refuses it.
    pub(crate) kind: ErrorKind,
}

/// Everything that the second engine can't do. The table in `docs/guides/any-saml.md` lists the same.
pub(crate) const UNABLE: [Unable; 7] = [
    Unable { what: "RSA-PSS", shows: |text| text.contains("-rsa-MGF1\""), kind: SamlAlgorithmRefused },
    Unable {
        what: "SHA-1",
        shows: |text| {
            text.contains("#rsa-sha1\"") || text.contains("#sha1\"></ds:DigestMethod><ds:DigestValue>")
        },
        kind: SamlAlgorithmRefused,
    },
    Unable {
        what: "AES-192 and AES-256",
        shows: |text| text.contains("#aes192-") || text.contains("#aes256-"),
        kind: SamlEncryptionRefused,
    },
    Unable {
        what: "RSA-OAEP with SHA-2",
        shows: |text| text.contains("#mgf1sha"),
        kind: SamlEncryptionRefused,
    },
    Unable {
        what: "RSA-OAEP with a label",
        shows: |text| text.contains(":OAEPparams>"),
        kind: SamlEncryptionRefused,
    },
    Unable {
        what: "a response and its assertion signed with keys of two kinds",
        shows: |text| text.contains("#rsa-sha") && text.contains("#ecdsa-sha"),
        kind: SamlSignatureInvalid,
    },
    Unable { what: "an ID that is not an NCName", shows: has_odd_id, kind: SamlSignatureInvalid },
];

impl Unable {
    /// Returns the entries of the list that a document needs.
    pub(crate) fn shown_by(text: &str) -> Vec<&'static Self> {
        const { &UNABLE }.iter().filter(|unable| (unable.shows)(text)).collect()
    }

    /// Returns whether the two engines agree, or the list explains why the second engine refuses the document with its
    /// kind.
    pub(crate) fn explains(text: &str, first: Result<(), ErrorKind>, second: Result<(), ErrorKind>) -> bool {
        first == second
            || second.is_err_and(|kind| Self::shown_by(text).iter().any(|unable| unable.kind == kind))
    }
}

/// Returns whether an ID of the document is not an NCName. SAML core §1.3.4 gives IDs the type `xs:ID`, whose values
/// are NCNames (XML Schema 2 §3.3.8). Some providers send IDs that begin with a digit, and the default engine compares
/// them as text. samael refuses a document in which any attribute `ID`, signed or not, is not an NCName.
fn has_odd_id(text: &str) -> bool {
    let Ok(dom) = Parser::new().parse(text) else { return false };
    let nodes = (0..).map(NodeId::new).take_while(|id| dom.node_kind(*id).is_some());
    let mut attributes = nodes.filter_map(|id| dom.element(id)).flat_map(|element| &element.attributes);
    attributes.any(|attribute| attribute.name.local_name == "ID" && !is_ncname(&attribute.value))
}

/// Returns whether the text is an NCName (Namespaces in XML 1.0 §3).
fn is_ncname(id: &str) -> bool {
    let mut chars = id.chars();
    chars.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|c| c.is_alphanumeric() || "_-.".contains(c))
}
