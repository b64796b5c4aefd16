//! The namespaces of the documents that are read.

/// SAML assertions (SAML core §1.1).
pub(crate) const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// SAML protocol messages (SAML core §1.1).
pub(crate) const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// SAML metadata (SAML metadata §2.1).
pub(crate) const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// XML signatures (XML-DSig §1.3).
pub(crate) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// XML encryption (XML-Enc 1.1 §1.3).
pub(crate) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
/// What XML encryption 1.1 added (XML-Enc 1.1 §1.3).
pub(crate) const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// Exclusive canonicalization, namespace and algorithm (exc-c14n §4).
pub(crate) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// `xmlns:` (Namespaces in XML §3).
pub(crate) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
