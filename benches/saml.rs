//! What it takes to make a verified identity of a SAML response, beside what nobody can do without: the bare RSA or
//! ECDSA verify with a parsed key, and SHA-256 over the same bytes. One run, rounds that take turns, medians.
//!
//! ```text
//! cargo bench --bench saml [-- --peers] [-- --rounds 200]
//! ```
//!
//! Documents of 4 kB by the provider for tests (`tower-sso-test-idp`), judged by `Connection::judge_saml`: every check of an SSO login,
//! from base64 to the identity as JSON. Of an encrypted assertion the floor has RSA-OAEP and AES-GCM as well. Then
//! documents made to cost, at their full size and cut to what a connection reads by default: what refuses them, and how
//! long that takes.
//!
//! With `--peers` python3-saml (xmlsec) and node-saml (xml-crypto) judge the same documents, each in a separate process
//! that times itself; python3-saml brings its libraries along, so nothing of the system's is needed. They are installed by
//!
//! ```text
//! python3 -m venv target/peers && target/peers/bin/pip install --no-deps -r benches/peers/requirements.txt
//! npm ci --prefix benches/peers --ignore-scripts
//! ```
//!
//! With `--features saml-xmlsec` samael judges them as well, in this process: as the engine of ours, behind our checks, and
//! with `--peers` by its own service provider.
//!
//! To see where the time goes without a quiet machine, count instructions: `valgrind --tool=callgrind
//! --toggle-collect='*judge_saml*' target/release/deps/saml-… --rounds 1`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops when it can't go on"
)]

#[path = "saml/allocations.rs"]
mod allocations;
#[path = "saml/attacks.rs"]
mod attacks;
#[path = "saml/documents.rs"]
mod documents;
mod figures;
#[path = "saml/floor.rs"]
mod floor;
#[path = "saml/peers.rs"]
mod peers;
#[cfg(feature = "saml-xmlsec")]
#[path = "saml/samael.rs"]
mod samael;

use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

use allocations::allocations;
use documents::Document;
use figures::{finish, median};
use floor::Floor;
use tower_sso::{Connection, login::LoginError, saml::SamlResponseInput};
use tower_sso_test_idp::{SamlSigned, SigningAlg};

/// How often a document is judged in one go.
const BATCH: u32 = 20;

fn judge(connection: &Connection, response: &str) -> Result<serde_json::Value, LoginError> {
    let at = SystemTime::now();
    let case = SamlResponseInput { response, base_url: documents::BASE, mount: "/sso", request_id: None, at };
    finish(connection.judge_saml(case))
}

/// The time that `work` takes, once.
fn time<T>(mut work: impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..BATCH {
        drop(black_box(work()));
    }
    start.elapsed() / BATCH
}

fn compare(name: &str, document: &Document, floor: &Floor, rounds: usize) {
    for (engine, connection) in &document.connections {
        let whole = || judge(connection, &document.response).unwrap();
        let (mut bare, mut times, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let (floor, time) = (time(|| floor.run()), time(whole));
            ratios.push(time.as_secs_f64() / floor.as_secs_f64());
            bare.push(floor);
            times.push(time);
        }
        let micros = |times| median::<Duration>(times).as_secs_f64() * 1e6;
        println!(
            "{name:<36} {:>6} B {:>8.1} µs {engine:>8} {:>8.1} µs {:>6.2} x {:>5} allocations",
            document.xml.len(),
            micros(bare),
            micros(times),
            median(ratios),
            allocations(whole),
        );
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let rounds = arguments.iter().skip_while(|it| *it != "--rounds").nth(1);
    let rounds = rounds.map_or(200, |rounds| rounds.parse().unwrap());
    let documents = [
        ("response signed, RSA-2048", SamlSigned::Response, SigningAlg::Rs256, false),
        ("assertion signed, RSA-2048", SamlSigned::Assertion, SigningAlg::Rs256, false),
        ("both signed, RSA-2048", SamlSigned::Both, SigningAlg::Rs256, false),
        ("assertion signed, ECDSA P-256", SamlSigned::Assertion, SigningAlg::Es256, false),
        ("assertion signed and encrypted, RSA", SamlSigned::Assertion, SigningAlg::Rs256, true),
    ]
    .map(|(name, signed, alg, encrypted)| (name, documents::make(signed, alg, encrypted), alg));

    println!("{:<36} {:>8} {:>11} {:>20}", "response to verified identity", "", "floor", "whole");
    for (name, document, alg) in &documents {
        compare(name, document, &Floor::of(document, *alg), rounds);
    }
    if arguments.iter().any(|argument| argument == "--peers") {
        println!("\nthe peers, beside ours of the same moment");
        #[cfg(feature = "saml-xmlsec")]
        for (name, document, _) in &documents {
            peers::compare_samael(name, document, || {
                time(|| judge(document.connection(), &document.response))
            });
        }
        for (name, document, _) in &documents {
            peers::compare(name, document, || time(|| judge(document.connection(), &document.response)));
        }
    }
    println!("\ndocuments made to cost");
    attacks::compare(&documents[1].1);
}
