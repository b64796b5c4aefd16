//! Tests responses that are checked without an SSO login.

use crate::{
    connection::saml::tests::*,
    error::kind::LoginErrorKind::{SamlConfirmationWrong, SamlInResponseToWrong},
};

#[tokio::test]
async fn a_response_checked_without_its_request_may_have_been_in_transit() {
    let flow = Flow::start();
    let field = STANDARD.encode(signed(response(Some("_q")), &KEY.1));
    let judge = async |request: &str, seconds| {
        let outcome = flow
            .provider
            .explain_response(&flow.out, Some(request), &addresses(), &field, at(NOW + seconds))
            .await;
        outcome.err().map(|error| error.kind())
    };
    assert_eq!(judge("_q", 0).await, None);
    assert_eq!(judge("_q", 200).await, None);
    assert_eq!(judge("_q", 360).await, Some(SamlConfirmationWrong));
    assert_eq!(judge("_other", 200).await, Some(SamlInResponseToWrong));
}
