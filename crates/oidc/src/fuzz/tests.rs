//! Runs the bodies over the corpus, and over modified and random input.
//!
//! `TOWER_SSO_WRITE_CORPUS=1 cargo test -p tower-sso-oidc --lib the_corpus` writes a new corpus, signed with keys that
//! are not stored. `PROPTEST_CASES=100000 cargo test -p tower-sso-oidc --lib fuzz::` tries more cases.

use std::{collections::HashSet, sync::LazyLock};

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use tower_sso_testing::{corpus::BentText, corpus_check};

use crate::{
    error::ErrorKind::{self, *},
    fuzz::*,
    tests,
};

type Body = corpus_check::Body<ErrorKind>;

/// Every target that has a corpus.
const TARGETS: [(&str, Body); 2] = [("oidc_id_token", oidc_id_token), ("oidc_metadata", oidc_metadata)];

#[test]
fn the_corpus_is_up_to_date_and_its_file_names_state_the_verdicts() {
    corpus_check::check(&directory(), &tests::corpus::corpus(), &TARGETS);
}

fn oidc_id_token_bent(program: &[u8]) -> Verdict {
    static SEEDS: LazyLock<BentText> = LazyLock::new(|| BentText::of(&directory(), "oidc_id_token"));
    oidc_id_token(&SEEDS.by(program))
}

fn oidc_metadata_bent(program: &[u8]) -> Verdict {
    static SEEDS: LazyLock<BentText> = LazyLock::new(|| BentText::of(&directory(), "oidc_metadata"));
    oidc_metadata(&SEEDS.by(program))
}

fn program() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..64)
}

/// Returns a configuration with this many times the usual number of cases.
fn cases(times: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.saturating_mul(times), ..usual }
}

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn a_tampered_id_token_is_refused_or_yields_only_signed_data(program in program()) {
        let _ = oidc_id_token_bent(&program);
    }

    #[test]
    fn tampered_discovery_metadata_is_refused_or_usable(program in program()) {
        let _ = oidc_metadata_bent(&program);
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

/// Runs a body over programs that are the same in every run. Returns how many inputs are accepted, and why the others
/// are refused.
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

/// Modified documents differ from each other, and some are almost valid: they reach each of the listed checks.
#[test]
fn tampered_documents_reach_every_listed_check() {
    let targets: [(Body, usize, &[ErrorKind]); 2] = [
        (oidc_id_token_bent, 600, &[TokenMalformed, SignatureInvalid, AlgorithmRefused, KeyUnknown]),
        (oidc_metadata_bent, 600, &[DiscoveryInvalid, DiscoveryIssuerWrong, ProviderAddressInsecure]),
    ];
    for (at, (body, count, expected)) in targets.into_iter().enumerate() {
        let (accepted, kinds) = outcomes(body, count);
        assert!(accepted * 10 > count, "{at}: only {accepted} of {count} are accepted");
        let missing: Vec<_> = expected.iter().filter(|kind| !kinds.contains(kind)).collect();
        assert!(missing.is_empty(), "{at}: never {missing:?}, but {kinds:?}; {accepted} accepted");
    }
}
