//! [`AuditQuery`] and the page that answers it.

use std::time::SystemTime;

use crate::{
    audit::record::AuditRecord,
    id::{AccountId, OrgId},
};

/// Which records to return. Without a condition, a query means all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditQuery {
    /// Only records of this organization. An app that shows records to an organization's administrator always sets it.
    pub organization: Option<OrgId>,
    /// Only records about this account.
    pub account: Option<AccountId>,
    /// Only records with this reference.
    pub reference: Option<String>,
    /// Only records with one of these names, or all if there are none.
    pub names: Vec<String>,
    /// Only records that happened at or after this time.
    pub since: Option<SystemTime>,
    /// Only records that happened before this time.
    pub until: Option<SystemTime>,
    /// Where the page begins: after the page that returned this cursor, or at the newest record.
    pub after: Option<AuditCursor>,
    /// How many records the page has at most: at least 1, and at most 1,000.
    pub limit: usize,
}

impl AuditQuery {
    /// Returns a query for the newest records.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            organization: None,
            account: None,
            reference: None,
            names: Vec::new(),
            since: None,
            until: None,
            after: None,
            limit,
        }
    }

    /// Only records of this organization.
    #[must_use]
    pub fn organization(mut self, organization: OrgId) -> Self {
        self.organization = Some(organization);
        self
    }

    /// Only records about this account.
    #[must_use]
    pub fn account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Only records with this reference.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Only records with one of these names.
    #[must_use]
    pub fn names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Only records that happened at or after this time.
    #[must_use]
    pub fn since(mut self, time: SystemTime) -> Self {
        self.since = Some(time);
        self
    }

    /// Only records that happened before this time.
    #[must_use]
    pub fn until(mut self, time: SystemTime) -> Self {
        self.until = Some(time);
        self
    }

    /// The page after the one that returned this cursor.
    #[must_use]
    pub fn after(mut self, cursor: Option<AuditCursor>) -> Self {
        self.after = cursor;
        self
    }

    /// Returns whether the query names this record, whatever its page is.
    #[must_use]
    pub fn covers(&self, record: &AuditRecord) -> bool {
        fn fits<T: PartialEq>(asked: Option<&T>, found: Option<&T>) -> bool {
            asked.is_none() || asked == found
        }
        fits(self.organization.as_ref(), record.organization.as_ref())
            && fits(self.account.as_ref(), record.account.as_ref())
            && fits(self.reference.as_ref(), Some(&record.reference))
            && (self.names.is_empty() || self.names.contains(&record.name))
            && self.since.is_none_or(|since| record.at >= since)
            && self.until.is_none_or(|until| record.at < until)
    }
}

/// A place in a log. Its text is the log's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCursor(String);

impl AuditCursor {
    /// Returns the cursor with this text, for example from the address of a page. Text that is no cursor of the log
    /// gives an empty page.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page of records.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditPage {
    /// The records, the one that was appended last first.
    pub records: Vec<AuditRecord>,
    /// The cursor of the next page, or `None` if there are no more records.
    pub next: Option<AuditCursor>,
}

impl AuditPage {
    /// Returns a page.
    #[must_use]
    pub fn new(records: Vec<AuditRecord>, next: Option<AuditCursor>) -> Self {
        Self { records, next }
    }
}
