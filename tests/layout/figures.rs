//! The size of files, and how much of them is documentation and how much is public.

use std::fmt;

use syn::{ImplItem, Item, Visibility, visit::Visit};

use crate::{
    attributes, conditions,
    source::{self, Texts},
    tree::Tree,
};

/// The figures of the product code of one crate or of several.
#[derive(Default)]
pub struct Figures {
    /// The files and their line counts before the tests.
    files: Vec<(usize, String)>,
    documentation: usize,
    code: usize,
    public: usize,
}

impl Figures {
    pub fn of(texts: &Texts) -> Self {
        let files = source::parse(texts);
        let tree = Tree::read(&files, source::root(texts));
        let mut figures = Self::default();
        for (_, module) in tree.product() {
            figures.visit_items(module.items);
        }
        let mut product: Vec<_> = tree.product().map(|(_, module)| module.file).collect();
        product.sort_unstable();
        product.dedup();
        for file in product {
            figures.read(file, lines(&texts[file], &files[file].items));
        }
        figures
    }

    pub fn add(&mut self, other: Self) {
        self.files.extend(other.files);
        self.documentation += other.documentation;
        self.code += other.code;
        self.public += other.public;
    }

    /// Returns the files that have more lines than this, and how many they have.
    pub fn files_over(&self, lines: usize) -> Vec<String> {
        let mut over: Vec<_> = self.files.iter().filter(|(size, _)| *size > lines).collect();
        over.sort_unstable_by(|one, other| other.cmp(one));
        over.iter().map(|(size, file)| format!("{file} ({size})")).collect()
    }

    fn read(&mut self, file: &str, lines: Vec<&str>) {
        self.files.push((lines.len(), file.to_owned()));
        let lines = lines.iter().map(|line| line.trim());
        for line in lines.filter(|line| !line.is_empty()) {
            if line.starts_with("///") || line.starts_with("//!") {
                self.documentation += 1;
            } else if !line.starts_with("//") {
                self.code += 1;
            }
        }
    }

    fn visit_items(&mut self, items: &[Item]) {
        items.iter().filter(|item| !matches!(item, Item::Mod(_))).for_each(|item| self.visit_item(item));
    }
}

/// Returns the lines of a file before its first test module.
fn lines<'t>(text: &'t str, items: &[Item]) -> Vec<&'t str> {
    let all: Vec<_> = text.lines().collect();
    let tests = items.iter().find_map(|item| match item {
        Item::Mod(item) if item.content.is_some() && conditions::is_test(&item.attrs) => {
            Some(item.ident.to_string())
        }
        _ => None,
    });
    let Some(name) = tests else { return all };
    let begins = |line: &&str| line.ends_with(&format!("mod {name} {{"));
    let end = all.iter().position(begins).unwrap_or(all.len());
    let above = all[..end].iter().rev().take_while(|line| line.starts_with('#') || line.starts_with("//"));
    all[..end - above.count()].to_vec()
}

/// Counts the public items, and the public functions and constants of types.
impl<'a> Visit<'a> for Figures {
    fn visit_item(&mut self, item: &'a Item) {
        let visibility = match item {
            _ if conditions::is_test(attributes::of_item(item)) => return,
            Item::Const(item) => &item.vis,
            Item::Enum(item) => &item.vis,
            Item::Fn(item) => &item.vis,
            Item::Static(item) => &item.vis,
            Item::Struct(item) => &item.vis,
            Item::Trait(item) => &item.vis,
            Item::Type(item) => &item.vis,
            Item::Union(item) => &item.vis,
            Item::Impl(item) => return item.items.iter().for_each(|item| self.visit_impl_item(item)),
            _ => return,
        };
        self.visit_visibility(visibility);
    }

    fn visit_impl_item(&mut self, item: &'a ImplItem) {
        match item {
            _ if conditions::is_test(attributes::of_impl_item(item)) => {}
            ImplItem::Const(item) => self.visit_visibility(&item.vis),
            ImplItem::Fn(item) => self.visit_visibility(&item.vis),
            _ => {}
        }
    }

    fn visit_visibility(&mut self, visibility: &'a Visibility) {
        self.public += usize::from(matches!(visibility, Visibility::Public(_)));
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sizes: Vec<_> = self.files.iter().collect();
        sizes.sort_unstable();
        let (count, lines) = (sizes.len(), sizes.iter().map(|(lines, _)| lines).sum::<usize>());
        let at =
            |percent: usize| sizes.get(count * percent / 100).or(sizes.last()).map_or(0, |(lines, _)| *lines);
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        writeln!(f, "{count} files, {lines} lines")?;
        writeln!(f, "  lines of a file: median {}, 90th percentile {}, largest {}", at(50), at(90), at(100))?;
        let over = self.files_over(300);
        writeln!(f, "  over 300 lines: {} files {}", over.len(), over.join(", "))?;
        writeln!(f, "  documentation: {:.2} of the lines of code", share(self.documentation, self.code))?;
        write!(f, "  public items: {:.1} per 100 lines", 100.0 * share(self.public, lines))
    }
}

#[test]
fn the_lines_ahead_of_the_tests_are_counted() {
    let text = "//! Docs.\n\n/// Docs.\npub fn f() {}\n// Not code.\n\n#[cfg(test)]\nmod tests {\n    pub fn g() {}\n}\n";
    let figures = Figures::of(&Texts::from([("src/lib.rs".to_owned(), text.to_owned())]));
    assert_eq!(figures.files_over(5), ["src/lib.rs (6)"]);
    assert_eq!(figures.files_over(6), [""; 0]);
    assert_eq!((figures.documentation, figures.code, figures.public), (2, 1, 1));
}
