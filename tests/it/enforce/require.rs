//! Organizations that only the handler knows, and lists that span several organizations.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, request::Parts};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tower_sso::{
    OrgId, RequireError, ReturnPath, Sso,
    connection::{Enforcement, FixedConnections, PublicContent, TokenPolicy},
    middleware::ChallengeReason,
};

use crate::support::{World, connection, header, request, text};

const ADA: (&str, &str) = ("x-account", "ada");

async fn by_id(State(sso): State<Sso>, Path(id): Path<String>, parts: Parts) -> Result<String, Response> {
    let pass = sso.require(&parts, &OrgId::new(id)).await.map_err(IntoResponse::into_response)?;
    Ok(format!("{pass:?}"))
}

async fn list(State(sso): State<Sso>, parts: Parts) -> Result<Response, Response> {
    let all = ["1", "2", "3"].map(OrgId::from);
    let pending = sso.pending(&parts, all).await.map_err(IntoResponse::into_response)?;
    let open: Vec<_> = pending.open.iter().map(OrgId::as_str).collect();
    let offered: Vec<_> = pending.offered.iter().map(|it| it.name.as_str()).collect();
    let back = ReturnPath::parse("/list?a=1&b").unwrap();
    for it in pending.required.iter().chain(&pending.offered) {
        let start = format!("https://hub.example/sso/{}/start", it.organization);
        assert_eq!(it.sso_url, start);
        assert_eq!(it.sso_url_back_to(&back), format!("{start}?return_to=%2Flist%3Fa%3D1%26b"));
    }
    let body = format!("open {open:?}, offered {offered:?}");
    Ok((pending.header().map(|header| [header]).into_iter().flatten().collect::<http::HeaderMap>(), body)
        .into_response())
}

fn app(world: &World) -> Router {
    Router::new().route("/repos/{id}", get(by_id)).route("/list", get(list)).with_state(world.sso())
}

