//! Tests which addresses a provider's metadata may name. Every request of this crate is restricted to the connection's
//! `Reach`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use serde_json::{Value, json};
use tower_sso_http::{
    Addresses,
    ErrorKind::{AddressPrivate, Unreachable},
    Limits, Lookup, Outbound, Reach,
};
use tower_sso_testing::{listener::Listener, stub::Stub};

use crate::{
    algorithm::JwsAlgorithm,
    discovery::Metadata,
    error::ErrorKind::{self, DiscoveryInvalid, Http, ProviderAddressInsecure},
    settings::{OidcSettings, PushedRequests, Userinfo},
    tests::Flow,
    tests::test_key::TestKey,
};

/// A resolver that resolves every name to this machine.
struct ToLoopback;

impl Lookup for ToLoopback {
    fn addresses(&self, _: String) -> Addresses {
        Box::pin(async { Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]) })
    }
}

fn leading_here() -> Outbound {
    Outbound::with_lookup(Limits::default(), Arc::new(ToLoopback))
}

const DOCUMENT: &str = "/.well-known/openid-configuration";

/// The endpoints that the app itself sends requests to.
const ASKED: [&str; 4] =
    ["pushed_authorization_request_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"];

/// Starts a provider whose every endpoint is requested. Every name resolves to this machine, where the listener runs.
async fn start() -> (Flow, Listener) {
    let mut flow = Flow::with(asks_all).await;
    flow.out = leading_here();
    all(&flow, |_| ());
    (flow, Listener::start().await)
}

fn asks_all(settings: OidcSettings) -> OidcSettings {
    settings.pushed_requests(PushedRequests::Always).userinfo(Userinfo::Always)
}

