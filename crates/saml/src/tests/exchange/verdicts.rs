//! Tests the verdict on every document of the corpus, newly made and as stored.
//!
//! Each engine of this build must give the recorded verdict.

use tower_sso_testing::corpus::{Made, accepted, files};

use super::*;
use crate::fuzz::{
    corpus::{directory, honest, key},
    stage::Verdict,
};
use crate::fuzz::{redirect::saml_redirect, stage::Stage};

#[test]
fn a_regenerated_corpus_gives_the_verdicts_in_its_file_names() {
    let made = corpus::corpus();
    let pem = KEY.0.public_key_pem().expect("PEM");
    for stage in stages(|engine| Stage::by(engine, &pem, |target| accepted(&made, target))) {
        for Made { target, name, bytes, refused } in &made {
            if let Some(verdict) = verdict(&stage, target, bytes) {
                assert_eq!(verdict.err(), *refused, "{target}/{name}");
            }
        }
    }
}

#[test]
fn the_corpus_gets_the_same_verdicts_from_every_engine() {
    let pem = String::from_utf8(key("saml-provider.pem")).expect("PEM");
    let stages = stages(|engine| Stage::by(engine, &pem, honest));
    for target in ["saml_response", "saml_plaintext", "saml_metadata", "saml_logout"] {
        for (name, bytes) in files(&directory(), target) {
            let verdicts = stages.iter().map(|stage| verdict(stage, target, &bytes).expect("a target"));
            let verdicts: Vec<_> = verdicts.map(Result::err).collect();
            assert_eq!(verdicts[0].is_none(), name.starts_with("accepted-"), "{target}/{name}");
            assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0]), "{target}/{name}: {verdicts:?}");
        }
    }
}

/// Returns one connection for each engine of this build.
fn stages(by: impl Fn(SamlEngine) -> Option<Stage>) -> Vec<Stage> {
    let stages: Vec<_> = [SamlEngine::Default, SamlEngine::Xmlsec].into_iter().filter_map(by).collect();
    assert_eq!(stages.len(), 1 + usize::from(cfg!(feature = "xmlsec")));
    stages
}

fn verdict(stage: &Stage, target: &str, bytes: &[u8]) -> Option<Verdict> {
    Some(match target {
        "saml_response" => stage.response(bytes),
        "saml_plaintext" => stage.plaintext(bytes),
        "saml_metadata" => stage.metadata(bytes),
        "saml_logout" => stage.logout(bytes),
        "saml_redirect" => saml_redirect(bytes),
        _ => return None,
    })
}
