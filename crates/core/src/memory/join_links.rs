//! Join links in memory.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::{
    id::{JoinLinkId, OrgId},
    session::join_links::{AddOutcome, JoinLink, ORGANIZATION_JOIN_LINKS},
};

/// The join links of a store. Each organization's links are in the order in which they were made.
pub(crate) struct OrganizationLinks {
    limit: usize,
    count: usize,
    organizations: HashMap<OrgId, Vec<JoinLink>, RandomState>,
}

impl OrganizationLinks {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, count: 0, organizations: HashMap::default() }
    }

    pub(crate) fn add(&mut self, link: &JoinLink) -> AddOutcome {
        let theirs = self.organizations.get(&link.organization).map_or(0, Vec::len);
        if self.count >= self.limit || theirs >= ORGANIZATION_JOIN_LINKS {
            return AddOutcome::Full;
        }
        self.organizations.entry(link.organization.clone()).or_default().push(link.clone());
        self.count += 1;
        AddOutcome::Kept
    }

    pub(crate) fn find(&self, organization: &OrgId, id: &JoinLinkId) -> Option<&JoinLink> {
        self.organizations.get(organization)?.iter().find(|link| link.id == *id)
    }

    pub(crate) fn list(&self, organization: &OrgId) -> Vec<JoinLink> {
        self.organizations.get(organization).into_iter().flatten().rev().cloned().collect()
    }

    pub(crate) fn count_use(&mut self, organization: &OrgId, id: &JoinLinkId) -> bool {
        let links = self.organizations.get_mut(organization);
        let Some(link) = links.and_then(|links| links.iter_mut().find(|link| link.id == *id)) else {
            return false;
        };
        link.uses += 1;
        true
    }

    pub(crate) fn remove(&mut self, organization: &OrgId, id: &JoinLinkId) -> bool {
        let Some(links) = self.organizations.get_mut(organization) else { return false };
        let before = links.len();
        links.retain(|link| link.id != *id);
        let removed = before - links.len();
        if links.is_empty() {
            self.organizations.remove(organization);
        }
        self.count -= removed;
        removed > 0
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 2] {
        [self.count, self.organizations.values().map(Vec::len).sum()]
    }
}
