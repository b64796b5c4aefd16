//! Account links in memory.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::{
    id::{AccountId, OrgId},
    session::{
        links::{Link, LinkOutcome, LinkScope},
        session_id::SessionId,
    },
};

/// The account links of a store.
pub(crate) struct AccountLinks {
    limit: usize,
    count: usize,
    organizations: HashMap<OrgId, OfOrganization, RandomState>,
}

/// The links of one organization, indexed by account and by subject.
#[derive(Default)]
struct OfOrganization {
    by_account: HashMap<AccountId, Held, RandomState>,
    by_subject: HashMap<(LinkScope, String), AccountId, RandomState>,
}

struct Held {
    link: Link,
    /// The last SSO login that made or confirmed the link.
    login: SessionId,
}

impl AccountLinks {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, count: 0, organizations: HashMap::default() }
    }

    pub(crate) fn pin(&mut self, link: &Link, login: &SessionId) -> LinkOutcome {
        let subject = (link.scope.clone(), link.subject.clone());
        let mut links = self.organizations.get_mut(&link.organization);
        let held = links.as_mut().and_then(|links| links.by_account.get_mut(&link.account));
        let replaced = held.is_some();
        if let Some(held) = held
            && held.link.scope == link.scope
        {
            if held.link.subject != link.subject {
                return LinkOutcome::OtherSubject;
            }
            held.login = login.clone();
            return LinkOutcome::Same;
        }
        if links.is_some_and(|links| links.by_subject.contains_key(&subject)) {
            // The subject is not linked to this account: the account's link, if any, has another scope.
            return LinkOutcome::OtherAccount;
        }
        if !replaced && self.count >= self.limit {
            return LinkOutcome::Full;
        }
        self.unlink(&link.organization, &link.account);
        let links = self.organizations.entry(link.organization.clone()).or_default();
        let held = Held { link: link.clone(), login: login.clone() };
        links.by_account.insert(link.account.clone(), held);
        links.by_subject.insert(subject, link.account.clone());
        self.count += 1;
        if replaced { LinkOutcome::Replaced } else { LinkOutcome::New }
    }

    pub(crate) fn find(&self, organization: &OrgId, account: &AccountId) -> Option<&Link> {
        Some(&self.organizations.get(organization)?.by_account.get(account)?.link)
    }

    pub(crate) fn undo(&mut self, link: &Link, login: &SessionId) -> bool {
        let links = self.organizations.get(&link.organization);
        let held = links.and_then(|links| links.by_account.get(&link.account));
        held.is_some_and(|held| held.link == *link && held.login == *login)
            && self.unlink(&link.organization, &link.account)
    }

    pub(crate) fn unlink(&mut self, organization: &OrgId, account: &AccountId) -> bool {
        let Some(links) = self.organizations.get_mut(organization) else { return false };
        let Some(Held { link, .. }) = links.by_account.remove(account) else { return false };
        links.by_subject.remove(&(link.scope, link.subject));
        if links.by_account.is_empty() {
            self.organizations.remove(organization);
        }
        self.count -= 1;
        true
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 4] {
        let by_account = self.organizations.values().map(|links| links.by_account.len()).sum();
        let by_subject = self.organizations.values().map(|links| links.by_subject.len()).sum();
        [self.count, by_account, by_subject, self.organizations.len()]
    }
}
