//! What a reload of a file of connections changed.

use std::{collections::HashMap, sync::Arc};

use super::{Connection, FixedConnections};

/// What a reload of a file of connections changed, in the order of the organizations' ids. Hand it to
/// [`Sso::connections_reloaded`](crate::Sso::connections_reloaded), for the audit log.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reloaded {
    /// Those of organizations that had none.
    pub added: Vec<Arc<Connection>>,
    /// Those of another version: their SSO sessions ended.
    pub changed: Vec<Arc<Connection>>,
    /// Those with other settings of the same version, such as their enforcement, their mappings or a certificate of the
    /// provider's: their SSO sessions go on. A secret or a key of ours that was rotated is not seen.
    pub adjusted: Vec<Arc<Connection>>,
    /// Those of organizations that have none any more.
    pub removed: Vec<Arc<Connection>>,
}

impl Reloaded {
    #[cfg_attr(not(any(feature = "oidc", feature = "saml")), allow(dead_code))]
    pub(super) fn between(old: &FixedConnections, new: &FixedConnections) -> Self {
        let before: HashMap<_, _> = old.iter().map(|it| (it.organization(), it)).collect();
        let mut reloaded = Self::default();
        for connection in new.iter() {
            let to = match before.get(connection.organization()) {
                None => &mut reloaded.added,
                Some(old) if old.version() != connection.version() => &mut reloaded.changed,
                Some(old) if rest(old) != rest(connection) => &mut reloaded.adjusted,
                Some(_) => continue,
            };
            to.push(Arc::clone(connection));
        }
        let there = |it: &&Arc<Connection>| new.get(it.organization()).is_none();
        reloaded.removed = old.iter().filter(there).cloned().collect();
        let Self { added, changed, adjusted, removed } = &mut reloaded;
        for list in [added, changed, adjusted, removed] {
            list.sort_by(|one, other| one.organization().cmp(other.organization()));
        }
        reloaded
    }
}

/// What of a connection is no part of its version, in a form that can be compared.
fn rest(connection: &Connection) -> String {
    let Connection {
        organization: _,
        name,
        enforcement,
        enforce_from,
        bound,
        public_content,
        tokens,
        timeout,
        email: _,
        required_claims: _,
        join,
        known_roles,
        roles,
        groups,
        provider,
        version: _,
    } = connection;
    let binds = (enforcement, enforce_from, bound, public_content, tokens, timeout, join);
    format!("{name:?} {binds:?} {known_roles:?} {roles:?} {groups:?} {}", provider.said())
}
