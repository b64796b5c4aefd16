//! Runs the bodies over the corpus, and over changed and random input.
//!
//! `TOWER_SSO_WRITE_CORPUS=1 cargo test -p tower-sso-saml --lib the_corpus` writes the corpus again, signed by new keys
//! that are not kept. `PROPTEST_CASES=100000 cargo test -p tower-sso-saml --lib fuzz::` runs more cases.

use std::{collections::HashSet, sync::LazyLock};

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use tower_sso_testing::{
    corpus::{BentMarkup, BentText},
    corpus_check,
};

use crate::{
    error::ErrorKind::{self, *},
    fuzz::*,
    tests::exchange,
};

type Body = corpus_check::Body<ErrorKind>;

/// Every target that has a corpus.
const TARGETS: [(&str, Body); 5] = [
    ("saml_logout", saml_logout),
    ("saml_metadata", saml_metadata),
    ("saml_plaintext", saml_plaintext),
    ("saml_redirect", saml_redirect),
    ("saml_response", saml_response),
];

#[test]
fn the_corpus_is_up_to_date_and_its_file_names_state_the_verdicts() {
    corpus_check::check(&directory(), &exchange::corpus::corpus(), &TARGETS);
}

fn saml_response_bent(program: &[u8]) -> Verdict {
    static SEEDS: LazyLock<BentMarkup> = LazyLock::new(|| BentMarkup::of(&directory(), "saml_response"));
    saml_response(&SEEDS.by(program))
}

fn saml_plaintext_bent(program: &[u8]) -> Verdict {
    static SEEDS: LazyLock<BentMarkup> = LazyLock::new(|| BentMarkup::of(&directory(), "saml_plaintext"));
    saml_plaintext(&SEEDS.by(program))
}

fn saml_metadata_bent(program: &[u8]) -> Verdict {
    static SEEDS: LazyLock<BentMarkup> = LazyLock::new(|| BentMarkup::of(&directory(), "saml_metadata"));
    saml_metadata(&SEEDS.by(program))
}

fn saml_redirect_bent(program: &[u8]) -> Verdict {
    static SEEDS: LazyLock<BentText> = LazyLock::new(|| BentText::of(&directory(), "saml_redirect"));
    saml_redirect(&SEEDS.by(program))
}

fn saml_logout_bent(program: &[u8]) -> Verdict {
    static POSTED: LazyLock<BentMarkup> = LazyLock::new(|| BentMarkup::of(&directory(), "saml_logout"));
    static QUERIES: LazyLock<BentText> = LazyLock::new(|| BentText::of(&directory(), "saml_logout"));
    let (which, program) = program.split_first().unwrap_or((&0, &[]));
    saml_logout(&if which % 2 == 0 { POSTED.by(program) } else { QUERIES.by(program) })
}

fn program() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..64)
}

/// Returns a configuration with the given multiple of the usual number of cases.
fn cases(times: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.saturating_mul(times), ..usual }
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn a_tampered_response_is_refused_or_yields_only_signed_data(program in program()) {
        let _ = saml_response_bent(&program);
    }

    #[test]
    fn a_tampered_plaintext_is_refused_or_yields_only_signed_data(program in program()) {
        let _ = saml_plaintext_bent(&program);
    }

    #[test]
    fn a_tampered_logout_message_is_refused_or_yields_only_signed_data(program in program()) {
        let _ = saml_logout_bent(&program);
    }

    #[test]
    fn tampered_metadata_is_refused_or_usable(program in program()) {
        let _ = saml_metadata_bent(&program);
    }

    #[test]
    fn a_tampered_query_is_refused_or_round_trips(program in program()) {
        let _ = saml_redirect_bent(&program);
    }
}

proptest! {
    #[test]
    fn no_fuzz_target_panics_on_arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
        for (_, body) in TARGETS {
            let _ = body(&bytes);
            let _ = body(text.as_bytes());
        }
    }
}

/// Programs that failed before, and the documents that they made.
#[test]
fn fuzz_regressions_stay_fixed() {
    // The unsigned ID of the response is not an NCName. The second engine refuses that, and its list says so.
    assert_eq!(saml_response_bent(&[12, 2, 4, 171, 6, 0, 76, 6, 0]), Ok(()));
    let honest = crate::fuzz::corpus::honest("saml_response");
    let unsigned = honest.into_iter().filter_map(|xml| String::from_utf8(xml).ok());
    let mut bent = unsigned.filter(|xml| !xml.contains("URI=\"#_r1\"") && xml.contains(" ID=\"_r1\""));
    let xml = bent.next().unwrap();
    for (id, verdict) in [("_r3", Ok(())), ("#_a1", Ok(())), ("1r", Ok(())), ("_a1", Err(SamlIdInvalid))] {
        let bent = xml.replacen(" ID=\"_r1\"", &format!(" ID=\"{id}\""), 1);
        assert_eq!(saml_response(bent.as_bytes()), verdict, "{id}");
    }
}

/// Runs the same programs each time. Returns how many documents are accepted, and the kinds of the refusals.
fn outcomes(body: Body, count: usize) -> (usize, HashSet<ErrorKind>) {
    let mut runner = TestRunner::deterministic();
    let (mut accepted, mut kinds) = (0, HashSet::new());
    for _ in 0..count {
        let program = program().new_tree(&mut runner).unwrap().current();
        match body(&program) {
            Ok(()) => accepted += 1,
            Err(kind) => {
                kinds.insert(kind);
            }
        }
    }
    (accepted, kinds)
}

/// The changed documents differ, and are not all hopeless: they get as far as each of these checks.
#[test]
fn tampered_documents_reach_every_listed_check() {
    let targets: [(Body, usize, &[ErrorKind]); 5] = [
        (
            saml_response_bent,
            1500,
            &[
                SamlEncodingInvalid,
                SamlXmlInvalid,
                SamlDoctype,
                SamlTooComplex,
                SamlAttributeWhitespace,
                SamlProcessingInstruction,
                SamlRootWrong,
                SamlElementUnexpected,
                SamlAssertionCount,
                SamlIdInvalid,
                SamlTextMixed,
                SamlSignatureMissing,
                SamlSignatureMisplaced,
                SamlSignatureShape,
                SamlSignatureInvalid,
                SamlAlgorithmRefused,
                SamlIssuerWrong,
                SamlInResponseToWrong,
            ],
        ),
        (
            saml_plaintext_bent,
            600,
            &[SamlRootWrong, SamlAssertionCount, SamlTextMixed, SamlSignatureMissing, SamlSignatureInvalid],
        ),
        (saml_logout_bent, 600, &[SamlSignatureMissing, SamlSignatureInvalid, ParameterRepeated]),
        (saml_metadata_bent, 600, &[SamlRootWrong, SamlMetadataInvalid, ProviderAddressInsecure]),
        (saml_redirect_bent, 600, &[SamlEncodingInvalid, ParameterRepeated]),
    ];
    for (at, (body, count, expected)) in targets.into_iter().enumerate() {
        let (accepted, kinds) = outcomes(body, count);
        assert!(accepted * 10 > count, "{at}: only {accepted} of {count} are accepted");
        let missing: Vec<_> = expected.iter().filter(|kind| !kinds.contains(kind)).collect();
        assert!(missing.is_empty(), "{at}: never {missing:?}, but {kinds:?}; {accepted} accepted");
    }
}
