//! Checks SAML responses against a connection and prints the result. Use it if users can't log in with SSO and you have
//! a response from a log or from a browser's developer tools.
//!
//! ```text
//! cargo run --example saml_verify --features saml -- \
//!     --connection hub.toml --base-url https://hub.example \
//!     --request-id _3f1c9a --at 2026-11-24T09:30:00Z response.b64 captured/
//! ```
//!
//! Each `PATH` is a file with one response, as XML or in base64 as in the form field `SAMLResponse`, or a directory of
//! such files, which are read in the order of their names. The program prints one line for each response, in that
//! order:
//!
//! ```text
//! ACCEPT {"subject":"ada@acme.example","email":"ada@acme.example",…}
//! REFUSE saml_audience_wrong: no audience restriction names https://hub.example/sso/org-1/saml/metadata
//! ```
//!
//! The exit status is 0 if all responses were accepted, 1 if at least one was refused, and 2 if the arguments can't be
//! used; standard error then says why.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `--connection FILE.toml` | the connection: the hub's file, or a file with one `[[connection]]` | required |
//! | `--base-url URL` | the app's base URL; the ACS address and, unless it is set, the SP entity ID are below it | `base_url` of the file |
//! | `--request-id ID` | the ID of the request that the responses answer (`InResponseTo`) | no request: the responses are unsolicited, which the connection must allow (`dangerous_accept_unsolicited`) |
//! | `--at RFC3339` | when the responses were received, such as `2026-11-24T09:30:00Z` or `2026-11-24T11:30:00+02:00` | now |
//! | `--engine default` or `xmlsec` | which engine verifies signatures and decrypts; `xmlsec` needs `--features saml-xmlsec` | the connection's `engine` |
//!
//! The program makes every check of an SSO login except the check for replay: the same response can be checked as often
//! as you like. It stores nothing and logs nobody in. The following connection is complete. A file of the hub works
//! too, if exactly one of its connections uses SAML:
//!
//! ```toml
//! base_url = "https://hub.example"
//!
//! [[connection]]
//! organization = "org-1"
//! enforcement = "enforced"
//!
//! [connection.saml]
//! entity_id = "https://login.acme.example/saml"
//! sso_url = "https://login.acme.example/saml/sso"
//! certificate_files = ["acme.crt"]     # relative to this file
//! ```

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tower_sso::{Connection, connection::ConnectionDocument, saml::SamlResponseInput};

const USAGE: &str = "saml_verify --connection FILE.toml [--base-url URL] [--request-id ID] [--at RFC3339] \
                     [--engine default|xmlsec] PATH…";

#[tokio::main]
async fn main() -> ExitCode {
    match verify(std::env::args().skip(1), &mut io::stdout()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            let _ = writeln!(io::stderr(), "saml_verify: {problem}\nusage: {USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Checks the responses that the arguments name, and writes one line for each. Returns whether all were accepted. An
/// error is a sentence about the arguments.
async fn verify(arguments: impl Iterator<Item = String>, out: &mut impl io::Write) -> Result<bool, String> {
    let arguments = Arguments::parse(arguments)?;
    let file = File::read(&arguments.connection, arguments.engine.as_deref())?;
    let base_url = arguments.base_url.or(file.base_url);
    let base_url = base_url.ok_or("expected --base-url URL, or base_url in the connection's file")?;
    let mut files = Vec::new();
    for path in &arguments.paths {
        collect(path, &mut files)?;
    }
    if files.is_empty() {
        return Err("expected a response, found none".to_owned());
    }
    // Reads all files before it prints anything: a file that can't be read is a wrong argument.
    let responses = files.iter().map(|path| response(path)).collect::<Result<Vec<_>, _>>()?;
    let mut all = true;
    for response in &responses {
        let request_id = arguments.request_id.as_deref();
        let case =
            SamlResponseInput { response, base_url: &base_url, mount: "/sso", request_id, at: arguments.at };
        let line = match file.connection.judge_saml(case).await {
            Ok(identity) => format!("ACCEPT {identity}"),
            Err(error) if error.kind() == tower_sso::login::LoginErrorKind::RequestInvalid => {
                return Err(error.detail().unwrap_or_default().to_owned());
            }
            Err(error) => {
                all = false;
                let sentence = error.detail().unwrap_or_else(|| words(error.kind().as_str()));
                format!("REFUSE {}: {}", error.kind().as_str(), one_line(sentence))
            }
        };
        writeln!(out, "{line}").map_err(|error| format!("standard output: {error}"))?;
    }
    Ok(all)
}

struct Arguments {
    connection: PathBuf,
    base_url: Option<String>,
    request_id: Option<String>,
    at: SystemTime,
    engine: Option<String>,
    paths: Vec<PathBuf>,
}

impl Arguments {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut connection, mut base_url, mut request_id, mut at) = (None, None, None, None);
        let (mut engine, mut paths) = (None, Vec::new());
        while let Some(argument) = arguments.next() {
            let slot = match argument.as_str() {
                "--connection" => &mut connection,
                "--base-url" => &mut base_url,
                "--request-id" => &mut request_id,
                "--at" => &mut at,
                "--engine" => &mut engine,
                "--" => {
                    paths.extend(arguments.by_ref().map(PathBuf::from));
                    continue;
                }
                unknown if unknown.starts_with('-') => return Err(format!("unknown option {unknown}")),
                path => {
                    paths.push(PathBuf::from(path));
                    continue;
                }
            };
            let value = arguments.next().ok_or_else(|| format!("expected a value after {argument}"))?;
            if slot.replace(value).is_some() {
                return Err(format!("{argument} appears twice"));
            }
        }
        if let Some(other) = engine.as_deref().filter(|engine| !["default", "xmlsec"].contains(engine)) {
            return Err(format!("--engine: expected default or xmlsec, found {other:?}"));
        }
        let at = match at {
            None => SystemTime::now(),
            Some(text) => time(&text).ok_or_else(|| {
                format!("--at: expected a time such as 2026-11-24T09:30:00Z or with an offset, +02:00, found {text:?}")
            })?,
        };
        let connection = connection.ok_or("expected --connection FILE.toml")?.into();
        Ok(Self { connection, base_url, request_id, at, engine, paths })
    }
}

/// The only SAML connection of a file, and the app's base URL, if the file has one.
struct File {
    connection: Connection,
    base_url: Option<String>,
}

impl File {
    /// `engine` overrides the engine that the file names.
    fn read(path: &Path, engine: Option<&str>) -> Result<Self, String> {
        let place = path.display();
        let text = fs::read_to_string(path).map_err(|error| format!("{place}: {error}"))?;
        let file: toml::Table = toml::from_str(&text).map_err(|error| format!("{place}: {error}"))?;
        let connections = file.get("connection").and_then(toml::Value::as_array);
        let tables = connections.into_iter().flatten().filter_map(toml::Value::as_table);
        let saml: Vec<_> = tables.filter(|table| table.contains_key("saml")).collect();
        let [table] = saml.as_slice() else {
            return Err(format!(
                "{place}: expected one [[connection]] with [connection.saml], found {}",
                saml.len()
            ));
        };
        let mut table = (*table).clone();
        if let (Some(engine), Some(saml)) =
            (engine, table.get_mut("saml").and_then(toml::Value::as_table_mut))
        {
            saml.insert("engine".to_owned(), engine.into());
        }
        let directory = path.parent().unwrap_or(Path::new("."));
        let environment = |name: &str| std::env::var(name).ok();
        let connection = ConnectionDocument::parse(&table.to_string())
            .and_then(|document| document.into_settings(&environment, directory))
            .and_then(|settings| settings.build())
            .map_err(|error| format!("{place}: {error}"))?;
        let base_url = file.get("base_url").and_then(toml::Value::as_str).map(str::to_owned);
        Ok(Self { connection, base_url })
    }
}

/// Collects the files at a path: the file itself, or the files in the directory in the order of their names.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let problem = |error: io::Error| format!("{}: {error}", path.display());
    if !fs::metadata(path).map_err(problem)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut below = Vec::new();
    for entry in fs::read_dir(path).map_err(problem)? {
        below.push(entry.map_err(problem)?.path());
    }
    below.sort();
    below.iter().try_for_each(|path| collect(path, files))
}

