//! Whether a directory answers stored ids of organizations, or the text of the path.

use std::fmt;

use tower_sso_core::{LookupError, OrgId, OrgSlug};

use crate::directory::app::Directory;

/// Checks that [`Directory::organization`] answers the id that the host stores, never the text of the path.
///
/// The known spelling must lead to the id. Other spellings of it that a router lets through (upper and lower case,
/// leading zeros, a sign, white space, a UUID in other forms) may lead to the same id, to nothing, or to another
/// organization, but never to an id that is only the spelling itself: connections are found by id, so such a request
/// would pass as one of an organization without a connection.
///
/// # Errors
///
/// Names each spelling whose answer is wrong, or the lookup that failed.
pub async fn check_organization_ids(
    directory: &(impl Directory + ?Sized),
    slug: &OrgSlug,
    id: &OrgId,
) -> Result<(), OrganizationIdsProblem> {
    let found = directory.organization(slug).await?;
    let mut problems = Vec::new();
    if found.as_ref() != Some(id) {
        problems.push(format!("{:?}: expected {:?}, found {found:?}", slug.as_str(), id.as_str()));
    }
    for spelling in spellings(slug.as_str()) {
        let found = directory.organization(&OrgSlug::new(&*spelling)).await?;
        if found.is_some_and(|found| found != *id && found.as_str().eq_ignore_ascii_case(&spelling)) {
            problems.push(format!("{spelling:?}: the answer is the text of the path, not a stored id"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(OrganizationIdsProblem(problems.join("; "))) }
}

/// What [`check_organization_ids`] found.
#[derive(Debug)]
pub struct OrganizationIdsProblem(String);

impl fmt::Display for OrganizationIdsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OrganizationIdsProblem {}

impl From<LookupError> for OrganizationIdsProblem {
    fn from(error: LookupError) -> Self {
        Self(format!("organization failed: {error}"))
    }
}

/// Other spellings that a parser may take for the same.
fn spellings(slug: &str) -> Vec<String> {
    let dashless = slug.replace('-', "");
    let others = [
        slug.to_uppercase(),
        slug.to_lowercase(),
        format!("0{slug}"),
        format!("+{slug}"),
        format!(" {slug}"),
        format!("{slug} "),
        format!("{slug}/"),
        format!("{slug}.0"),
        format!("urn:uuid:{slug}"),
        format!("{{{slug}}}"),
        dashless.to_uppercase(),
        dashless,
    ];
    others.into_iter().filter(|other| other != slug).collect()
}
