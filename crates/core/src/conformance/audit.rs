//! The rules for an audit log.

use std::sync::Arc;

use crate::{
    audit::{
        log::{AuditLog, ORGANIZATION_EVENTS},
        query::{AuditCursor, AuditQuery},
        record::{AuditLevel, AuditRecord},
    },
    conformance::fixtures::at,
    credential::CredentialKind,
    protocol::Protocol,
};

type Log = Arc<dyn AuditLog>;

/// Returns an event of acme, which is numbered by its reference and happened in that second.
fn event(number: u64) -> AuditRecord {
    let mut record = AuditRecord::new(at(number), number.to_string(), "login.finished", AuditLevel::Info);
    record.organization = Some("acme".into());
    record
}

fn changed(number: u64, change: impl FnOnce(&mut AuditRecord)) -> AuditRecord {
    let mut record = event(number);
    change(&mut record);
    record
}

async fn references(log: &Log, query: &AuditQuery) -> Vec<String> {
    let page = log.query(query).await.unwrap();
    page.records.into_iter().map(|record| record.reference).collect()
}

/// `query` returns what was appended, whole, the last first: in the order of `append`, not in the order of their times.
pub async fn a_record_is_found_as_it_was_appended(log: Log) {
    assert_eq!(log.query(&AuditQuery::new(10)).await.unwrap().records, []);
    let whole = changed(5, |it| {
        it.level = AuditLevel::Warning;
        it.account = Some("ada".into());
        it.actor = Some("root".into());
        it.credential = Some("a digest".to_owned());
        it.credential_kind = Some(CredentialKind::Session);
        it.protocol = Some(Protocol::Oidc);
        it.version = Some("another".to_owned());
        it.network = Some("192.0.2.0/24".to_owned());
        it.details.insert("detail".to_owned(), "\"quoted\", \u{0}, and ü".to_owned());
    });
    log.append(&[whole.clone(), event(3)]).await.unwrap();
    log.append(&[]).await.unwrap();
    log.append(&[event(4)]).await.unwrap();
    let page = log.query(&AuditQuery::new(10)).await.unwrap();
    assert_eq!(page.records, [event(4), event(3), whole]);
    assert_eq!(page.next, None);
    // No text may keep the log from going on.
    let odd = changed(6, |it| {
        it.organization = Some("a\0cme".into());
        it.account = Some("a\0da".into());
        it.reference = "\0".to_owned();
    });
    log.append(std::slice::from_ref(&odd)).await.unwrap();
    let theirs = AuditQuery::new(10).organization("a\0cme".into()).account("a\0da".into()).reference("\0");
    assert_eq!(log.query(&theirs).await.unwrap().records, [odd]);
}

/// Each condition of a query leaves out what does not fit, and several must fit together.
pub async fn a_query_returns_only_what_fits(log: Log) {
    let records = [
        event(1),
        changed(2, |it| it.organization = Some("umbrella".into())),
        changed(3, |it| it.organization = None),
        changed(4, |it| it.account = Some("ada".into())),
        changed(5, |it| it.name = "login.refused".to_owned()),
        changed(6, |it| {
            it.account = Some("ada".into());
            it.name = "login.refused".to_owned();
        }),
    ];
    log.append(&records).await.unwrap();
    let all = || AuditQuery::new(10);
    let acme = || all().organization("acme".into());
    for (query, expected) in [
        (all(), &["6", "5", "4", "3", "2", "1"][..]),
        (acme(), &["6", "5", "4", "1"]),
        (all().organization("nobody".into()), &[]),
        (all().account("ada".into()), &["6", "4"]),
        (all().reference("3"), &["3"]),
        (acme().reference("3"), &[]),
        (acme().names(["login.refused"]), &["6", "5"]),
        (acme().names(["login.finished", "login.refused"]), &["6", "5", "4", "1"]),
        (acme().names(["login"]), &[]),
        (acme().account("ada".into()).names(["login.finished"]), &["4"]),
        (acme().since(at(4)), &["6", "5", "4"]),
        (acme().until(at(4)), &["1"]),
        (all().since(at(2)).until(at(4)), &["3", "2"]),
    ] {
        assert_eq!(references(&log, &query).await, expected, "{query:?}");
        for record in &records {
            let is_expected = expected.contains(&record.reference.as_str());
            assert_eq!(query.covers(record), is_expected, "{query:?} covers {record:?}");
        }
    }
}

