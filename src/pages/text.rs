//! Inserts values into the text of a page. The result is not escaped: the templates escape it.

/// Replaces `{organization}` by the name of the organization.
pub(crate) fn insert_organization(text: &str, organization: &str) -> String {
    text.replace("{organization}", organization)
}