/// Returns a response in base64, as in the form field.
fn response(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    match bytes.trim_ascii_start().first() {
        // Base64 contains neither of these bytes: the file is XML, possibly after a byte order mark.
        Some(b'<' | 0x80..) => Ok(STANDARD.encode(&bytes)),
        _ => Ok(String::from_utf8_lossy(bytes.trim_ascii()).into_owned()),
    }
}

/// Parses a time with its offset from UTC (RFC 3339 §5.6).
fn time(text: &str) -> Option<SystemTime> {
    if !text.is_ascii() {
        return None;
    }
    if text.ends_with(['Z', 'z']) {
        return humantime::parse_rfc3339(&text.to_ascii_uppercase()).ok();
    }
    let (local, offset) = text.split_at_checked(text.len().checked_sub("+00:00".len())?)?;
    let (ahead, offset) = match offset.split_at_checked(1)? {
        ("+", rest) => (true, rest),
        ("-", rest) => (false, rest),
        _ => return None,
    };
    // A time with both `Z` and an offset is invalid.
    let local = Some(local).filter(|local| local.ends_with(|last: char| last.is_ascii_digit()))?;
    let (hours, minutes) = offset.split_once(':')?;
    let number = |digits: &str, most: u64| {
        let fits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u64>().ok().filter(|number| fits && *number <= most)
    };
    let by = Duration::from_secs((number(hours, 23)? * 60 + number(minutes, 59)?) * 60);
    let local = humantime::parse_rfc3339(&format!("{}Z", local.to_ascii_uppercase())).ok()?;
    if ahead { local.checked_sub(by) } else { local.checked_add(by) }
}

/// Returns a sentence for a refusal without a detail.
fn words(kind: &str) -> &'static str {
    match kind {
        "saml_signature_invalid" => "a signature is not valid under any certificate of the connection",
        "saml_signature_missing" => "nothing that is signed covers the assertion",
        "saml_unsolicited" => {
            "nobody asked for it: say --request-id, or let the connection take such responses"
        }
        "saml_encoding_invalid" => "it is not base64, or not UTF-8",
        "saml_too_large" => "it is larger than the connection allows",
        "saml_too_complex" => "it is nested too deeply, or holds too much",
        "saml_doctype" => "it has a document type declaration",
        "saml_processing_instruction" => "it has a processing instruction",
        "saml_attribute_whitespace" => "an attribute's value holds a raw tab or line feed",
        "saml_xml_invalid" => "it is not well-formed XML with namespaces",
        "saml_signature_misplaced" => "a signature is where none may be",
        "saml_decryption_failed" => "no key of the connection decrypts the assertion; more is not said of it",
        "saml_expired" => "NotOnOrAfter is past",
        "saml_not_yet_valid" => "NotBefore is ahead",
        "saml_issue_instant_wrong" => "IssueInstant is ahead, or too far back",
        "saml_session_over" => "SessionNotOnOrAfter is past",
        "saml_in_response_to_wrong" => "it answers another request",
        "auth_time_too_old" => "AuthnInstant is longer ago than the connection allows",
        "lookup_failed" => "something that is needed to judge it failed on this machine",
        _ => "the check of this name does not pass, and says no more",
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
#[path = "saml_verify/tests.rs"]
mod tests;
