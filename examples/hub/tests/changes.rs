//! What changes while the hub runs, and which access it ends: email addresses, account links, connections.

use std::{env, fs};

use super::*;

#[tokio::test]
async fn removing_an_email_address_ends_the_sso_sessions_that_used_it() {
    let hub = Running::demo().await;
    let mut grace = at_globex(&hub).await;
    grace.navigate(hub.at("/acme/rocket")).await;
    log_in(&mut grace, "grace@acme.example", "acme-grace").await;
    assert!(grace.page().text().contains("Row 6"), "{}", grace.page().text());
    grace.navigate(hub.at("/settings")).await;
    // The first address in the list.
    grace.press("/settings/emails/remove", "Remove", &[]).await;
    let text = grace.page().text();
    assert!(!text.contains("grace@acme.example") && text.contains("Globex a browser, SAML 2.0"), "{text}");
    assert!(!text.contains("Acme Rockets a browser"), "{text}");
    grace.navigate(hub.at("/acme/rocket")).await;
    assert!(grace.page().url.path().ends_with("/start"), "{}", grace.trail());
    // The removed address gives no access any more. The other address does.
    log_in(&mut grace, "grace@acme.example", "acme-grace").await;
    assert_eq!(grace.page().status, StatusCode::FORBIDDEN);
    assert!(grace.navigate(hub.at("/globex/weather")).await.text().contains("Row 6"));
    // The last address can't be removed.
    let page = grace.navigate(hub.at("/settings")).await;
    assert!(page.text().contains("grace@globex.example") && !page.body.contains("/settings/emails/remove"));
}

#[tokio::test]
async fn after_an_unlink_by_an_administrator_the_next_login_links_again() {
    let hub = Running::demo().await;
    let mut grace = hub.signed_in("Grace Hopper", "/acme").await;
    log_in(&mut grace, "grace@acme.example", "acme-grace").await;
    assert!(!grace.page().body.contains("/members/unlink"), "{}", grace.page().text());
    assert_eq!(
        hub.post_as(&grace, "/acme/members/unlink").await.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    let mut ada = hub.signed_in("Ada Lovelace", "/acme").await;
    log_in(&mut ada, "ada@acme.example", "acme-ada").await;
    ada.press("/acme/members/unlink", "Unlink", &[("account", "grace")]).await;
    assert_eq!(ada.page().url.as_str(), hub.at("/acme"), "{}", ada.trail());
    grace.navigate(hub.at("/acme")).await;
    assert!(grace.page().url.path().ends_with("/start"), "{}", grace.trail());
    log_in(&mut grace, "grace@acme.example", "acme-grace").await;
    let text = ada.navigate(hub.at("/acme/activity")).await.text().to_owned();
    assert!(text.contains("link.removed Grace Hopper Ada Lovelace 127.0.0.0/24"), "{text}");
    assert_eq!(text.matches("link.created Grace Hopper").count(), 2, "{text}");
}

const HUB: &str = r#"
show_accounts = true
connections_file = "connections.toml"
user = [
    { id = "ada", name = "Ada Lovelace", emails = ["ada@acme.example"], password = "hub-ada" },
    { id = "grace", name = "Grace Hopper", emails = ["grace@acme.example"], password = "hub-grace" },
]

[[organization]]
slug = "acme"
name = "Acme Rockets"
member = [{ user = "ada", role = "admin" }, { user = "grace" }]
repository = [{ name = "rocket" }]

[[organization]]
slug = "globex"
"#;

fn connection(organization: &str, enforcement: &str, issuer: &str) -> String {
    format!(
        "[[connection]]\norganization = \"{organization}\"\nenforcement = \"{enforcement}\"\n\
         [connection.oidc]\nissuer = \"{issuer}\"\nclient_id = \"hub\"\nclient_secret = \"s\"\n"
    )
}

#[tokio::test]
async fn an_administrator_reloads_the_connections_and_a_bad_file_changes_nothing() {
    let directory = env::temp_dir().join(format!("tower-sso-hub-reload-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("hub.toml"), HUB).unwrap();
    let write = |acme: &str, globex: &str| {
        let acme = connection("acme", acme, "https://idp.acme.example");
        let globex = connection("globex", "optional", globex);
        fs::write(directory.join("connections.toml"), format!("{acme}{globex}")).unwrap();
    };
    let good = "https://idp.globex.example";
    write("optional", good);
    let args = Args { config: Some(directory.join("hub.toml")), ..Args::default() };
    let hub = Running::with(args).await;
    let mut ada = hub.signed_in("Ada Lovelace", "/acme").await;
    let mut grace = hub.signed_in("Grace Hopper", "/acme").await;
    assert!(!grace.page().body.contains("/acme/reload"), "{}", grace.page().text());
    assert_eq!(hub.post_as(&grace, "/acme/reload").await.status(), StatusCode::NOT_FOUND);

    // The error is in another organization's connection. Nothing changes, and this administrator does not see the
    // error.
    write("enforced", "http://idp.globex.example");
    ada.submit("reload", &[]).await;
    assert_eq!(ada.page().status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = ada.page().text();
    assert!(text.contains("Another organization’s connection.") && !text.contains("idp.globex"), "{text}");
    assert!(grace.navigate(hub.at("/acme/rocket")).await.text().contains("Row 7"));
    write("sometimes", good);
    ada.navigate(hub.at("/acme")).await;
    ada.submit("reload", &[]).await;
    assert!(
        ada.page().text().contains("organization \"acme\": enforcement: unknown variant"),
        "{}",
        ada.page().text()
    );

    // After the file is corrected, the change takes effect immediately, for everyone.
    write("off", good);
    ada.navigate(hub.at("/acme")).await;
    ada.submit("reload", &[]).await;
    assert_eq!(ada.page().url.as_str(), hub.at("/acme/activity"), "{}", ada.trail());
    let text = ada.page().text();
    assert!(text.contains("connection.changed – adjusted Ada Lovelace 127.0.0.0/24"), "{text}");
    assert!(grace.navigate(hub.at("/acme/rocket")).await.text().contains("Row 3"));
    write("enforced", good);
    ada.navigate(hub.at("/acme")).await;
    ada.submit("reload", &[]).await;
    assert_eq!(ada.page().title(), "Single sign-on to acme", "{}", ada.trail());
    grace.navigate(hub.at("/acme/rocket")).await;
    assert!(grace.page().url.path().ends_with("/start"), "{}", grace.trail());
    fs::remove_dir_all(&directory).unwrap();
}
