//! Tests metadata at an address: what is fetched, from where, and how long it is used.

use tower_sso_core::internal::rfc3339;
use tower_sso_saml::{
    LogoutVia, Outgoing,
    internal::Message,
    sample::{
        messages::logout_request,
        metadata::{REDIRECT, ROLE, service},
    },
};
use tower_sso_testing::stub::Stub;

use crate::connection::saml::tests::*;
use crate::{
    connection::saml::tests::metadata::{entity, key_descriptor},
    connection::{checked::Connections as _, file::FileConnections},
    error::kind::LoginErrorKind::*,
};

const DAY: Duration = Duration::from_secs(86_400);

fn address(url: String, signed_by: Option<&TestKey>) -> SamlSettings {
    let signed_by = signed_by.map(|key| key.public_key_pem().expect("PEM"));
    SamlSettings::new(IdpSource::MetadataUrl { url, entity_id: None, signed_by })
}

fn at_address(stub: &Stub) -> SamlSettings {
    address(stub.url("/metadata"), None)
}

/// Returns the address that the browser is sent to.
async fn asked(flow: &Flow) -> Result<String, LoginErrorKind> {
    let addresses = addresses();
    match flow.provider.authorize(&flow.out, ask(&addresses), &flow.clock).await {
        Ok(Asked { outgoing: Outgoing::Redirect(address), .. }) => Ok(address),
        Ok(Asked { outgoing: Outgoing::Post { .. }, .. }) => panic!("a form"),
        Err(error) => Err(error.kind()),
    }
}

fn sealed(key: &SigningKey) -> String {
    let mut node = entity(IDP).with("ID", "_m1");
    key.sign_element(&mut node, 0).expect("a signature");
    node.canonical()
}

/// The key that must sign the metadata is not the key that the metadata contains: an attacker who writes metadata puts
/// the attacker's own key in it.
#[tokio::test]
async fn fetched_metadata_that_must_be_signed_is_refused_without_that_signature() {
    for (xml, expected) in [
        (sealed(&OTHER.1), None),
        (entity(IDP).canonical(), Some(SamlSignatureMissing)),
        (sealed(&KEY.1), Some(SamlSignatureInvalid)),
        (sealed(&OTHER.1).replace(SSO, "https://evil.example/sso"), Some(SamlSignatureInvalid)),
    ] {
        let stub = Stub::start().await;
        stub.says("/metadata", 200, "application/xml", xml);
        let flow = Flow::of(address(stub.url("/metadata"), Some(&OTHER.0)));
        assert_eq!(asked(&flow).await.err(), expected);
        let logged_in = flow.provider.idp(&flow.out, &flow.clock).await.err().map(|error| error.kind());
        assert_eq!(logged_in, expected);
        assert_eq!(stub.asked("/metadata").len(), 1);
    }
}

#[tokio::test]
async fn an_unsigned_copy_of_metadata_does_not_replace_a_signed_one() {
    let stub = Stub::start().await;
    stub.says("/metadata", 200, "application/xml", sealed(&OTHER.1));
    let flow = Flow::of(address(stub.url("/metadata"), Some(&OTHER.0)));
    assert!(asked(&flow).await.expect("a request").starts_with(SSO));
    let evil = |xml: String| xml.replace(SSO, "https://evil.example/sso");
    for (at, xml) in
        [evil(entity(IDP).canonical()), evil(sealed(&OTHER.1)), evil(sealed(&KEY.1))].into_iter().enumerate()
    {
        stub.says("/metadata", 200, "application/xml", xml);
        flow.time.advance(DAY);
        assert!(asked(&flow).await.expect("the good copy").starts_with(SSO));
        assert_eq!(stub.asked("/metadata").len(), at + 2);
    }
    let moved = "https://idp.example/moved";
    let mut node = entity(IDP).with("ID", "_m1");
    node.at(ROLE).remove("md:SingleSignOnService");
    node.at(ROLE).push(service("md:SingleSignOnService", REDIRECT, moved));
    OTHER.1.sign_element(&mut node, 0).expect("a signature");
    stub.says("/metadata", 200, "application/xml", node.canonical());
    flow.time.advance(DAY);
    assert!(asked(&flow).await.expect("a request").starts_with(moved), "a signed one does");
}

