//! Tests logout with independent implementations of a provider (the engines of `tests/real`), in both directions and
//! with both bindings.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use reqwest::{Client, Response, redirect::Policy};
use serde_json::{Value, json};
use tower_sso_core::store::LinkScope;
use tower_sso_saml::{LogoutMessage, LogoutOutcome, LogoutVia, Outgoing, RequestBinding};
use url::form_urlencoded;

use super::*;
use crate::connection::saml::identity::link_scope;

const MAKERS: [&str; 2] = ["pysaml2-idp.py", "samlp-idp.mjs"];
const BINDINGS: [(RequestBinding, &str); 2] =
    [(RequestBinding::Redirect, "redirect"), (RequestBinding::Post, "post")];

/// A provider, and a browser that has visited it.
struct Idp {
    engine: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    directory: PathBuf,
    base: String,
    browser: Client,
    cookie: String,
}

/// A SAML message that the provider sends to us.
enum Brought {
    Query(String),
    Form(Vec<u8>),
}

impl Brought {
    fn via(&self) -> LogoutVia<'_> {
        match self {
            Self::Query(query) => LogoutVia::Query(query),
            Self::Form(body) => LogoutVia::Form(body),
        }
    }

    /// Returns the message with one detail changed: in a query the RelayState, which is signed too; in a form the
    /// message itself.
    fn forged(&self) -> Self {
        match self {
            Self::Query(query) => Self::Query(query.replacen("RelayState=", "RelayState=x", 1)),
            Self::Form(body) => {
                let pairs = form_urlencoded::parse(body).map(|(name, value)| {
                    let value = if name == "RelayState" { value.into_owned() } else { renamed(&value) };
                    (name, value)
                });
                Self::Form(
                    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes(),
                )
            }
        }
    }
}

/// Returns the message with another Issuer, which is the first element that contains text.
fn renamed(message: &str) -> String {
    let xml = String::from_utf8(STANDARD.decode(message).unwrap()).unwrap();
    let forged = xml.replacen(">http://", ">http://x", 1);
    assert_ne!(forged, xml);
    STANDARD.encode(forged)
}

