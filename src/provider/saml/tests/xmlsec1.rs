//! The signer of the tests with real engines: the program xmlsec1, which nobody here wrote. `tests/run` installs it;
//! without it these tests fail.
//!
//! It canonicalizes, digests and signs. Its two values are put into the form in which the tests write a signature, so
//! that they can bend it.

use std::{
    collections::HashMap,
    fs,
    process::Command,
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::signer::{Pair, Part, sign_here};

/// What was signed before, by key and document: the same comes of it again.
static SIGNED: LazyLock<Mutex<HashMap<(String, String), String>>> = LazyLock::new(Mutex::default);

/// Signs the part by xmlsec1. By the tests' own signer what xmlsec1 can't: an ID that is no name, a key that is not RSA.
pub(super) fn sign(pair: &Pair, part: &Part) -> String {
    let form = sign_here(pair, part);
    let is_name = part.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !part.id.starts_with(|c: char| c.is_ascii_digit());
    let Some(key) = pair.private_pem().filter(|_| is_name) else { return form };
    let asked = (key, part.unsigned());
    let known = SIGNED.lock().unwrap().get(&asked).cloned();
    known.unwrap_or_else(|| {
        let template = with(&with(&form, "DigestValue", ""), "SignatureValue", "");
        let signed = fill_in(&asked.0, &part.head, &part.with(&template));
        let form = ["DigestValue", "SignatureValue"]
            .into_iter()
            .fold(template, |form, name| with(&form, name, &value(&signed, name)));
        SIGNED.lock().unwrap().insert(asked, form.clone());
        form
    })
}

/// The first empty signature of the document filled in. The root's name is in its head.
fn fill_in(key: &str, head: &str, document: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let (_, name) = head.split_once(':').unwrap();
    let (local, rest) = name.split_once(' ').unwrap();
    let namespace = rest.split('"').nth(1).unwrap();
    let name = format!("tower-sso-xmlsec1-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let directory = std::env::temp_dir().join(name);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("key.pem"), key).unwrap();
    fs::write(directory.join("in.xml"), document).unwrap();
    let done = Command::new("xmlsec1")
        .current_dir(&directory)
        .args(["--sign", "--output", "out.xml", "--privkey-pem", "key.pem", "--id-attr:ID"])
        .args([&format!("{namespace}:{local}"), "in.xml"])
        .output()
        .expect("xmlsec1 does not start; `tests/run` installs it");
    assert!(done.status.success(), "{}\n{document}", String::from_utf8_lossy(&done.stderr));
    let signed = fs::read_to_string(directory.join("out.xml")).unwrap();
    fs::remove_dir_all(&directory).unwrap();
    signed
}

/// The text of the first element of this name, without line ends.
fn value(signed: &str, name: &str) -> String {
    let (_, rest) = signed.split_once(&format!("<ds:{name}>")).unwrap();
    rest.split('<').next().unwrap().split_ascii_whitespace().collect()
}

/// The form with another text in its element of this name.
fn with(form: &str, name: &str, text: &str) -> String {
    let (start, end) = (format!("<ds:{name}>"), format!("</ds:{name}>"));
    let (head, rest) = form.split_once(&start).unwrap();
    format!("{head}{start}{text}{end}{}", rest.split_once(&end).unwrap().1)
}
