//! HTTPS providers whose certificate proves nothing: its authority is not trusted, or it is for another name.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{process, time::timeout};
use tower_sso::{audit::Action, login::LoginErrorKind::ProviderUnreachable};

use crate::{
    browser::Browser, engine::Engine, organization::Organization, running_app::UnstartedApp,
    saml_trace::VerifyFixture,
};

/// A test authority, and a certificate that it issued for a name, both in PEM.
struct Certificate {
    authority: PathBuf,
    key: String,
    cert: String,
}

impl Certificate {
    /// Creates a certificate for `name`, in its own files.
    fn of(name: &str, at: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates").join(at);
        fs::create_dir_all(&directory).unwrap();
        let openssl = |arguments: &str| {
            let run = Command::new("openssl")
                .args(arguments.split_whitespace())
                .current_dir(&directory)
                .stdin(Stdio::null())
                .output()
                .expect("openssl does not start; `tests/run` installs it");
            assert!(run.status.success(), "{arguments}: {}", String::from_utf8_lossy(&run.stderr));
        };
        let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        openssl(&format!("req -x509 {new} -keyout ca.key -out ca.crt -subj /CN=authority -days 2"));
        openssl(&format!("req {new} -keyout its.key -out its.csr -subj /CN={name}"));
        fs::write(directory.join("names"), format!("subjectAltName=DNS:{name}\n")).unwrap();
        openssl(
            "x509 -req -in its.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out its.crt",
        );
        let read = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
        Self { authority: directory.join("ca.crt"), key: read("its.key"), cert: read("its.crt") }
    }

    /// Starts a server with this certificate.
    async fn serve(&self, pages: Value) -> (Engine, u64) {
        let settings = json!({ "key": self.key, "cert": self.cert, "pages": pages });
        let (engine, ready) = Engine::start("tls-server.mjs", &settings).await;
        (engine, ready["port"].as_u64().unwrap())
    }
}

/// Waits until the server has seen this many connections and has decided about each.
async fn seen(engine: &mut Engine, connections: u64) -> Value {
    let all = async {
        loop {
            let seen = engine.ask(&json!({})).await;
            let ended =
                seen["handshakes"].as_u64().unwrap() + seen["failures"].as_array().unwrap().len() as u64;
            if seen["connections"].as_u64().unwrap() >= connections && ended >= connections {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(60), all).await.expect("no handshake was tried")
}

/// The system does not trust the issuer's certificate. We break off the handshake, and no request is sent.
#[tokio::test]
async fn an_issuer_with_an_untrusted_certificate_is_never_sent_a_request() {
    let certificate = Certificate::of("localhost", "issuer");
    let (mut server, port) = certificate.serve(json!({})).await;
    let app = UnstartedApp::bind()
        .await
        .open(vec![Organization::new("acme")], &format!("https://localhost:{port}"));
    let mut browser = Browser::new();
    app.begin(&mut browser, "ada", "acme").await;
    app.refused(&mut browser, "ada", "acme", ProviderUnreachable).await;
    let events = app.events.lock().unwrap().clone();
    let detail = events.iter().find_map(|event| match &event.action {
        Action::LoginRefused { detail, .. } => detail.clone(),
        _ => None,
    });
    let detail = detail.unwrap();
    assert!(detail.contains("certificate") && detail.contains("UnknownIssuer"), "{detail}");
    let seen = seen(&mut server, 1).await;
    assert_eq!((&seen["handshakes"], &seen["requests"]), (&json!(0), &json!([])), "{seen}");
}

/// The accepted case differs in one point: the system trusts the authority, and the certificate is for the name.
#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_certificate_or_one_of_another_name_is_refused() {
    let desk = VerifyFixture::new("certificates").await;
    let metadata = reqwest::Client::builder().no_proxy().build().unwrap();
    let metadata = metadata.get(desk.idp.saml_entity_id()).send().await.unwrap().text().await.unwrap();
    let pages = json!({ "/metadata": { "type": "application/samlmetadata+xml", "body": metadata } });
    let ours = Certificate::of("localhost", "ours");
    let others = Certificate::of("other.example", "others");
    for (certificate, trusted, refused) in [
        (&ours, Some(&ours.authority), None),
        // An authority with the same name as the right one, but with another key.
        (&ours, Some(&others.authority), Some("BadSignature")),
        (&ours, None, Some("UnknownIssuer")),
        (&others, Some(&others.authority), Some("not valid for name \"localhost\"")),
    ] {
        let (mut server, port) = certificate.serve(pages.clone()).await;
        desk.connection("https.toml", &format!("metadata_url = \"https://localhost:{port}/metadata\"\n"));
        desk.write("response.xml", &desk.honest);
        let mut run = process::Command::new(&desk.program);
        run.args(["--connection", &desk.path("https.toml"), &desk.path("response.xml")]);
        run.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").stdin(Stdio::null()).kill_on_drop(true);
        // Sets the file with the system's trusted certificates.
        run.envs(trusted.map(|authority| ("SSL_CERT_FILE", authority)));
        let output = timeout(Duration::from_secs(120), run.output()).await.unwrap().unwrap();
        let line = String::from_utf8(output.stdout).unwrap();
        let seen = seen(&mut server, 1).await;
        match refused {
            None => {
                assert!(line.starts_with("ACCEPT {"), "{line}{}", String::from_utf8_lossy(&output.stderr));
                assert_eq!((&seen["handshakes"], &seen["requests"]), (&json!(1), &json!(["/metadata"])));
            }
            Some(why) => {
                assert!(line.starts_with("REFUSE provider_unreachable: "), "{line}");
                assert!(line.contains("certificate") && line.contains(why), "{line}");
                assert_eq!((&seen["handshakes"], &seen["requests"]), (&json!(0), &json!([])), "{seen}");
            }
        }
        server.close().await;
    }
}
