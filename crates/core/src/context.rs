//! Authentication context classes: which ones a connection accepts, and which ones a handler requests.

/// Returns the acceptable authentication context classes for one SSO login: the connection's own, limited to those
/// that a handler requests. A request can only narrow them, because a person who writes the address of an SSO login
/// must not be able to bypass them.
///
/// # Errors
///
/// Says so if no class is left.
pub fn context_classes(own: &[String], asked: &[String]) -> Result<Vec<String>, String> {
    let both: Vec<_> = match (own, asked) {
        ([], classes) | (classes, []) => return Ok(classes.to_vec()),
        (own, asked) => asked.iter().filter(|class| own.contains(class)).cloned().collect(),
    };
    if both.is_empty() {
        return Err(format!("a handler asks for {asked:?}, the connection takes {own:?} alone"));
    }
    Ok(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_can_only_narrow_the_context_classes_of_a_connection() {
        let classes = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        for (own, asked, answer) in [
            (&[][..], &[][..], Some(&[][..])),
            (&["mfa"], &[], Some(&["mfa"])),
            (&[], &["mfa"], Some(&["mfa"])),
            (&["pwd", "mfa"], &["phr", "mfa"], Some(&["mfa"])),
            (&["mfa"], &["pwd"], None),
        ] {
            let found = context_classes(&classes(own), &classes(asked));
            match answer {
                Some(answer) => assert_eq!(found.unwrap(), classes(answer), "{own:?} {asked:?}"),
                None => assert!(found.is_err(), "{own:?} {asked:?}"),
            }
        }
    }
}
