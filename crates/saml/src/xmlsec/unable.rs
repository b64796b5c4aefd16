//! What the second engine can't do: the only things about which the two engines may differ. For tests and fuzz targets.

use uppsala::{NodeId, Parser};

use crate::error::ErrorKind::{self, SamlAlgorithmRefused, SamlEncryptionRefused, SamlSignatureInvalid};

/// Something that the second engine can't do.
pub(crate) struct Unable {
    pub(crate) what: &'static str,
    /// Whether a document shows it.
    pub(crate) shows: fn(&str) -> bool,
    /// How it is refused.
    pub(crate) kind: ErrorKind,
}

/// All that the second engine can't do; the table in `docs/guides/any-saml.md` says the same.
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
    /// What of the list a document shows.
    pub(crate) fn shown_by(text: &str) -> Vec<&'static Self> {
        const { &UNABLE }.iter().filter(|unable| (unable.shows)(text)).collect()
    }

    /// Whether the list explains that the second engine refuses a document as it does, whatever the first one says.
    pub(crate) fn explains(text: &str, first: Result<(), ErrorKind>, second: Result<(), ErrorKind>) -> bool {
        first == second
            || second.is_err_and(|kind| Self::shown_by(text).iter().any(|unable| unable.kind == kind))
    }
}

/// SAML core §1.3.4 has IDs of the type `xs:ID`, which are NCNames (XML Schema 2 §3.3.8). Some providers' begin with a
/// digit, and the default engine compares them as text. samael refuses a document in which any attribute `ID`, signed
/// or not, is something else.
fn has_odd_id(text: &str) -> bool {
    let Ok(dom) = Parser::new().parse(text) else { return false };
    let nodes = (0..).map(NodeId::new).take_while(|id| dom.node_kind(*id).is_some());
    let mut attributes = nodes.filter_map(|id| dom.element(id)).flat_map(|element| &element.attributes);
    attributes.any(|attribute| attribute.name.local_name == "ID" && !is_ncname(&attribute.value))
}

/// Namespaces in XML 1.0 §3.
fn is_ncname(id: &str) -> bool {
    let mut chars = id.chars();
    chars.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && chars.all(|c| c.is_alphanumeric() || "_-.".contains(c))
}
