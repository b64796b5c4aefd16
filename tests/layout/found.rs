//! The meaning of a path: an item, and the imports on the way to it.

use crate::bindings::{Import, Space};

/// A possible meaning of a path.
#[derive(Clone)]
pub struct Found {
    pub target: Target,
    pub steps: Vec<Step>,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    Module(usize),
    /// The item that a module defines. The namespace is unknown if a macro defines the item.
    Item(usize, String, Option<Space>),
    /// An item of another crate or of the prelude, or a type parameter.
    Outside,
    /// Nothing: the module does not have the name.
    Unknown,
}

/// An import that a path goes through.
#[derive(Clone)]
pub struct Step {
    pub module: usize,
    pub conditional: bool,
}

impl Found {
    pub fn at(target: Target) -> Self {
        Self { target, steps: Vec::new() }
    }

    /// Adds an import before the other steps.
    pub fn after(mut self, module: usize, import: &Import) -> Self {
        self.steps.insert(0, Step { module, conditional: import.conditional });
        self
    }
}

impl Target {
    pub fn module(&self) -> Option<usize> {
        match self {
            Self::Module(module) => Some(*module),
            Self::Item(..) | Self::Outside | Self::Unknown => None,
        }
    }

    pub fn space(&self) -> Option<Space> {
        match self {
            Self::Item(_, _, space) => *space,
            Self::Module(_) => Some(Space::Type),
            Self::Outside | Self::Unknown => None,
        }
    }
}
