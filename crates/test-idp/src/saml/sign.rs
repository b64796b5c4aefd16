//! Enveloped signatures (SAML core §5.4, XML Signature §4), with the current key or according to a lie.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use tower_sso_core::ConfigError;
use url::form_urlencoded;

use crate::{
    idp::TestIdp,
    keys::{algorithm::SigningAlg, certificate::self_signed},
    lies::saml::SamlForgery,
    saml::xml::Element,
};

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// Returns the identifier of the signature algorithm in XML (RFC 9231 §2.3).
pub(crate) fn algorithm(alg: SigningAlg) -> &'static str {
    match alg {
        SigningAlg::Rs256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        SigningAlg::Rs384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
        SigningAlg::Rs512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
        SigningAlg::Ps256 => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        SigningAlg::Ps384 => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
        SigningAlg::Ps512 => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
        SigningAlg::Es256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        SigningAlg::Es384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        SigningAlg::EdDsa => "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
    }
}

/// Signs an element that has an ID. Puts the signature after its Issuer, and applies the forgeries.
pub(crate) fn sign(
    idp: &TestIdp,
    target: &mut Element,
    forgeries: &[SamlForgery],
) -> Result<(), ConfigError> {
    if forgeries.contains(&SamlForgery::Unsigned) {
        return Ok(());
    }
    let signature = signature(idp, target, forgeries)?;
    if forgeries.contains(&SamlForgery::Misplaced) {
        let inside = |child: &Element| matches!(child.local(), "Subject" | "Status");
        target.change_children(&mut |child| {
            vec![if inside(&child) { child.child(signature.clone()) } else { child }]
        });
        return Ok(());
    }
    if forgeries.contains(&SamlForgery::Twice) {
        target.insert(1, signature.clone());
    }
    target.insert(1, signature);
    Ok(())
}

/// Returns the parameters `SigAlg` and `Signature` of a query (SAML bindings §3.4.4.1), changed according to the
/// forgeries. Forgeries that concern the inside of an enveloped signature change nothing here.
pub(crate) fn sign_query(
    idp: &TestIdp,
    mut query: String,
    forgeries: &[SamlForgery],
) -> Result<Vec<(String, String)>, ConfigError> {
    let mut key = idp.current_key()?;
    let (mut named, mut garbled) = (None, false);
    for forgery in forgeries {
        match forgery {
            SamlForgery::Unsigned => return Ok(Vec::new()),
            SamlForgery::OtherKey | SamlForgery::EmbeddedCertificate => key = idp.attacker_key()?,
            SamlForgery::OtherDigest => query.push_str("&x="),
            SamlForgery::Algorithm(algorithm) => named = Some(algorithm.clone()),
            SamlForgery::Garbled => garbled = true,
            SamlForgery::Twice
            | SamlForgery::Misplaced
            | SamlForgery::Digest(_)
            | SamlForgery::Transform(_)
            | SamlForgery::Reference(_) => {}
        }
    }
    let named = named.unwrap_or_else(|| algorithm(key.alg()).to_owned());
    let signed: String = form_urlencoded::byte_serialize(named.as_bytes()).collect();
    let value = key.sign(format!("{query}&SigAlg={signed}").as_bytes());
    let mut value = value.map_err(|_| ConfigError::new("key", "it does not sign"))?;
    if let Some(last) = value.last_mut().filter(|_| garbled) {
        *last ^= 1;
    }
    Ok(vec![("SigAlg".to_owned(), named), ("Signature".to_owned(), STANDARD.encode(value))])
}

fn signature(idp: &TestIdp, target: &Element, forgeries: &[SamlForgery]) -> Result<Element, ConfigError> {
    let mut key = idp.current_key()?;
    let mut certificate = self_signed(&key, &idp.settings().title)?;
    let mut digested = target.canonical();
    let mut reference = format!("#{}", target.attribute("ID").unwrap_or_default());
    let (mut digest_method, mut signature_method) = (SHA256.to_owned(), algorithm(key.alg()).to_owned());
    let mut transforms = vec![ENVELOPED.to_owned(), EXCLUSIVE.to_owned()];
    for forgery in forgeries {
        match forgery {
            SamlForgery::OtherKey => key = idp.attacker_key()?,
            SamlForgery::EmbeddedCertificate => {
                key = idp.attacker_key()?;
                certificate = self_signed(&key, "attacker")?;
            }
            SamlForgery::OtherDigest => digested.push(' '),
            SamlForgery::Algorithm(named) => signature_method.clone_from(named),
            SamlForgery::Digest(named) => digest_method.clone_from(named),
            SamlForgery::Transform(named) => transforms.insert(1, named.clone()),
            SamlForgery::Reference(named) => reference.clone_from(named),
            SamlForgery::Unsigned | SamlForgery::Garbled | SamlForgery::Twice | SamlForgery::Misplaced => {}
        }
    }
    let named = |name: &str, algorithm: &str| Element::new(name).with("Algorithm", algorithm);
    let transforms = transforms.iter().map(|transform| named("ds:Transform", transform));
    let signed_info = Element::new("ds:SignedInfo")
        .child(named("ds:CanonicalizationMethod", EXCLUSIVE))
        .child(named("ds:SignatureMethod", &signature_method))
        .child(
            Element::new("ds:Reference")
                .with("URI", reference)
                .child(Element::new("ds:Transforms").children_from(transforms))
                .child(named("ds:DigestMethod", &digest_method))
                .child(Element::new("ds:DigestValue").text(STANDARD.encode(Sha256::digest(digested)))),
        );
    let value = key.sign(signed_info.canonical().as_bytes());
    let mut value = value.map_err(|_| ConfigError::new("key", "it does not sign"))?;
    if let Some(last) = value.last_mut().filter(|_| forgeries.contains(&SamlForgery::Garbled)) {
        *last ^= 1;
    }
    let certificate = Element::new("ds:X509Certificate").text(STANDARD.encode(certificate));
    Ok(Element::new("ds:Signature")
        .child(signed_info)
        .child(Element::new("ds:SignatureValue").text(STANDARD.encode(value)))
        .child(Element::new("ds:KeyInfo").child(Element::new("ds:X509Data").child(certificate))))
}