/// Pages are exact: each record is in one page, also when others are appended in between. Text that is no cursor gives an
/// empty page.
pub async fn pages_of_the_log_are_exact(log: Log) {
    let records: Vec<_> = (0..25).map(event).collect();
    log.append(&records).await.unwrap();
    for query in [AuditQuery::new(10), AuditQuery::new(10).organization("acme".into()), AuditQuery::new(0)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = log.query(&query.clone().after(after)).await.unwrap();
            assert!(page.records.len() <= query.limit.max(1));
            seen.extend(page.records.into_iter().map(|record| record.reference));
            log.append(&[changed(100, |it| it.organization = Some("umbrella".into()))]).await.unwrap();
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        seen.retain(|reference| reference != "100");
        let expected: Vec<_> = (0..25).rev().map(|number: u64| number.to_string()).collect();
        assert_eq!(seen, expected, "{query:?}");
    }
    let exact = AuditQuery::new(25).organization("acme".into());
    assert_eq!(log.query(&exact).await.unwrap().next, None, "no empty page follows");
    for text in ["", "no cursor", "-1", "99999999999999999999999"] {
        let page = log.query(&AuditQuery::new(10).after(Some(AuditCursor::new(text)))).await.unwrap();
        assert_eq!((page.records, page.next), (vec![], None), "{text:?}");
    }
}

/// An organization beyond [`ORGANIZATION_EVENTS`] loses its own oldest records. Others, and those of no organization,
/// lose none.
pub async fn an_organization_has_a_budget_of_records(log: Log) {
    let theirs = changed(1, |it| it.organization = Some("umbrella".into()));
    let of_none = changed(2, |it| it.organization = None);
    log.append(&[theirs.clone(), of_none.clone()]).await.unwrap();
    let most = ORGANIZATION_EVENTS as u64;
    let numbers: Vec<_> = (0..most + 10).collect();
    for numbers in numbers.chunks(5_000) {
        let records: Vec<_> = numbers.iter().copied().map(event).collect();
        log.append(&records).await.unwrap();
    }
    let acme = AuditQuery::new(20).organization("acme".into());
    assert_eq!(references(&log, &acme.clone().until(at(20))).await.last().unwrap(), "10", "10 gave way");
    assert_eq!(references(&log, &acme).await[0], (most + 9).to_string());
    assert_eq!(references(&log, &AuditQuery::new(1).organization("umbrella".into())).await, ["1"]);
    assert_eq!(references(&log, &AuditQuery::new(1).reference("2").until(at(10))).await.len(), 1);
    assert!(references(&log, &AuditQuery::new(10).until(at(10))).await.contains(&"2".to_owned()));
}

/// `forget` drops what happened before a time and nothing else, at most as much as it is told.
pub async fn old_records_are_forgotten(log: Log) {
    // The order of the times is not the order of `append`.
    let records: Vec<_> = [5, 1, 4, 2, 3].into_iter().map(event).collect();
    log.append(&records).await.unwrap();
    assert_eq!(log.forget(at(1), 10).await.unwrap(), 0);
    assert_eq!(log.forget(at(4), 2).await.unwrap(), 2);
    assert_eq!(log.forget(at(4), 2).await.unwrap(), 1);
    assert_eq!(log.forget(at(4), 2).await.unwrap(), 0);
    assert_eq!(references(&log, &AuditQuery::new(10)).await, ["4", "5"]);
}

/// No record is lost or doubled if many append at the same time.
pub async fn concurrent_records_are_all_kept(log: Log) {
    let tasks = (0..20).map(|task| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for number in 0..5 {
                log.append(&[event(task * 5 + number)]).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let mut seen = references(&log, &AuditQuery::new(1000)).await;
    seen.sort_unstable_by_key(|reference| reference.parse::<u64>().unwrap());
    assert_eq!(seen, (0..100).map(|number: u64| number.to_string()).collect::<Vec<_>>());
}
