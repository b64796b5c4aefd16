//! What `saml_verify` opens and whom it calls, as the kernel sees it: nothing that a response names.

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::{process::Command, time::timeout};
use tower_sso::test_idp::{
    RunningIdp, SamlSigned, SigningAlg, TestIdp, TestKey, TestServiceProvider, TestUser,
};

use crate::example::built;

const BASE: &str = "https://hub.example";

/// A directory with connections in it, a provider, and the program under the trace.
struct Desk {
    program: PathBuf,
    directory: PathBuf,
    idp: RunningIdp,
    /// The provider's answer.
    honest: String,
}

/// What it said, and what it did.
struct Seen {
    line: String,
    opened: BTreeSet<String>,
    /// The calls that reach for a network.
    network: Vec<String>,
}

impl Desk {
    async fn new() -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("saml-trace");
        fs::create_dir_all(&directory).unwrap();
        let page = |page: &str| format!("{BASE}/sso/org-1/saml/{page}");
        let app = TestServiceProvider::new(page("metadata"), page("acs")).signed(SamlSigned::Assertion);
        let idp = TestIdp::builder()
            .key(TestKey::shared(SigningAlg::Rs256).unwrap())
            .user(TestUser::new("ada", "ada@acme.example", "lovelace"))
            .service_provider(app.starts_here())
            .build()
            .unwrap();
        let idp = idp.serve("127.0.0.1:0").await.unwrap();
        idp.sign_in_as(Some("ada@acme.example")).unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(idp.saml_start_url(&page("metadata"))).send().await.unwrap();
        let answer = answer.text().await.unwrap();
        let (_, field) = answer.split_once("name=\"SAMLResponse\" value=\"").unwrap();
        let field = field.split_once('"').unwrap().0;
        let honest = String::from_utf8(BASE64_STANDARD.decode(field).unwrap()).unwrap();
        let head = format!(
            "base_url = \"{BASE}\"\n[[connection]]\norganization = \"org-1\"\nenforcement = \"enforced\"\n\
             [connection.saml]\ndangerous_accept_unsolicited = true\n"
        );
        let fields = format!(
            "entity_id = {:?}\nsso_url = {:?}\ncertificate_files = [\"idp.crt\"]\n",
            idp.saml_entity_id(),
            idp.saml_sso_url()
        );
        fs::write(directory.join("idp.crt"), idp.certificate_pem().unwrap()).unwrap();
        fs::write(directory.join("fields.toml"), format!("{head}{fields}")).unwrap();
        let address = format!("metadata_url = {:?}\n", idp.saml_entity_id());
        fs::write(directory.join("address.toml"), format!("{head}{address}")).unwrap();
        fs::write(directory.join("secret"), "what nobody may read").unwrap();
        Self { program: built("saml_verify").await, directory, idp, honest }
    }

    fn path(&self, name: &str) -> String {
        self.directory.join(name).to_str().unwrap().to_owned()
    }

    /// Judges a response by a connection, under the trace.
    async fn judge(&self, connection: &str, response: &str) -> Seen {
        let (trace, document) = (self.path("trace"), self.path("response.xml"));
        fs::write(&document, response).unwrap();
        let run = Command::new("strace")
            .args(["-f", "-qq", "-s", "4096", "-e", "trace=%file,%network", "-o", &trace])
            .arg(&self.program)
            .args(["--connection", &self.path(connection), &document])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .output();
        let output = timeout(Duration::from_secs(120), run).await.unwrap();
        let output = output.expect("strace does not start; `tests/run` installs it");
        let trace = fs::read_to_string(&trace).unwrap();
        let of_files = trace.lines().filter(|line| !reaches_out(line));
        Seen {
            line: String::from_utf8(output.stdout).unwrap().trim().to_owned(),
            opened: of_files.filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect(),
            network: trace.lines().filter(|line| reaches_out(line)).map(str::to_owned).collect(),
        }
    }
}

