//! JSONPath (RFC 9535) with a bound on its work, because the same person may write the query and fill the profile.
//!
//! The library parses and evaluates queries. A query whose work could be unbounded is refused when it is parsed. A
//! query is evaluated segment by segment, and no node is kept twice. Therefore each segment visits each node of the
//! profile at most a fixed number of times.

use std::{collections::HashSet, ptr};

use serde_json::Value;
use serde_json_path::JsonPath;

/// The maximum number of selectors between commas.
const MAX_SELECTORS: usize = 16;
/// The maximum number of `..` segments.
const MAX_DESCENTS: usize = 1;
/// The maximum depth of nested parentheses.
const MAX_PARENTHESES: usize = 8;

/// A query. Each of its segments is a query that begins with `$` and has that one segment.
#[derive(Debug)]
pub(crate) struct Query {
    segments: Vec<JsonPath>,
    head: Option<String>,
}

impl Query {
    /// Parses a query. The error says what is wrong with it, for the person who wrote it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let segments = Scan::default().segments(text)?;
        JsonPath::parse(text).map_err(|error| format!("no JSONPath (RFC 9535): {error}"))?;
        let head = segments.first().and_then(|segment| name(segment));
        let alone = |segment: &String| JsonPath::parse(&format!("${segment}"));
        let segments: Result<_, _> = segments.iter().map(alone).collect();
        Ok(Self { segments: segments.map_err(|error| format!("no JSONPath (RFC 9535): {error}"))?, head })
    }

    /// Returns the selected nodes, each once.
    pub(crate) fn select<'p>(&self, profile: &'p Value) -> Vec<&'p Value> {
        self.segments.iter().fold(vec![profile], |nodes, segment| {
            let mut seen = HashSet::new();
            let selected = nodes.into_iter().flat_map(|node| segment.query(node).all());
            selected.filter(|&node| seen.insert(ptr::from_ref(node))).collect()
        })
    }

    /// Returns the one attribute that the query reads, or `None` if it may read others.
    pub(crate) fn head(&self) -> Option<&str> {
        self.head.as_deref()
    }
}

/// Returns the name that a segment selects, if the segment is `.name` or `['name']` and nothing else.
fn name(segment: &str) -> Option<String> {
    let plain = |name: &str| !name.contains(['\\', '\'', '"', '*', ',', '[', '.']);
    let quoted = || {
        let inside = segment.strip_prefix('[')?.strip_suffix(']')?.trim();
        let of = |quote: char| inside.strip_prefix(quote)?.strip_suffix(quote);
        // A name in brackets may contain dots. Other unusual characters are not worth an exception.
        of('\'').or_else(|| of('"')).filter(|name| plain(&name.replace('.', "")))
    };
    let dotted = segment.strip_prefix('.').filter(|name| plain(name));
    dotted.or_else(quoted).map(str::to_owned)
}

/// Scans a query's text once: it cuts the text into segments and refuses everything whose cost is not bounded. The
/// library must still accept what passes here.
#[derive(Default)]
struct Scan {
    brackets: usize,
    parentheses: usize,
    /// Whether the scanner is inside a selector that begins with `?`.
    filter: bool,
    selectors: usize,
    descents: usize,
}

impl Scan {
    fn segments(mut self, text: &str) -> Result<Vec<String>, String> {
        let mut rest =
            text.strip_prefix('$').ok_or("expected a JSONPath, which begins with $")?.chars().peekable();
        let mut segments: Vec<String> = Vec::new();
        let mut before = '$';
        while let Some(c) = rest.next() {
            let begins = self.brackets == 0 && matches!(c, '.' | '[') && before != '.';
            if begins {
                segments.push(String::new());
            }
            if let Some(segment) = segments.last_mut() {
                segment.push(c);
                if matches!(c, '\'' | '"') {
                    quoted(c, &mut rest, segment)?;
                } else {
                    self.plain(c, before)?;
                }
            } else if !c.is_ascii_whitespace() {
                return Err(format!("no JSONPath (RFC 9535): expected . or [ after $, found {c:?}"));
            }
            before = c;
        }
        for segment in &mut segments {
            *segment = segment.trim().to_owned();
        }
        Ok(segments)
    }

    /// Handles one character outside quotes.
    fn plain(&mut self, c: char, before: char) -> Result<(), String> {
        match c {
            '[' => self.brackets += 1,
            ']' => {
                self.brackets = self.brackets.saturating_sub(1);
                self.filter &= self.brackets > 0;
            }
            '(' if before.is_ascii_alphanumeric() || before == '_' => {
                return Err("functions are not taken: compare with == and the like".to_owned());
            }
            '(' => self.parentheses += 1,
            ')' => self.parentheses = self.parentheses.saturating_sub(1),
            ',' => {
                self.selectors += 1;
                self.filter &= self.brackets > 1;
            }
            '.' if before == '.' => self.descents += 1,
            '?' if self.filter => return Err("a filter within a filter is not taken".to_owned()),
            '?' => self.filter = true,
            '$' => return Err("$ is taken at the beginning alone".to_owned()),
            _ => {}
        }
        // Inside a filter only queries for one node are accepted: @.name, @['name'], @[0].
        let several =
            matches!(c, '*' | ':') || (c == ',' && self.brackets > 1) || (c == '.' && before == '.');
        if self.filter && several {
            return Err(
                "a filter compares single values, such as @.name: *, .., lists and slices are not taken"
                    .to_owned(),
            );
        }
        if self.selectors > MAX_SELECTORS
            || self.descents > MAX_DESCENTS
            || self.parentheses > MAX_PARENTHESES
        {
            return Err(format!(
                "too costly: {MAX_DESCENTS} .., {MAX_SELECTORS} commas and {MAX_PARENTHESES} parentheses at most"
            ));
        }
        Ok(())
    }
}

