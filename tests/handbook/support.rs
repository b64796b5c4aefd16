//! The pages, their blocks, and the connections in them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use tower_sso::{ConfigError, Connection, connection::ConnectionDocument};
use tower_sso_test_idp::{SigningAlg, TestKey};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every page, by its path below `docs`.
pub fn pages() -> BTreeMap<String, String> {
    fn add(directory: &Path, pages: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                add(&path, pages);
            } else if path.extension().is_some_and(|it| it == "md") {
                let name = path.strip_prefix(root().join("docs")).unwrap().to_str().unwrap().to_owned();
                pages.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut pages = BTreeMap::new();
    add(&root().join("docs"), &mut pages);
    assert!(pages.len() > 26, "{:?}", pages.keys());
    pages
}

pub fn page(name: &str) -> String {
    pages().remove(name).unwrap()
}

pub fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

/// A block of code, and the words after its fence.
pub struct Block {
    pub tag: String,
    pub code: String,
}

/// Every block of a page. A block that is indented instead of fenced has no tag.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut inside = None;
    for event in Parser::new_ext(text, options()) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(tag))) => {
                inside = Some(Block { tag: tag.to_string(), code: String::new() });
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                inside = Some(Block { tag: String::new(), code: String::new() });
            }
            Event::Text(text) => {
                if let Some(block) = &mut inside {
                    block.code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(inside.take()),
            _ => {}
        }
    }
    blocks
}

pub fn toml_blocks(text: &str) -> Vec<String> {
    blocks(text).into_iter().filter(|block| block.tag == "toml").map(|block| block.code).collect()
}

/// The connections of a block. What a page leaves out because it is about something else is added: the head of a
/// connection, or a provider. Every secret of the environment is a word.
pub fn connections(block: &str) -> Result<Vec<Connection>, ConfigError> {
    let key = TestKey::shared(SigningAlg::Es256).unwrap().private_key_pem().unwrap();
    let environment = |name: &str| match name {
        name if name.ends_with("_SECRET") => Some("a secret".to_owned()),
        name if name.ends_with("_KEY") => Some(key.expose().clone()),
        _ => None,
    };
    let mut text = block.to_owned();
    if !text.contains("[[connection]]") {
        text = format!("[[connection]]\norganization = \"1\"\nenforcement = \"enforced\"\n\n{text}");
    }
    if !text.contains("[connection.oidc]") && !text.contains("[connection.saml]") {
        text += "\n[connection.oidc]\nissuer = \"https://idp.example\"\nclient_id = \"hub\"\nclient_secret = \"s3cr3t\"\n";
    }
    let documents = ConnectionDocument::parse_all(&text)?;
    for document in &documents {
        assert!(document.deprecated().is_empty(), "an old name: {:?}\n{text}", document.deprecated());
    }
    documents.into_iter().map(|it| it.into_settings(&environment, "/nowhere".as_ref())?.build()).collect()
}
