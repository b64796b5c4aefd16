//! `docs/errors.md` has every sentence with which the layer answers 500.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    middleware::map_request,
    routing::get,
};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use syn::{
    Expr, ExprCall, ExprLit, ItemConst, ItemMod, Lit,
    visit::{self, Visit},
};
use tower::ServiceExt as _;
use tower_sso::login::LoginErrorKind;

use crate::{
    start::{directory::sso, viewer::login},
    support::{blocks, options, page, root},
};

/// The calls that lead to a 500. The last argument says why.
const REFUSING: [&str; 4] =
    ["NamespaceMatch::Misplaced", "Resolved::misplaced", "refusal::refuse_namespace", "refuse_namespace"];
/// The same, for the kind `viewer_not_established`.
const NOT_ESTABLISHED: &str = "refuse_misplaced_layer";

/// What the sources say: constants by name, and the last arguments of the calls that lead to a 500.
#[derive(Default)]
struct Sources {
    constants: BTreeMap<String, String>,
    sentences: BTreeSet<String>,
    names: BTreeSet<String>,
    /// The files that name the status themselves.
    statuses: Vec<String>,
}

impl<'ast> Visit<'ast> for Sources {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_const(&mut self, constant: &'ast ItemConst) {
        if let Some(text) = text(&constant.expr) {
            self.constants.insert(constant.ident.to_string(), text);
        }
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        visit::visit_expr_call(self, call);
        let Expr::Path(function) = &*call.func else { return };
        let names: Vec<_> = function.path.segments.iter().map(|it| it.ident.to_string()).collect();
        let name = names[names.len().saturating_sub(2)..].join("::");
        if REFUSING.contains(&name.as_str()) || name == NOT_ESTABLISHED {
            match call.args.last() {
                Some(Expr::Path(why)) => drop(self.names.insert(why.path.segments[0].ident.to_string())),
                Some(why) => drop(self.sentences.insert(text(why).expect("a sentence"))),
                None => panic!("{name} without a sentence"),
            }
        }
    }
}

fn text(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

impl Sources {
    fn read(&mut self, directory: &Path) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.read(&path);
            } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
                let source = fs::read_to_string(&path).unwrap();
                self.visit_file(&syn::parse_file(&source).unwrap());
                let product = source.split("#[cfg(test)]").next().unwrap();
                if product.contains("StatusCode::INTERNAL_SERVER_ERROR") {
                    let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
                    self.statuses.push(name.to_owned());
                }
            }
        }
    }

    /// Every sentence. A name in lower case is a parameter, whose sentence is in another call.
    fn sentences(self) -> BTreeSet<String> {
        let constants = self.names.iter().filter(|name| name.chars().all(|c| c.is_uppercase() || c == '_'));
        let constants = constants.map(|name| self.constants[name].clone());
        constants.chain(self.sentences.clone()).collect()
    }
}

/// The marked first cells of the tables whose first column is `the log says`.
fn documented(page: &str) -> BTreeSet<String> {
    let (mut found, mut in_head, mut asked, mut column) = (BTreeSet::new(), false, false, 0);
    for event in Parser::new_ext(page, options()) {
        match event {
            Event::Start(Tag::TableHead) => (in_head, column) = (true, 0),
            Event::End(TagEnd::TableHead) => in_head = false,
            Event::Start(Tag::TableRow) => column = 0,
            Event::End(TagEnd::TableCell) => column += 1,
            Event::Text(text) if in_head && column == 0 => asked = text.contains("the log says"),
            Event::Code(sentence) if !in_head && asked && column == 0 => {
                found.insert(sentence.to_string());
            }
            Event::End(TagEnd::Table) => asked = false,
            _ => {}
        }
    }
    found
}

#[test]
fn every_sentence_of_a_500_is_on_the_page() {
    let mut sources = Sources::default();
    sources.read(&root().join("src"));
    assert_eq!(
        sources.statuses.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(["src/enforce/refusal.rs", "src/error/kind.rs"]),
        "a new way to answer 500: this test and docs/errors.md have to know it"
    );
    let sentences = sources.sentences();
    assert!(sentences.len() > 10, "{sentences:#?}");
    assert_eq!(documented(&page("errors.md")), sentences, "docs/errors.md (left) and the sources (right)");
}

#[test]
fn every_kind_of_login_error_with_status_500_is_on_the_page() {
    let page = page("errors.md");
    let kinds: Vec<_> = LoginErrorKind::ALL.iter().filter(|kind| kind.status() == 500).collect();
    assert_eq!(kinds, [&LoginErrorKind::ViewerNotEstablished]);
    for kind in kinds {
        assert!(page.contains(&format!("## `{}`", kind.as_str())), "{kind:?}");
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_line_of_the_log_is_the_one_that_the_page_shows() {
    let routes = Router::new().route("/{org}/plans", get(|| async { "plans" }));
    let ask = async |app: Router| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).without_time();
        let subscriber = subscriber.with_writer(move || writer.clone()).finish();
        tower_sso_testing::log::keep_threads_apart();
        let _logging = tracing::subscriber::set_default(subscriber);
        let status =
            app.oneshot(Request::get("/acme/plans").body(Body::empty()).unwrap()).await.unwrap().status();
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        (status, log.lines().find(|line| line.contains(" tower_sso: ")).map(|line| line.trim().to_owned()))
    };
    let (status, line) = ask(sso().guard(routes.clone().layer(map_request(login)))).await;
    assert_eq!(status, 500);
    let shown = blocks(&page("errors.md")).into_iter().find(|block| block.tag == "text").unwrap().code;
    assert_eq!(line.as_deref(), Some(shown.trim()));
    assert_eq!(ask(sso().guard(routes).layer(map_request(login))).await, (StatusCode::UNAUTHORIZED, None));
}

#[test]
fn a_sentence_that_the_page_lacks_is_found() {
    let mut sources = Sources::default();
    let source = r#"
        const OTHER: &str = "a constant";
        fn a(why: &'static str) -> NamespaceMatch { NamespaceMatch::Misplaced(OTHER); measures::misplaced("x"); why() }
        fn b() { refusal::refuse_namespace(core, head, "a literal"); NamespaceMatch::Misplaced(why) }
        mod tests { fn c() { NamespaceMatch::Misplaced("not product code"); } }
    "#;
    sources.visit_file(&syn::parse_file(source).unwrap());
    assert_eq!(sources.sentences(), BTreeSet::from(["a constant".to_owned(), "a literal".to_owned()]));
    let page = "| the log says | why |\n|---|---|\n| `a literal` | `b` |\n\n| other |\n|---|\n| `c` |\n";
    assert_eq!(documented(page), BTreeSet::from(["a literal".to_owned()]));
}
