//! Reads an organization of the file, with its members and repositories.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::atomic::AtomicBool,
};

use tower_sso::{
    AccountId, ConfigError, StepUp,
    directory::{EnforcementOverride, Member},
};

use super::{
    Secrets,
    people::{is_address, known, name, tokens},
    tables::{
        BindingName, MemberTable, OrganizationTable, RepositoryTable, RoleName, StepUpTable, VisibilityName,
    },
};
use crate::{
    model::{MemberRecord, Organization, Repository, Role, User, Visibility},
    problem::Problem,
    synchronized::Synchronized,
};

/// Slugs that an organization's repositories can't have, because they are the names of its pages.
const TAKEN_REPOSITORIES: [&str; 6] = ["activity", "profile", "sessions", "join-links", "members", "reload"];

pub(super) fn organization(
    table: &OrganizationTable,
    place: &str,
    users: &[User],
    next_repository: &mut u32,
    secrets: &Secrets<'_>,
) -> Result<Organization, Problem> {
    let mut members = BTreeMap::new();
    for (at, member) in table.member.iter().enumerate() {
        let place = format!("{place}.member[{at}].user");
        let account = known(&place, &member.user, users)?;
        if members.insert(account, membership(member)).is_some() {
            return Err(Problem::new(place, format!("appears twice: {:?}", member.user)));
        }
    }
    let mut service_accounts = BTreeSet::new();
    for (at, user) in table.service_accounts.iter().enumerate() {
        service_accounts.insert(no_member(
            &format!("{place}.service_accounts[{at}]"),
            user,
            users,
            &members,
        )?);
    }
    let mut names = HashSet::new();
    let mut repositories = Vec::new();
    for (at, one) in table.repository.iter().enumerate() {
        let place = format!("{place}.repository[{at}]");
        name(&format!("{place}.name"), &one.name, &TAKEN_REPOSITORIES)?;
        if !names.insert(&one.name) {
            return Err(Problem::new(format!("{place}.name"), format!("appears twice: {:?}", one.name)));
        }
        repositories.push(repository(one, &place, users, &members, *next_repository, secrets)?);
        *next_repository += 1;
    }
    let mut invitations = BTreeMap::new();
    for (at, one) in table.invitation.iter().enumerate() {
        is_address(&format!("{place}.invitation[{at}].email"), &one.email)?;
        invitations.insert(one.email.to_lowercase(), one.role.into());
    }
    let id = table.id.as_ref().unwrap_or(&table.slug);
    Ok(Organization {
        id: id.as_str().into(),
        // No user has such an id: the ids of users contain no colon.
        own_account: AccountId::new(format!("organization:{id}")),
        tokens: tokens(&table.token, place, secrets)?,
        slug: table.slug.as_str().into(),
        name: table.name.clone().unwrap_or_else(|| table.slug.clone()),
        description: table.description.clone().unwrap_or_default(),
        founders: members,
        synchronized: Synchronized::default(),
        service_accounts,
        invitations,
        step_up: step_up(&table.step_up, &format!("{place}.step_up"))?,
        all_repositories: repositories,
    })
}

fn membership(table: &MemberTable) -> MemberRecord {
    let binding = match table.binding {
        BindingName::Default => EnforcementOverride::Default,
        BindingName::Exempt => EnforcementOverride::Exempt,
        BindingName::Required => EnforcementOverride::Required,
    };
    MemberRecord { role: table.role.into(), member: Member { binding, pilot: table.pilot } }
}

fn step_up(table: &StepUpTable, place: &str) -> Result<StepUp, Problem> {
    let within = table.within.as_deref().unwrap_or("5m");
    let within = humantime::parse_duration(within).map_err(|error| {
        let expected = format!("expected a duration such as \"5m\", found {within:?}: {error}");
        Problem::new(format!("{place}.within"), expected)
    })?;
    let problem =
        |field: &str, error: &ConfigError| Problem::new(format!("{place}.{field}"), error.problem());
    let asked = StepUp::new().within(within).map_err(|error| problem("within", &error))?;
    table.context_classes.iter().try_fold(asked, |asked, class| {
        asked.context_class(class.as_str()).map_err(|error| problem("context_classes", &error))
    })
}

fn no_member(
    place: &str,
    user: &str,
    users: &[User],
    members: &BTreeMap<AccountId, MemberRecord>,
) -> Result<AccountId, Problem> {
    let account = known(place, user, users)?;
    if members.contains_key(&account) {
        return Err(Problem::new(place, format!("expected somebody who is no member, found {user:?}")));
    }
    Ok(account)
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Member => Self::Member,
            RoleName::Maintainer => Self::Maintainer,
            RoleName::Admin => Self::Admin,
        }
    }
}

fn repository(
    table: &RepositoryTable,
    place: &str,
    users: &[User],
    members: &BTreeMap<AccountId, MemberRecord>,
    id: u32,
    secrets: &Secrets<'_>,
) -> Result<Repository, Problem> {
    let mut collaborators = BTreeSet::new();
    for (at, user) in table.collaborators.iter().enumerate() {
        collaborators.insert(no_member(&format!("{place}.collaborators[{at}]"), user, users, members)?);
    }
    Ok(Repository {
        id,
        name: table.name.clone(),
        description: table.description.clone().unwrap_or_default(),
        visibility: match table.visibility {
            VisibilityName::Private => Visibility::Private,
            VisibilityName::Public => Visibility::Public,
        },
        readme: table.readme.clone().unwrap_or_default(),
        collaborators,
        is_deleted: AtomicBool::new(false),
        git: table.git.as_ref().map(|path| secrets.directory.join(path)),
    })
}
