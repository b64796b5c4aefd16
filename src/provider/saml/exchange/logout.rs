//! Logout, both ways.

use crate::provider::saml::exchange::*;
use crate::{
    login::LoginErrorKind::*,
    provider::saml::{
        choices::RequestBinding,
        login::Outgoing,
        logout::{LogoutMessage, LogoutOutcome, LogoutRequest, LogoutVia},
        redirect::{self, Message},
    },
};
use tower_sso_core::store::LinkScope;

const SLO: &str = "https://idp.example/slo";

fn flow(binding: RequestBinding) -> Flow {
    Flow::with(|settings| {
        settings
            .slo_url(SLO)
            .request_binding(binding)
            .signing_key(OTHER.0.private_key_pem().expect("PEM"), metadata::certificate(&OTHER.0))
    })
}

pub(super) fn request() -> Node {
    Node::new("samlp:LogoutRequest")
        .with("ID", "_l1")
        .with("Version", "2.0")
        .with("IssueInstant", instant(0))
        .with("Destination", addresses().slo)
        .child(Node::text("saml:Issuer", IDP))
        .child(Node::text("saml:NameID", "ada@acme.example").with("Format", EMAIL_FORMAT))
}

pub(super) fn answer(status: &str) -> Node {
    let code = Node::new("samlp:StatusCode").with("Value", status);
    Node::new("samlp:LogoutResponse")
        .with("ID", "_l2")
        .with("Version", "2.0")
        .with("IssueInstant", instant(0))
        .with("Destination", addresses().slo)
        .with("InResponseTo", "_ours")
        .child(Node::text("saml:Issuer", IDP))
        .child(Node::new("samlp:Status").child(code))
}

/// The message on its way to us, signed by the key as each binding has it.
pub(super) fn query(message: Message, node: &Node, key: Option<&Signer>) -> String {
    let address = redirect::address(
        "https://x.example/",
        (message, &node.canonical()),
        Some("r s"),
        key.map(|key| &**key),
    );
    address.expect("an address").replace("https://x.example/?", "")
}

