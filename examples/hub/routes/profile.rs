//! Shows an organization's administrators what an SSO login would do.

use axum::{
    Form,
    extract::{Path, rejection::FormRejection},
    response::Response,
};
use serde::Deserialize;
use tower_sso::{Connection, SsoPass, identity::Profile};

use super::sessions::administrator;
use crate::{
    pages::{self, Came, Page, Tried},
    visit::Visit,
};

/// The maximum size of a profile in bytes.
const MOST: usize = 100_000;

#[derive(Deserialize)]
pub(super) struct Wanted {
    profile: String,
    #[serde(default)]
    invited_as: String,
}

pub(super) async fn page(mut visit: Visit, pass: SsoPass, Path(org): Path<String>) -> Result<Page, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    Ok(pages::profile(&visit, &here, &Tried::default()))
}

/// Applies the connection's rules to a profile. Changes nothing, and stores nothing of what was entered.
pub(super) async fn submit(
    mut visit: Visit,
    pass: SsoPass,
    Path(org): Path<String>,
    form: Result<Form<Wanted>, FormRejection>,
) -> Result<Page, Response> {
    let here = administrator(&mut visit, &org, pass).await?;
    let tried = match (form, here.connection.as_deref()) {
        (_, None) => Tried::default(),
        (Err(rejection), Some(_)) => {
            let problem = format!("That could not be read: {}", rejection.body_text());
            Tried { came: Some(Err(problem)), ..Tried::default() }
        }
        (Ok(Form(Wanted { profile, invited_as })), Some(connection)) => {
            let came = come_to(connection, &profile, &invited_as);
            // A text that is too long is not sent back.
            let text = if profile.len() > MOST { String::new() } else { profile };
            Tried { text, invited_as, came: Some(came) }
        }
    };
    Ok(pages::profile(&visit, &here, &tried))
}

/// Returns the result for a profile, or a sentence about why it can't be applied.
fn come_to(connection: &Connection, text: &str, invited_as: &str) -> Result<Came, String> {
    if text.len() > MOST {
        return Err(format!("That is too long: {} bytes, and {MOST} at most.", text.len()));
    }
    let profile: Profile = serde_json::from_str(text)
        .map_err(|error| format!("That is no JSON object as a provider’s profile is: {error}."))?;
    let invitation = match invited_as {
        "" => None,
        name => Some(connection.known_roles().role(name).ok_or("There is no role of that name.")?),
    };
    Ok(Came {
        refused: connection.required_claims().evaluate(&profile).err(),
        role: connection.roles().map(|mapping| mapping.evaluate(&profile, invitation.as_ref())),
        groups: connection.groups().evaluate(&profile),
    })
}

#[cfg(test)]
mod tests {
    use tower_sso::{connection::ConnectionDocument, roles::RoleOutcome};

    use super::*;

    const OIDC: &str = "issuer = \"https://idp.example\"\nclient_id = \"hub\"\nclient_secret = \"s\"\n";

    fn connection() -> Connection {
        let text = format!(
            "[[connection]]\norganization = \"1\"\nenforcement = \"enforced\"\n[connection.oidc]\n{OIDC}\
             [connection.required_claims]\nhd = [\"acme.example\"]\n\
             [connection.roles]\nattribute = \"groups\"\ndefault = \"read\"\n[connection.roles.map]\nadmins = \"admin\"\n\
             [[connection.groups]]\nattribute = \"groups\"\nvalue = \"flight\"\ngroup = \"avionics\"\nrole = \"write\"\n"
        );
        let document = ConnectionDocument::parse_all(&text).unwrap().remove(0);
        document.into_settings(&|_| None, ".".as_ref()).unwrap().build().unwrap()
    }

    #[test]
    fn a_profile_is_shown_with_the_role_and_groups_it_maps_to() {
        let connection = connection();
        for (text, invited_as, role, groups, refused) in [
            (
                r#"{"hd": "acme.example", "groups": ["admins", "flight"]}"#,
                "",
                "admin, by the value \"admins\" of groups",
                1,
                None,
            ),
            (r#"{"hd": "acme.example"}"#, "", "read, by default: there is no groups", 0, None),
            (r#"{"hd": "acme.example"}"#, "write", "write, by the invitation: there is no groups", 0, None),
            (
                r#"{"groups": "admins"}"#,
                "",
                "admin, by the value \"admins\" of groups",
                0,
                Some("there is no hd, which the connection requires"),
            ),
        ] {
            let came = come_to(&connection, text, invited_as).unwrap();
            assert_eq!(came.role.unwrap().to_string(), role, "{text}");
            assert_eq!(came.groups.matched.len(), groups, "{text}");
            assert_eq!(came.refused.map(|it| it.to_string()).as_deref(), refused, "{text}");
        }
    }

    #[test]
    fn an_invalid_profile_is_answered_with_the_reason() {
        let connection = connection();
        let deep = |levels: usize| format!("{{\"groups\": {}1{}}}", "[".repeat(levels), "]".repeat(levels));
        let long = format!("{{\"groups\": \"{}\"}}", "a".repeat(MOST));
        for (text, says) in [
            ("", "no JSON object"),
            ("groups: admins", "no JSON object"),
            ("[1]", "no JSON object"),
            ("\"admins\"", "no JSON object"),
            ("{\"groups\": [}", "no JSON object"),
            ("{\"groups\": \"\u{0}\"}", "no JSON object"),
            (&deep(5000), "no JSON object"),
            (&long, "too long"),
        ] {
            let problem = come_to(&connection, text, "").err().unwrap();
            assert!(problem.contains(says) && problem.ends_with('.'), "{problem}");
        }
        assert!(come_to(&connection, "{}", "boss").is_err());
        let came = come_to(&connection, &deep(40), "").unwrap().role.unwrap();
        assert_eq!(came.outcome, RoleOutcome::Unknown);
        assert!(came.to_string().contains("32 levels"), "{came}");
    }
}
