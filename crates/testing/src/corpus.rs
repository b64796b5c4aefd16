//! Reads the documents in a `tests/corpus` directory, and modifies them as a program says.
//!
//! A corpus has a directory for each fuzz target. The file names say the verdict: `accepted-…` or `refused-…`. The fuzz
//! targets begin with these documents, `tests/corpus` of each protocol crate stores them, and the tests of that crate
//! make them again: see [`corpus_check`](crate::corpus_check).

use std::{fs, path::Path};

use crate::{markup, program::Program, segments, tree::Element};

/// A new document for the corpus.
pub struct Made<K> {
    /// The target that the document belongs to. Empty for files of the corpus itself.
    pub target: &'static str,
    /// The file name. It begins with `accepted-` or `refused-`, except for keys and for targets without a verdict.
    pub name: String,
    pub bytes: Vec<u8>,
    /// The reason why the document is refused, or `None` if it is accepted.
    pub refused: Option<K>,
}

impl<K> Made<K> {
    /// Creates a document that the target accepts. Its file is named `accepted-` and the name.
    pub fn accepted(target: &'static str, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { target, name: format!("accepted-{name}"), bytes: bytes.into(), refused: None }
    }

    /// Creates a document that the target refuses for this reason. Its file is named `refused-` and the name.
    pub fn refused(target: &'static str, (name, kind): (&str, K), bytes: impl Into<Vec<u8>>) -> Self {
        Self { target, name: format!("refused-{name}"), bytes: bytes.into(), refused: Some(kind) }
    }

    /// Creates the file for the public half of a key that signed the documents.
    pub fn key(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { target: "", name: name.to_owned(), bytes: bytes.into(), refused: None }
    }
}

/// Returns the documents of a target that are accepted.
pub fn accepted<K>(made: &[Made<K>], target: &str) -> Vec<Vec<u8>> {
    let accepted = made.iter().filter(|made| made.target == target && made.refused.is_none());
    accepted.map(|made| made.bytes.clone()).collect()
}

/// Returns the names and contents of a target's files in a corpus directory, sorted by name.
pub fn files(corpus: &Path, target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = corpus.join(target);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<_> = entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("a name of ASCII");
            (name, fs::read(entry.path()).expect("a file"))
        })
        .collect();
    files.sort();
    files
}

/// The documents that a program modifies. The first `accepted` of them are accepted without changes.
struct Seeds<T> {
    all: Vec<T>,
    accepted: usize,
}

impl<T> Seeds<T> {
    /// Reads the files of a target that are XML, or those that are not.
    fn of(corpus: &Path, target: &str, is_markup: bool, read: fn(Vec<u8>) -> T) -> Self {
        let mut files = files(corpus, target);
        files.retain(|(name, _)| name.ends_with(".xml") == is_markup);
        let accepted = files.iter().filter(|(name, _)| name.starts_with("accepted-")).count();
        Self { all: files.into_iter().map(|(_, bytes)| read(bytes)).collect(), accepted }
    }

    /// Returns the document to start from. Usually it is an accepted one.
    fn first(&self, program: &mut Program<'_>) -> &T {
        let among = if program.byte() % 4 == 3 { self.all.len() } else { self.accepted };
        self.all.get(program.below(among)).expect("a corpus")
    }
}

/// The XML documents of a target, to be modified.
pub struct BentMarkup(Seeds<Element>);

impl BentMarkup {
    pub fn of(corpus: &Path, target: &str) -> Self {
        Self(Seeds::of(corpus, target, true, |bytes| Element::read(&String::from_utf8_lossy(&bytes))))
    }

    /// Returns one of the documents, modified as the program says.
    pub fn by(&self, program: &[u8]) -> Vec<u8> {
        let mut program = Program::new(program);
        let first = self.0.first(&mut program);
        markup::bend(first, &self.0.all, &mut program)
    }
}

/// The texts of a target, to be modified.
pub struct BentText(Seeds<Vec<u8>>);

impl BentText {
    pub fn of(corpus: &Path, target: &str) -> Self {
        Self(Seeds::of(corpus, target, false, |bytes| bytes))
    }

    /// Returns one of the texts, modified as the program says.
    pub fn by(&self, program: &[u8]) -> Vec<u8> {
        let mut program = Program::new(program);
        let first = self.0.first(&mut program);
        segments::bend(first, &self.0.all, &mut program)
    }
}
