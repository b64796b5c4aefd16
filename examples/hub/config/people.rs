//! Reads the users and organizations of the file, and checks them against each other.

use std::collections::{HashMap, HashSet};

use tower_sso::AccountId;

use super::{
    Secrets,
    organizations::organization,
    tables::{OrganizationTable, TokenTable, UserTable},
};
use crate::{
    emails::Emails,
    model::{ConfiguredToken, Model, User},
    password::PasswordHash,
    problem::Problem,
};

/// Slugs that an organization can't have, because they are the names of the hub's pages.
const TAKEN_SLUGS: [&str; 7] = ["api", "sign-in", "sign-out", "register", "settings", "assets", "sso"];

pub(super) fn model(
    users: &[UserTable],
    organizations: &[OrganizationTable],
    secrets: &Secrets<'_>,
) -> Result<Model, Problem> {
    let mut known: Vec<User> = Vec::new();
    let mut emails = HashSet::new();
    for (index, table) in users.iter().enumerate() {
        let place = format!("user[{index}]");
        let user = user(table, &place, &mut emails, secrets)?;
        if known.iter().any(|it| it.id == user.id) {
            return Err(Problem::new(format!("{place}.id"), format!("appears twice: {:?}", table.id)));
        }
        known.push(user);
    }
    let (mut slugs, mut ids, mut next_repository) = (HashMap::new(), HashSet::new(), 1);
    let mut built = Vec::new();
    for (index, table) in organizations.iter().enumerate() {
        let place = format!("organization[{index}]");
        let organization = organization(table, &place, &known, &mut next_repository, secrets)?;
        if !ids.insert(organization.id.clone()) {
            return Err(Problem::new(format!("{place}.id"), format!("appears twice: {}", organization.id)));
        }
        let former = table.former_slugs.iter().enumerate();
        let former = former.map(|(at, slug)| (format!("{place}.former_slugs[{at}]"), slug));
        for (place, slug) in std::iter::once((format!("{place}.slug"), &table.slug)).chain(former) {
            name(&place, slug, &TAKEN_SLUGS)?;
            if slugs.insert(slug.clone(), index).is_some() {
                return Err(Problem::new(place, format!("appears twice: {slug:?}")));
            }
        }
        built.push(organization);
    }
    Ok(Model::new(known, built, slugs))
}

fn user(
    table: &UserTable,
    place: &str,
    emails: &mut HashSet<String>,
    secrets: &Secrets<'_>,
) -> Result<User, Problem> {
    name(&format!("{place}.id"), &table.id, &[])?;
    if table.emails.is_empty() {
        return Err(Problem::new(format!("{place}.emails"), "expected at least one email address"));
    }
    for (at, email) in table.emails.iter().enumerate() {
        let place = format!("{place}.emails[{at}]");
        is_address(&place, email)?;
        if !emails.insert(email.to_lowercase()) {
            return Err(Problem::new(place, format!("is another user's too: {email:?}")));
        }
    }
    let sources = (&table.password, &table.password_env, &table.password_file);
    let password = secrets.required(place, "password", sources)?;
    Ok(User {
        id: AccountId::new(table.id.as_str()),
        name: table.name.clone().unwrap_or_else(|| table.id.clone()),
        emails: Emails::new(table.emails.clone()),
        hash: PasswordHash::of(&password)
            .map_err(|error| Problem::new(format!("{place}.password"), error.to_string()))?,
        password: Some(password),
        tokens: tokens(&table.token, place, secrets)?,
    })
}

/// Reads the tokens of a user or of an organization.
pub(super) fn tokens(
    tables: &[TokenTable],
    place: &str,
    secrets: &Secrets<'_>,
) -> Result<Vec<ConfiguredToken>, Problem> {
    let token = |(at, token): (usize, &TokenTable)| {
        let sources = (&token.secret, &token.secret_env, &token.secret_file);
        let secret = secrets.read(&format!("{place}.token[{at}]"), "secret", sources)?;
        Ok(ConfiguredToken { name: token.name.clone(), secret })
    };
    tables.iter().enumerate().map(token).collect()
}

/// Returns whether the text can be an email address.
pub(super) fn is_address(place: &str, email: &str) -> Result<(), Problem> {
    if email.split_once('@').is_none_or(|(local, domain)| local.is_empty() || domain.is_empty()) {
        return Err(Problem::new(place, format!("expected an email address, found {email:?}")));
    }
    Ok(())
}

pub(super) fn known(place: &str, user: &str, users: &[User]) -> Result<AccountId, Problem> {
    let account = AccountId::new(user);
    if users.iter().any(|it| it.id == account) {
        return Ok(account);
    }
    Err(Problem::new(place, format!("expected the id of a user of this file, found {user:?}")))
}

/// Checks a name that is used in URLs. It must be in lower case, so that each name has one spelling.
pub(super) fn name(place: &str, name: &str, taken: &[&str]) -> Result<(), Problem> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if name.is_empty() || !name.bytes().all(plain) {
        let expected = format!("expected lower-case letters, digits, - and _, found {name:?}");
        return Err(Problem::new(place, expected));
    }
    if taken.contains(&name) {
        return Err(Problem::new(place, format!("is a page of the hub's own: {name:?}")));
    }
    Ok(())
}
