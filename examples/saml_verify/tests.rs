use std::{
    env,
    sync::atomic::{AtomicUsize, Ordering},
};

use tower_sso_test_idp::{
    Lie, RunningIdp, SamlForgery, SigningAlg, TestIdp, TestKey, TestServiceProvider, TestUser,
};
use url::form_urlencoded;

use super::*;

mod words;

const BASE: &str = "https://hub.example";

/// A temporary directory with the connection's file, and a provider that answers.
struct Desk {
    directory: PathBuf,
    idp: RunningIdp,
}

impl Desk {
    async fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let directory = env::temp_dir().join(format!("tower-sso-verify-{}-{number}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let page = |page: &str| format!("{BASE}/sso/org-1/saml/{page}");
        let idp = TestIdp::builder()
            .key(TestKey::shared(SigningAlg::Rs256).unwrap())
            .user(
                TestUser::new("ada")
                    .email("ada@acme.example")
                    .password("lovelace")
                    .claim("groups", vec!["a", "b"]),
            )
            .service_provider(TestServiceProvider::new(page("metadata")).acs(page("acs")).starts_here())
            .build()
            .unwrap();
        let idp = idp.serve("127.0.0.1:0").await.unwrap();
        idp.sign_in_as(Some("ada@acme.example")).unwrap();
        fs::write(directory.join("acme.crt"), idp.certificate_pem().unwrap()).unwrap();
        let desk = Self { directory, idp };
        desk.connection("");
        desk
    }

    /// Returns the connection of the documentation's example, with this provider's addresses, and `more` at its end.
    fn connection(&self, more: &str) {
        let header = include_str!("../saml_verify.rs").lines().map_while(|line| line.strip_prefix("//!"));
        let block = header.skip_while(|line| line.trim() != "```toml").skip(1);
        let lines = block.take_while(|line| line.trim() != "```").map(|line| line.get(1..).unwrap_or(""));
        let text = lines.collect::<Vec<_>>().join("\n");
        assert!(text.contains("[connection.saml]"), "the example is not where it was:\n{text}");
        let text = text
            .replace("https://login.acme.example/saml/sso", &self.idp.saml_sso_url())
            .replace("https://login.acme.example/saml", &self.idp.saml_entity_id());
        fs::write(self.directory.join("hub.toml"), format!("{text}\n{more}\n")).unwrap();
    }

    /// Returns the provider's response in base64, to a request with this ID or, without an ID, unsolicited.
    async fn answer(&self, request_id: Option<&str>) -> String {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = match request_id {
            None => client.get(self.idp.saml_start_url(&format!("{BASE}/sso/org-1/saml/metadata"))),
            Some(id) => {
                let request = STANDARD.encode(format!(
                    "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" \
                     Version=\"2.0\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{BASE}\
                     /sso/org-1/saml/metadata</saml:Issuer></samlp:AuthnRequest>"
                ));
                let form = form_urlencoded::Serializer::new(String::new())
                    .append_pair("SAMLRequest", &request)
                    .finish();
                let kind = ("content-type", "application/x-www-form-urlencoded");
                client.post(self.idp.saml_sso_url()).header(kind.0, kind.1).body(form)
            }
        };
        let page = answer.send().await.unwrap().text().await.unwrap();
        let (_, value) =
            page.split_once("name=\"SAMLResponse\" value=\"").unwrap_or_else(|| panic!("{page}"));
        value.split_once('"').unwrap().0.to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Runs the program. Returns its lines, and whether all responses were accepted.
    async fn run(&self, arguments: &str) -> Result<(Vec<String>, bool), String> {
        let directory = self.directory.display().to_string();
        let arguments = arguments.replace("AT/", &format!("{directory}/"));
        let mut out = Vec::new();
        let all = verify(arguments.split_whitespace().map(str::to_owned), &mut out).await?;
        Ok((String::from_utf8(out).unwrap().lines().map(str::to_owned).collect(), all))
    }

    async fn one(&self, arguments: &str) -> (String, bool) {
        let (lines, all) = self.run(arguments).await.unwrap();
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        (line.clone(), all)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

#[tokio::test]
async fn a_valid_response_is_accepted_and_its_identity_printed() {
    let desk = Desk::new().await;
    desk.write("good", desk.answer(Some("_the-request")).await);
    let (line, all) = desk.one("--connection AT/hub.toml --request-id _the-request AT/good").await;
    assert!(all);
    let identity: serde_json::Value = serde_json::from_str(line.strip_prefix("ACCEPT ").unwrap()).unwrap();
    assert_eq!(identity["email"], "ada@acme.example");
    assert_eq!(identity["subject"], "ada@acme.example");
    assert_eq!(identity["attributes"]["groups"], serde_json::json!(["a", "b"]));
    // The same response is accepted as often as it is checked.
    assert!(desk.one("--connection AT/hub.toml --request-id _the-request AT/good").await.1);
}

#[tokio::test]
async fn each_refusal_names_its_check_and_explains_it() {
    let desk = Desk::new().await;
    desk.write("good", desk.answer(Some("_r")).await);
    desk.write("unasked", desk.answer(None).await);
    desk.idp.lie(Lie::saml_signature(SamlForgery::Garbled));
    desk.write("garbled", desk.answer(Some("_r")).await);
    let late = humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(24 * 3600));
    let base = "--connection AT/hub.toml";
    for (arguments, refused) in [
        (format!("{base} --request-id _other AT/good"), "saml_in_response_to_wrong: "),
        (format!("{base} AT/good"), "saml_unsolicited: "),
        (format!("{base} AT/unasked"), "saml_unsolicited: "),
        (format!("{base} --request-id _r AT/unasked"), "saml_in_response_to_wrong: "),
        (format!("{base} --request-id _r AT/garbled"), "saml_signature_invalid: "),
        (format!("{base} --request-id _r --at {late} AT/good"), "saml_"),
        (
            format!("{base} --request-id _r --base-url https://other.example AT/good"),
            "saml_destination_wrong: ",
        ),
        (format!("{base} --request-id _r AT/acme.crt"), "saml_encoding_invalid: "),
    ] {
        let (line, all) = desk.one(&arguments).await;
        let sentence =
            line.strip_prefix(&format!("REFUSE {refused}")).unwrap_or_else(|| panic!("{arguments}: {line}"));
        assert!(!all && words::is_sentence(sentence), "{line}");
    }
    desk.connection("dangerous_accept_unsolicited = true");
    assert!(desk.one("--connection AT/hub.toml AT/unasked").await.1);
}

#[tokio::test]
async fn files_of_a_directory_are_read_in_order_as_xml_or_base64() {
    let desk = Desk::new().await;
    let good = desk.answer(Some("_r")).await;
    desk.write("all/2.xml", STANDARD.decode(&good).unwrap());
    desk.write("all/1.b64", format!("\n{good}\n"));
    desk.write("all/3/bad", "no base64!");
    let (lines, all) = desk.run("--connection AT/hub.toml --request-id _r AT/all").await.unwrap();
    let verdicts: Vec<_> = lines.iter().map(|line| line.split_once(' ').unwrap().0).collect();
    assert_eq!((verdicts.as_slice(), all), (["ACCEPT", "ACCEPT", "REFUSE"].as_slice(), false));
}

#[tokio::test]
async fn unusable_arguments_are_reported_before_any_response_is_checked() {
    let desk = Desk::new().await;
    desk.write("good", desk.answer(Some("_r")).await);
    fs::create_dir_all(desk.directory.join("empty")).unwrap();
    desk.write(
        "oidc.toml",
        "base_url = \"https://hub.example\"\n[[connection]]\norganization = \"1\"\n[connection.oidc]\n",
    );
    for (arguments, says) in [
        ("AT/good", "--connection"),
        ("--connection AT/hub.toml", "a response"),
        ("--connection AT/hub.toml AT/empty", "a response"),
        ("--connection AT/hub.toml AT/good AT/missing", "missing"),
        ("--connection AT/missing.toml AT/good", "missing.toml"),
        ("--connection AT/oidc.toml AT/good", "[connection.saml]"),
        ("--connection AT/hub.toml --at soon AT/good", "--at"),
        ("--connection AT/hub.toml --engine other AT/good", "--engine"),
        ("--connection AT/hub.toml --base-url nowhere AT/good", "base_url"),
        ("--connection AT/hub.toml --verbose AT/good", "--verbose"),
        ("--connection AT/hub.toml --connection AT/hub.toml AT/good", "twice"),
        ("--connection AT/hub.toml AT/good --request-id", "--request-id"),
    ] {
        let problem = desk.run(arguments).await.unwrap_err();
        assert!(problem.contains(says), "{arguments}: {problem}");
    }
    assert!(desk.one("--connection AT/hub.toml --engine default --request-id _r AT/good").await.1);
}

/// Both engines give the same result. A build without the second engine says what is missing.
#[tokio::test]
async fn both_engines_agree_and_a_missing_engine_is_reported() {
    let desk = Desk::new().await;
    desk.write("all/good", desk.answer(Some("_r")).await);
    desk.idp.lie(Lie::saml_signature(SamlForgery::Garbled));
    desk.write("all/garbled", desk.answer(Some("_r")).await);
    let judged = async |engine: &str| {
        desk.run(&format!("--connection AT/hub.toml --request-id _r --engine {engine} AT/all")).await
    };
    let verdicts = |(lines, all): (Vec<String>, bool)| {
        let kinds = lines.into_iter().map(|line| match line.split_once(": ") {
            Some((refused, _)) if refused.starts_with("REFUSE") => refused.to_owned(),
            Some(_) | None => line,
        });
        (kinds.collect::<Vec<_>>(), all)
    };
    let first = verdicts(judged("default").await.unwrap());
    assert_eq!(first.0[0], "REFUSE saml_signature_invalid");
    assert!(first.0[1].starts_with("ACCEPT ") && !first.1);
    match judged("xmlsec").await {
        Ok(second) => assert!(cfg!(feature = "saml-xmlsec") && verdicts(second) == first),
        Err(problem) => assert!(!cfg!(feature = "saml-xmlsec") && problem.contains("feature saml-xmlsec")),
    }
    // The file's settings apply where no argument overrides them.
    desk.connection("engine = \"xmlsec\"");
    assert_eq!(
        desk.run("--connection AT/hub.toml --request-id _r AT/all").await.is_ok(),
        cfg!(feature = "saml-xmlsec")
    );
    assert_eq!(verdicts(judged("default").await.unwrap()), first);
}