fn reaches_out(line: &str) -> bool {
    line.contains("connect(") || line.contains("sendto(") || line.contains("AF_INET")
}

/// The kernel's word for it: whatever a document names, the files are those of an honest run, and nobody is called.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_response_names_is_opened_or_called() {
    let desk = Desk::new().await;
    let honest = desk.judge("fields.toml", &desk.honest).await;
    assert!(honest.line.starts_with("ACCEPT {"), "{}", honest.line);
    for name in ["fields.toml", "idp.crt", "response.xml"] {
        assert!(
            honest.opened.contains(&desk.path(name)),
            "the trace does not see {name}: {:?}",
            honest.opened
        );
    }
    assert_eq!(honest.network, Vec::<String>::new());
    // A call would be seen: here the connection, and not the response, names an address.
    let calling = desk.judge("address.toml", &desk.honest).await;
    assert!(calling.line.starts_with("ACCEPT {"), "{}", calling.line);
    let port = format!("htons({})", desk.idp.address().port());
    assert!(calling.network.iter().any(|line| line.contains("connect(") && line.contains(&port)));

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let file = format!("file://{}", desk.path("secret"));
    let bent = |from: &str, to: String| {
        assert!(desk.honest.contains(from), "{from} is not in {}", desk.honest);
        desk.honest.replacen(from, &to, 1)
    };
    let before = |what: String| bent("<samlp:Response", what + "<samlp:Response");
    let status = |what: String| bent("<samlp:Status>", format!("<samlp:Status>{what}"));
    for target in [&url, &file, &desk.path("secret")] {
        let key_info = format!("<ds:KeyInfo><ds:RetrievalMethod URI=\"{target}\"></ds:RetrievalMethod>");
        let reference = bent("<ds:Reference URI=\"#", format!("<ds:Reference URI=\"{target}#"));
        let style = format!(
            "Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><xsl:stylesheet xmlns:xsl=\
             \"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"><xsl:include href=\"{target}\"/></xsl:stylesheet>"
        );
        let enveloped = "Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\">";
        for (text, expected) in [
            (before(format!("<!DOCTYPE Response SYSTEM \"{target}\">")), "REFUSE saml_doctype"),
            (before(format!("<!DOCTYPE Response PUBLIC \"-//x\" \"{target}\">")), "REFUSE saml_doctype"),
            (
                before(format!("<!DOCTYPE Response [<!ENTITY % a SYSTEM \"{target}\"> %a;]>")),
                "REFUSE saml_doctype",
            ),
            (
                status("&a;".to_owned()).replacen(
                    "<samlp:Response",
                    &format!("<!DOCTYPE a [<!ENTITY a SYSTEM \"{target}\">]><samlp:Response"),
                    1,
                ),
                "REFUSE saml_doctype",
            ),
            (
                before(format!("<?xml-stylesheet type=\"text/xsl\" href=\"{target}\"?>")),
                "REFUSE saml_processing_instruction",
            ),
            (reference, "REFUSE saml_signature_shape"),
            (bent(enveloped, style), "REFUSE saml_signature_shape"),
            // Nobody follows these; where they stand they are not signed, so the response is as good as it was.
            (
                status(format!(
                    "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"{target}\"/>"
                )),
                "ACCEPT",
            ),
            (
                bent(
                    "<samlp:Response",
                    format!(
                        "<samlp:Response xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                         xsi:schemaLocation=\"urn:oasis:names:tc:SAML:2.0:protocol {target}\""
                    ),
                ),
                "ACCEPT",
            ),
            (bent("<ds:KeyInfo>", key_info), "ACCEPT"),
        ] {
            let seen = desk.judge("fields.toml", &text).await;
            assert!(seen.line.starts_with(expected), "expected {expected}, found {}: {text}", seen.line);
            let more: Vec<_> = seen.opened.difference(&honest.opened).collect();
            assert!(more.is_empty(), "opened {more:?} for {text}");
            assert_eq!(seen.network, Vec::<String>::new(), "{text}");
        }
    }
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