/// Publishes metadata with every endpoint, after `bend` has modified it, and makes the endpoints respond.
fn all(flow: &Flow, bend: impl FnOnce(&mut Value)) {
    flow.stub.says("/par", 201, "application/json", r#"{"request_uri":"urn:x:1"}"#);
    flow.stub.says_json("/userinfo", &json!({"sub": "248289761001"}));
    flow.discovers(|metadata| {
        metadata["pushed_authorization_request_endpoint"] = json!(flow.stub.url("/par"));
        metadata["userinfo_endpoint"] = json!(flow.stub.url("/userinfo"));
        bend(metadata);
    });
}

#[tokio::test]
async fn insecure_endpoints_are_refused_and_never_called() {
    for name in ASKED.into_iter().chain(["authorization_endpoint"]) {
        let (flow, listener) = start().await;
        let place = format!("login.acme.example:{}/x", listener.port());
        for address in [
            format!("http://{place}"),
            format!("HTTP://{place}"),
            format!("ftp://{place}"),
            format!("ws://{place}"),
            format!("//{place}"),
            "javascript:alert(1)".to_owned(),
            "file:///etc/passwd".to_owned(),
            "data:,x".to_owned(),
        ] {
            let (flow, _) = start().await;
            all(&flow, |metadata| metadata[name] = json!(address));
            let is_relative = address.starts_with("//");
            let expected = if is_relative { DiscoveryInvalid } else { ProviderAddressInsecure };
            assert_eq!(flow.run(|_| ()).await.err(), Some(expected), "{name} {address}");
            assert_eq!(
                flow.stub.asked("/par").len() + flow.stub.asked("/token").len(),
                0,
                "{name} {address}"
            );
        }
        assert_eq!(listener.connections().await, 0, "{name} was called");
        // The accepted counterparts. On loopback the SSO login works. With `https`, the same name is connected to (and
        // does not speak TLS).
        flow.run(|_| ()).await.unwrap_or_else(|kind| panic!("{name}: {kind:?}"));
        let (flow, _) = start().await;
        all(&flow, |metadata| metadata[name] = json!(format!("https://{place}")));
        let expected = ASKED.contains(&name).then_some(Http(Unreachable));
        assert_eq!(flow.run(|_| ()).await.err(), expected, "{name}");
        assert_eq!(listener.connections().await > 0, expected.is_some(), "{name}");
    }
}

/// Parses a discovery document of this issuer. Its endpoints are at `place`, except for `name`, which is at `address`.
fn document(issuer: &str, place: &str, name: &str, address: &str) -> Result<Metadata, ErrorKind> {
    let mut document = json!({"issuer": issuer});
    for name in ASKED.into_iter().chain(["authorization_endpoint"]) {
        document[name] = json!(format!("{place}/{name}"));
    }
    document[name] = json!(address);
    Metadata::parse(issuer, document.to_string().as_bytes()).map_err(|error| error.kind())
}

#[test]
fn a_public_issuer_that_names_an_http_endpoint_on_loopback_is_refused() {
    let public = "https://login.acme.example";
    for name in ASKED.into_iter().chain(["authorization_endpoint"]) {
        for host in ["127.0.0.1:8080", "127.8.9.10", "localhost", "[::1]:9"] {
            let (plain, tls) = (format!("http://{host}/x"), format!("https://{host}/x"));
            let refused = document(public, public, name, &plain).err();
            assert_eq!(refused, Some(ProviderAddressInsecure), "{name} {plain}");
            // The accepted counterparts: `https`, for which a certificate must vouch for the host, and an issuer on
            // loopback.
            document(public, public, name, &tls).unwrap_or_else(|kind| panic!("{name} {tls}: {kind:?}"));
            for issuer in ["http://127.0.0.1:9", "http://localhost:4000/", "https://localhost"] {
                let taken = document(issuer, public, name, &plain);
                taken.unwrap_or_else(|kind| panic!("{issuer} {name} {plain}: {kind:?}"));
            }
        }
    }
}

#[test]
fn an_ambiguous_address_in_a_discovery_document_is_refused() {
    let public = "https://login.acme.example";
    for name in ASKED.into_iter().chain(["authorization_endpoint"]) {
        let good = "https://login.acme.example/x?tenant=1";
        document(public, public, name, good).unwrap_or_else(|kind| panic!("{name}: {kind:?}"));
        for address in [
            "https://hub@login.acme.example/x",
            "https://hub:s3cr3t@login.acme.example/x",
            "https:/account/delete",
            "https:login.acme.example/x",
            "https://login.acme.example/x#y",
            "https://login.acme.example/a b",
        ] {
            let refused = document(public, public, name, address).err();
            assert_eq!(refused, Some(DiscoveryInvalid), "{name} {address}");
        }
    }
}

#[tokio::test]
async fn public_addresses_only_refuses_a_private_provider() {
    let flow = Flow::with(OidcSettings::public_addresses_only).await;
    assert_eq!(flow.authorize().await.err().map(|error| error.kind()), Some(Http(AddressPrivate)));
    assert!(flow.stub.asked(DOCUMENT).is_empty());
    let twin = Flow::start().await;
    twin.run(|_| ()).await.expect("the accepted twin");
    assert_eq!(twin.stub.asked(DOCUMENT).len(), 1);
}

/// Restricts a flow to public addresses. Its provider's metadata was fetched before that.
fn learned(mut flow: Flow) -> Flow {
    Arc::get_mut(&mut flow.provider.0).expect("one owner").settings.reach = Reach::PublicOnly;
    flow
}

/// Returns two private addresses: one with an IP address and one with a name. A public provider's metadata may contain
/// either.
fn private(listener: &Listener) -> [String; 2] {
    ["http://127.0.0.1", "https://inside.acme.example"].map(|at| format!("{at}:{}/x", listener.port()))
}

/// Starts a provider that names this address as the endpoint. Its metadata was fetched already, and the SSO login is
/// restricted to `reach`.
async fn naming(name: &str, address: &str, wanted: PushedRequests, reach: Reach) -> Flow {
    let mut flow = Flow::with(|settings| settings.pushed_requests(wanted)).await;
    flow.out = leading_here();
    all(&flow, |metadata| metadata[name] = json!(address));
    flow.provider.metadata(&flow.out, &flow.clock).await.expect("metadata");
    match reach {
        Reach::Anywhere => flow,
        Reach::PublicOnly => learned(flow),
    }
}

async fn gets_nothing(name: &str, wanted: PushedRequests) {
    let listener = Listener::start().await;
    for address in private(&listener) {
        let held = naming(name, &address, wanted, Reach::PublicOnly).await;
        assert_eq!(held.run(|_| ()).await.err(), Some(Http(AddressPrivate)), "{name} {address}");
        assert_eq!(listener.connections().await, 0, "{name} {address}");
        // The accepted counterpart: an address that the operator chose is connected to. Therefore only the address was
        // the reason for the refusal.
        let free = naming(name, &address, wanted, Reach::Anywhere).await;
        assert_eq!(free.run(|_| ()).await.err(), Some(Http(Unreachable)), "{name} {address}");
        assert!(listener.connections().await > 0, "{name} {address}");
    }
}

#[tokio::test]
async fn a_private_address_in_public_metadata_gets_no_pushed_request() {
    gets_nothing("pushed_authorization_request_endpoint", PushedRequests::Always).await;
}

#[tokio::test]
async fn a_private_address_in_public_metadata_gets_no_code() {
    gets_nothing("token_endpoint", PushedRequests::Auto).await;
}

#[tokio::test]
async fn a_private_address_in_public_metadata_is_asked_for_no_keys() {
    let (flow, listener) = start().await;
    let keys = Stub::start().await;
    keys.says_json("/jwks", &json!({"keys": [TestKey::rsa().jwk("1")]}));
    let token = TestKey::rsa().sign(JwsAlgorithm::Rs256, r#"{"alg":"RS256","kid":"1"}"#, r#"{"sub":"1"}"#);
    let mut metadata = metadata(&flow);
    metadata.jwks_uri = keys.url("/jwks");
    flow.provider.verify(&flow.out, &metadata, &token, &flow.clock).await.expect("the accepted twin");
    assert_eq!(keys.asked("/jwks").len(), 1);
    let held = learned(start().await.0);
    let verify = async |address: String| {
        let metadata = Metadata { jwks_uri: address, ..self::metadata(&held) };
        let outcome = held.provider.verify(&held.out, &metadata, &token, &held.clock).await;
        outcome.err().map(|error| error.kind())
    };
    assert_eq!(verify(keys.url("/jwks")).await, Some(Http(AddressPrivate)));
    assert_eq!(keys.asked("/jwks").len(), 1, "it was asked");
    for address in private(&listener) {
        assert_eq!(verify(address.clone()).await, Some(Http(AddressPrivate)), "{address}");
    }
    assert_eq!(listener.connections().await, 0);
}

#[tokio::test]
async fn a_private_address_in_public_metadata_gets_no_access_token() {
    let (flow, listener) = start().await;
    let subject = json!("248289761001");
    let ask = async |flow: &Flow, address: String| {
        let metadata = Metadata { userinfo_endpoint: Some(address), ..metadata(flow) };
        let (provider, out) = (&flow.provider, &flow.out);
        let outcome = provider.userinfo(out, &metadata, "at-1", Some(&subject), &flow.clock).await;
        outcome.err().map(|error| error.kind())
    };
    let own = flow.stub.url("/userinfo");
    assert_eq!(ask(&flow, own.clone()).await, None, "the accepted twin");
    assert_eq!(flow.stub.asked("/userinfo").len(), 1);
    let stub = flow.stub.clone();
    let held = learned(flow);
    assert_eq!(ask(&held, own).await, Some(Http(AddressPrivate)));
    assert_eq!(stub.asked("/userinfo").len(), 1, "it got the token");
    for address in private(&listener) {
        assert_eq!(ask(&held, address.clone()).await, Some(Http(AddressPrivate)), "{address}");
    }
    assert_eq!(listener.connections().await, 0);
}

/// Returns the metadata that the provider publishes.
fn metadata(flow: &Flow) -> Metadata {
    let text = json!({
        "issuer": flow.stub.url(""),
        "authorization_endpoint": flow.stub.url("/authorize"),
        "token_endpoint": flow.stub.url("/token"),
        "jwks_uri": flow.stub.url("/jwks"),
    });
    Metadata::parse(&flow.stub.url(""), text.to_string().as_bytes()).expect("metadata")
}
