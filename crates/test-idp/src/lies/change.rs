//! The changes that a lie can make to a parameter.

/// A change to a parameter.
///
/// ```
/// # fn run(idp: &tower_sso_test_idp::TestIdp) {
/// use tower_sso_test_idp::{Change, Lie};
///
/// // RFC 9207: the provider has announced `iss`, so a response without it may come from another provider.
/// idp.lie(Lie::callback("iss", Change::Missing));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Removes the parameter.
    ///
    /// A required parameter that is missing must not count as one that is right.
    Missing,
    /// Sets another value.
    ///
    /// A parameter that the honest response does not have is added.
    Value(String),
    /// Sends the parameter twice, with the honest value both times.
    ///
    /// RFC 6749 §3.1 forbids repeated parameters. An app that reads the first one, behind a proxy that reads the last
    /// one, can be misled. A parameter that the honest response does not have is not added.
    Doubled,
}

impl Change {
    /// Changes one parameter.
    pub(crate) fn apply(self, params: &mut Vec<(String, String)>, name: &str) {
        let found = params.iter().position(|(known, _)| known == name);
        match (self, found) {
            (Self::Missing, _) => params.retain(|(known, _)| known != name),
            (Self::Value(value), Some(at)) => {
                if let Some((_, old)) = params.get_mut(at) {
                    *old = value;
                }
            }
            (Self::Value(value), None) => params.push((name.to_owned(), value)),
            (Self::Doubled, Some(at)) => params.extend(params.get(at).cloned()),
            (Self::Doubled, None) => {}
        }
    }
}