impl Idp {
    fn start(script: &str) -> Self {
        let binary = std::env::current_exe().unwrap();
        let target = binary.ancestors().nth(3).unwrap();
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("saml-logout-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let directory = target.join("tmp").join(name);
        std::fs::create_dir_all(&directory).unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real").join(script);
        let python = target.join("real-python/bin/python");
        let mut engine =
            Command::new(if script.ends_with(".py") { python.as_path() } else { Path::new("node") })
                .arg(file)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .expect("the engine does not start; `tests/run` installs it");
        let (questions, answers) =
            (engine.stdin.take().unwrap(), BufReader::new(engine.stdout.take().unwrap()));
        let browser = Client::builder().redirect(Policy::none()).build().unwrap();
        let (base, cookie) = (String::new(), String::new());
        let mut idp = Self { engine, questions, answers, directory, base, browser, cookie };
        let ada = json!({
            "login": "ada", "password": "right", "email": "ada@acme.example", "attributes": { "mail": ["ada@acme.example"] },
        });
        let ready = idp.exchange(&json!({ "accounts": [ada], "directory": idp.directory }));
        idp.base = ready["base"].as_str().unwrap().to_owned();
        idp
    }

    fn exchange(&mut self, line: &Value) -> Value {
        writeln!(self.questions, "{line}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }

    fn ask(&mut self, question: &Value) -> Value {
        let answer = self.exchange(question);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["ok"].clone()
    }

    async fn get(&mut self, url: &str) -> Response {
        self.answered(self.browser.get(url)).await
    }

    async fn post(&mut self, url: &str, form: &[(&str, &str)]) -> Response {
        self.answered(self.browser.post(url).form(form)).await
    }

    async fn answered(&mut self, request: reqwest::RequestBuilder) -> Response {
        let response = request.header("cookie", &self.cookie).send().await.unwrap();
        if let Some(cookie) = response.headers().get("set-cookie") {
            self.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        response
    }

    async fn send(&mut self, outgoing: Outgoing) -> Response {
        match outgoing {
            Outgoing::Redirect(url) => self.get(&url).await,
            Outgoing::Post { action, fields } => {
                let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                self.post(&action, &fields).await
            }
        }
    }

    /// Logs in with SSO, and returns the identity that the provider vouches for.
    async fn log_in(&mut self, flow: &Flow) -> crate::identity::IdentityFields {
        self.cookie.clear();
        let asked = flow.authorize().await;
        let (_, page) = form(self.send(asked.outgoing).await).await;
        let pending = page["pending"].as_str();
        let values = [("pending", pending), ("login", "ada"), ("password", "right"), ("action", "sign-in")];
        let url = format!("{}/sign-in", self.base);
        let (action, page) = form(self.post(&url, &values).await).await;
        assert_eq!(action, addresses().acs);
        let (login, response) = (Some(&asked.login), page["SAMLResponse"].as_str());
        let received = flow.provider.receive(&flow.out, login, &addresses(), response, &flow.clock).await;
        received.expect("an accepted SSO login").identity.0
    }
}

impl Drop for Idp {
    fn drop(&mut self) {
        let _already_gone = self.engine.kill();
        let _status = self.engine.wait();
        let _still_written = std::fs::remove_dir_all(&self.directory);
    }
}

/// Returns the form of a page: the address it is posted to, and its fields.
async fn form(page: Response) -> (String, BTreeMap<String, String>) {
    let text = page.text().await.unwrap();
    let value = |tag: &str, name: &str| {
        let rest = &tag[tag.find(&format!("{name}=\""))? + name.len() + 2..];
        Some(rest[..rest.find('"')?].replace("&amp;", "&"))
    };
    let action = text.split('<').find(|tag| tag.starts_with("form ")).unwrap_or_else(|| panic!("{text}"));
    let inputs = text.split('<').filter(|tag| tag.starts_with("input "));
    let fields = inputs.filter_map(|tag| Some((value(tag, "name")?, value(tag, "value")?))).collect();
    (value(action, "action").unwrap(), fields)
}

/// Returns the message that a page or a redirect of the provider sends to our single logout service.
async fn brought(answer: Response) -> Brought {
    let location = answer.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
    if let Some(location) = location {
        let (to, query) = location.split_once('?').unwrap();
        assert_eq!(to, addresses().slo);
        return Brought::Query(query.to_owned());
    }
    let (action, fields) = form(answer).await;
    assert_eq!(action, addresses().slo);
    Brought::Form(form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes())
}

async fn flow(idp: &mut Idp, binding: RequestBinding) -> Flow {
    let xml = idp.get(&format!("{}/metadata", idp.base)).await.text().await.unwrap();
    let settings = SamlSettings::new(IdpSource::MetadataXml { xml, entity_id: None, signed_by: None })
        .request_binding(binding)
        .signing_key(KEY.0.private_key_pem().expect("PEM"), metadata::certificate(&KEY.0));
    let mut flow = Flow::of(settings);
    flow.clock = Clock::system();
    idp.ask(&json!({ "partners": [flow.provider.sp_metadata(&addresses()).expect("our metadata")] }));
    flow
}

async fn received(flow: &Flow, brought: &Brought) -> Result<LogoutMessage, LoginError> {
    flow.provider.receive_logout(&flow.out, &addresses(), brought.via(), &flow.clock).await
}

async fn refused_when_forged(flow: &Flow, message: &Brought, what: &str) {
    let refused = received(flow, &message.forged()).await.map_err(|error| error.kind());
    assert_eq!(refused.err(), Some(LoginErrorKind::SamlSignatureInvalid), "{what}");
}

async fn begin(flow: &Flow, scope: &LinkScope, subject: &str, session: Option<&str>) -> (String, Outgoing) {
    let who = (scope, subject, session);
    let begun = flow.provider.begin_logout(&flow.out, &addresses(), who, "our-state", &flow.clock).await;
    begun.expect("a request").expect("a single logout service")
}

#[tokio::test]
async fn real_providers_end_their_session_at_our_request() {
    for maker in MAKERS {
        let mut idp = Idp::start(maker);
        for (ours, _) in BINDINGS {
            let flow = flow(&mut idp, ours).await;
            for (_, theirs) in BINDINGS {
                let what = format!("{maker}, we {ours:?}, they {theirs}");
                idp.ask(&json!({ "serve": { "logout": theirs } }));
                let who = idp.log_in(&flow).await;
                let (id, outgoing) = begin(&flow, &who.scope, &who.subject, who.idp_session.as_deref()).await;
                let answer = brought(idp.send(outgoing).await).await;
                let LogoutMessage::Answer(read) = received(&flow, &answer).await.expect(&what) else {
                    panic!("{what}: a request came")
                };
                assert_eq!(read.in_response_to, id, "{what}");
                assert!(read.refused.is_none(), "{what}: {:?}", read.refused);
                assert_eq!(read.relay_state.as_deref(), Some("our-state"), "{what}");
                refused_when_forged(&flow, &answer, &what).await;
                // The provider asks the user to sign in again.
                let asked = flow.authorize().await.outgoing;
                let page = idp.send(asked).await.text().await.unwrap();
                assert!(page.contains("Sign in at the provider"), "{what}: {page}");
            }
        }
    }
}

#[tokio::test]
async fn a_logout_begun_by_a_real_provider_is_read_and_answered() {
    for maker in MAKERS {
        let mut idp = Idp::start(maker);
        for (ours, _) in BINDINGS {
            let flow = flow(&mut idp, ours).await;
            for (_, theirs) in BINDINGS {
                for (outcome, status) in
                    [(LogoutOutcome::Ended, "Success"), (LogoutOutcome::Failed, "Responder")]
                {
                    let what = format!("{maker}, we {ours:?}, they {theirs}, {outcome:?}");
                    idp.ask(&json!({ "serve": { "logout": theirs } }));
                    let who = idp.log_in(&flow).await;
                    let url = format!("{}/sign-out", idp.base);
                    let message = brought(idp.get(&url).await).await;
                    let LogoutMessage::Request(read) = received(&flow, &message).await.expect(&what) else {
                        panic!("{what}: an answer came")
                    };
                    assert_eq!(
                        (&link_scope(read.scope.clone()), read.subject.as_ref()),
                        (&who.scope, Some(&who.subject)),
                        "{what}"
                    );
                    assert_eq!(read.sessions, Vec::from_iter(who.idp_session), "{what}");
                    refused_when_forged(&flow, &message, &what).await;
                    let answer = flow
                        .provider
                        .answer_logout(&flow.out, &addresses(), &read, outcome, &flow.clock)
                        .await;
                    let answer = answer.expect("an answer").expect("a single logout service");
                    let page = idp.send(answer).await;
                    assert!(page.status().is_success(), "{what}: {}", page.text().await.unwrap());
                    let status = format!("urn:oasis:names:tc:SAML:2.0:status:{status}");
                    assert_eq!(
                        idp.ask(&json!("finished")),
                        json!([{ "status": status, "to": read.id }]),
                        "{what}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn real_providers_refuse_a_logout_signed_with_another_key() {
    for maker in MAKERS {
        let mut idp = Idp::start(maker);
        for (ours, _) in BINDINGS {
            let honest = flow(&mut idp, ours).await;
            let who = idp.log_in(&honest).await;
            let xml = idp.get(&format!("{}/metadata", idp.base)).await.text().await.unwrap();
            let another = TestKey::generate(tower_sso_test_idp::SigningAlg::Rs256).expect("a key");
            let settings =
                SamlSettings::new(IdpSource::MetadataXml { xml, entity_id: None, signed_by: None })
                    .request_binding(ours)
                    .signing_key(another.private_key_pem().expect("PEM"), metadata::certificate(&another));
            let mut forger = Flow::of(settings);
            forger.clock = Clock::system();
            for (flow, accepted) in [(&forger, false), (&honest, true)] {
                let (_, outgoing) = begin(flow, &who.scope, &who.subject, who.idp_session.as_deref()).await;
                let answer = idp.send(outgoing).await;
                assert_eq!(!answer.status().is_server_error(), accepted, "{maker}, {ours:?}");
            }
        }
    }
}
