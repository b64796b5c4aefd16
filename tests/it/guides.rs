//! What `docs/guides` say holds: every connection builds, every error kind exists, every page is in the index.

use std::{collections::BTreeMap, fs, path::Path};

use tower_sso::{
    Connection,
    connection::{ConnectionDocument, Enforcement},
    identity::Protocol,
    login::LoginErrorKind,
};
use tower_sso_test_idp::{SigningAlg, TestKey};

/// The pages that are not about a provider.
const OTHERS: [&str; 2] = ["for-developers", "index"];
/// The header of the table on each provider's page.
const TABLE: &str = "| what shows | kind | what it is |";
/// The header of the table of all kinds, on the first page.
const EVERY_KIND: &str = "| kind | what it means | what to do |";

/// Returns every page by its name.
fn pages() -> BTreeMap<String, String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Returns the pages about providers.
fn guides() -> BTreeMap<String, String> {
    let mut guides = pages();
    guides.retain(|name, _| !OTHERS.contains(&name.as_str()));
    assert_eq!(guides.len(), 11, "{:?}", guides.keys());
    guides
}

/// Returns the TOML blocks of a page.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// Builds the connections of a text. Every secret from the environment is replaced by a word.
fn connections(text: &str) -> Result<Vec<Connection>, tower_sso::ConfigError> {
    let key = TestKey::shared(SigningAlg::Es256).unwrap().private_key_pem().unwrap();
    let environment = |name: &str| match name {
        name if name.ends_with("_SECRET") => Some("a secret".to_owned()),
        name if name.ends_with("_KEY") => Some(key.expose().clone()),
        _ => None,
    };
    let documents = ConnectionDocument::parse_all(text)?;
    documents.into_iter().map(|it| it.into_settings(&environment, "/nowhere".as_ref())?.build()).collect()
}

/// Returns the cells of the second column of a page's table.
fn kinds(page: &str) -> Vec<&str> {
    let rows =
        page.lines().skip_while(|line| *line != TABLE).skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split(" | ").nth(1).unwrap().trim()).collect()
}

#[test]
fn every_connection_of_a_guide_builds() {
    for (name, page) in guides() {
        let blocks = blocks(&page);
        assert!(!blocks.is_empty(), "{name} has no connection");
        let mut protocols = Vec::new();
        for block in blocks {
            let found = connections(block).unwrap_or_else(|error| panic!("{name}: {error}\n{block}"));
            assert!(!found.is_empty(), "{name}: no connection in\n{block}");
            protocols.extend(found.iter().map(Connection::protocol));
        }
        let expected: &[Protocol] = match name.as_str() {
            "any-oidc" => &[Protocol::Oidc],
            "any-saml" => &[Protocol::Saml],
            _ => &[Protocol::Oidc, Protocol::Saml],
        };
        assert!(expected.iter().all(|it| protocols.contains(it)), "{name} has {protocols:?}");
    }
}

#[test]
fn a_mistake_in_a_guide_is_detected() {
    let page = &guides()["any-saml"];
    for (right, wrong) in [
        ("sso_url", "sso_uri"),
        ("BEGIN CERTIFICATE", "BEGIN NOTHING"),
        ("\"post\"", "\"mail\""),
        ("[connection.saml]", "[connection.sam]"),
    ] {
        let block = *blocks(page).last().unwrap();
        assert!(connections(block).is_ok() && block.contains(right), "{right}");
        assert!(connections(&block.replace(right, wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn a_connection_pasted_from_a_guide_is_optional_at_first() {
    let then =
        "enforcement = \"optional\"              # then \"enforced\", once somebody has logged in with SSO\n";
    for (name, page) in guides() {
        for block in blocks(&page) {
            for connection in connections(block).unwrap() {
                assert_eq!(connection.enforcement(), Enforcement::Optional, "{name}: {block}");
            }
            let tables = block.matches("[[connection]]").count();
            assert_eq!(block.matches(then).count(), tables, "{name} does not say when to change to enforced");
        }
    }
}

#[test]
fn auth0_maps_roles_with_both_protocols() {
    let auth0 = &guides()["auth0"];
    let mapped = blocks(auth0).into_iter().flat_map(|it| connections(it).unwrap());
    let mapped: Vec<_> = mapped.map(|it| (it.protocol(), it.roles().is_some())).collect();
    assert_eq!(mapped, [(Protocol::Oidc, true), (Protocol::Saml, true)]);
}

#[test]
fn every_error_kind_of_a_guide_exists() {
    let known: Vec<_> = LoginErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
    for (name, page) in guides() {
        let kinds = kinds(&page);
        assert!(kinds.len() >= 8, "{name} names {}", kinds.len());
        for cell in kinds {
            let named: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
            assert!(cell == "at the provider" || !named.is_empty(), "{name}: {cell:?}");
            for kind in named {
                assert!(known.contains(&kind), "{name}: {kind} is not an error kind");
            }
        }
    }
}

#[test]
fn every_error_kind_is_listed_once_in_the_table() {
    let index = &pages()["index"];
    let rows = index.lines().skip_while(|line| *line != EVERY_KIND).skip(2);
    let rows: Vec<_> = rows.take_while(|line| line.starts_with('|')).collect();
    let named = rows.iter().flat_map(|row| row.split(" | ").next().unwrap().split('`').skip(1).step_by(2));
    let named: Vec<_> = named.collect();
    for kind in LoginErrorKind::ALL {
        let count = named.iter().filter(|name| **name == kind.as_str()).count();
        assert_eq!(count, 1, "{}", kind.as_str());
    }
    assert_eq!(named.len(), LoginErrorKind::ALL.len(), "the table names an unknown error kind");
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert!(
            cells[0].starts_with("**") || (cells.len() == 3 && cells.iter().all(|it| !it.is_empty())),
            "{row}"
        );
    }
}

#[test]
fn every_guide_lists_our_addresses_and_what_was_tried() {
    for (name, page) in guides() {
        for part in
            ["{base_url}/sso/{organization id}/", "\n## Values to give to ", "\n## Tried\n\nTried here: "]
        {
            assert!(page.contains(part), "{name} lacks {part:?}");
        }
        let vendor = "From the vendor's documentation";
        assert!(
            name.starts_with("any-") || page.contains(vendor),
            "{name} does not name the vendor's documentation"
        );
    }
}

#[test]
fn every_guide_is_listed_in_the_index() {
    let pages = pages();
    for name in pages.keys().filter(|name| *name != "index") {
        assert!(pages["index"].contains(&format!("]({name}.md)")), "the index lacks {name}");
    }
}