pub(super) fn form(message: Message, mut node: Node, key: Option<&Signer>) -> String {
    if let Some(key) = key {
        key.sign_element(&mut node, 1);
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair(message.parameter(), &redirect::to_form(&node.canonical()));
    form.append_pair("RelayState", "r s").finish()
}

async fn receive(flow: &Flow, via: LogoutVia<'_>) -> Result<LogoutMessage, LoginErrorKind> {
    let by = async |provider: &SamlProvider| {
        provider.receive_logout(&flow.out, &addresses(), via, &flow.clock).await
    };
    let outcome = by(&flow.provider).await;
    if let Some(second) = &flow.second {
        let said = |outcome: &Result<LogoutMessage, LoginError>| match outcome {
            Ok(message) => Ok(format!("{message:?}")),
            Err(error) => Err(LoginError::from(error.kind())),
        };
        differential::compare(&format!("{via:?}"), &said(&outcome), &said(&by(second).await));
    }
    outcome.map_err(|error| error.kind())
}

async fn requested(flow: &Flow, node: Node) -> Result<LogoutRequest, LoginErrorKind> {
    let form = form(Message::Request, node, Some(&KEY.1));
    match receive(flow, LogoutVia::Form(form.as_bytes())).await? {
        LogoutMessage::Request(request) => Ok(request),
        LogoutMessage::Answer(answer) => panic!("{answer:?}"),
    }
}

/// Asserts that a request signed by this key, so many seconds from now, is taken.
pub(super) async fn is_taken(flow: &Flow, key: &Signer, from_now: i64) {
    let mut request = request();
    request.set("IssueInstant", instant(from_now));
    let query = query(Message::Request, &request, Some(key));
    receive(flow, LogoutVia::Query(&query)).await.expect("taken");
}

#[tokio::test]
async fn a_request_of_the_providers_names_the_sessions_that_login_made() {
    let flow = flow(RequestBinding::Redirect);
    let identity = flow.run(Signs::Both, |_| ()).await.expect("accepted").identity.0;
    let all = requested(&flow, request()).await.expect("a request");
    assert_eq!((&all.scope, all.subject.as_ref()), (&identity.scope, Some(&identity.subject)));
    assert!(all.sessions.is_empty(), "no SessionIndex: all of that NameID");
    assert_eq!((all.id.as_str(), all.relay_state.as_deref()), ("_l1", Some("r s")));
    assert_eq!(all.replay.id, format!("{IDP} _l1"));
    let indices = ["_s1", "_s2"].map(|index| Node::text("samlp:SessionIndex", index));
    let some = requested(&flow, request().children(indices)).await.expect("a request");
    assert_eq!(some.sessions, ["_s1", "_s2"]);
}

#[tokio::test]
async fn a_message_counts_only_with_a_signature_by_either_binding() {
    let flow = flow(RequestBinding::Redirect);
    for (key, expected) in [
        (Some(&KEY.1), None),
        (Some(&OTHER.1), Some(SamlSignatureInvalid)),
        (None, Some(SamlSignatureMissing)),
    ] {
        let query = query(Message::Request, &request(), key);
        assert_eq!(receive(&flow, LogoutVia::Query(&query)).await.err(), expected);
        let form = form(Message::Request, request(), key);
        assert_eq!(receive(&flow, LogoutVia::Form(form.as_bytes())).await.err(), expected);
    }
    // A signature inside a message that was redirected counts for nothing.
    let mut inside = request();
    KEY.1.sign_element(&mut inside, 1);
    let query = query(Message::Request, &inside, None);
    assert_eq!(receive(&flow, LogoutVia::Query(&query)).await.err(), Some(SamlSignatureMissing));
}

#[tokio::test]
async fn a_request_that_is_another_in_one_thing_is_refused() {
    type Bend = fn(&mut Node);
    let flow = flow(RequestBinding::Redirect);
    let cases: [(&str, Bend, LoginErrorKind); 11] = [
        ("no issuer", |n| n.remove("saml:Issuer"), SamlIssuerWrong),
        ("another issuer", |n| n.at(&["saml:Issuer"]).say("https://evil.example"), SamlIssuerWrong),
        (
            "no destination",
            |n| {
                n.unset("Destination");
            },
            SamlDestinationWrong,
        ),
        (
            "another destination",
            |n| {
                n.set("Destination", addresses().acs);
            },
            SamlDestinationWrong,
        ),
        (
            "no instant",
            |n| {
                n.unset("IssueInstant");
            },
            SamlIssueInstantWrong,
        ),
        (
            "ahead",
            |n| {
                n.set("IssueInstant", instant(61));
            },
            SamlIssueInstantWrong,
        ),
        (
            "old",
            |n| {
                n.set("IssueInstant", instant(-360));
            },
            SamlIssueInstantWrong,
        ),
        (
            "over",
            |n| {
                n.set("NotOnOrAfter", instant(-60));
            },
            SamlExpired,
        ),
        ("nobody", |n| n.remove("saml:NameID"), SamlLogoutInvalid),
        ("an empty name", |n| n.at(&["saml:NameID"]).say(""), SamlNameIdInvalid),
        ("an empty index", |n| n.push(Node::text("samlp:SessionIndex", "")), SamlLogoutInvalid),
    ];
    requested(&flow, request()).await.expect("the accepted twin");
    let mut oldest = request();
    oldest.set("IssueInstant", instant(-359));
    requested(&flow, oldest).await.expect("five minutes old, and by a clock that is a minute behind");
    for (case, bend, kind) in cases {
        let mut node = request();
        bend(&mut node);
        assert_eq!(requested(&flow, node).await.err(), Some(kind), "{case}");
    }
    let twice = form(Message::Request, request(), Some(&KEY.1)) + "&RelayState=x";
    assert_eq!(receive(&flow, LogoutVia::Form(twice.as_bytes())).await.err(), Some(ParameterRepeated));
    assert_eq!(receive(&flow, LogoutVia::Form(b"RelayState=x")).await.err(), Some(SamlEncodingInvalid));
    assert_eq!(receive(&flow, LogoutVia::Query("")).await.err(), Some(SamlEncodingInvalid));
}

#[tokio::test]
async fn where_an_attribute_is_the_subject_sessions_are_ended_by_their_index() {
    let flow = Flow::with(|settings| settings.subject_attribute("uid"));
    assert_eq!(requested(&flow, request()).await.err(), Some(SamlLogoutInvalid));
    let indexed = request().child(Node::text("samlp:SessionIndex", "_s1"));
    let ended = requested(&flow, indexed).await.expect("a request");
    assert_eq!((ended.subject, ended.sessions), (None, vec!["_s1".to_owned()]));
    assert!(ended.scope.1.ends_with("attribute uid"));
}

#[tokio::test]
async fn an_answer_of_the_providers_says_what_it_answers() {
    let flow = flow(RequestBinding::Redirect);
    let read = async |node: &Node| {
        let query = query(Message::Response, node, Some(&KEY.1));
        match receive(&flow, LogoutVia::Query(&query)).await? {
            LogoutMessage::Answer(answer) => {
                Ok((answer.in_response_to, answer.refused.map(|error| error.kind())))
            }
            LogoutMessage::Request(request) => panic!("{request:?}"),
        }
    };
    let good = answer("urn:oasis:names:tc:SAML:2.0:status:Success");
    assert_eq!(read(&good).await, Ok(("_ours".to_owned(), None)));
    assert_eq!(read(&answer("urn:x:no")).await, Ok(("_ours".to_owned(), Some(SamlStatusFailed))));
    let mut bent = answer("urn:oasis:names:tc:SAML:2.0:status:Success");
    bent.unset("InResponseTo");
    assert_eq!(read(&bent).await, Err(SamlLogoutInvalid));
    // A request is no answer, whatever it is called.
    assert_eq!(read(&request()).await, Err(SamlRootWrong));
}

#[tokio::test]
async fn our_request_names_the_person_as_the_provider_did_and_is_signed() {
    let flow = flow(RequestBinding::Redirect);
    let identity = flow.run(Signs::Both, |_| ()).await.expect("accepted").identity.0;
    let begin = async |flow: &Flow, scope: &LinkScope| {
        let who = (scope, identity.subject.as_str(), identity.idp_session.as_deref());
        flow.provider.begin_logout(&flow.out, &addresses(), who, "r", &flow.clock).await.expect("made")
    };
    let (id, outgoing) = begin(&flow, &identity.scope).await.expect("a request");
    let Outgoing::Redirect(address) = outgoing else { panic!("a form") };
    let incoming = redirect::read(address.split_once('?').expect("a query").1, 64 * 1024).expect("read");
    assert!(address.starts_with(SLO) && incoming.signature.is_some());
    assert!(incoming.xml.contains(&format!(" ID=\"{id}\"")), "{}", incoming.xml);
    assert!(incoming.xml.contains(&format!("Format=\"{EMAIL_FORMAT}\">ada@acme.example</saml:NameID>")));
    assert!(incoming.xml.contains("<samlp:SessionIndex>_s1</samlp:SessionIndex>"));
    let persistent = LinkScope(IDP.to_owned(), format!("{} {PERSISTENT}", addresses().metadata));
    let posts = self::flow(RequestBinding::Post);
    let Some((_, Outgoing::Post { action, fields })) = begin(&posts, &persistent).await else {
        panic!("no form")
    };
    let xml = redirect::from_form(&fields[0].1, 64 * 1024).expect("XML");
    assert!(
        action == SLO && xml.contains(&format!("NameQualifier=\"{IDP}\"")) && xml.contains("ds:Signature")
    );
    // Without a service, or a NameID that is known whole, there is none.
    assert!(begin(&Flow::start(), &identity.scope).await.is_none());
    let odd = LinkScope(IDP.to_owned(), format!("{} {PERSISTENT} \"x\"", addresses().metadata));
    assert!(begin(&flow, &odd).await.is_none());
}

/// Where a message goes, and what it says.
fn sent(outgoing: &Outgoing) -> (String, String) {
    match outgoing {
        Outgoing::Redirect(address) => {
            let (address, query) = address.split_once('?').expect("a query");
            (address.to_owned(), redirect::read(query, 64 * 1024).expect("read").xml)
        }
        Outgoing::Post { action, fields } => {
            (action.clone(), redirect::from_form(&fields[0].1, 64 * 1024).expect("XML"))
        }
    }
}

/// SAML metadata §2.2.2.
#[tokio::test]
async fn our_request_goes_to_the_location_and_our_answer_to_where_the_metadata_wants_answers() {
    const ANSWERS: &str = "https://idp.example/slo/answers";
    for (binding, name) in
        [(RequestBinding::Redirect, metadata::REDIRECT), (RequestBinding::Post, metadata::POST)]
    {
        for (wanted, expected) in [(Some(ANSWERS), ANSWERS), (None, SLO)] {
            let mut entity = metadata::entity(IDP);
            let role = entity.at(metadata::ROLE);
            role.remove("md:SingleLogoutService");
            let service = metadata::service("md:SingleLogoutService", name, SLO);
            role.push(match wanted {
                Some(address) => service.with("ResponseLocation", address),
                None => service,
            });
            let xml = entity.canonical();
            let source = IdpSource::MetadataXml { xml, entity_id: None, signed_by: None };
            let settings = SamlSettings::new(source)
                .request_binding(binding)
                .signing_key(OTHER.0.private_key_pem().expect("PEM"), metadata::certificate(&OTHER.0));
            let flow = Flow::of(settings);
            let identity = flow.run(Signs::Both, |_| ()).await.expect("accepted").identity.0;
            let who = (&identity.scope, identity.subject.as_str(), identity.idp_session.as_deref());
            let made = flow.provider.begin_logout(&flow.out, &addresses(), who, "r", &flow.clock).await;
            let (to, said) = sent(&made.expect("made").expect("a request").1);
            assert_eq!(to, SLO, "{name} {wanted:?}");
            assert!(said.contains(&format!("Destination=\"{SLO}\"")), "{said}");
            let request = requested(&flow, request()).await.expect("a request");
            let (provider, ended) = (&flow.provider, LogoutOutcome::Ended);
            let made = provider.answer_logout(&flow.out, &addresses(), &request, ended, &flow.clock).await;
            let (to, said) = sent(&made.expect("made").expect("an answer"));
            assert_eq!(to, expected, "{name} {wanted:?}");
            assert!(said.contains(&format!("Destination=\"{expected}\"")), "{said}");
        }
    }
}

#[tokio::test]
async fn our_answer_names_the_request_and_what_became_of_it() {
    for (outcome, words) in
        [(LogoutOutcome::Ended, "status:Success"), (LogoutOutcome::Failed, "status:PartialLogout")]
    {
        let flow = flow(RequestBinding::Redirect);
        let request = requested(&flow, request()).await.expect("a request");
        let made = flow.provider.answer_logout(&flow.out, &addresses(), &request, outcome, &flow.clock).await;
        let Ok(Some(Outgoing::Redirect(address))) = made else { panic!("no redirect") };
        let incoming = redirect::read(address.split_once('?').expect("a query").1, 64 * 1024).expect("read");
        assert_eq!((incoming.kind, incoming.relay_state.as_deref()), (Message::Response, Some("r s")));
        assert!(
            incoming.xml.contains("InResponseTo=\"_l1\"") && incoming.xml.contains(words),
            "{}",
            incoming.xml
        );
        assert!(incoming.signature.is_some());
    }
}
