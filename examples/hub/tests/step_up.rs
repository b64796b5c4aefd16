//! Deleting a repository requires a step-up, with both protocols.

use super::*;

#[tokio::test]
async fn deleting_a_repository_requires_a_step_up() {
    let hub = Running::demo().await;
    let mut ada = hub.signed_in("Ada Lovelace", "/acme/rocket").await;
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    // She has just logged in with SSO, but not with the required context class.
    ada.navigate(hub.at("/acme/rocket/delete")).await;
    let start = ada.page().url.clone();
    assert!(start.path() == "/sso/acme/start", "{}", ada.trail());
    assert!(
        start.query().unwrap().contains("acr_values=https%3A%2F%2Frefeds.org%2Fprofile%2Fmfa"),
        "{start}"
    );
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    assert_eq!(ada.page().url.as_str(), hub.at("/acme/rocket/delete"), "{}", ada.trail());
    ada.submit("delete", &[]).await;
    assert_eq!(ada.page().url.as_str(), hub.at("/acme"), "{}", ada.trail());
    let text = ada.page().text();
    assert!(!text.contains("The launch vehicle") && text.contains("on the way up"), "{text}");
    assert_eq!(ada.navigate(hub.at("/acme/rocket")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(hub.ask("/api/repos/1").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn deleting_a_repository_requires_a_step_up_with_saml() {
    let hub = Running::demo().await;
    let mut grace = at_globex(&hub).await;
    grace.navigate(hub.at("/globex/weather/delete")).await;
    assert_eq!(grace.page().url.path(), "/sso/globex/start", "{}", grace.trail());
    provider(&mut grace, "grace@globex.example", "globex-grace").await;
    grace.submit("/saml/acs", &[]).await;
    assert_eq!(grace.page().url.as_str(), hub.at("/globex/weather/delete"), "{}", grace.trail());
    grace.submit("delete", &[]).await;
    assert_eq!(grace.page().url.as_str(), hub.at("/globex"), "{}", grace.trail());
    assert_eq!(grace.navigate(hub.at("/globex/weather")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn deleting_without_a_step_up_or_permission_is_refused() {
    let hub = Running::demo().await;
    let mut ada = hub.signed_in("Ada Lovelace", "/acme/rocket").await;
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    // The form is sent without opening the page first: it redirects to the page, which redirects to the SSO login.
    let answer = hub.post_as(&ada, "/acme/rocket/delete").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/acme/rocket/delete");
    assert_eq!(ada.navigate(hub.at("/acme/rocket")).await.status, StatusCode::OK);
    let mut grace = hub.signed_in("Grace Hopper", "/acme/rocket").await;
    log_in(&mut grace, "grace@acme.example", "acme-grace").await;
    assert_eq!(grace.navigate(hub.at("/acme/rocket/delete")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(hub.post_as(&grace, "/acme/rocket/delete").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(grace.navigate(hub.at("/acme/rocket")).await.status, StatusCode::OK);
}
