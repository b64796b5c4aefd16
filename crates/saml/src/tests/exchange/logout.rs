//! Tests single logout in both directions.
//!
//! Each refused message differs in one thing from an accepted one.

use crate::tests::exchange::*;
use crate::{
    choices::RequestBinding,
    error::ErrorKind::*,
    login::Outgoing,
    logout::message::{LogoutMessage, LogoutOutcome, LogoutRequest, LogoutSubject, LogoutVia},
    metadata::theirs::{Endpoint, Origin, read},
    redirect::{self, Message},
    sample::{messages::logout_request as request, metadata as provider},
    scope::SubjectScope,
};

const SLO: &str = "https://idp.example/slo";

fn flow(binding: RequestBinding) -> Flow {
    let mut flow = Flow::with(|settings| {
        settings
            .request_binding(binding)
            .signing_key(OTHER.0.private_key_pem().expect("PEM"), metadata::certificate(&OTHER.0))
    });
    flow.idp.slo = vec![Endpoint { binding, location: SLO.to_owned(), response_location: None }];
    flow
}

pub(crate) fn answer(status: &str) -> Node {
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

/// Returns the query of a message to us, signed with the key as the binding says.
pub(crate) fn query(message: Message, node: &Node, key: Option<&Signer>) -> String {
    let address = redirect::address(
        "https://x.example/",
        (message, &node.canonical()),
        Some("r s"),
        key.map(|key| &**key),
    );
    address.expect("an address").replace("https://x.example/?", "")
}

pub(crate) fn form(message: Message, mut node: Node, key: Option<&Signer>) -> String {
    if let Some(key) = key {
        key.sign_element(&mut node, 1);
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair(message.parameter(), &redirect::to_form(&node.canonical()));
    form.append_pair("RelayState", "r s").finish()
}

fn receive(flow: &Flow, via: LogoutVia<'_>) -> Result<LogoutMessage, ErrorKind> {
    let by = |own: &ServiceProvider| own.validate_logout(&flow.idp, &addresses(), via, flow.clock.now());
    let outcome = by(&flow.own);
    if let Some(second) = &flow.second {
        let said = |outcome: &Result<LogoutMessage, Error>| match outcome {
            Ok(message) => Ok(format!("{message:?}")),
            Err(error) => Err(Error::from(error.kind())),
        };
        differential::compare(&format!("{via:?}"), &said(&outcome), &said(&by(second)));
    }
    outcome.map_err(|error| error.kind())
}

fn requested(flow: &Flow, node: Node) -> Result<LogoutRequest, ErrorKind> {
    let form = form(Message::Request, node, Some(&KEY.1));
    match receive(flow, LogoutVia::Form(form.as_bytes()))? {
        LogoutMessage::Request(request) => Ok(request),
        LogoutMessage::Answer(answer) => panic!("{answer:?}"),
    }
}

#[test]
fn a_logout_request_names_the_sessions_that_a_login_made() {
    let flow = flow(RequestBinding::Redirect);
    let identity = flow.run(Signs::Both, |_| ()).expect("accepted");
    let all = requested(&flow, request()).expect("a request");
    assert_eq!((&all.scope, all.subject.as_ref()), (&identity.scope, Some(&identity.subject)));
    assert!(all.sessions.is_empty(), "no SessionIndex: all of that NameID");
    assert_eq!((all.id.as_str(), all.relay_state.as_deref()), ("_l1", Some("r s")));
    assert_eq!(all.replay.id, format!("{IDP} _l1"));
    let indices = ["_s1", "_s2"].map(|index| Node::text("samlp:SessionIndex", index));
    let some = requested(&flow, request().children(indices)).expect("a request");
    assert_eq!(some.sessions, ["_s1", "_s2"]);
}

#[test]
fn a_logout_message_needs_a_signature_with_either_binding() {
    let flow = flow(RequestBinding::Redirect);
    for (key, expected) in [
        (Some(&KEY.1), None),
        (Some(&OTHER.1), Some(SamlSignatureInvalid)),
        (None, Some(SamlSignatureMissing)),
    ] {
        let query = query(Message::Request, &request(), key);
        assert_eq!(receive(&flow, LogoutVia::Query(&query)).err(), expected);
        let form = form(Message::Request, request(), key);
        assert_eq!(receive(&flow, LogoutVia::Form(form.as_bytes())).err(), expected);
    }
    // In a redirected message, a signature inside the XML does not count.
    let mut inside = request();
    KEY.1.sign_element(&mut inside, 1);
    let query = query(Message::Request, &inside, None);
    assert_eq!(receive(&flow, LogoutVia::Query(&query)).err(), Some(SamlSignatureMissing));
}

#[test]
fn a_logout_request_that_differs_in_one_thing_is_refused() {
    type Bend = fn(&mut Node);
    let flow = flow(RequestBinding::Redirect);
    let cases: [(&str, Bend, ErrorKind); 11] = [
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
    requested(&flow, request()).expect("the accepted twin");
    let mut oldest = request();
    oldest.set("IssueInstant", instant(-359));
    requested(&flow, oldest).expect("five minutes old, and by a clock that is a minute behind");
    for (case, bend, kind) in cases {
        let mut node = request();
        bend(&mut node);
        assert_eq!(requested(&flow, node).err(), Some(kind), "{case}");
    }
    let twice = form(Message::Request, request(), Some(&KEY.1)) + "&RelayState=x";
    assert_eq!(receive(&flow, LogoutVia::Form(twice.as_bytes())).err(), Some(ParameterRepeated));
    assert_eq!(receive(&flow, LogoutVia::Form(b"RelayState=x")).err(), Some(SamlEncodingInvalid));
    assert_eq!(receive(&flow, LogoutVia::Query("")).err(), Some(SamlEncodingInvalid));
}

#[test]
fn with_a_subject_attribute_sessions_are_ended_by_their_index() {
    let flow = Flow::with(|settings| settings.subject_attribute("uid"));
    assert_eq!(requested(&flow, request()).err(), Some(SamlLogoutInvalid));
    let indexed = request().child(Node::text("samlp:SessionIndex", "_s1"));
    let ended = requested(&flow, indexed).expect("a request");
    assert_eq!((ended.subject, ended.sessions), (None, vec!["_s1".to_owned()]));
    assert!(ended.scope.1.ends_with("attribute uid"));
}

#[test]
fn a_logout_answer_names_the_request_that_it_answers() {
    let flow = flow(RequestBinding::Redirect);
    let read = |node: &Node| {
        let query = query(Message::Response, node, Some(&KEY.1));
        match receive(&flow, LogoutVia::Query(&query))? {
            LogoutMessage::Answer(answer) => {
                Ok((answer.in_response_to, answer.refused.map(|error| error.kind())))
            }
            LogoutMessage::Request(request) => panic!("{request:?}"),
        }
    };
    let good = answer("urn:oasis:names:tc:SAML:2.0:status:Success");
    assert_eq!(read(&good), Ok(("_ours".to_owned(), None)));
    assert_eq!(read(&answer("urn:x:no")), Ok(("_ours".to_owned(), Some(SamlStatusFailed))));
    let mut bent = answer("urn:oasis:names:tc:SAML:2.0:status:Success");
    bent.unset("InResponseTo");
    assert_eq!(read(&bent), Err(SamlLogoutInvalid));
    // A request is not accepted as an answer, whatever parameter contains it.
    assert_eq!(read(&request()), Err(SamlRootWrong));
}

#[test]
fn our_logout_request_is_signed_and_names_the_user_as_the_provider_did() {
    let flow = flow(RequestBinding::Redirect);
    let identity = flow.run(Signs::Both, |_| ()).expect("accepted");
    let begin = |flow: &Flow, scope: &SubjectScope| {
        let who = LogoutSubject {
            within: &scope.1,
            subject: &identity.subject,
            session_index: identity.session_index.as_deref(),
        };
        flow.own.logout_request(&flow.idp, &addresses(), who, "r", flow.clock.now()).expect("made")
    };
    let (id, outgoing) = begin(&flow, &identity.scope).expect("a request");
    let Outgoing::Redirect(address) = outgoing else { panic!("a form") };
    let incoming = redirect::read(address.split_once('?').expect("a query").1, 64 * 1024).expect("read");
    assert!(address.starts_with(SLO) && incoming.signature.is_some());
    assert!(incoming.xml.contains(&format!(" ID=\"{id}\"")), "{}", incoming.xml);
    assert!(incoming.xml.contains(&format!("Format=\"{EMAIL_FORMAT}\">ada@acme.example</saml:NameID>")));
    assert!(incoming.xml.contains("<samlp:SessionIndex>_s1</samlp:SessionIndex>"));
    let persistent = SubjectScope(IDP.to_owned(), format!("{} {PERSISTENT}", addresses().metadata));
    let posts = self::flow(RequestBinding::Post);
    let Some((_, Outgoing::Post { action, fields })) = begin(&posts, &persistent) else { panic!("no form") };
    let xml = redirect::from_form(&fields[0].1, 64 * 1024).expect("XML");
    assert!(
        action == SLO && xml.contains(&format!("NameQualifier=\"{IDP}\"")) && xml.contains("ds:Signature")
    );
    // Without a service, or without a NameID that is known completely, no request is made.
    assert!(begin(&Flow::start(), &identity.scope).is_none());
    let odd = SubjectScope(IDP.to_owned(), format!("{} {PERSISTENT} \"x\"", addresses().metadata));
    assert!(begin(&flow, &odd).is_none());
}

/// Returns the address that a message is sent to, and the message.
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

/// Tests `Location` and `ResponseLocation` (SAML metadata §2.2.2).
#[test]
fn logout_requests_and_answers_go_to_the_addresses_in_the_metadata() {
    const ANSWERS: &str = "https://idp.example/slo/answers";
    for (binding, name) in
        [(RequestBinding::Redirect, provider::REDIRECT), (RequestBinding::Post, provider::POST)]
    {
        for (wanted, expected) in [(Some(ANSWERS), ANSWERS), (None, SLO)] {
            let mut entity = metadata::entity(IDP);
            let role = entity.at(provider::ROLE);
            role.remove("md:SingleLogoutService");
            let service = provider::service("md:SingleLogoutService", name, SLO);
            role.push(match wanted {
                Some(address) => service.with("ResponseLocation", address),
                None => service,
            });
            let xml = entity.canonical();
            let settings = Settings::default()
                .request_binding(binding)
                .signing_key(OTHER.0.private_key_pem().expect("PEM"), metadata::certificate(&OTHER.0));
            let flow = Flow::of(settings, read(&xml, Origin::given(None)).expect("metadata"));
            let identity = flow.run(Signs::Both, |_| ()).expect("accepted");
            let (within, subject) = (&*identity.scope.1, &*identity.subject);
            let who = LogoutSubject { within, subject, session_index: identity.session_index.as_deref() };
            let made = flow.own.logout_request(&flow.idp, &addresses(), who, "r", flow.clock.now());
            let (to, said) = sent(&made.expect("made").expect("a request").1);
            assert_eq!(to, SLO, "{name} {wanted:?}");
            assert!(said.contains(&format!("Destination=\"{SLO}\"")), "{said}");
            let request = requested(&flow, request()).expect("a request");
            let (ended, now) = (LogoutOutcome::Ended, flow.clock.now());
            let made = flow.own.logout_response(&flow.idp, &addresses(), &request, ended, now);
            let (to, said) = sent(&made.expect("made").expect("an answer"));
            assert_eq!(to, expected, "{name} {wanted:?}");
            assert!(said.contains(&format!("Destination=\"{expected}\"")), "{said}");
        }
    }
}

#[test]
fn our_logout_answer_names_the_request_and_its_outcome() {
    for (outcome, words) in
        [(LogoutOutcome::Ended, "status:Success"), (LogoutOutcome::Failed, "status:PartialLogout")]
    {
        let flow = flow(RequestBinding::Redirect);
        let request = requested(&flow, request()).expect("a request");
        let now = flow.clock.now();
        let made = flow.own.logout_response(&flow.idp, &addresses(), &request, outcome, now);
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
