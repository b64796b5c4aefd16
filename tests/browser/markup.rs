//! Splits HTML into tags and text.

use std::collections::HashMap;

/// One piece of a document.
#[derive(Debug)]
pub enum HtmlToken {
    Open { name: String, attributes: HashMap<String, String> },
    Close(String),
    Text(String),
}

/// Returns the pieces of the document from left to right. Entities are resolved.
pub fn pieces(source: &str) -> Vec<HtmlToken> {
    let mut out = Vec::new();
    let mut rest = source;
    // Until this element is closed, nothing inside it is a tag.
    let mut raw: Option<String> = None;
    while !rest.is_empty() {
        let end = match &raw {
            Some(name) => find_ignoring_case(rest, &format!("</{name}")),
            None => rest.find('<'),
        };
        let (text, tag) = rest.split_at(end.unwrap_or(rest.len()));
        if !text.is_empty() {
            let verbatim = matches!(raw.as_deref(), Some("script" | "style"));
            out.push(HtmlToken::Text(if verbatim { text.to_owned() } else { unescape(text) }));
        }
        raw = None;
        rest = if let Some(comment) = tag.strip_prefix("<!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else if let Some(after) = tag.strip_prefix("</") {
            let (name, after) = after.split_once('>').unwrap_or((after, ""));
            out.push(HtmlToken::Close(name.trim().to_ascii_lowercase()));
            after
        } else if tag.starts_with("<!") {
            tag.split_once('>').map_or("", |(_, after)| after)
        } else if tag.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic()) {
            let (name, attributes, after) = open_tag(&tag[1..]);
            raw = matches!(name.as_str(), "script" | "style" | "title" | "textarea").then(|| name.clone());
            out.push(HtmlToken::Open { name, attributes });
            after
        } else if let Some(after) = tag.strip_prefix('<') {
            out.push(HtmlToken::Text("<".to_owned()));
            after
        } else {
            ""
        };
    }
    out
}

fn open_tag(tag: &str) -> (String, HashMap<String, String>, &str) {
    let name_end = tag.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(tag.len());
    let (name, mut rest) = tag.split_at(name_end);
    let mut attributes = HashMap::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (name.to_ascii_lowercase(), attributes, after);
        }
        if rest.is_empty() {
            return (name.to_ascii_lowercase(), attributes, rest);
        }
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        // A stray `=` begins a name, as in the standard, so that each iteration consumes something.
        let (key, after) = rest.split_at(end.max(1));
        let mut value = "";
        rest = after;
        if let Some(after) = after.trim_start().strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                _ => {
                    after.split_at(after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len()))
                }
            };
        }
        attributes.entry(key.to_ascii_lowercase()).or_insert_with(|| unescape(value));
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let known = rest.split_once(';').and_then(|(name, after)| Some((entity(&name[1..])?, after)));
        let (c, after) = known.unwrap_or(('&', &rest[1..]));
        out.push(c);
        rest = after;
    }
    out + rest
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

fn find_ignoring_case(text: &str, part: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(part)
}
