//! SAML 2.0: the Web Browser SSO profile, as a service provider.
//!
//! | what | where |
//! |---|---|
//! | settings, given and parsed | `settings`, `choices`, `document`, `build` |
//! | the two halves of a sign-on | `provider`, `login` |
//! | logout, both ways | `logout` |
//! | what is asked | `request`, `redirect`, `signing`, `write` |
//! | what the provider says of itself, and we of us | `metadata` |
//! | what is read at all | `xml`, `signature`, `certificate`, `decrypt`, `open` |
//! | what a verified response has to say | `response`, `instant` |

mod base64_text;
mod build;
mod certificate;
mod choices;
mod cipher;
mod decrypt;
mod der;
mod document;
#[cfg(test)]
mod exchange;
mod instant;
mod judge;
mod login;
mod logout;
mod metadata;
mod open;
mod provider;
mod redirect;
mod request;
mod response;
mod settings;
mod signature;
mod signing;
#[cfg(test)]
mod tests;
mod tree;
mod write;
mod xml;

pub(crate) use self::{
    certificate::Certificate,
    decrypt::DecryptionKey,
    login::{Asked, AuthnAsk, Outgoing, Received, Replay, SamlLogin, SpAddresses},
    logout::{LogoutAnswer, LogoutMessage, LogoutOutcome, LogoutRequest, LogoutVia},
    open::{Encryption, Opened, Trust, open_response, open_signed, read_unsigned},
    provider::SamlProvider,
    signature::{Sha1, SignatureMethod, VerifiedElement},
    xml::{Element, Kind, Limits, namespace},
};
pub use self::{
    choices::{IdpSource, NameIdPolicy, RequestBinding},
    document::SamlDocument,
    settings::{DangerousSamlSettings, SamlSettings},
};