#[tokio::test]
async fn public_addresses_only_refuses_metadata_at_a_private_address() {
    let stub = Stub::start().await;
    stub.says("/metadata", 200, "application/xml", entity(IDP).canonical());
    let flow = Flow::of(at_address(&stub).public_addresses_only());
    assert_eq!(asked(&flow).await.err(), Some(ProviderAddressPrivate));
    assert!(stub.asked("/metadata").is_empty());
    let flow = Flow::of(at_address(&stub));
    flow.run(|_| ()).await.expect("the accepted twin");
    assert_eq!(stub.asked("/metadata").len(), 1);
    // No connection is made, neither by name nor by IP address.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a socket");
    listener.set_nonblocking(true).expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    for host in ["127.0.0.1", "localhost", "127.1"] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/metadata");
            let flow = Flow::of(address(url, None).public_addresses_only());
            assert_eq!(asked(&flow).await.err(), Some(ProviderAddressPrivate), "{scheme} {host}");
        }
    }
    for url in ["https://10.0.0.1/m", "https://169.254.169.254/m", "https://[fd00::1]/m"] {
        let flow = Flow::of(address(url.to_owned(), None).public_addresses_only());
        assert_eq!(asked(&flow).await.err(), Some(ProviderAddressPrivate), "{url}");
    }
    let refused = listener.accept().err().map(|error| error.kind());
    assert_eq!(refused, Some(std::io::ErrorKind::WouldBlock));
}

#[tokio::test]
async fn metadata_that_ends_soon_is_reported() {
    let end = at(NOW) + 40 * DAY;
    let ending = |cache: Option<&str>| {
        let mut node = entity(IDP);
        node.set("validUntil", rfc3339(end));
        if let Some(cache) = cache {
            node.set("cacheDuration", cache);
        }
        node.canonical()
    };
    let second = Duration::from_secs(1);
    // Metadata in a file is reported from 30 days before its end, and after its end.
    let flow = Flow::of(SamlSettings::new(IdpSource::MetadataXml {
        xml: ending(None),
        entity_id: None,
        signed_by: None,
    }));
    let announced = |flow: &Flow, left: Duration| flow.provider.expiring(end - left);
    assert_eq!(announced(&flow, 30 * DAY + second), []);
    assert_eq!(announced(&flow, 30 * DAY), [("provider_metadata", end)]);
    assert_eq!(flow.provider.expiring(end + DAY), [("provider_metadata", end)]);
    // Metadata at an address is reported if it was not renewed for twice as long as a copy is fresh. Nothing is fetched
    // for the report.
    for (cache, ahead) in
        [(None, 2 * DAY), (Some("PT1H"), Duration::from_secs(7200)), (Some("P20D"), 2 * DAY)]
    {
        let stub = Stub::start().await;
        stub.says("/metadata", 200, "application/xml", ending(cache));
        let flow = Flow::of(at_address(&stub));
        assert_eq!(announced(&flow, Duration::ZERO), []);
        assert!(stub.asked("/metadata").is_empty());
        asked(&flow).await.expect("a request");
        assert_eq!(announced(&flow, ahead + second), [], "{cache:?}");
        assert_eq!(announced(&flow, ahead), [("provider_metadata", end)], "{cache:?}");
    }
    // Metadata without `validUntil` is not reported.
    let xml = entity(IDP).canonical();
    let endless =
        Flow::of(SamlSettings::new(IdpSource::MetadataXml { xml, entity_id: None, signed_by: None }));
    assert_eq!(announced(&endless, Duration::ZERO), []);
}

#[tokio::test]
async fn fetched_metadata_is_cached_and_the_last_good_copy_kept_for_a_while() {
    let stub = Stub::start().await;
    stub.says("/metadata", 200, "application/samlmetadata+xml", entity(IDP).canonical());
    let flow = Flow::of(at_address(&stub));
    let asked = async || {
        let addresses = addresses();
        let ask = ask(&addresses);
        flow.provider.authorize(&flow.out, ask, &flow.clock).await.map_err(|error| error.kind())
    };
    let Outgoing::Redirect(address) = asked().await.expect("a request").outgoing else { panic!("a form") };
    assert!(address.starts_with(SSO));
    flow.run(|_| ()).await.expect("accepted");
    assert_eq!(stub.asked("/metadata").len(), 1);
    // The address fails. The last good copy is used for seven days, not longer.
    stub.says("/metadata", 500, "text/plain", "no");
    flow.time.advance(DAY);
    assert!(asked().await.is_ok());
    assert_eq!(stub.asked("/metadata").len(), 2);
    stub.says("/metadata", 200, "text/html", "<html/>");
    flow.time.advance(5 * DAY);
    assert!(asked().await.is_ok());
    flow.time.advance(DAY);
    assert_eq!(asked().await.err(), Some(SamlRootWrong));
    stub.says("/metadata", 404, "text/plain", "no");
    flow.time.advance(DAY);
    assert_eq!(asked().await.err(), Some(SamlMetadataFailed));
}

