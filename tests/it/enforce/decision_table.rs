//! Each row of the decision table, through a real router.

use axum::{Extension, Router, extract::Path, routing::get};
use http::StatusCode;
use tower::ServiceExt as _;
use tower_sso::{
    ConnectionSettings, Membership, NotRequired, OrgId, SsoPass,
    connection::{Enforcement, FixedConnections, PublicContent},
};

use crate::support::{World, connection, connections, header, request, text};

fn app(world: &World) -> Router {
    let seen = |pass: Option<Extension<SsoPass>>, organization: Option<Extension<OrgId>>| async move {
        let pass = match pass.map(|Extension(pass)| pass) {
            None => "no pass".to_owned(),
            Some(SsoPass::NotRequired(why)) => format!("{why:?}"),
            Some(SsoPass::Offered(offer)) => format!("offered {}", offer.as_str()),
            Some(SsoPass::Fresh(proof)) => format!("fresh {}", proof.session().account),
        };
        format!("{pass} in {}", organization.map_or("none".to_owned(), |Extension(id)| id.to_string()))
    };
    Router::new()
        .route("/about", get(seen))
        .route("/{org}/{repo}", get(seen))
        .route("/users/{user}/{org_like}", get(|Path(_): Path<(String, String)>| async { "outside" }))
        .layer(world.builder().without_organization("/users").build().unwrap().layer())
}

async fn say(world: &World, path: &str, headers: &[(&str, &str)]) -> String {
    let response = app(world).oneshot(request("GET", path, headers)).await.unwrap();
    let status = response.status();
    if status != StatusCode::OK {
        return format!("{} {}", status.as_u16(), header(&response, "x-sso"));
    }
    assert!(
        response.headers().keys().all(|name| name != "x-sso" && name != "cache-control"),
        "a passed request gets no extra header"
    );
    text(response).await
}

const ADA: (&str, &str) = ("x-account", "ada");

#[tokio::test]
async fn every_row_of_the_decision_table_passes_or_challenges() {
    let world = World::new();
    world.log_in("1", "ada", "signed-on").await;
    let robot = ("1".into(), "robot".into());
    world.host.state.memberships.lock().unwrap().insert(robot, Membership::ServiceAccount);
    let challenged = "401 required; organization=acme; url=https://hub.example/sso/1/start";
    for (row, path, headers, expected) in [
        (1, "/about", &[ADA][..], "no pass in none".to_owned()),
        (1, "/users/ada/acme", &[ADA], "outside".to_owned()),
        (2, "/acme/x", &[], "no pass in none".to_owned()),
        (3, "/nobody/x", &[ADA], format!("{:?} in none", NotRequired::UnknownOrganization)),
        (3, "/umbrella/x", &[ADA], format!("{:?} in 3", NotRequired::NoConnection)),
        (4, "/acme/x", &[("x-account", "bob")], format!("{:?} in 1", NotRequired::NonMember)),
        (5, "/acme/x", &[("x-account", "eve")], format!("{:?} in 1", NotRequired::ExternalCollaborator)),
        (
            5,
            "/acme/x",
            &[("x-account", "robot"), ("x-token", "t")],
            format!("{:?} in 1", NotRequired::ServiceAccount),
        ),
        (5, "/acme/x", &[ADA, ("x-organization-token", "t")], format!("{:?} in 1", NotRequired::Exempt)),
        (6, "/acme/x", &[ADA, ("x-credential", "signed-on")], "fresh ada in 1".to_owned()),
        (7, "/initech/x", &[ADA], "offered optional in 2".to_owned()),
        (9, "/acme/x", &[ADA], challenged.to_owned()),
        (9, "/acme/x", &[ADA, ("x-credential", "another")], challenged.to_owned()),
        (9, "/acme/x", &[ADA, ("x-token", "t")], challenged.replace("/start", "/tokens")),
    ] {
        assert_eq!(say(&world, path, headers).await, expected, "row {row}: {path} {headers:?}");
    }
}

#[tokio::test]
async fn public_content_of_an_open_connection_passes_and_offers_a_login() {
    let open: ConnectionSettings = connection("1", Enforcement::Enforced).public_content(PublicContent::Open);
    let world = World::with(FixedConnections::build([open]).unwrap());
    assert!(say(&world, "/acme/x", &[ADA]).await.starts_with("401"));
    *world.host.state.public.lock().unwrap() = true;
    assert_eq!(say(&world, "/acme/x", &[ADA]).await, "offered public_content in 1");
    let strict = World::with(connections());
    *strict.host.state.public.lock().unwrap() = true;
    assert!(say(&strict, "/acme/x", &[ADA]).await.starts_with("401"), "the default is strict");
}

#[tokio::test]
async fn only_the_facts_that_a_decision_needs_are_looked_up() {
    let world = World::new();
    for (path, headers, calls) in [
        ("/about", &[ADA][..], 0),
        ("/acme/x", &[], 1),
        ("/nobody/x", &[ADA], 2),
        ("/umbrella/x", &[ADA], 2),
        ("/acme/x", &[("x-account", "bob")], 3),
        ("/acme/x", &[ADA], 3),
    ] {
        let before = world.host.calls();
        say(&world, path, headers).await;
        assert_eq!(world.host.calls() - before, calls, "{path} {headers:?}");
    }
}
