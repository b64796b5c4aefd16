//! Maps a profile to a role in the organization: the role mapping after all checks, and its rules in order.

use std::collections::BTreeMap;

use crate::{
    connection::mapping::{
        attribute::{Attribute, Read},
        role::Role,
        role_decision::{Fallback, RoleDecision, RoleOutcome, RoleReason},
    },
    fingerprint::Fingerprint,
    identity::Profile,
};

/// A role mapping after all checks: how a profile is mapped to a role in the organization.
#[derive(Debug)]
pub struct RoleMapping {
    pub(crate) attribute: Attribute,
    pub(crate) default: Role,
    pub(crate) map: BTreeMap<String, Role>,
}

impl RoleMapping {
    /// Returns the role that this profile is mapped to, for an account with this invitation role or without an
    /// invitation. An SSO login makes exactly this decision. The first rule that applies decides:
    ///
    /// 1. If the attribute was left out because of its length, or if the profile cannot be read, the role is unknown
    ///    and nothing changes.
    /// 2. If values of the attribute are mapped to roles, by exact match, the role is the most privileged of them.
    /// 3. The invitation's role.
    /// 4. The default role.
    #[must_use]
    pub fn evaluate(&self, profile: &Profile, invitation: Option<&Role>) -> RoleDecision {
        let (outcome, reason) = self.decide(profile, invitation, |_| true);
        RoleDecision { outcome, reason, attribute: self.attribute.as_str().to_owned() }
    }

    /// Makes the same decision for a user who joins with a join link, which gives no role that administers the
    /// organization. The role is then the most privileged one that does not administer, by the same rules. If the
    /// default role administers the organization, the role is the least privileged of all roles. Returns `None` if
    /// that role administers the organization too.
    pub(crate) fn for_join(&self, profile: &Profile, invitation: Option<&Role>) -> Option<RoleDecision> {
        let said = self.evaluate(profile, invitation);
        if !said.role().is_some_and(Role::is_admin) {
            return Some(said);
        }
        let (outcome, _) = self.decide(profile, invitation, |role| !role.is_admin());
        let outcome = match outcome {
            RoleOutcome::Default(role) if role.is_admin() => {
                RoleOutcome::Default(role.least().filter(|least| !least.is_admin())?)
            }
            kept @ (RoleOutcome::Mapped(_) | RoleOutcome::Default(_) | RoleOutcome::Unknown) => kept,
        };
        Some(RoleDecision { outcome, reason: RoleReason::Withheld, ..said })
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let Self { attribute, default, map } = self;
        let start = Fingerprint::default()
            .with("role_attribute", [attribute.as_str()])
            .with("default_role", [default.name()]);
        map.iter().fold(start, |it, (value, role)| it.with("role_of_value", [value.as_str(), role.name()]))
    }

    fn decide(
        &self,
        profile: &Profile,
        invitation: Option<&Role>,
        gives: fn(&Role) -> bool,
    ) -> (RoleOutcome, RoleReason) {
        let (role, fallback) = match invitation.filter(|role| gives(role)) {
            Some(role) => (role, Fallback::Invitation),
            None => (&self.default, Fallback::DefaultRole),
        };
        let instead = RoleOutcome::Default(role.clone());
        let values = match self.attribute.read(profile) {
            Read::Values(values) => values,
            Read::Absent => return (instead, RoleReason::NoAttribute { fallback }),
            Read::Overage(marker) => return (RoleOutcome::Unknown, RoleReason::Overage { marker }),
            Read::Unreadable(problem) => return (RoleOutcome::Unknown, RoleReason::Unreadable(problem)),
        };
        let mut best: Option<(&str, &Role)> = None;
        for value in &values {
            if let Some(role) = self.map.get(value.as_ref()).filter(|role| gives(role))
                && best.is_none_or(|(_, so_far)| role > so_far)
            {
                best = Some((value, role));
            }
        }
        match best {
            Some((value, role)) => {
                (RoleOutcome::Mapped(role.clone()), RoleReason::Matched { value: value.to_owned() })
            }
            None => (instead, RoleReason::NoMatch { values: values.len(), fallback }),
        }
    }
}

#[cfg(test)]
mod tests;