#[tokio::test]
async fn require_decides_and_answers_like_the_layer() {
    let world = World::new();
    world.log_in("1", "ada", "signed-on").await;
    for (path, headers, expected) in [
        ("/repos/1", &[][..], "NotRequired(Anonymous)"),
        ("/repos/9", &[ADA], "NotRequired(NoConnection)"),
        ("/repos/3", &[ADA], "NotRequired(NoConnection)"),
        ("/repos/2", &[ADA], "Offered(Optional)"),
        ("/repos/1", &[("x-account", "bob")], "NotRequired(NonMember)"),
        ("/repos/1", &[ADA, ("x-credential", "signed-on")], "Fresh(FreshSession(SessionId(s-signed-on)))"),
    ] {
        let response = app(&world).oneshot(request("GET", path, headers)).await.unwrap();
        assert_eq!(
            (response.status(), text(response).await.as_str()),
            (StatusCode::OK, expected),
            "{path} {headers:?}"
        );
    }
    let response = app(&world).oneshot(request("GET", "/repos/1", &[ADA])).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let x_sso = "required; organization=acme; url=https://hub.example/sso/1/start";
    assert_eq!(header(&response, "x-sso"), x_sso);
    let problem: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(problem["organization"], "acme");
    let response = app(&world).oneshot(request("GET", "/repos/1", &[("x-account", "!")])).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

/// A handler that takes an error apart returns the same response as the whole error would.
#[tokio::test]
async fn a_challenge_and_a_refusal_convert_into_the_same_response_as_the_error() {
    let world = World::new();
    let head = |account: &str| request("GET", "/repos/1", &[("x-account", account)]).into_parts().0;
    let sso = world.sso();
    let Err(RequireError::Challenge(challenge)) = sso.require(&head("ada"), &"1".into()).await else {
        panic!("no challenge")
    };
    assert_eq!(challenge.sso_url(), "https://hub.example/sso/1/start");
    assert_eq!((challenge.status(), challenge.why()), (StatusCode::UNAUTHORIZED, ChallengeReason::NoSession));
    let response = IntoResponse::into_response(challenge);
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(text(response).await.contains("https://hub.example/sso/1/start"));
    let Err(RequireError::Unavailable(refusal)) = sso.require(&head("!"), &"1".into()).await else {
        panic!("no refusal")
    };
    assert_eq!(refusal.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(IntoResponse::into_response(refusal).status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_list_omits_pending_organizations_and_names_them_in_the_header() {
    let world = World::new();
    world.log_in("1", "ada", "signed-on").await;
    for (headers, body, x_sso) in [
        (&[][..], "open [\"1\", \"2\", \"3\"], offered []", ""),
        (&[ADA], "open [\"2\", \"3\"], offered [\"Initech\"]", "partial-results; organizations=acme"),
        (&[ADA, ("x-credential", "signed-on")], "open [\"1\", \"2\", \"3\"], offered [\"Initech\"]", ""),
    ] {
        let response = app(&world).oneshot(request("GET", "/list", headers)).await.unwrap();
        assert_eq!(header(&response, "x-sso"), x_sso, "{headers:?}");
        assert_eq!(text(response).await, body, "{headers:?}");
    }
}

#[tokio::test]
async fn a_list_names_the_tokens_page_to_the_owner_of_a_token() {
    let world = World::new();
    let pending = async |headers: &[(&str, &str)]| {
        let parts = request("GET", "/list", headers).into_parts().0;
        world.sso().pending(&parts, ["1".into()]).await.unwrap().required.remove(0).sso_url
    };
    assert_eq!(pending(&[ADA, ("x-token", "t")]).await, "https://hub.example/sso/1/tokens");
    assert_eq!(pending(&[ADA]).await, "https://hub.example/sso/1/start", "the accepted counterpart");
}

#[tokio::test]
async fn the_status_endpoint_tells_scripts_their_state() {
    let world = World::new();
    world.log_in("1", "ada", "signed-on").await;
    let routes: Router = world.sso().routes();
    for (path, headers, state) in [
        ("/sso/1/status", &[][..], "anonymous"),
        ("/sso/3/status", &[ADA], "not_required"),
        ("/sso/1/status", &[("x-account", "mallory")], "not_required"),
        ("/sso/2/status", &[ADA], "offered"),
        ("/sso/1/status", &[ADA], "required"),
        ("/sso/1/status", &[ADA, ("x-credential", "signed-on")], "fresh"),
    ] {
        let response = routes.clone().oneshot(request("GET", path, headers)).await.unwrap();
        assert_eq!(header(&response, "cache-control"), "no-store");
        let status: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(status["state"], state, "{path} {headers:?}");
        assert_eq!(status.get("expires_at").is_some(), state == "fresh");
        let reason = match state {
            "offered" => Some("optional"),
            "required" => Some("no_session"),
            _ => None,
        };
        assert_eq!(status.get("reason").and_then(Value::as_str), reason, "{state}");
        let start = format!("https://hub.example{}", path.replace("status", "start"));
        let sso_url = ["offered", "required"].contains(&state).then_some(start);
        assert_eq!(status.get("sso_url").and_then(Value::as_str), sso_url.as_deref(), "{state}");
        let bound = ["offered", "required", "fresh"].contains(&state);
        let tokens = path.replace("status", "tokens");
        let tokens_url = bound.then(|| format!("https://hub.example{tokens}"));
        assert_eq!(status.get("tokens_url").and_then(Value::as_str), tokens_url.as_deref(), "{state}");
    }
    // The answer to a token names the tokens page, as a challenge to the token would.
    let token = [ADA, ("x-token", "t-1")];
    let response = routes.oneshot(request("GET", "/sso/1/status", &token)).await.unwrap();
    let status: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!((&status["state"], &status["sso_url"]), (&json!("required"), &status["tokens_url"]));
    // If no token has to be authorized, there is no tokens page.
    let settings = connection("1", Enforcement::Enforced).tokens(TokenPolicy::Exempt);
    let routes: Router = World::with(FixedConnections::build([settings]).unwrap()).sso().routes();
    let response = routes.oneshot(request("GET", "/sso/1/status", &[ADA])).await.unwrap();
    let status: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!((&status["state"], status.get("tokens_url")), (&json!("required"), None));
}

#[tokio::test]
async fn the_public_part_of_a_list_does_not_reveal_its_private_entries() {
    let settings = connection("1", Enforcement::Enforced).public_content(PublicContent::Open);
    let world = World::with(FixedConnections::build([settings]).unwrap());
    let pending = || async {
        let parts = request("GET", "/list", &[ADA]).into_parts().0;
        let pending = world.sso().pending(&parts, ["1".into()]).await.unwrap();
        (pending.required.len(), pending.offered.len(), pending.open.len())
    };
    assert_eq!(pending().await, (1, 0, 0));
    *world.host.state.public.lock().unwrap() = true;
    assert_eq!(pending().await, (1, 0, 0));
    // A single item is decided differently from a list.
    let pass = world.sso().require(&request("GET", "/acme/public", &[ADA]).into_parts().0, &"1".into()).await;
    assert!(
        matches!(pass, Ok(tower_sso::SsoPass::Offered(tower_sso::middleware::OfferReason::PublicContent))),
        "{pass:?}"
    );
}
