//! A strict SAML 2.0 service provider: bytes in, a verified assertion or a named refusal out.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//! use tower_sso_saml::{IdpMetadata, ServiceProvider, Settings, SpAddresses};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let file = |name: &str| std::fs::read_to_string(format!("tests/corpus/{name}"));
//! # let metadata_xml = file("saml_metadata/accepted-plain.xml")?;
//! # let posted = { use base64::Engine as _; base64::engine::general_purpose::STANDARD.encode(file("saml_response/accepted-both-signed.xml")?) };
//! let idp = IdpMetadata::parse(&metadata_xml, None)?; // as the identity provider publishes it
//! let sp = ServiceProvider::new(Settings::default())?;
//! let page = |name: &str| format!("https://hub.example/sso/1/saml/{name}");
//! let addresses = SpAddresses { metadata: page("metadata"), acs: page("acs"), slo: page("slo") };
//!
//! let now = UNIX_EPOCH + Duration::from_secs(1_780_000_000); // the time is an argument
//! let login = sp.login_of("_asked", &addresses, now); // or the one that `authn_request` returned
//! let response = sp.decode_response(Some(&login), &posted)?; // the form field `SAMLResponse`
//! let assertion = sp.validate_response(&idp, &response, Some(&login), &addresses, now)?;
//! assert_eq!(assertion.into_parts().subject, "ada@acme.example");
//! # Ok(()) }
//! ```
//!
//! Nothing here is asynchronous, opens a file or a connection, or reads a clock: the provider's metadata and the time
//! are arguments. The crate implements the Web Browser SSO profile and single logout.
//!
//! # What it promises
//!
//! 1. An assertion is read only from elements whose signature was verified, in the one document that was parsed.
//! 2. Only this crate makes a [`VerifiedAssertion`], and only after every check except the one for replay.
//! 3. Each refusal has an [`ErrorKind`] and a sentence that says what was found and what was expected.
//! 4. A setting that weakens a check can be changed only through [`Settings::dangerous`].
//!
//! # What you have to do
//!
//! - Keep the [`SamlLogin`] of a request on the server, and use it for one response only.
//! - Before the assertion counts, mark its [`Replay::id`] as used until [`Replay::until`], and refuse it if it was
//!   marked before. This is the one check that needs a store.
//! - Fetch metadata again from time to time. Metadata whose `validUntil` is past is refused.
//!
//! # Modules
//!
//! | what | where |
//! |---|---|
//! | the settings, before and after they are parsed | `settings`, `choices`, `build` |
//! | the two halves of an SSO login | `service_provider`, `login` |
//! | single logout in both directions | `logout` |
//! | requests to the provider | `request`, `redirect`, `signing`, `write` |
//! | the provider's metadata and ours | `metadata` |
//! | reading, verifying and decrypting XML | `xml`, `signature`, `certificate`, `method`, `decrypt`, `open` |
//! | what a connection accepts | `policy`, `engine` |
//! | the second engine, in a build that has it | `xmlsec` |
//! | the checks of a verified response | `response`, `scope`, `instant` |
//! | why something is refused | `error` |
//!
//! What is documented here is stable. The module `internal`, which is hidden, is not: the crates of the workspace
//! depend on each other by exact version.

mod base64_text;
mod build;
mod certificate;
mod choices;
mod cipher;
mod decrypt;
mod decryption_key;
mod der;
mod engine;
mod error;
#[cfg(feature = "_fuzz")]
#[doc(hidden)]
pub mod fuzz;
#[cfg(all(test, not(feature = "_fuzz")))]
mod fuzz;
mod instant;
mod login;
mod logout;
mod metadata;
mod method;
mod open;
mod policy;
mod redirect;
mod request;
mod response;
#[cfg(any(test, feature = "_testing", feature = "_fuzz"))]
#[doc(hidden)]
pub mod sample;
mod scope;
mod service_provider;
mod settings;
mod signature;
mod signing;
#[cfg(test)]
mod tests;
mod tree;
mod write;
mod xml;
mod xmlsec;

pub use crate::{
    certificate::Certificate,
    choices::{NameIdPolicy, RequestBinding, SamlEngine},
    error::{Error, ErrorKind},
    login::{Asked, AuthnAsk, Outgoing, Replay, SamlLogin, SpAddresses},
    logout::message::{LogoutAnswer, LogoutMessage, LogoutOutcome, LogoutRequest, LogoutSubject, LogoutVia},
    metadata::{
        fields::IdpFields,
        theirs::{Endpoint, IdpMetadata},
    },
    response::validate::{AssertionParts, VerifiedAssertion},
    scope::SubjectScope,
    service_provider::{DecodedResponse, ServiceProvider},
    settings::{DangerousSettings, Settings, SpKey, Weakened},
};

/// Items that the other crates of the workspace use. Nothing here is stable.
#[doc(hidden)]
pub mod internal {
    #[cfg(all(feature = "xmlsec", any(test, feature = "_testing")))]
    pub use crate::xmlsec::verify::asked_so_far;
    #[cfg(all(feature = "xmlsec", feature = "_testing"))]
    pub use {openssl, samael};

    pub use crate::{
        engine::Engine,
        metadata::theirs::{Origin, read, read_signed},
        redirect::{Message, address, to_form},
        scope::{ATTRIBUTE, TRANSIENT},
        settings::{check, is_name},
        signing::SigningKey,
        write::Node,
    };
}

/// Compiles the README's example as a doc-test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
