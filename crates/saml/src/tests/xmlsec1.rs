//! The signer of the tests with real engines: the program xmlsec1, which is independent of this crate.
//!
//! It canonicalizes, digests and signs. Its two values are put into the form in which the tests write a signature, so
//! that the tests can change it. `tests/run` installs the program. Without it these tests fail.

use std::{
    collections::HashMap,
    fs,
    process::Command,
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::tests::signer::{Pair, Part, sign_here};

/// The values that were computed before, by key and document. The same input gives the same values.
static SIGNED: LazyLock<Mutex<HashMap<(String, String), Values>>> = LazyLock::new(Mutex::default);

/// The values that the program fills in, in base64.
#[derive(Clone)]
pub(crate) struct Values {
    pub(crate) digest: String,
    pub(crate) signature: String,
}

/// Returns whether xmlsec1 signs an element with this ID, which must be a name.
pub(crate) fn takes(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Returns the values for a document whose first signature, over its root, is empty. The key is in PEM.
pub(crate) fn values(key: &str, template: &str) -> Values {
    let asked = (key.to_owned(), template.to_owned());
    let known = SIGNED.lock().unwrap().get(&asked).cloned();
    known.unwrap_or_else(|| {
        let signed = fill_in(key, template);
        let [digest, signature] = ["DigestValue", "SignatureValue"].map(|name| value(&signed, name));
        let values = Values { digest, signature };
        SIGNED.lock().unwrap().insert(asked, values.clone());
        values
    })
}

/// Signs the part with xmlsec1. What xmlsec1 can't sign, the tests' own signer signs: an ID that is not a name, or a
/// key that is not RSA.
pub(crate) fn sign(pair: &Pair, part: &Part) -> String {
    let form = sign_here(pair, part);
    let Some(key) = pair.private_pem().filter(|_| takes(&part.id)) else { return form };
    let template = with(&with(&form, "DigestValue", ""), "SignatureValue", "");
    let values = values(&key, &part.with(&template));
    with(&with(&template, "DigestValue", &values.digest), "SignatureValue", &values.signature)
}

/// Fills in the first empty signature of the document. The root's name and namespace come first in the document.
fn fill_in(key: &str, document: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let (_, name) = document.split_once(':').unwrap();
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

/// Returns the text of the first element of this name, without line ends.
fn value(signed: &str, name: &str) -> String {
    let (_, rest) = signed.split_once(&format!("<ds:{name}>")).unwrap();
    rest.split('<').next().unwrap().split_ascii_whitespace().collect()
}

/// Returns the form with another text in its element of this name.
fn with(form: &str, name: &str, text: &str) -> String {
    let (start, end) = (format!("<ds:{name}>"), format!("</ds:{name}>"));
    let (head, rest) = form.split_once(&start).unwrap();
    format!("{head}{start}{text}{end}{}", rest.split_once(&end).unwrap().1)
}
