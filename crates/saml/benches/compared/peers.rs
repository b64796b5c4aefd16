//! The other libraries: how they are installed, and how each is asked about a fixture.

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    fixtures::{ASKED, Fixture, IDP, Keys, Right, Signs, addresses},
    table::{ACCEPTED, REFUSED},
};

/// The argument with which this program judges one fixture with samael.
pub const SAMAEL: &str = "--samael";

/// How long a library may take. An honest response takes less than a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(30);
/// From which time on the table says how long a library took.
const SLOW: Duration = Duration::from_secs(5);
/// How the reason begins if a library crashes or takes too long.
const NO_ANSWER: &str = "no answer";

/// A library, with what is called to ask it.
pub struct Peer {
    pub name: &'static str,
    pub version: String,
    program: PathBuf,
    arguments: Vec<String>,
}

/// A verdict, as the table shows it.
pub struct Verdict {
    /// One of `accepted`, `refused`, and words that are worse.
    pub cell: String,
    /// What the library said.
    pub reason: String,
}

impl Verdict {
    /// Judges what a library said about a fixture, how long that took, and which trap it opened.
    pub fn of(fixture: &Fixture, said: Result<String, String>, took: Duration, opened: Option<&str>) -> Self {
        let signed = fixture.signed_name;
        let (mut cell, reason) = match (said, fixture.right) {
            (Ok(name), Right::Accept) if name == signed => (ACCEPTED.to_owned(), name),
            (Ok(name), Right::RefuseOrReadSigned) if name == signed => ("read as signed".to_owned(), name),
            (Ok(name), Right::Refuse) if name == signed => (format!("**{ACCEPTED}**"), name),
            (Ok(name), Right::Accept | Right::Refuse | Right::RefuseOrReadSigned) => {
                (format!("**accepted as `{name}`**"), name)
            }
            (Err(reason), _) if reason.starts_with(NO_ANSWER) => (format!("**{reason}**"), reason),
            (Err(reason), _) => (REFUSED.to_owned(), reason),
        };
        if let Some(opened) = opened {
            cell = format!("{cell} **{opened}**");
        } else if took > SLOW && !cell.contains(NO_ANSWER) {
            cell = format!("{cell} **after more than {} s**", SLOW.as_secs());
        }
        Self { cell, reason }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a program in the root of the repository, and returns what it printed.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Installs python3-saml and node-saml as their lock files say, and returns all peers.
pub fn install() -> Vec<Peer> {
    let python = root().join("target/peers/bin/python");
    run("python3", &["-m", "venv", "target/peers"]);
    let requirements = ["-m", "pip", "install", "-q", "--no-deps", "-r", "benches/peers/requirements.txt"];
    run(&python.display().to_string(), &requirements);
    run("npm", &["ci", "--prefix", "benches/peers", "--ignore-scripts", "--no-audit", "--no-fund"]);
    let script = |name: &str| vec![root().join("benches/peers").join(name).display().to_string()];
    let of_lock = |file: &str, before: &str, after: &str| {
        let text = std::fs::read_to_string(root().join(file)).expect("a lock file");
        let (_, rest) = text.split_once(before).expect("the package");
        rest.split(after).next().unwrap_or_default().to_owned()
    };
    vec![
        Peer {
            name: "samael",
            version: of_lock("Cargo.lock", "name = \"samael\"\nversion = \"", "\""),
            program: std::env::current_exe().expect("this program"),
            arguments: vec![SAMAEL.to_owned()],
        },
        Peer {
            name: "python3-saml",
            version: of_lock("benches/peers/requirements.txt", "python3-saml==", "\n"),
            program: python,
            arguments: script("judge.py"),
        },
        Peer {
            name: "node-saml",
            version: of_lock("benches/peers/package.json", "\"@node-saml/node-saml\": \"", "\""),
            program: "node".into(),
            arguments: script("judge.mjs"),
        },
    ]
}

/// Returns the NameID that a library reads from a fixture, or what it says against it, and how long that took.
pub fn judge(peer: &Peer, fixture: &Fixture, keys: &Keys) -> (Result<String, String>, Duration) {
    let question = json!({
        "response": STANDARD.encode(&fixture.xml), "certificates": fixture.certificates,
        "key": fixture.is_encrypted.then(|| keys.own.private_pem()),
        "own_certificate": fixture.is_encrypted.then(|| keys.own.certificate()),
        "idp": IDP, "sp": addresses().metadata, "acs": addresses().acs, "request": ASKED,
        "assertion_signed": fixture.signs != Signs::Response, "response_signed": fixture.signs != Signs::Assertion,
    });
    let begun = Instant::now();
    let child = Command::new(&peer.program)
        .args(&peer.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{}: {error}", peer.name));
    child.stdin.take().expect("a pipe").write_all(question.to_string().as_bytes()).expect("written");
    let said = answer(&mut child, begun);
    (said, begun.elapsed())
}

fn answer(child: &mut Child, begun: Instant) -> Result<String, String> {
    let mut out = child.stdout.take().expect("a pipe");
    let reader = thread::spawn(move || {
        let mut text = String::new();
        out.read_to_string(&mut text).map(|_| text)
    });
    while !reader.is_finished() {
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{NO_ANSWER} in {} s", PATIENCE.as_secs()));
        }
        thread::sleep(Duration::from_millis(5));
    }
    let text = reader.join().expect("the reader").unwrap_or_default();
    let _ = child.wait();
    match serde_json::from_str::<Value>(&text) {
        Ok(answer) => match (answer["name"].as_str(), answer["problem"].as_str()) {
            (Some(name), _) => Ok(name.to_owned()),
            (None, problem) => Err(problem.unwrap_or("refused").to_owned()),
        },
        Err(_) => Err(format!("{NO_ANSWER}: it crashed")),
    }
}
