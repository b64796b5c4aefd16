//! The fuzz target for the provider's metadata.
//!
//! Accepted metadata must be usable, and signed metadata must say exactly what was signed.

use std::time::{Duration, SystemTime};

use url::Url;

use crate::{
    certificate::Certificate,
    error::ErrorKind,
    fuzz::stage::{Stage, Verdict, judged},
    metadata::theirs::{Endpoint, IdpMetadata, Origin, read, read_signed},
    sample::messages::IDP,
    signature::verify::counted,
};

/// The facts that are read from metadata.
pub(crate) type Fields =
    (String, Vec<Endpoint>, Vec<Endpoint>, Vec<Certificate>, Option<SystemTime>, Option<Duration>);

/// Reads metadata as XML, without and with a key that must have signed it. If it is accepted, there is a key and an
/// address for requests, and a browser may be sent to every address. If a key is given, the metadata must say what was
/// signed.
///
/// # Errors
///
/// Returns why the metadata is refused when no key is given.
pub fn saml_metadata(xml: &[u8]) -> Verdict {
    judged(xml, |stage| stage.metadata(xml))
}

impl Stage {
    pub(crate) fn metadata(&self, xml: &[u8]) -> Verdict {
        let text = std::str::from_utf8(xml).map_err(|_| ErrorKind::SamlEncodingInvalid)?;
        let (signed, verified) = counted(|| self.signed_metadata(xml));
        assert!(verified <= 1, "{verified} signatures were verified");
        let of_anyone = read(text, Origin::given(None)).map_err(|error| error.kind());
        let named = read(text, Origin::given(Some(IDP))).map_err(|error| error.kind());
        if let Ok(signed) = signed {
            assert!(self.signed.metadata.contains(&signed), "never signed: {signed:?}");
            assert!(of_anyone.is_ok(), "a signature makes more of it");
        }
        if let Ok(idp) = &named {
            assert_eq!(idp.entity_id, IDP);
        }
        for idp in [&of_anyone, &named].into_iter().flatten() {
            check(idp);
            // If the document has several entities, the others may be invalid.
            let alone = read(text, Origin::given(Some(&idp.entity_id)));
            let spaced = idp.entity_id.contains(|c: char| c.is_whitespace() || c.is_control());
            assert!(alone.is_ok() || spaced, "alone it is refused: {alone:?}");
        }
        of_anyone.map(|_| ())
    }

    pub(crate) fn signed_metadata(&self, xml: &[u8]) -> Result<Fields, ErrorKind> {
        let text = std::str::from_utf8(xml).map_err(|_| ErrorKind::SamlEncodingInvalid)?;
        let (signer, engine) = (self.idp.keys.first().expect("a key"), self.own.engine);
        let idp = read_signed(text, Origin::given(None), signer, engine).map_err(|error| error.kind())?;
        Ok((idp.entity_id, idp.sso, idp.slo, idp.keys, idp.valid_until, idp.cache_for))
    }
}

fn loopback(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default();
        host == "localhost" || host == "[::1]" || host.starts_with("127.")
    })
}

fn check(idp: &IdpMetadata) {
    assert!((1..=1024).contains(&idp.entity_id.len()));
    assert!((1..=16).contains(&idp.keys.len()), "{} keys", idp.keys.len());
    assert!((1..=2).contains(&idp.sso.len()) && idp.slo.len() <= 2, "an address for each binding");
    for endpoint in idp.sso.iter().chain(&idp.slo) {
        for address in [Some(&endpoint.location), endpoint.response_location.as_ref()].into_iter().flatten() {
            let url = Url::parse(address).expect("an address");
            // The operator gave the document: its entity ID decides whether the provider is on loopback.
            let plain = url.scheme() == "http" && loopback(address) && loopback(&idp.entity_id);
            assert!(url.scheme() == "https" || plain, "{address}");
            assert!(url.username().is_empty() && url.password().is_none(), "{address}");
            assert!(
                url.fragment().is_none() && address.bytes().all(|byte| byte.is_ascii_graphic()),
                "{address}"
            );
        }
    }
}
