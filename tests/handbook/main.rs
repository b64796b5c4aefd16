//! The handbook in `docs`: its code compiles, its settings build, its links lead somewhere.
//!
//! Each Rust block of a page is a region of the page's file here, of a file in `examples`, or of one in `tests/stacks` if
//! it needs another framework: the lines between `// [name]` and `// [/name]`. A new block needs a region, and a changed
//! one is changed in both places. A JavaScript block is a region in `examples`.
#![allow(
    dead_code,
    unused_variables,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "the pages' examples are compiled, and a test that can't go on says so by panicking"
)]

mod audit;
mod axum_login;
mod banner;
mod blocks;
mod book;
mod changing;
mod emails;
mod errors;
mod facts;
mod for_developers;
mod items;
mod joining;
mod layer_order;
mod links;
mod public_content;
mod roles;
mod roll_out;
mod sessions;
mod start;
mod step_up;
mod storage;
mod subdomains;
mod support;
mod testing;
mod tokens;
