//! Compares the two engines: both read every document of this suite, and must give the same verdict.
//!
//! They may differ only about documents that need something that the second engine is listed as unable to do.

use std::fmt::Debug;

use crate::{choices::SamlEngine, engine::Engine, error::Error, xmlsec::unable::Unable};

/// Reads a document with the default engine, and with the second engine if this build contains it. Returns the result
/// of the default engine.
///
/// # Panics
///
/// If the engines disagree about a document that the second engine can handle, or if the second engine accepts a
/// document that its list says it can't handle.
pub(crate) fn by_both<T: PartialEq + Debug>(
    text: &str,
    read: impl Fn(Engine) -> Result<T, Error>,
) -> Result<T, Error> {
    let first = read(Engine::Default);
    if let Some(engine) = Engine::of(SamlEngine::Xmlsec) {
        compare(text, &first, &read(engine));
    }
    first
}

/// Compares two results by the rule of [`by_both`].
pub(crate) fn compare<T: PartialEq + Debug>(text: &str, first: &Result<T, Error>, second: &Result<T, Error>) {
    let same = match (first, second) {
        (Ok(first), Ok(second)) => first == second,
        (Err(first), Err(second)) => first.kind() == second.kind(),
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    };
    let unable = Unable::shown_by(text);
    let refused = second.as_ref().err().map(Error::kind);
    let as_listed = unable.iter().any(|unable| Some(unable.kind) == refused);
    let good = match (unable.is_empty(), first) {
        (true, _) => same,
        (false, Ok(_)) => as_listed,
        (false, Err(_)) => same || as_listed,
    };
    let listed: Vec<_> = unable.iter().map(|unable| unable.what).collect();
    assert!(good, "{first:?}\nby the default engine, and by xmlsec\n{second:?}\n{listed:?}\n{text}");
}

#[test]
fn the_engines_may_differ_only_about_listed_cases() {
    use crate::error::ErrorKind::{SamlAlgorithmRefused, SamlIssuerWrong, SamlSignatureInvalid};
    let twin = crate::tests::assertion_signed();
    let odd = twin.replacen(" ID=\"r1\"", " ID=\"#r1\"", 1);
    let (accepted, refused) = (Ok::<_, Error>("ada"), |kind| Err(Error::new(kind)));
    let agree = |text: &str, first: &Result<&str, Error>, second: &Result<&str, Error>| {
        let seen = |said: &Result<&str, Error>| said.as_ref().map(|_| ()).map_err(Error::kind);
        Unable::explains(text, seen(first), seen(second))
    };
    assert!(agree(&odd, &accepted, &refused(SamlSignatureInvalid)));
    assert!(agree(&odd, &refused(SamlIssuerWrong), &refused(SamlSignatureInvalid)));
    // These differences are not explained: another kind of refusal, a refusal by the default engine only, and a
    // document that needs nothing of the list.
    assert!(!agree(&odd, &accepted, &refused(SamlAlgorithmRefused)));
    assert!(!agree(&odd, &refused(SamlSignatureInvalid), &accepted));
    assert!(!agree(&twin, &accepted, &refused(SamlSignatureInvalid)));
    for aside in ["<!-- <x ID=\"#r1\"/> -->", "<x>ID=\"#r1\"</x>", "<x Id=\"#r1\"/>"] {
        let extensions = format!("<samlp:Extensions>{aside}</samlp:Extensions><samlp:Status>");
        let text = twin.replacen("<samlp:Status>", &extensions, 1);
        assert!(!agree(&text, &accepted, &refused(SamlSignatureInvalid)), "{text}");
    }
}

#[cfg(feature = "xmlsec")]
mod with_both {
    use super::{
        super::{
            super::xmlsec::{unable::UNABLE, verify::asked_so_far},
            Sha1, Trusted, assertion, assertion_signed, encryption, response, response_signed,
            signer::{EXC, P256, PROVIDER, RSA_SHA256, SHA256, sign, sign_as},
        },
        *,
    };
    use crate::error::ErrorKind::{
        self, SamlDecryptionFailed, SamlElementUnexpected, SamlSignatureInvalid, SamlSignatureMissing,
        SamlSignatureShape,
    };

    fn second() -> Engine {
        Engine::of(SamlEngine::Xmlsec).expect("this build has it")
    }

    /// Returns the kind of the second engine's refusal, and how often samael was called.
    fn refused(trusted: &Trusted, text: &str) -> (Option<ErrorKind>, usize) {
        let before = asked_so_far();
        let read = trusted.open_by(second(), text);
        (read.err().map(|error| error.kind()), asked_so_far() - before)
    }

