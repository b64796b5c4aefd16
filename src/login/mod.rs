//! Signing on: begin, receive, finish.

mod return_path;

pub use return_path::ReturnPath;