/// Consumes the rest of a quoted text.
fn quoted(quote: char, rest: &mut impl Iterator<Item = char>, into: &mut String) -> Result<(), String> {
    while let Some(c) = rest.next() {
        into.push(c);
        if c == '\\' {
            into.extend(rest.next());
        } else if c == quote {
            return Ok(());
        }
    }
    Err(format!("no JSONPath (RFC 9535): a {quote} is not closed"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_selects_each_node_of_rfc_9535_once() {
        let profile = json!({
            "roles": ["a", "b", "c"],
            "apps": [{"id": "hub", "role": "x"}, {"id": "wiki (old)", "role": "y", "off": true}],
            "a.b": {"$": 1},
        });
        for (query, selected) in [
            ("$", vec![&profile]),
            ("$.roles", vec![&profile["roles"]]),
            ("$['roles'][*]", vec![&json!("a"), &json!("b"), &json!("c")]),
            ("$ .roles [ 1: ]", vec![&json!("b"), &json!("c")]),
            ("$.roles[0,0,-3]", vec![&json!("a")]),
            ("$.roles[*,*][0]", vec![]),
            ("$.apps[?@.id=='hub'].role", vec![&json!("x")]),
            ("$.apps[?(@.id == 'wiki (old)')].role", vec![&json!("y")]),
            ("$.apps[?(@.id=='hub' || @['id']==\"wiki (old)\") && !@.off].role", vec![&json!("x")]),
            ("$..role", vec![&json!("x"), &json!("y")]),
            ("$['a.b']['$']", vec![&json!(1)]),
            ("$.nothing..role", vec![]),
        ] {
            let parsed = Query::parse(query).unwrap_or_else(|problem| panic!("{query}: {problem}"));
            assert_eq!(parsed.select(&profile), selected, "{query}");
        }
    }

    #[test]
    fn an_invalid_or_unbounded_query_is_refused() {
        for (query, says) in [
            ("", "begins with $"),
            ("roles", "begins with $"),
            ("$roles", "after $"),
            ("$.", "RFC 9535"),
            ("$[", "RFC 9535"),
            ("$['a", "not closed"),
            ("$['a\\']", "not closed"),
            ("$.a]", "RFC 9535"),
            ("$.roles[?@.a]==1", "RFC 9535"),
            ("$..a..b", "too costly"),
            ("$[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]", "too costly"),
            ("$[?(((((((((@.a)))))))))]", "too costly"),
            ("$[?@..a]", "single values"),
            ("$[?@.*]", "single values"),
            ("$[?@[0,0][0,0]]", "single values"),
            ("$[?@[:]]", "single values"),
            ("$[?@[?@.a]]", "filter within"),
            ("$[?@.a==$.b]", "beginning alone"),
            ("$[?match(@.a, '(a+)+b')]", "functions"),
            ("$[?length(@.a) > 1]", "functions"),
            ("$[?count(@.*) > 1]", "functions"),
        ] {
            let problem = Query::parse(query).expect_err(query);
            assert!(problem.contains(says), "{query}: {problem}");
        }
    }

    #[test]
    fn the_single_attribute_that_a_query_reads_is_known() {
        for (query, head) in [
            ("$.groups", Some("groups")),
            ("$.groups[*].name", Some("groups")),
            ("$['groups']", Some("groups")),
            ("$[\"https://a.example/groups\"][0]", Some("https://a.example/groups")),
            ("$['a','b']", None),
            ("$[*]", None),
            ("$.*", None),
            ("$..groups", None),
            ("$", None),
        ] {
            assert_eq!(Query::parse(query).unwrap().head(), head, "{query}");
        }
    }

    #[test]
    fn the_worst_query_on_the_worst_profile_stays_small() {
        let deep = (0..30).fold(json!("x"), |inner, _| json!([inner, {"a": "x"}]));
        let nodes = Query::parse("$..*").unwrap().select(&deep).len();
        // If nodes were kept twice, each of these queries would double its nodes with each segment.
        let doubling = format!("$..[*,*]{}", "[0,0]".repeat(14));
        assert!(Query::parse(&doubling).unwrap().select(&deep).len() <= nodes);
        assert!(Query::parse(&format!("$..*{}", ".*".repeat(100))).unwrap().select(&deep).is_empty());
    }

    proptest! {
        #[test]
        fn a_query_evaluated_by_segments_equals_the_whole_query(
            query in r#"\$(\.[ab*]|\[[01]\]|\['a'\]|\[0,1\]|\[\?@\.a\]|\[::-1\]| \.b){0,4}(\.\.(a|\*|\[0\]))?"#,
        ) {
            let profile = json!({"a": [{"a": [1, 2], "b": {"a": 3}}, {"b": ["x"]}], "b": {"a": {"b": [4]}}});
            if let Ok(parsed) = Query::parse(&query) {
                let mut seen = HashSet::new();
                let whole = JsonPath::parse(&query).unwrap().query(&profile).all();
                let whole: Vec<_> = whole.into_iter().filter(|&it| seen.insert(ptr::from_ref(it))).collect();
                prop_assert_eq!(parsed.select(&profile), whole);
            }
        }

        #[test]
        fn parsing_a_query_never_panics(text in "\\$[ -~\\PC]{0,40}") {
            let _ = Query::parse(&text).map(|query| query.select(&json!({"a": [1]})).len());
        }
    }
}
