//! Checks the rules on small trees.

mod circles;

use crate::rules::{self, Findings};

/// Checks a crate that has these files. The names are relative to `src`.
fn found(files: &[(&str, &str)]) -> Findings {
    rules::check(&files.iter().map(|(name, text)| (format!("src/{name}"), (*text).to_owned())).collect())
}

#[test]
fn a_tree_without_faults_is_accepted() {
    let found = found(&[
        ("lib.rs", "//! Docs.\nmod leaf;\npub mod store;\npub use self::store::memory::Memory;"),
        ("leaf.rs", "use std::fmt; pub struct Leaf; impl fmt::Debug for Leaf {}"),
        ("store/mod.rs", "//! Docs.\n/// Docs.\npub mod memory;\npub use self::memory::Memory;"),
        (
            "store/memory.rs",
            "use crate::leaf::Leaf; pub struct Memory(Leaf); fn new<S>(it: S::Item) { it.clone(); }",
        ),
    ]);
    assert_eq!(found, Findings::default());
}

#[test]
fn an_import_through_a_re_export_is_found() {
    let files = |code| {
        let faces = [
            ("store/mod.rs", "pub mod memory; pub use memory::{Memory, new};"),
            ("face.rs", "pub use crate::store::memory::Memory;"),
        ];
        let rest = [("store/memory.rs", "pub struct Memory; pub fn new() {}"), ("user.rs", code)];
        found(
            &[&[("lib.rs", "mod store; mod face; mod user; pub use store::Memory;")], &faces[..], &rest]
                .concat(),
        )
        .detours
    };
    let direct = "use crate::store::memory::{self, Memory}; fn f() { memory::new(); Memory::new(); }";
    assert_eq!(files(direct), [""; 0]);
    assert_eq!(files("use crate::store::memory::Memory; mod inner { use super::Memory; }"), [""; 0]);
    let meant = "to crate::store::memory::Memory";
    assert_eq!(
        files("use crate::store::Memory;"),
        [format!("src/user.rs: crate::store::Memory leads through src/store/mod.rs {meant}")]
    );
    assert_eq!(
        files("use crate::Memory;"),
        [format!("src/user.rs: crate::Memory leads through src/lib.rs {meant}")]
    );
    assert_eq!(files("use crate::face::Memory;").len(), 1);
    assert_eq!(files("use crate::store; fn f() { store::new(); }").len(), 1);
    assert_eq!(files("use crate::store::*; fn f(it: Memory) {}").len(), 1);
    assert_eq!(files("fn f() { use crate::store::Memory; Memory::new(); }").len(), 1);
}

#[test]
fn a_condition_may_choose_what_a_re_export_means() {
    let files = |metrics| {
        let rest = [("measure/real.rs", "pub fn count() {}"), ("measure/none.rs", "pub fn count() {}")];
        let root = ("lib.rs", "mod measure; mod user;");
        let user = ("user.rs", "use crate::measure::count;");
        found(&[&[root, ("measure/mod.rs", metrics), user], &rest[..]].concat())
    };
    let by_path = "#[cfg_attr(unix, path = \"real.rs\")] #[cfg_attr(not(unix), path = \"none.rs\")]
        mod it; pub use it::count;";
    let by_use = "#[cfg(unix)] mod real; #[cfg(not(unix))] mod none;
        #[cfg(unix)] pub use real::count; #[cfg(not(unix))] pub use none::count;";
    assert_eq!(files(by_path), Findings::default());
    assert_eq!(files(by_use), Findings::default());
    assert_eq!(files("mod real; mod none; #[cfg(unix)] pub use real::count;"), Findings::default());
    assert_eq!(files("mod real; mod none; pub use real::count;").detours.len(), 1);
}

#[test]
fn a_function_or_macro_with_the_name_of_a_module_is_no_detour() {
    let files = |code| {
        let low = "pub use self::check::check; pub mod check; pub mod begin;";
        let check =
            "use crate::low::begin; pub struct Fresh; pub fn check() {} pub fn begin() { begin::it(); }
            macro_rules! fresh { () => {} } pub(crate) use fresh;";
        let face = "pub use crate::low::begin; pub fn begin() {}";
        let root = ("lib.rs", "mod low; mod face; mod user;");
        let low = [("low.rs", low), ("low/check.rs", check), ("low/begin.rs", "pub fn it() {}")];
        found(&[&[root, ("face.rs", face), ("user.rs", code)], &low[..]].concat()).detours
    };
    assert_eq!(files("use crate::low::check; fn f() { check::check(); }"), [""; 0]);
    assert_eq!(files("use crate::low::check::{Fresh, begin, fresh}; fn f() { begin(); fresh!(); }"), [""; 0]);
    assert_eq!(files("fn f() { crate::face::begin(); }"), [""; 0]);
    assert_eq!(files("use crate::low::check; fn f() { check(); }").len(), 1);
}

#[test]
fn a_mod_file_with_an_item_is_found() {
    let files = |text| found(&[("lib.rs", "mod a;"), ("a/mod.rs", text)]).items_in_mod_files;
    assert_eq!(
        files("//! Docs.\n#![allow(dead_code)]\n/// Docs.\n#[cfg(unix)]\npub(crate) use std::fmt;"),
        [""; 0]
    );
    assert_eq!(files("pub struct S; impl S {}"), ["src/a/mod.rs: struct S, impl"]);
    assert_eq!(files("macro_rules! m { () => {} }"), ["src/a/mod.rs: macro m"]);
    assert_eq!(files("#[cfg(doctest)] struct Readme;"), ["src/a/mod.rs: struct Readme"]);
    assert_eq!(files("mod within { fn f() {} }"), ["src/a/mod.rs: mod within {…}"]);
}

#[test]
fn what_can_not_be_followed_is_reported() {
    let files =
        |text| found(&[("lib.rs", "mod a; mod b;"), ("a.rs", text), ("b.rs", "use crate::a::Made;")]).unread;
    assert_eq!(files("identifier! { Made }"), [""; 0]);
    assert_eq!(files(""), ["src/b.rs: crate::a::Made was not found"]);
    let lost = found(&[("lib.rs", "mod gone;"), ("other.rs", "")]).unread;
    assert_eq!(lost, ["src/lib.rs: mod gone has no file", "src/other.rs: no module declares the file"]);
}
