//! What `saml_verify` opens and connects to, as the kernel sees it: nothing that a response names.

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
use tower_sso_test_idp::{
    RunningIdp, SamlSigned, SigningAlg, TestIdp, TestKey, TestServiceProvider, TestUser,
};

use crate::example::built_whole;

const BASE: &str = "https://hub.example";

/// A directory with connections in it, a provider, and the program under the trace.
pub struct VerifyFixture {
    pub program: PathBuf,
    directory: PathBuf,
    pub idp: RunningIdp,
    /// The provider's answer.
    pub honest: String,
}

/// What the program printed, and what it did.
struct Seen {
    line: String,
    status: Option<i32>,
    opened: BTreeSet<String>,
    /// The calls that use the network.
    network: Vec<String>,
}

impl VerifyFixture {
    /// Creates it in a directory of this name.
    pub async fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&directory).unwrap();
        let page = |page: &str| format!("{BASE}/sso/org-1/saml/{page}");
        let app = TestServiceProvider::new(page("metadata")).acs(page("acs")).signed(SamlSigned::Assertion);
        let idp = TestIdp::builder()
            .key(TestKey::shared(SigningAlg::Rs256).unwrap())
            .user(TestUser::new("ada").email("ada@acme.example").password("lovelace"))
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
        let fields = format!(
            "entity_id = {:?}\nsso_url = {:?}\ncertificate_files = [\"idp.crt\"]\n",
            idp.saml_entity_id(),
            idp.saml_sso_url()
        );
        fs::write(directory.join("idp.crt"), idp.certificate_pem().unwrap()).unwrap();
        let address = format!("metadata_url = {:?}\n", idp.saml_entity_id());
        let desk = Self { program: built_whole("saml_verify").await, directory, idp, honest };
        desk.connection("fields.toml", &fields);
        desk.connection("address.toml", &address);
        desk.write("secret", "what nobody may read");
        desk
    }

    /// Writes a connection to the provider that these lines describe.
    pub fn connection(&self, name: &str, provider: &str) {
        let head = format!(
            "base_url = \"{BASE}\"\n[[connection]]\norganization = \"org-1\"\nenforcement = \"enforced\"\n\
             [connection.saml]\ndangerous_accept_unsolicited = true\n"
        );
        self.write(name, &format!("{head}{provider}"));
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.join(name), text).unwrap();
    }

    pub fn path(&self, name: &str) -> String {
        self.directory.join(name).to_str().unwrap().to_owned()
    }

    /// Validates a response with a connection and an engine, under the trace.
    async fn judge(&self, engine: &str, connection: &str, response: &str) -> Seen {
        let (trace, document) = (self.path("trace"), self.path("response.xml"));
        fs::write(&document, response).unwrap();
        let run = Command::new("strace")
            .args(["-f", "-qq", "-s", "4096", "-e", "trace=%file,%network", "-o", &trace])
            .arg(&self.program)
            .args(["--engine", engine, "--connection", &self.path(connection), &document])
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
            status: output.status.code(),
            opened: of_files.filter_map(|line| Some(line.split('"').nth(1)?.to_owned())).collect(),
            network: trace.lines().filter(|line| reaches_out(line)).map(str::to_owned).collect(),
        }
    }
}

fn reaches_out(line: &str) -> bool {
    line.contains("connect(") || line.contains("sendto(") || line.contains("AF_INET")
}

/// The kernel's trace shows that the files are those of an honest run and that there is no connection, whatever a
/// document names.
#[tokio::test(flavor = "multi_thread")]
async fn no_file_or_address_in_a_response_is_ever_opened() {
    names_in_vain(&VerifyFixture::new("saml-trace").await, "default").await;
}

/// The same with libxmlsec1, libxml2 and OpenSSL: an honest run also opens what they open at start.
#[tokio::test(flavor = "multi_thread")]
async fn no_file_or_address_in_a_response_is_ever_opened_by_the_second_engine() {
    let desk = VerifyFixture::new("saml-trace-xmlsec").await;
    let honest = desk.judge("xmlsec", "fields.toml", &desk.honest).await;
    let own = desk.judge("default", "fields.toml", &desk.honest).await;
    assert_eq!(honest.line, own.line);
    assert_ne!(honest.opened, own.opened, "the second engine did not start");
    names_in_vain(&desk, "xmlsec").await;
}

/// 0 if all responses are accepted, 1 if one is not, 2 if nothing is validated.
#[tokio::test(flavor = "multi_thread")]
async fn the_exit_status_reports_whether_all_responses_were_accepted() {
    let desk = VerifyFixture::new("saml-status").await;
    desk.write("good.xml", &desk.honest);
    desk.write("bent.xml", &desk.honest.replacen("<samlp:Response", "<!DOCTYPE a><samlp:Response", 1));
    let [connection, good, bent, missing] =
        ["fields.toml", "good.xml", "bent.xml", "missing.xml"].map(|name| desk.path(name));
    let by = ["--connection", connection.as_str()];
    for (more, status, verdicts) in [
        (&[good.as_str()][..], 0, &["ACCEPT"][..]),
        (&[&good, &good], 0, &["ACCEPT", "ACCEPT"]),
        (&[&bent], 1, &["REFUSE"]),
        (&[&bent, &good], 1, &["REFUSE", "ACCEPT"]),
        (&[&good, &bent], 1, &["ACCEPT", "REFUSE"]),
        (&[], 2, &[]),
        (&[&good, &missing], 2, &[]),
        (&["--at", "soon", &good], 2, &[]),
        (&["--base-url", "nowhere", &good], 2, &[]),
        (&["--verbose", &good], 2, &[]),
    ] {
        let run = Command::new(&desk.program).args(by).args(more).stdin(Stdio::null()).output();
        let output = timeout(Duration::from_secs(120), run).await.unwrap().unwrap();
        let (said, told) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        let found: Vec<_> = said.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(
            (output.status.code(), found.as_slice()),
            (Some(status), verdicts),
            "{more:?}: {said}{told}"
        );
        assert_eq!(told.contains("usage: saml_verify"), status == 2, "{more:?}: {told}");
    }
}

async fn names_in_vain(desk: &VerifyFixture, engine: &str) {
    let honest = desk.judge(engine, "fields.toml", &desk.honest).await;
    assert!(honest.line.starts_with("ACCEPT {") && honest.status == Some(0), "{}", honest.line);
    for name in ["fields.toml", "idp.crt", "response.xml"] {
        assert!(
            honest.opened.contains(&desk.path(name)),
            "the trace does not see {name}: {:?}",
            honest.opened
        );
    }
    assert_eq!(honest.network, Vec::<String>::new());
    // A network call would be seen: here the connection, and not the response, names an address.
    let calling = desk.judge(engine, "address.toml", &desk.honest).await;
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
            // Nothing follows these references. They are in places that are not signed, so the response is as valid as
            // before.
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
            let seen = desk.judge(engine, "fields.toml", &text).await;
            assert!(seen.line.starts_with(expected), "expected {expected}, found {}: {text}", seen.line);
            assert_eq!(seen.status, Some(i32::from(!seen.line.starts_with("ACCEPT {"))), "{}", seen.line);
            let more: Vec<_> = seen.opened.difference(&honest.opened).collect();
            assert!(more.is_empty(), "opened {more:?} for {text}");
            assert_eq!(seen.network, Vec::<String>::new(), "{text}");
        }
    }
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
