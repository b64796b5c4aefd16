//! Parses the provider's metadata document: finds the provider among its entities, and reads its addresses and keys.
//!
//! 1. One entity is read: the one with the given entity ID, or the only provider of the document. An entity ID that
//!    occurs twice is refused.
//! 2. Of the entity, only the role `IDPSSODescriptor` for SAML 2.0 is read (SAML metadata §2.4.3). There is one.
//! 3. Keys are those for signing and those without a use, at most 16 (§2.4.1.1). A certificate that can't be read is
//!    left out if another one can.
//! 4. Addresses are `https`, or `http` on loopback if the operator chose a provider there.
//! 5. The shortest `validUntil` and `cacheDuration` around the entity count (§2.3.1).
//!
//! Metadata is trusted because of its source or because of its signature. An optional part that can't be used is
//! dropped; metadata without a usable address or key is refused.

use std::time::{Duration, SystemTime};

use tower_sso_core::internal::{AddressProblem, NamedBy, provider_address};

use crate::{
    certificate::Certificate,
    choices::RequestBinding,
    engine::Engine,
    error::{
        Error,
        ErrorKind::{ProviderAddressInsecure, SamlMetadataInvalid},
    },
    instant,
    method::Sha1,
    open::{open_signed, read_unsigned},
    policy::{Encryption, Trust},
    tree::Tree,
    xml::{
        kind::Kind,
        limits::Limits,
        namespace::{DS, MD, SAMLP},
    },
};

const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// The maximum number of keys.
const MOST_KEYS: usize = 16;

/// The facts about a provider that this crate uses.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use tower_sso_saml::{ErrorKind, IdpMetadata};
///
/// let xml = std::fs::read_to_string("tests/corpus/saml_metadata/accepted-signed.xml")?;
/// let idp = IdpMetadata::parse(&xml, Some("https://idp.example/saml"))?;
/// assert!(idp.check_valid(UNIX_EPOCH + Duration::from_secs(1_780_000_000)).is_ok());
///
/// // `validUntil` is one day later, and the time is an argument.
/// let late = idp.check_valid(UNIX_EPOCH + Duration::from_secs(1_780_086_400)).unwrap_err();
/// assert_eq!(late.kind(), ErrorKind::SamlMetadataInvalid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct IdpMetadata {
    /// The provider's entity ID.
    pub entity_id: String,
    /// Where authentication requests are sent. There is at least one endpoint.
    pub sso: Vec<Endpoint>,
    /// Where logout messages are sent.
    pub slo: Vec<Endpoint>,
    /// The keys that verify the provider's signatures. There is at least one.
    pub keys: Vec<Certificate>,
    /// Until when the metadata is valid.
    pub valid_until: Option<SystemTime>,
    /// After how long the metadata should be fetched again.
    pub cache_for: Option<Duration>,
}

/// An address, and the binding by which messages are sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The binding.
    pub binding: RequestBinding,
    /// The address.
    pub location: String,
    /// Where responses are sent, if the address is another one (SAML metadata §2.2.2).
    pub response_location: Option<String>,
}

impl IdpMetadata {
    /// Parses the metadata that a provider publishes (SAML metadata §2). The signature of the document is not verified:
    /// get it from a source that you trust. `entity_id` may be `None` if the document contains one provider.
    ///
    /// # Errors
    ///
    /// Returns `SamlMetadataInvalid` if there is no such provider, address or key, and the kinds of a document that
    /// cannot be read.
    pub fn parse(xml: &str, entity_id: Option<&str>) -> Result<Self, Error> {
        read(xml, Origin::given(entity_id))
    }

    /// Checks that the metadata is still valid.
    ///
    /// # Errors
    ///
    /// Returns `SamlMetadataInvalid` if `validUntil` is in the past.
    pub fn check_valid(&self, now: SystemTime) -> Result<(), Error> {
        match self.valid_until {
            Some(until) if until <= now => Err(invalid("its validUntil is past")),
            Some(_) | None => Ok(()),
        }
    }

    /// Returns the endpoint of this binding. If there is no such endpoint, returns one of the other binding.
    pub(crate) fn endpoint(among: &[Endpoint], wanted: RequestBinding) -> Option<&Endpoint> {
        among.iter().find(|endpoint| endpoint.binding == wanted).or_else(|| among.first())
    }
}

/// Which provider the metadata is read for, and where the metadata came from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The provider's entity ID. It may be omitted if the document contains one provider.
    pub entity_id: Option<&'a str>,
    /// The address that the document was fetched from, or `None` if the operator gave the document.
    pub address: Option<&'a str>,
}

