//! The code of `docs/roles.md`.

use crate::support::{connections, page, toml_blocks};

#[test]
fn the_roles_of_the_page_are_what_it_says() -> Result<(), Box<dyn std::error::Error>> {
    let connection = connections(&toml_blocks(&page("roles.md"))[0])?.remove(0);
    // [evaluate]

    // Which role does this profile give, and why? An SSO login decides by the same function.
    let profile = serde_json::from_str(r#"{"groups": ["everybody", "hub-developers", "rocket-team"]}"#)?;
    let roles = connection.roles().ok_or("no roles are mapped")?;
    let decision = roles.evaluate(&profile, None);
    assert_eq!(decision.to_string(), r#"write, by the value "hub-developers" of groups"#);

    let groups = connection.groups().evaluate(&profile);
    assert_eq!(groups.matched.len(), 1);
    assert_eq!((groups.matched[0].group.as_str(), groups.matched[0].role.name()), ("rockets", "write"));

    // [/evaluate]
    Ok(())
}

#[test]
fn an_app_can_have_roles_of_its_own() -> Result<(), Box<dyn std::error::Error>> {
    // [own-roles]

    use tower_sso::{
        ConnectionSettings,
        connection::Enforcement,
        oidc::{ClientAuthentication, ClientId, OidcSettings},
        roles::{RoleOutcome, RoleSettings, Roles},
    };

    let roles = Roles::new(["guest", "editor", "owner"], "owner")?;
    let provider = OidcSettings::new("https://idp.example", ClientId::new("hub"), ClientAuthentication::None);
    let connection = ConnectionSettings::oidc("1", Enforcement::Enforced, provider)
        .known_roles(roles.clone())
        .roles(
            RoleSettings::new("$.apps[?@.id == 'hub'].role").default_role("guest").role("owner", ["chief"]),
        )
        .build()?;

    let profile = r#"{"apps": [{"id": "wiki", "role": "chief"}, {"id": "hub", "role": "chief"}]}"#;
    let mapping = connection.roles().ok_or("no roles are mapped")?;
    let decision = mapping.evaluate(&serde_json::from_str(profile)?, roles.role("editor").as_ref());
    assert_eq!(decision.outcome, RoleOutcome::Mapped(roles.role("owner").ok_or("no such role")?));

    // [/own-roles]
    Ok(())
}