    #[test]
    fn what_samael_does_not_support_is_refused_and_listed() {
        let ada = assertion("a1", "ada@example.com");
        let by = |method: &str, digest: &str| sign_as(&PROVIDER, &ada, method, digest, &str::to_owned);
        let pss = by("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", SHA256);
        let sha1 = by(RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#sha1");
        let by_p256 = sign_as(
            &P256,
            &ada,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            SHA256,
            &str::to_owned,
        );
        let digits = assertion("1a", "ada@example.com");
        let old = Trusted { sha1: Sha1::Allowed, ..Trusted::default() };
        let known = Trusted::default();
        let cases = [
            ("RSA-PSS", &known, response(&ada.with(&pss)).unsigned()),
            ("SHA-1", &old, response(&ada.with(&sha1)).unsigned()),
            ("AES-192 and AES-256", &encryption::trusted(), encryption::by_aes(24)),
            ("AES-192 and AES-256", &encryption::trusted(), encryption::by_aes(32)),
            ("RSA-OAEP with SHA-2", &encryption::trusted(), encryption::by_oaep_sha2(256)),
            ("RSA-OAEP with a label", &encryption::trusted(), encryption::labelled(b"hub", "hub")),
            (
                "a response and its assertion signed with keys of two kinds",
                &known,
                response(&ada.with(&by_p256)).signed(),
            ),
            ("an ID that is not an NCName", &known, response(&digits.signed()).unsigned()),
        ];
        for (what, trusted, text) in &cases {
            trusted.open_by(Engine::Default, text).expect(what);
            let unable = UNABLE.iter().find(|unable| unable.what == *what).expect(what);
            assert!((unable.shows)(text), "{what}");
            let kind = Some(unable.kind);
            assert_eq!(refused(trusted, text).0, kind, "{what}: take it off the list if it can do it now");
        }
        for unable in UNABLE {
            let tried = cases.iter().any(|(what, _, _)| *what == unable.what);
            assert!(tried, "{} is tried by no case", unable.what);
        }
    }

    /// The valid signature does not cover the ID: it is the response's ID, or one in a `KeyInfo` or an extension.
    #[test]
    fn an_unsigned_id_that_is_not_an_ncname_is_refused_before_samael_is_asked() {
        let text = assertion_signed();
        let response = |id: &str| text.replacen(" ID=\"r1\"", &format!(" ID=\"{id}\""), 1);
        let key_info = |id: &str| {
            let info = format!("<ds:KeyInfo><x ID=\"{id}\"></x></ds:KeyInfo></ds:Signature>");
            text.replacen("</ds:Signature>", &info, 1)
        };
        let prefixed = |id: &str| {
            let info = format!("<ds:KeyInfo ds:ID='{id}'><x></x></ds:KeyInfo></ds:Signature>");
            text.replacen("</ds:Signature>", &info, 1)
        };
        let extension = |id: &str| {
            let extensions = format!("<samlp:Extensions><x ID = '{id}'/></samlp:Extensions><samlp:Status>");
            text.replacen("<samlp:Status>", &extensions, 1)
        };
        let places: [&dyn Fn(&str) -> String; 4] = [&response, &key_info, &prefixed, &extension];
        for place in places {
            let twin = place("_x.1-y");
            assert_ne!(twin, text);
            assert_eq!(refused(&Trusted::default(), &twin), (None, 1), "{twin}");
            for id in ["#a1", "1a", "-a", "urn:x", "xpointer(id('a1'))", "a/b"] {
                let bent = place(&id.replace('\'', "&apos;"));
                Trusted::default().open_by(Engine::Default, &bent).expect(&bent);
                let seen = refused(&Trusted::default(), &bent);
                assert_eq!(seen, (Some(SamlSignatureInvalid), 0), "{bent}");
                Trusted::default().open(&bent).expect(&bent);
            }
        }
    }

    #[test]
    fn samael_verifies_the_accepted_twins() {
        let both = response(&assertion("a1", "ada@example.com").signed()).signed();
        for text in [assertion_signed(), response_signed(), both] {
            assert_eq!(refused(&Trusted::default(), &text), (None, 1));
        }
    }

    /// Without the checks before it, samael fetches what a forged reference names, opens files, and computes for
    /// seconds on an XPath.
    #[test]
    fn samael_never_sees_a_reference_or_transform_of_another_shape() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/assertion.xml", listener.local_addr().unwrap());
        let ada = assertion("a1", "ada@example.com");
        let bent = |from: &str, to: &str| {
            let signed = ada.signed_bent(|info| {
                assert!(info.contains(from), "{from}");
                info.replacen(from, to, 1)
            });
            response(&signed).unsigned()
        };
        let transform = format!("<ds:Transform Algorithm=\"{EXC}\"></ds:Transform>");
        let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>\
                     count(//node()[count(//node()[count(//node())>0])>0])>0</ds:XPath></ds:Transform>";
        let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"></ds:Transform>";
        for (text, kind) in [
            (bent("URI=\"#a1\"", &format!("URI=\"{url}\"")), SamlSignatureShape),
            (bent("URI=\"#a1\"", "URI=\"file:///etc/passwd\""), SamlSignatureShape),
            (bent("URI=\"#a1\"", "URI=\"\""), SamlSignatureShape),
            (bent("URI=\"#a1\"", "URI=\"#xpointer(//*)\""), SamlSignatureShape),
            (bent(&transform, &format!("{xpath}{transform}")), SamlSignatureShape),
            (bent(&transform, &format!("{transform}{xslt}")), SamlSignatureShape),
            (
                assertion_signed().replace("</ds:Signature>", "<ds:Object/></ds:Signature>"),
                SamlSignatureShape,
            ),
            (response(&ada.with(&sign(&PROVIDER, &ada).repeat(2))).unsigned(), SamlElementUnexpected),
        ] {
            assert_eq!(refused(&Trusted::default(), &text), (Some(kind), 0), "{text}");
        }
        // An ID that libxmlsec1 would read as an expression. The shape is right, but it is refused.
        let odd = assertion("xpointer(id('r1'))", "ada@example.com");
        let text = response(&odd.signed()).unsigned();
        assert_eq!(refused(&Trusted::default(), &text), (Some(SamlSignatureInvalid), 0));
        // samael is called for a document with a KeyInfo, but it fetches nothing that the KeyInfo names and uses no key
        // in it.
        let info = format!(
            "<ds:KeyInfo><ds:RetrievalMethod URI=\"{url}\" Type=\"http://www.w3.org/2000/09/xmldsig#rawX509Certificate\">\
             </ds:RetrievalMethod><ds:RetrievalMethod URI=\"file:///etc/passwd\"></ds:RetrievalMethod></ds:KeyInfo>\
             </ds:Signature>"
        );
        let text = assertion_signed().replace("</ds:Signature>", &info);
        assert_eq!(refused(&Trusted::default(), &text), (None, 1));
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }

    /// Without the checks before it, samael accepts a document without a signature if it has no certificate.
    #[test]
    fn samael_is_not_called_without_a_signature_or_a_certificate() {
        let nobody = Trusted { keys: Vec::new(), ..Trusted::default() };
        let unsigned = response(&assertion("a1", "ada@example.com").unsigned()).unsigned();
        for (trusted, text, kind) in [
            (&nobody, &unsigned, SamlSignatureMissing),
            (&Trusted::default(), &unsigned, SamlSignatureMissing),
            (&nobody, &assertion_signed(), SamlSignatureInvalid),
            // If no certificate is of the kind that the signature needs, the result is the same as without a
            // certificate.
            (
                &Trusted { keys: vec![P256.certificate()], ..Trusted::default() },
                &assertion_signed(),
                SamlSignatureInvalid,
            ),
        ] {
            assert_eq!(refused(trusted, text), (Some(kind), 0));
        }
    }

    /// Without the checks before it, samael panics on a ciphertext that is shorter than a nonce and a tag, or than an
    /// IV.
    #[test]
    fn a_ciphertext_of_any_length_does_not_make_samael_panic() {
        assert_eq!(refused(&encryption::trusted(), &encryption::by_aes(16)).0, None);
        for length in 1..=48 {
            for text in encryption::cut(length) {
                assert_eq!(refused(&encryption::trusted(), &text).0, Some(SamlDecryptionFailed), "{length}");
            }
        }
    }

    /// The bytes that the engine accepts must be the bytes that are read, because its own reader may read the same text
    /// differently.
    #[test]
    fn an_engine_that_verified_other_bytes_is_not_trusted() {
        use crate::xmlsec::{Xmlsec, check::SignatureCheck};
        let text = assertion_signed();
        let signed = assertion("a1", "ada@example.com").unsigned();
        let ask = |signed: &str| {
            let keys = [PROVIDER.certificate()];
            let question = SignatureCheck {
                text: &text,
                methods: vec![crate::method::SignatureMethod::RsaSha256],
                ids: vec!["a1"],
                signed: signed.as_bytes().to_vec(),
                keys: &keys,
            };
            let engine: Xmlsec = match second() {
                Engine::Xmlsec(engine) => engine,
                Engine::Default => unreachable!("the second engine"),
            };
            engine.verify(&question).map_err(|error| error.kind())
        };
        assert_eq!(ask(&signed), Ok(()));
        assert_eq!(ask(&signed.replace("ada@", "root@")), Err(SamlSignatureInvalid));
        assert_eq!(ask(""), Err(SamlSignatureInvalid));
    }
}
