//! The peers: processes that time themselves.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

#[cfg(feature = "saml-xmlsec")]
use crate::samael;
use crate::{
    documents::{Document, page},
    figures::median,
};

/// Where they are run: the program, its script.
const PEERS: [(&str, &str, &str); 2] =
    [("python3-saml", "target/peers/bin/python", "peer.py"), ("node-saml", "node", "peer.mjs")];

/// samael's own service provider, in this process.
#[cfg(feature = "saml-xmlsec")]
pub fn compare_samael(name: &str, document: &Document, ours: impl Fn() -> Duration) {
    match samael::peer(document) {
        Ok(theirs) => {
            let (mut times, mut ratios) = (Vec::new(), Vec::new());
            for _ in 0..20 {
                let (ours, theirs) = (ours(), crate::time(&theirs));
                ratios.push(theirs.as_secs_f64() / ours.as_secs_f64());
                times.push(theirs);
            }
            line(name, "samael", times, ratios);
        }
        Err(problem) => println!("{name:<36} {:<14} {problem}", "samael"),
    }
}

pub fn compare(name: &str, document: &Document, ours: impl Fn() -> Duration) {
    for (peer, program, script) in PEERS {
        let (mut theirs, mut ratios) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let before = median((0..20).map(|_| ours()).collect());
            match ask(program, script, document) {
                Ok(time) => {
                    theirs.push(time);
                    ratios.push(time.as_secs_f64() / before.as_secs_f64());
                }
                Err(problem) => {
                    println!("{name:<36} {peer:<14} {problem}");
                    break;
                }
            }
        }
        if !theirs.is_empty() {
            line(name, peer, theirs, ratios);
        }
    }
}

fn line(name: &str, peer: &str, theirs: Vec<Duration>, ratios: Vec<f64>) {
    let (time, ratio) = (median(theirs).as_secs_f64() * 1e6, median(ratios));
    println!("{name:<36} {peer:<14} {time:>9.1} µs {ratio:>7.1} x ours");
}

/// The median that a peer measures for the document, or why it reads none.
fn ask(program: &str, script: &str, document: &Document) -> Result<Duration, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = if program.contains('/') { root.join(program) } else { program.into() };
    let mut child = Command::new(program)
        .arg(root.join("benches/peers").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("does not start: {error}; the bench's head says how it is installed"))?;
    let key = document.key.as_ref().map(|key| key.private_key_pem().unwrap());
    let question = json!({
        "response": document.response, "certificate": document.certificate, "key": key.as_ref().map(|key| key.expose()),
        "idp": document.idp_entity_id, "sp": page("metadata"), "acs": page("acs"),
    });
    child.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|_| "gave no answer".to_owned())?;
    match answer["nanoseconds"].as_f64() {
        Some(nanoseconds) => Ok(Duration::from_secs_f64(nanoseconds / 1e9)),
        None => Err(answer["problem"].to_string()),
    }
}