#[tokio::test]
async fn expired_metadata_is_never_used() {
    let stub = Stub::start().await;
    let lasts = |seconds| {
        let mut node = entity(IDP);
        node.set("validUntil", instant(seconds));
        stub.says("/metadata", 200, "application/xml", node.canonical());
    };
    lasts(600);
    let flow = Flow::of(at_address(&stub));
    flow.run(|_| ()).await.expect("accepted");
    flow.time.advance(Duration::from_secs(600));
    let addresses = addresses();
    let ask = ask(&addresses);
    let outcome = flow.provider.authorize(&flow.out, ask, &flow.clock).await;
    assert_eq!(outcome.err().map(|error| error.kind()), Some(SamlMetadataInvalid));
    // The same applies to metadata in a file.
    let mut node = entity(IDP);
    node.set("validUntil", instant(600));
    let flow = Flow::of(SamlSettings::new(IdpSource::MetadataXml {
        xml: node.canonical(),
        entity_id: None,
        signed_by: None,
    }));
    let login = flow.authorize().await.login;
    let xml = signed(response(Some(login.request_id())), &KEY.1);
    flow.receive(Some(&login), &xml).await.expect("accepted");
    flow.time.advance(Duration::from_secs(600));
    let outcome = flow.receive(Some(&login), &xml).await;
    assert_eq!(outcome.err().map(|error| error.kind()), Some(SamlMetadataInvalid));
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_fetched_when_first_seen() {
    let stub = Stub::start().await;
    let publish = |key: &TestKey| {
        let mut node = entity(IDP);
        node.at(ROLE).remove("md:KeyDescriptor");
        node.at(ROLE).push(key_descriptor(key, None));
        stub.says("/metadata", 200, "application/xml", node.canonical());
    };
    publish(&OTHER.0);
    let flow = Flow::of(at_address(&stub));
    assert_eq!(flow.kind(|_| ()).await, Some(SamlSignatureInvalid));
    assert_eq!(stub.asked("/metadata").len(), 2, "once more for a key that is unknown");
    publish(&KEY.0);
    assert_eq!(flow.kind(|_| ()).await, Some(SamlSignatureInvalid));
    assert_eq!(stub.asked("/metadata").len(), 2, "not again so soon");
    flow.time.advance(Duration::from_secs(31));
    let login = flow.authorize().await.login;
    let mut answer = response(Some(login.request_id()));
    answer.set("IssueInstant", instant(31));
    answer.at(&["saml:Assertion"]).set("IssueInstant", instant(31));
    flow.receive(Some(&login), &signed(answer, &KEY.1)).await.expect("accepted");
    assert_eq!(stub.asked("/metadata").len(), 3);
    // This applies to every kind of message: a logout request that is signed with the next key is accepted too.
    publish(&OTHER.0);
    flow.time.advance(Duration::from_secs(31));
    let mut request = logout_request();
    request.set("IssueInstant", instant(62));
    let query = logout::query(Message::Request, &request, Some(&OTHER.1));
    let via = LogoutVia::Query(&query);
    flow.provider.receive_logout(&flow.out, &addresses(), via, &flow.clock).await.expect("taken");
    assert_eq!(stub.asked("/metadata").len(), 4);
    // If a response has a valid signature but another error, the metadata is not fetched again.
    let flow = Flow::of(at_address(&stub));
    publish(&KEY.0);
    let elsewhere = |answer: &mut Node| {
        answer.set("Destination", "https://elsewhere.example");
    };
    let bent = flow.kind(elsewhere).await;
    assert_eq!(bent, Some(SamlDestinationWrong));
    assert_eq!(stub.asked("/metadata").len(), 5, "the first time alone");
}

#[tokio::test]
async fn a_failed_fetch_of_newer_metadata_keeps_the_old_keys_and_the_refusal() {
    for (status, body, failure) in [
        (500, "", SamlMetadataFailed),
        (302, "", ProviderRedirected),
        (200, "<html/>", SamlRootWrong),
        (200, "", SamlXmlInvalid),
    ] {
        let stub = Stub::start().await;
        stub.says("/metadata", 200, "application/xml", entity(IDP).canonical());
        let flow = Flow::of(at_address(&stub));
        flow.run(|_| ()).await.expect("the accepted twin");
        stub.says("/metadata", status, "text/xml", body);
        let forged = async || {
            let login = flow.authorize().await.login;
            let xml = signed(response(Some(login.request_id())), &OTHER.1);
            flow.receive(Some(&login), &xml).await.expect_err("a refusal")
        };
        let error = forged().await;
        assert_eq!(error.kind(), SamlSignatureInvalid, "{status}: {error}");
        let expected = format!("newer keys could not be fetched: {}", failure.as_str());
        assert!(error.detail().is_some_and(|detail| detail.contains(&expected)), "{error}");
        assert_eq!(stub.asked("/metadata").len(), 2);
        flow.run(|_| ()).await.expect("the old key still verifies");
        let error = forged().await;
        assert_eq!(error.kind(), SamlSignatureInvalid);
        let expected = "newer keys were requested less than 30 seconds ago";
        assert!(error.detail().is_some_and(|detail| detail.ends_with(expected)), "{error}");
        assert_eq!(stub.asked("/metadata").len(), 2, "not again so soon");
        // After the interval, when the provider responds again, its new key is found.
        let mut node = entity(IDP);
        node.at(ROLE).remove("md:KeyDescriptor");
        node.at(ROLE).push(key_descriptor(&OTHER.0, None));
        stub.says("/metadata", 200, "application/xml", node.canonical());
        flow.time.advance(Duration::from_secs(30));
        let login = flow.authorize().await.login;
        let mut answer = response(Some(login.request_id()));
        answer.set("IssueInstant", instant(30));
        answer.at(&["saml:Assertion"]).set("IssueInstant", instant(30));
        flow.receive(Some(&login), &signed(answer, &OTHER.1)).await.expect("accepted");
    }
}

#[tokio::test]
async fn a_reload_keeps_the_fetched_metadata_of_an_unchanged_source() {
    let stub = Stub::start().await;
    let good = || stub.says("/metadata", 200, "application/xml", entity(IDP).canonical());
    let directory = std::env::temp_dir().join(format!("tower-sso-fetched-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join("connections.toml");
    let write = |name: &str, more: &str| {
        let url = stub.url("/metadata");
        let text = format!(
            "[[connection]]\norganization = \"1\"\nenforcement = \"enforced\"\nname = \"{name}\"\n\
             [connection.saml]\nmetadata_url = \"{url}\"\n{more}"
        );
        std::fs::write(&path, text).expect("written");
    };
    write("Acme", "");
    let connections = FileConnections::open(&path).expect("connections");
    let (_, clock) = TestClock::new();
    let out = Outbound::new(Limits::default());
    let begins = async || {
        let connection = connections.find(&"1".into()).await.expect("found").expect("one");
        let addresses = addresses();
        let ask = ask(&addresses);
        let asked = connection.saml().expect("by SAML").authorize(&out, ask, &clock).await;
        asked.err().map(|error| error.kind())
    };
    let signer = KEY.0.public_key_pem().expect("PEM");
    // If the new settings change what is fetched or how it is checked, the cached copy is not used.
    for (more, expected) in [
        (String::new(), None),
        ("entity_id = \"https://other.example\"\n".to_owned(), Some(SamlMetadataFailed)),
        ("metadata_refresh = \"12h\"\n".to_owned(), Some(SamlMetadataFailed)),
        (format!("metadata_certificate = \"\"\"{signer}\"\"\"\n"), Some(SamlMetadataFailed)),
    ] {
        good();
        write("Acme", "");
        connections.reload().expect("reloaded");
        assert_eq!(begins().await, None);
        // The address of the metadata stops responding.
        stub.says("/metadata", 503, "text/plain", String::new());
        write("Acme, Inc.", &more);
        connections.reload().expect("reloaded");
        assert_eq!(begins().await, expected, "{more}");
    }
    std::fs::remove_dir_all(&directory).expect("removed");
}
