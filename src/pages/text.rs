//! Puts values into the words of a page.

pub(crate) fn named(text: &str, organization: &str) -> String {
    text.replace("{organization}", organization)
}
