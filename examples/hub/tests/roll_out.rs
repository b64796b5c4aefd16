//! An organization that enforces SSO from a date, for its pilot first, and an organization whose members are invited.

use super::*;

#[tokio::test]
async fn the_roll_out_decides_which_members_are_challenged() {
    let hub = Running::demo().await;
    for (person, row, banner) in [
        ("Niels Abel", "Row 7", Some("Vandelay Industries requires single sign-on from 2099-01-01")),
        ("Edsger Dijkstra", "Row 7", Some("Vandelay Industries offers single sign-on.")),
        ("Carol Shaw", "Row 5", None),
    ] {
        let mut browser = hub.signed_in(person, "/").await;
        let text = browser.page().text().to_owned();
        assert_eq!(
            text.matches("Log in with SSO to Vandelay Industries").count() > 0,
            banner.is_some(),
            "{person}: {text}"
        );
        assert!(banner.is_none_or(|banner| text.contains(banner)), "{person}: {text}");
        let text = browser.navigate(hub.at("/vandelay/latex")).await.text().to_owned();
        assert!(text.contains(row) && text.contains("Imports and exports"), "{person}: {text}");
    }
    // A member with the override `Required` is challenged before the date.
    let mut hedy = hub.signed_in("Hedy Lamarr", "/vandelay/latex").await;
    assert_eq!(hedy.page().title(), "Single sign-on to Vandelay Industries");
    provider(&mut hedy, "hedy@vandelay.example", "vandelay-hedy").await;
    assert!(hedy.page().text().contains("Row 6"), "{}", hedy.page().text());
}

#[tokio::test]
async fn a_token_passes_while_its_owner_has_an_sso_session() {
    let hub = Running::demo().await;
    let mut hedy = hub.signed_in("Hedy Lamarr", "/settings").await;
    hedy.submit("new-token", &[("name", "laptop")]).await;
    let text = hedy.page().text().to_owned();
    let token = text.split_whitespace().find(|word| word.starts_with("hub_")).unwrap().to_owned();
    let path = "/api/orgs/vandelay/repos";
    assert_eq!(hub.ask_with(&token, path).await.status(), StatusCode::UNAUTHORIZED);
    hedy.navigate(hub.at("/vandelay")).await;
    provider(&mut hedy, "hedy@vandelay.example", "vandelay-hedy").await;
    assert_eq!(hub.ask_with(&token, path).await.status(), StatusCode::OK);
    hedy.press("sign-out", "Sign out", &[]).await;
    assert_eq!(hub.ask_with(&token, path).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_invited_account_gets_the_role_of_its_invitation() {
    let hub = Running::demo().await;
    let (_, link) = hub.join_links.iter().find(|(name, _)| name == "Globex").unwrap();
    let mut browser = hub.signed_in("Edsger Dijkstra", "/").await;
    browser.navigate(link).await;
    assert_eq!(browser.page().title(), "Join Globex");
    browser.submit_through("join", &[]).await;
    let who = [("email", "edsger@globex.example"), ("password", "globex-edsger")];
    browser.press("/sign-in", "Sign in", &who).await;
    browser.submit("/saml/acs", &[]).await;
    assert!(browser.page().text().contains("maintainer of Globex"), "{}", browser.page().text());
    let mut grace = at_globex(&hub).await;
    let text = grace.navigate(hub.at("/globex/activity")).await.text().to_owned();
    assert!(text.contains("maintainer, by the invitation: there is no groups"), "{text}");
}

#[tokio::test]
async fn an_organization_token_passes_in_its_organization_only() {
    let hub = Running::demo().await;
    let (_, token) = hub.tokens.iter().find(|(owner, _)| owner == "Acme Rockets").unwrap();
    let list = hub.ask_with(token, "/api/orgs/acme/repos").await;
    assert_eq!(list.status(), StatusCode::OK);
    let list = list.text().await.unwrap();
    assert!(list.contains("\"rocket\"") && list.contains("\"telemetry\""), "{list}");
    // In contrast, a member's token requires SSO.
    assert_eq!(hub.ask("/api/orgs/acme/repos").await.status(), StatusCode::UNAUTHORIZED);
    let elsewhere = hub.ask_with(token, "/api/orgs/globex/repos").await.text().await.unwrap();
    assert!(elsewhere.contains("handbook") && !elsewhere.contains("weather"), "{elsewhere}");
    let page = hub.ask_with(token, "/acme/rocket").await.text().await.unwrap();
    assert!(page.contains("by a token of the organization") && page.contains("Row 5"), "{page}");
    let who = hub.ask_with(token, "/api/user").await.text().await.unwrap();
    assert!(who.contains("organization token") && who.contains("Acme Rockets"), "{who}");
}

#[tokio::test]
async fn metrics_are_served_separately_and_contain_no_names() {
    let hub = Running::demo().await;
    assert_eq!(hub.ask("/api/orgs/acme/repos").await.status(), StatusCode::UNAUTHORIZED);
    let mut browser = hub.signed_in("Ada Lovelace", "/acme/rocket").await;
    super::log_in(&mut browser, "ada@acme.example", "acme-ada").await;
    let at = format!("http://{}/metrics", hub.metrics.unwrap());
    let text = reqwest::get(at).await.unwrap().text().await.unwrap();
    for line in [
        "tower_sso_challenges_total{protocol=\"oidc\",credential=\"token\",reason=\"no_session\"}",
        "tower_sso_logins_finished_total{protocol=\"oidc\"}",
        "tower_sso_provider_duration_seconds_bucket{call=\"token\",outcome=\"answered\",le=\"0.1\"}",
        "# HELP tower_sso_challenges_total",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("@") && !text.contains("acme"), "{text}");
    // The hub itself does not serve the metrics.
    assert_eq!(hub.ask("/metrics").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_service_account_is_not_challenged() {
    let hub = Running::demo().await;
    let (_, token) = hub.tokens.iter().find(|(owner, _)| owner == "Build Robot").unwrap();
    let list = hub.ask_with(token, "/api/orgs/acme/repos").await;
    assert_eq!(list.status(), StatusCode::OK);
    assert!(list.text().await.unwrap().contains("rocket"));
    // In contrast, a member's token requires SSO.
    assert_eq!(hub.ask("/api/orgs/acme/repos").await.status(), StatusCode::UNAUTHORIZED);
    let mut browser = hub.signed_in("Build Robot", "/acme/rocket").await;
    assert!(browser.page().text().contains("SSO is not required of service accounts of Acme Rockets."));
    assert_eq!(browser.navigate(hub.at("/acme/activity")).await.status, StatusCode::NOT_FOUND);
}
