//! Finds circles in small trees.

use super::found;

/// Asserts that the file `a.rs` imports an item of `b.rs`, and that `b.rs` imports one of `a.rs`.
#[track_caller]
fn is_a_circle(a: &str, rest: &[(&str, &str)]) {
    let root = ("lib.rs", "mod a; pub(crate) mod b;");
    let b = (
        "b.rs",
        "use crate::a::A; pub struct B(A); pub fn call() {} pub mod format {} pub enum Kind { One }",
    );
    let found = |a: &str| found(&[&[root, b, ("a.rs", a)], rest].concat());
    let circle = found(&format!("pub struct A; {a}"));
    assert_eq!(circle.file_circles.len(), 1, "{circle:?}");
    assert!(circle.file_circles[0].contains("src/a.rs -> src/b.rs: "), "{circle:?}");
    assert_eq!(circle.unread, [""; 0]);
    assert_eq!(found("pub struct A;").file_circles, [""; 0]);
}

#[test]
fn a_circle_of_two_files_is_found() {
    is_a_circle("use crate::b::B;", &[]);
}

#[test]
fn each_way_to_name_an_item_is_found() {
    is_a_circle("use crate::{b::{self, B as Other}};", &[]);
    is_a_circle("use crate::b; fn f() { b::call(); }", &[]);
    is_a_circle("fn f(it: crate::b::B) {}", &[]);
    is_a_circle("fn f(it: super::b::B) {}", &[]);
    is_a_circle("fn f() { use crate::b::Kind; Kind::One; }", &[]);
    is_a_circle("fn f() { use crate::b; b::call(); }", &[]);
    is_a_circle("use crate::b::Kind::*;", &[]);
    is_a_circle("use crate::b::*; fn f() { call(); }", &[]);
    is_a_circle("fn f() { assert!(0 < crate::b::call()); }", &[]);
    is_a_circle("struct S { #[serde(default, with = \"crate::b::format\")] it: u8 }", &[]);
    is_a_circle("mod inner { use super::super::b::B; }", &[]);
    is_a_circle("mod low; use self::low::B;", &[("a/low.rs", "pub use crate::b::B;")]);
    is_a_circle("fn f() { vec![S { it: 0, ..crate::b::call() }]; }", &[]);
    let other = ("a/low/other.rs", "pub use crate::b::B;");
    is_a_circle("mod low { #[path = \"other.rs\"] mod x; use self::x::B; }", &[other]);
    is_a_circle("#[path = \"other.rs\"] mod low; use low::B;", &[("other.rs", "pub use crate::b::B;")]);
}

#[test]
fn a_macro_that_is_defined_above_is_found() {
    let files = |low| {
        let a = "macro_rules! write { () => {} } pub mod low; use self::low::Low; fn format() {}";
        found(&[("lib.rs", "mod a;"), ("a.rs", a), ("a/low.rs", low)]).file_circles
    };
    let circle = "a circle of 2 files\n  src/a.rs -> src/a/low.rs: Low\n  src/a/low.rs -> src/a.rs: write";
    assert_eq!(files("pub struct Low; write!();"), [circle]);
    assert_eq!(files("pub struct Low; fn f() { format!(); }"), [""; 0]);
}

#[test]
fn a_circle_through_a_re_export_is_found() {
    let re_exports = ("c/mod.rs", "pub(crate) use crate::b::B; pub mod all { pub use super::*; }");
    let files = |a: &str| {
        let (a, b) = (("a.rs", a), ("b.rs", "use crate::a::A; pub struct B;"));
        found(&[("lib.rs", "mod a; mod b; mod c;"), a, b, re_exports]).file_circles
    };
    for a in ["use crate::c::B;", "use crate::c::all::B;", "use crate::c::*; fn f(it: B) {}"] {
        let circle = "a circle of 2 files\n  src/a.rs -> src/b.rs: B\n  src/b.rs -> src/a.rs: A";
        assert_eq!(files(&format!("pub struct A; {a}")), [circle]);
    }
    assert_eq!(files("pub struct A;"), [""; 0]);
}

#[test]
fn a_circle_of_modules_without_a_circle_of_files_is_found() {
    let files = |last| {
        found(&[
            ("lib.rs", "mod one; mod two;"),
            ("one.rs", "pub mod low; pub mod high;"),
            ("one/low.rs", "pub struct Low;"),
            ("one/high.rs", "use crate::two::middle::Middle;"),
            ("two/mod.rs", "pub mod middle;"),
            ("two/middle.rs", last),
        ])
    };
    let circle = "a circle of 2 modules in crate\
        \n  one -> two\n    src/one/high.rs -> src/two/middle.rs: Middle\
        \n  two -> one\n    src/two/middle.rs -> src/one/low.rs: Low";
    assert_eq!(files("use crate::one::low::Low; pub struct Middle;").module_circles, [circle]);
    assert_eq!(files("use crate::one::low::Low; pub struct Middle;").file_circles, [""; 0]);
    assert_eq!(files("pub struct Middle;").module_circles, [""; 0]);
}

#[test]
fn code_for_tests_is_ignored() {
    let a = "pub struct A;";
    let files = |root: &str, a: &str| {
        let root = format!("mod a; {root}");
        let b = ("b.rs", "mod below;");
        found(&[("lib.rs", &root), ("a.rs", a), b, ("b/below.rs", "use crate::a::A; pub struct B;")])
            .file_circles
            .len()
    };
    let test = format!("{a} #[cfg(test)] mod tests {{ use crate::b::below::B; }}");
    let parts = format!("{a} fn f() {{ match 0 {{ #[cfg(test)] 1 => crate::b::below::B, _ => {{}} }} }}");
    let field = format!("{a} struct S {{ #[cfg(all(test, unix))] it: crate::b::below::B }}");
    let product = format!("{a} #[cfg(any(feature = \"x\", test))] use crate::b::below::B;");
    let used = format!("{a} use crate::b::below::B;");
    for a in [&test, &parts, &field] {
        assert_eq!(files("mod b;", a), 0, "{a}");
    }
    assert_eq!(files("mod b;", &product), 1);
    assert_eq!(files("#[cfg(not(test))] mod b;", &used), 1);
    assert_eq!(files("#[cfg(test)] mod b;", &used), 0);
    assert_eq!(files("#[cfg(any(test, feature = \"_fuzz\"))] mod b;", &used), 0);
}
