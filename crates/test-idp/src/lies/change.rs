//! The changes that a lie can make to a parameter.

/// A change to a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Removes the parameter.
    Missing,
    /// Sets another value.
    Value(String),
    /// Sends the parameter twice, with the honest value both times.
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
