//! Helpers for the tests and fuzz targets of the crates in this workspace. This crate is never published.
//!
//! | what | where |
//! |---|---|
//! | a clock that tests set | `clock` |
//! | logs that a test reads | `log` |
//! | peers on real sockets | `stub`, `listener` |
//! | the stored form of records and settings | `golden` |
//! | the corpora of the fuzz targets, and how documents are modified | `corpus`, `corpus_check`, `markup`, `segments`, `tree`, `program`, `bytes` |
//! | the body of the fuzz target that reads return paths | `return_path` |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    missing_debug_implementations,
    reason = "a test says what it found by failing"
)]

pub mod bytes;
pub mod clock;
pub mod corpus;
pub mod corpus_check;
pub mod golden;
pub mod listener;
pub mod log;
pub mod markup;
pub mod program;
pub mod return_path;
pub mod segments;
pub mod stub;
pub mod tree;
