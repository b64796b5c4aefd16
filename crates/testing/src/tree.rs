//! A document as a tree that can be modified. Only the markup is parsed. Anything that cannot be parsed stays
//! unchanged.
//!
//! The parser is forgiving on purpose: attackers' documents are not well-formed, and a strict parser would lose what is
//! wrong with them. Only tests use it; the crates parse with their own strict parser.
//!
//! ```
//! use tower_sso_testing::tree::Element;
//!
//! let text = "<a><b x='1'>text</b><!-- c --></a>";
//! let mut document = Element::read(text);
//! assert_eq!((document.count(), document.find("b")), (3, Some(2)));
//! document.replace(2, Vec::new());
//! let mut out = String::new();
//! document.write(&mut out);
//! assert_eq!(out, "<a><!-- c --></a>");
//! ```

/// An element, or the source text between elements: text, comments and sections.
#[derive(Clone, Debug)]
pub enum Item {
    Element(Element),
    Raw(String),
}

/// An element. The outermost element has no name and is the document.
#[derive(Clone, Debug, Default)]
pub struct Element {
    pub name: String,
    /// The attributes. The values are the source text.
    pub attributes: Vec<(String, String)>,
    pub items: Vec<Item>,
}

impl Element {
    /// Parses a document. [`write`](Self::write) returns the same document; only the notation of its tags may differ.
    pub fn read(text: &str) -> Self {
        let mut open = vec![Self::default()];
        let mut rest = text;
        while !rest.is_empty() {
            let raw = match rest.find('<') {
                Some(0) => markup(rest),
                Some(at) => at,
                None => rest.len(),
            };
            let (token, behind) = rest.split_at(raw);
            rest = behind;
            if token.starts_with("</") && open.len() > 1 {
                let closed = open.pop().unwrap_or_default();
                last(&mut open).items.push(Item::Element(closed));
            } else if let Some((element, is_empty)) = start_tag(token) {
                match is_empty {
                    true => last(&mut open).items.push(Item::Element(element)),
                    false => open.push(element),
                }
            } else {
                last(&mut open).items.push(Item::Raw(token.to_owned()));
            }
        }
        while open.len() > 1 {
            let closed = open.pop().unwrap_or_default();
            last(&mut open).items.push(Item::Element(closed));
        }
        open.pop().unwrap_or_default()
    }

    /// Writes the element with everything in it. The document itself has no tags.
    pub fn write(&self, out: &mut String) {
        if !self.name.is_empty() {
            out.push('<');
            out.push_str(&self.name);
            for (name, value) in &self.attributes {
                let quote = if value.contains('"') { '\'' } else { '"' };
                out.extend([" ", name, "="]);
                out.push(quote);
                out.push_str(value);
                out.push(quote);
            }
            out.push('>');
        }
        for item in &self.items {
            match item {
                Item::Element(element) => element.write(out),
                Item::Raw(text) => out.push_str(text),
            }
        }
        if !self.name.is_empty() {
            out.extend(["</", &self.name, ">"]);
        }
    }

    /// Returns the name without its prefix.
    pub fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or_default()
    }

    /// Returns the number of elements: this one and all its descendants.
    pub fn count(&self) -> usize {
        1 + self.children().map(Self::count).sum::<usize>()
    }

    /// Returns the elements directly inside of this one.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        self.items.iter().filter_map(|item| match item {
            Item::Element(element) => Some(element),
            Item::Raw(_) => None,
        })
    }

    /// Returns the element with this number, counted from this element, which is 0, in document order.
    pub fn nth(&mut self, at: usize) -> Option<&mut Self> {
        self.walk(&mut { at })
    }

    fn walk(&mut self, left: &mut usize) -> Option<&mut Self> {
        if *left == 0 {
            return Some(self);
        }
        *left -= 1;
        self.items.iter_mut().find_map(|item| match item {
            Item::Element(element) => element.walk(left),
            Item::Raw(_) => None,
        })
    }

    /// Replaces the element with this number, and returns the replaced element. The document itself is never replaced.
    pub fn replace(&mut self, at: usize, by: Vec<Item>) -> Option<Self> {
        fn within(element: &mut Element, left: &mut usize, by: &mut Option<Vec<Item>>) -> Option<Element> {
            for at in 0..element.items.len() {
                let Some(Item::Element(child)) = element.items.get_mut(at) else { continue };
                *left -= 1;
                if *left == 0 {
                    let replaced = element.items.splice(at..=at, by.take()?).next();
                    return replaced.and_then(|item| match item {
                        Item::Element(element) => Some(element),
                        Item::Raw(_) => None,
                    });
                }
                if let Some(found) = within(child, left, by) {
                    return Some(found);
                }
                if by.is_none() {
                    return None;
                }
            }
            None
        }
        (at > 0).then(|| within(self, &mut { at }, &mut Some(by))).flatten()
    }

    /// Returns the number of the first element with this local name.
    pub fn find(&self, local: &str) -> Option<usize> {
        fn walk(element: &Element, local: &str, at: &mut usize) -> bool {
            if element.local() == local {
                return true;
            }
            element.children().any(|child| {
                *at += 1;
                walk(child, local, at)
            })
        }
        let mut at = 0;
        walk(self, local, &mut at).then_some(at)
    }
}

fn last(open: &mut [Element]) -> &mut Element {
    open.last_mut().expect("the document is always open")
}

/// Returns the length of the markup at the beginning of a text.
fn markup(text: &str) -> usize {
    let until = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
    if text.starts_with("<!--") {
        until("-->")
    } else if text.starts_with("<![CDATA[") {
        until("]]>")
    } else if text.starts_with("<?") {
        until("?>")
    } else if text.starts_with("<!") && text.find('[') < text.find('>') {
        until("]>")
    } else {
        until(">")
    }
}

/// Parses a start tag. Returns its element, and whether the tag is the tag of an empty element.
fn start_tag(token: &str) -> Option<(Element, bool)> {
    let inner = token.strip_prefix('<')?.strip_suffix('>')?;
    let (inner, is_empty) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, true));
    if inner.starts_with(['!', '?', '/']) {
        return None;
    }
    let (name, mut rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    while !rest.trim().is_empty() {
        let (name, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, behind) = value.get(1..)?.split_once(quote)?;
        element.attributes.push((name.trim().to_owned(), value.to_owned()));
        rest = behind;
    }
    Some((element, is_empty))
}
