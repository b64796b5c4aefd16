//! The text of an error that only the operator may see.

/// Makes one line of at most 500 characters out of a text that may contain what a peer sent.
pub fn one_line(detail: &str) -> String {
    let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    detail.chars().take(500).map(printable).collect()
}