impl<'a> Origin<'a> {
    /// Returns the origin of a document that the operator gave.
    pub fn given(entity_id: Option<&'a str>) -> Self {
        Self { entity_id, address: None }
    }

    /// Returns who names the addresses in the metadata of this entity: the provider, as the operator knows it. For
    /// fetched metadata, the operator entered the address that it comes from. A document that the operator gave
    /// cannot change without the operator, who set its entity ID or accepted it with the document.
    fn named_by(self, entity_id: &'a str) -> NamedBy<'a> {
        NamedBy::Provider(self.address.unwrap_or(entity_id))
    }
}

/// Parses metadata that is trusted because of its source: a file of the operator, or a TLS connection.
///
/// # Errors
///
/// Returns `SamlMetadataInvalid`, `ProviderAddressInsecure`, or a kind for text that is not a valid document.
pub fn read(xml: &str, origin: Origin<'_>) -> Result<IdpMetadata, Error> {
    read_unsigned(xml, Kind::Metadata, Limits::METADATA, |root| idp(root, origin))
}

/// Parses metadata whose root must be signed with this key.
///
/// # Errors
///
/// Returns the errors of [`read`], and the kinds for an invalid signature.
pub fn read_signed(
    xml: &str,
    origin: Origin<'_>,
    signer: &Certificate,
    engine: Engine,
) -> Result<IdpMetadata, Error> {
    let trust = Trust {
        keys: std::slice::from_ref(signer),
        decryption_keys: &[],
        sha1: Sha1::Refused,
        engine,
        encryption: Encryption::Optional,
        limits: Limits::METADATA,
    };
    open_signed(xml, Kind::Metadata, &trust, |root| idp(root, origin))
}

/// An entity, and until when it and all elements around it are valid.
struct Entity<T> {
    element: T,
    valid_until: Option<SystemTime>,
    cache_for: Option<Duration>,
}

fn idp<'d, T: Tree<'d>>(root: T, origin: Origin<'_>) -> Result<IdpMetadata, Error> {
    let wanted = origin.entity_id;
    let mut found = Vec::new();
    collect(&Entity { element: root, valid_until: None, cache_for: None }, wanted, &mut found)?;
    let mut found = found.into_iter();
    let (entity, role) = match (found.next(), found.next(), wanted) {
        (Some(one), None, _) => one,
        (Some(_), Some(_), Some(id)) => return Err(invalid(format!("it holds {id:?} more than once"))),
        (Some(_), Some(_), None) => {
            return Err(invalid("it holds several providers: set saml.entity_id to the one that is meant"));
        }
        (None, _, Some(id)) => return Err(invalid(format!("it holds no SAML 2.0 provider {id:?}"))),
        (None, _, None) => return Err(invalid("it holds no SAML 2.0 provider")),
    };
    let (valid_until, cache_for) = lifetime(role, &entity)?;
    let entity_id = entity.element.attribute("entityID").unwrap_or_default().to_owned();
    if !(1..=1024).contains(&entity_id.len()) {
        return Err(invalid("an entityID has 1 to 1024 characters"));
    }
    let named_by = origin.named_by(&entity_id);
    let (sso, dropped) = endpoints(role, "SingleSignOnService", named_by)?;
    if sso.is_empty() {
        return Err(dropped
            .unwrap_or_else(|| invalid("expected a SingleSignOnService by redirect or POST, found none")));
    }
    let (slo, _) = endpoints(role, "SingleLogoutService", named_by)?;
    Ok(IdpMetadata { entity_id, sso, slo, keys: keys(role)?, valid_until, cache_for })
}

/// Collects every entity in this element that is a SAML 2.0 provider, with its role. The limits of the document bound
/// the depth.
fn collect<'d, T: Tree<'d>>(
    at: &Entity<T>,
    wanted: Option<&str>,
    found: &mut Vec<(Entity<T>, T)>,
) -> Result<(), Error> {
    let (valid_until, cache_for) = lifetime(at.element, at)?;
    let here = |element| Entity { element, valid_until, cache_for };
    if at.element.is(MD, "EntitiesDescriptor") {
        for child in at.element.children() {
            collect(&here(child), wanted, found)?;
        }
    } else if at.element.is(MD, "EntityDescriptor")
        && wanted.is_none_or(|wanted| at.element.attribute("entityID") == Some(wanted))
    {
        let mut roles = at.element.children().filter(|child| {
            let protocols = child.attribute("protocolSupportEnumeration").unwrap_or_default();
            child.is(MD, "IDPSSODescriptor") && protocols.split_ascii_whitespace().any(|one| one == SAMLP)
        });
        match (roles.next(), roles.next()) {
            (None, _) => {}
            (Some(role), None) => found.push((here(at.element), role)),
            (Some(_), Some(_)) => return Err(invalid("an entity has two SAML 2.0 provider roles")),
        }
    }
    Ok(())
}

/// Returns the shorter one of an element's lifetime and that of the elements around it (SAML metadata §2.3.1).
fn lifetime<'d, T: Tree<'d>>(
    element: T,
    around: &Entity<T>,
) -> Result<(Option<SystemTime>, Option<Duration>), Error> {
    let until = match element.attribute("validUntil") {
        Some(text) => Some(instant::parse(text).ok_or_else(|| invalid("validUntil is no time"))?),
        None => None,
    };
    // This is only a hint: an invalid duration is ignored.
    let cache = element.attribute("cacheDuration").and_then(instant::duration);
    Ok((
        [until, around.valid_until].into_iter().flatten().min(),
        [cache, around.cache_for].into_iter().flatten().min(),
    ))
}

/// Returns the endpoints of this name: the first usable one of each binding. An endpoint whose address has the right
/// form, but which the provider may not name, is dropped with a warning, because an unusable logout service must not
/// prevent logins. The second value is the problem of the last endpoint that was dropped.
fn endpoints<'d, T: Tree<'d>>(
    role: T,
    name: &str,
    named_by: NamedBy<'_>,
) -> Result<(Vec<Endpoint>, Option<Error>), Error> {
    let mut endpoints: Vec<Endpoint> = Vec::new();
    let mut dropped = None;
    for element in role.children().filter(|child| child.is(MD, name)) {
        let binding = match element.attribute("Binding") {
            Some(REDIRECT) => RequestBinding::Redirect,
            Some(POST) => RequestBinding::Post,
            _ => continue,
        };
        if endpoints.iter().any(|endpoint| endpoint.binding == binding) {
            continue;
        }
        match endpoint(element, binding, named_by) {
            Ok(endpoint) => endpoints.push(endpoint),
            Err(problem) => {
                let kind = problem.kind(ProviderAddressInsecure, SamlMetadataInvalid);
                let error = Error::with(kind, format!("{name}: {problem}"));
                match problem {
                    AddressProblem::Malformed(_) | AddressProblem::Insecure(_) => return Err(error),
                    AddressProblem::ForeignLoopback(_) | AddressProblem::Misleading(_) => {
                        tracing::warn!(target: "tower_sso", %error, "an endpoint of SAML metadata is not used");
                        dropped = Some(error);
                    }
                }
            }
        }
    }
    Ok((endpoints, dropped))
}

/// Returns one endpoint. Its addresses are not changed.
fn endpoint<'d, T: Tree<'d>>(
    element: T,
    binding: RequestBinding,
    named_by: NamedBy<'_>,
) -> Result<Endpoint, AddressProblem> {
    let location = element.attribute("Location").unwrap_or_default();
    provider_address(location, named_by)?;
    let response_location = element.attribute("ResponseLocation");
    if let Some(address) = response_location {
        provider_address(address, named_by)?;
    }
    Ok(Endpoint {
        binding,
        location: location.to_owned(),
        response_location: response_location.map(str::to_owned),
    })
}

/// Returns the signing keys: those whose use is signing or is not given (SAML metadata §2.4.1.1). Of a certificate
/// chain, only the first certificate is used.
fn keys<'d, T: Tree<'d>>(role: T) -> Result<Vec<Certificate>, Error> {
    let mut keys = Vec::new();
    let mut problem = None;
    for descriptor in role.children().filter(|child| child.is(MD, "KeyDescriptor")) {
        match descriptor.attribute("use") {
            None | Some("signing") => {}
            Some(_) => continue,
        }
        let within = |of: T, local| of.children().filter(move |child| child.is(DS, local));
        let data = within(descriptor, "KeyInfo").flat_map(|info| within(info, "X509Data"));
        for certificate in data.filter_map(|data| within(data, "X509Certificate").next()) {
            match Certificate::parse_text(certificate.text()?) {
                Ok(key) if keys.contains(&key) => {}
                Ok(key) if keys.len() < MOST_KEYS => keys.push(key),
                Ok(_) => return Err(invalid(format!("more than {MOST_KEYS} signing keys"))),
                // Another key may be usable: one invalid certificate among several must not prevent all logins.
                Err(error) => problem = Some(error.problem().to_owned()),
            }
        }
    }
    match (keys.is_empty(), problem) {
        (false, _) => Ok(keys),
        (true, Some(problem)) => Err(invalid(format!("no usable signing certificate: {problem}"))),
        (true, None) => Err(invalid("no signing certificate")),
    }
}

fn invalid(problem: impl std::fmt::Display) -> Error {
    Error::with(SamlMetadataInvalid, problem)
}
