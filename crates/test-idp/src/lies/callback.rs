//! The lies about the parameters that return to the app through the browser.

use crate::lies::lie::Lie;

/// Changes the parameters as each [`Lie::Callback`] says.
pub(crate) fn change_callback(lies: Vec<Lie>, params: &mut Vec<(String, String)>) {
    for lie in lies {
        if let Lie::Callback { name, change } = lie {
            change.apply(params, &name);
        }
    }
}
