//! Tests the form in which an identity is stored between `receive` and `finish`.

use serde_json::json;
use tower_sso_core::Protocol;

use crate::{connection::saml::tests::*, identity::IdentityFields};

/// An earlier version stored tickets without `link`, because account links did not have a separate scope.
#[tokio::test]
async fn an_identity_stored_without_a_link_can_be_read() {
    let identity = Flow::start().run(|_| ()).await.expect("accepted").identity.0;
    assert_eq!(identity.protocol, Protocol::Saml);
    let mut kept = json!(identity);
    let read =
        |kept: &serde_json::Value| serde_json::from_value::<IdentityFields>(kept.clone()).expect("read");
    assert_eq!(read(&kept).link, identity.link);
    assert!(kept.as_object_mut().expect("an object").remove("link").is_some());
    assert_eq!((read(&kept).link, read(&kept).subject), (None, identity.subject));
}
