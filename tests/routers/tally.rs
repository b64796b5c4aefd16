//! Counts how often each shape and each answer occurred, so that the test can't pass without trying anything.

use std::{collections::BTreeMap, fmt};

use http::StatusCode;

use crate::{
    shape::{SHAPES, shapes},
    tree::Case,
};

#[derive(Default)]
pub struct Tally {
    routers: u32,
    shapes: [u32; SHAPES.len()],
    statuses: BTreeMap<u16, u32>,
}

impl Tally {
    pub fn shapes(&mut self, case: &Case) {
        self.routers += 1;
        for (count, found) in self.shapes.iter_mut().zip(shapes(case)) {
            *count += u32::from(found);
        }
    }

    pub fn status(&mut self, status: StatusCode) {
        *self.statuses.entry(status.as_u16()).or_default() += 1;
    }

    /// Asserts that every shape and every answer occurred: requests that pass, are challenged, and are refused.
    pub fn assert_nothing_is_missing(&self, cases: u32) {
        assert_eq!(self.routers, cases);
        for (shape, count) in SHAPES.iter().zip(self.shapes) {
            assert!(count * 200 >= cases, "{shape}: {count} of {cases}");
        }
        for status in [200, 400, 401, 404, 500] {
            let count = self.statuses.get(&status).copied().unwrap_or_default();
            assert!(count >= cases / 20, "{status}: {count} answers to {cases} routers");
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} routers; of them with", self.routers)?;
        for (shape, count) in SHAPES.iter().zip(self.shapes) {
            writeln!(f, "{count:8} {shape}")?;
        }
        let answers: u32 = self.statuses.values().sum();
        writeln!(f, "{answers} answers; of them")?;
        self.statuses.iter().try_for_each(|(status, count)| writeln!(f, "{count:8} {status}"))
    }
}
