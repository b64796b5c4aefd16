//! The namespaces of the documents that are read, each with the section of the standard that defines it.
//!
//! Elements are always compared with one of these, and never by their prefix.

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
/// The additions of XML encryption 1.1 (XML-Enc 1.1 §1.3).
pub(crate) const XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// Exclusive canonicalization. This is both its namespace and its algorithm (exc-c14n §4).
pub(crate) const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The namespace of the prefix `xmlns` (Namespaces in XML §3).
pub(crate) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
