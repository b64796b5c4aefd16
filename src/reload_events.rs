//! The audit events of a reload of the connections' file.

use tower_sso_core::LookupError;

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference, request::AuditedConnection},
    connection::reloaded::Reloaded,
    state::Core,
};

/// Records one event for each connection that a reload added, changed, adjusted or removed.
pub(crate) fn record(core: &Core, reloaded: &Reloaded) -> Result<(), LookupError> {
    let Reloaded { added, changed, adjusted, removed, .. } = reloaded;
    for (what, connections) in
        [("added", added), ("changed", changed), ("adjusted", adjusted), ("removed", removed)]
    {
        for connection in connections {
            let action = Action::ConnectionChanged { what };
            let mut event = AuditEvent::new(core.now(), Reference::new()?, action)
                .organization(connection.organization());
            event.connection = Some(AuditedConnection::of(connection, &core.keys));
            core.record(event);
        }
    }
    Ok(())
}
