//! Pages of the file are overwritten while the hub is stopped.

use std::fs;

use sqlx::Connection as _;
use tower_sso::CredentialId;

use super::site::{Site, assert_login_failed, finish, is_challenged, is_shown};

/// What a page is overwritten with.
const DAMAGE: u8 = 0xa5;

/// Returns the name and the first page of every table and index, and the size of a page.
async fn pages(site: &Site) -> (Vec<(String, usize)>, usize) {
    let mut file = site.place.connect().await;
    let roots = "select name, rootpage from sqlite_schema where rootpage > 0 order by rootpage";
    let roots: Vec<(String, i64)> = sqlx::query_as(roots).fetch_all(&mut file).await.unwrap();
    let size: i64 = sqlx::query_scalar("pragma page_size").fetch_one(&mut file).await.unwrap();
    let roots = roots.into_iter().map(|(name, page)| (name, usize::try_from(page).unwrap()));
    let first = [("sqlite_schema".to_owned(), 1)];
    (first.into_iter().chain(roots).collect(), usize::try_from(size).unwrap())
}

#[tokio::test]
async fn a_damaged_file_gives_nobody_a_pass_and_takes_nobody_for_unknown() {
    let mut site = Site::new().await;
    site.stop().await;
    let (pages, size) = pages(&site).await;
    let intact = fs::read(site.place.file()).unwrap();
    let (mut refused, mut unanswered) = (Vec::new(), Vec::new());
    for (name, page) in pages {
        let mut damaged = intact.clone();
        damaged[(page - 1) * size..page * size].fill(DAMAGE);
        match damaged_hub(&mut site, &damaged, &name).await {
            None => refused.push(name),
            Some(true) => {}
            Some(false) => unanswered.push(name),
        }
    }
    assert!(refused.contains(&"sqlite_schema".to_owned()), "{refused:?}");
    assert!(refused.contains(&"hub_records".to_owned()), "{refused:?}");
    assert!(unanswered.contains(&"tower_sso_sessions_key".to_owned()), "{unanswered:?}");
    assert!(site.place.log().contains("the SQLite database is damaged"), "{}", site.place.log());

    // Half of the file is missing.
    let half = &intact[..intact.len() / size / 2 * size];
    damaged_hub(&mut site, half, "the second half").await;
    // The counterpart.
    let answers = damaged_hub(&mut site, &intact, "nothing").await;
    assert_eq!(answers, Some(true), "the hub with the intact file");
}

#[tokio::test]
async fn a_hub_names_a_record_that_it_can_not_read_and_does_not_start() {
    let mut site = Site::new().await;
    site.stop().await;
    let mut file = site.place.connect().await;
    let damage = "update hub_records set record = '{}' where kind = 'token'";
    assert_eq!(sqlx::query(damage).execute(&mut file).await.unwrap().rows_affected(), 1);
    file.close().await.unwrap();
    let said = site.place.try_start().await.err().expect("the hub is refused");
    let id = CredentialId::of_secret(&site.token);
    let expected = format!(
        "hub: --store: {}: the token {:?} can't be read: missing field `id`",
        site.place.file().display(),
        id.as_str()
    );
    assert!(said.starts_with(&expected), "{said}");
}

/// Starts the hub on these bytes. Returns `None` if it refuses to run, and otherwise whether it answered everything.
async fn damaged_hub(site: &mut Site, bytes: &[u8], what: &str) -> Option<bool> {
    let file = site.place.file();
    for end in ["-wal", "-shm"] {
        let mut name = file.clone().into_os_string();
        name.push(end);
        let _ = fs::remove_file(name);
    }
    fs::write(&file, bytes).unwrap();
    match site.place.try_start().await {
        Ok(hub) => site.hub = hub,
        Err(said) => {
            let place = format!("hub: --store: {}: ", file.display());
            assert!(said.starts_with(&place), "{what}: {said}");
            let is_clear = said.contains("is damaged") || said.contains("is not a SQLite database");
            assert!(is_clear, "{what}: {said}");
            return None;
        }
    }
    let mut answers = Vec::new();
    site.ada.navigate(site.place.at("/acme/rocket")).await;
    let (page, trail) = (site.ada.page(), site.ada.trail());
    assert!(is_shown(page) || page.status == 503, "{what}: Ada is taken for unknown\n{trail}");
    answers.push(page.status);
    let by_token = site.by_token().await;
    assert!([200, 503].contains(&by_token), "{what}: Ada's token is taken for unknown: {by_token}");
    site.grace.navigate(site.place.at("/acme/rocket")).await;
    let (page, trail) = (site.grace.page(), site.grace.trail());
    assert!(is_challenged(page) || page.status == 503, "{what}: Grace passes\n{trail}");
    answers.push(page.status);
    if is_challenged(page) {
        site.grace.submit_through("begin", &[]).await;
        if site.grace.page().url.host_str() == Some("localhost") {
            finish(&mut site.grace, "grace").await;
        }
        if !is_shown(site.grace.page()) {
            assert_login_failed(&site.grace);
        }
        answers.push(site.grace.page().status);
    }
    site.hub.kill().await;
    Some(by_token == 200 && answers.iter().all(|status| *status == 200))
}
