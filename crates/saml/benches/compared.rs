//! Compares what SAML libraries accept, and writes the table in the README: this crate, samael, python3-saml and
//! node-saml judge the same fixtures.
//!
//! ```text
//! cargo bench -p tower-sso-saml --features xmlsec --bench compared -- --write
//! ```
//!
//! Without `--write` it only prints the table. python3-saml and node-saml are installed from the lock files of
//! `benches/peers` at the root of the repository. Each library judges each fixture in a new process, so that a crash
//! ends only that process. The fixtures are those of `tests/compared`, made for the current time.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops when it can't go on"
)]

#[path = "../tests/compared/encrypted.rs"]
mod encrypted;
#[path = "../tests/compared/fixtures.rs"]
mod fixtures;
#[path = "../tests/compared/ours.rs"]
mod ours;
#[path = "compared/peers.rs"]
mod peers;
#[path = "compared/report.rs"]
mod report;
#[path = "compared/samael.rs"]
mod samael;
#[path = "../tests/compared/signer.rs"]
mod signer;
#[path = "../tests/compared/table.rs"]
mod table;
#[path = "compared/traps.rs"]
mod traps;

use std::{
    fs,
    time::{Instant, SystemTime},
};

use fixtures::Keys;
use peers::Verdict;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if has(peers::SAMAEL) {
        return samael::answer();
    }
    // Without `--bench`, `cargo test --all-targets` runs this program.
    if !has("--bench") && !has("--write") {
        return;
    }
    let peers = peers::install();
    let traps = traps::Armed::new();
    let keys = Keys::generate();
    let names: Vec<_> = fixtures::all(&keys, &traps.traps, SystemTime::now())
        .into_iter()
        .map(|fixture| fixture.name)
        .collect();
    let mut rows = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let mut verdicts = Vec::new();
        // Made again for each library: some of them accept a response only for a short time.
        let fixture = || fixtures::all(&keys, &traps.traps, SystemTime::now()).swap_remove(at);
        let (ours, begun) = (fixture(), Instant::now());
        let said = ours::judge(&ours, &keys, SystemTime::now());
        verdicts.push(Verdict::of(&ours, said, begun.elapsed(), traps.opened()));
        for peer in &peers {
            let fixture = fixture();
            let (said, took) = peers::judge(peer, &fixture, &keys);
            verdicts.push(Verdict::of(&fixture, said, took, traps.opened()));
        }
        rows.push((ours.right, name, verdicts));
        println!("{name}");
    }
    let text = report::readme(&peers, &rows);
    println!("{text}");
    if has("--write") {
        let [before, _, after] = table::readme();
        fs::write(table::path(), format!("{before}\n{text}{after}")).expect("written");
        fs::write(report::path(), report::reasons(&peers, &rows, &traps.traps)).expect("written");
    }
}
