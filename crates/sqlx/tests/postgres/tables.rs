//! The schema: who may make it, and what is refused.

use sqlx::{
    Executor as _, PgConnection,
    migrate::{Migration, MigrationType, Migrator},
};
use tower_sso_core::{session::SessionId, store::Links as _};
use tower_sso_sqlx::{PostgresError, PostgresStore};

use crate::{
    records::link,
    server::{Server, as_postgres, directory, free_port, succeeded},
};

async fn execute(connection: &mut PgConnection, sql: &str) {
    connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_the_same_time_make_the_tables_once() {
    let server = Server::shared();
    let url = server.url(&server.database().await);
    let nodes = (0..8).map(|_| tokio::spawn(PostgresStore::connect(url.clone().leak())));
    for node in Vec::from_iter(nodes) {
        node.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_tables_stand_beside_those_of_an_app_that_migrates_too() {
    let server = Server::shared();
    let database = server.database().await;
    let mut app = server.connection(&database).await;
    let migration = |version, sql: &'static str| {
        let sql = sqlx::SqlStr::from_static(sql);
        Migration::new(version, "app".into(), MigrationType::Simple, sql, false)
    };
    let first = migration(1, "create table sessions (id bigint); create table links (id bigint);");
    let second = migration(2, "alter table sessions add column account text;");
    Migrator::with_migrations(vec![first.clone()]).run_direct(None, &mut app, false).await.unwrap();
    let store = PostgresStore::connect(&server.url(&database)).await.unwrap();
    store.link(&link("ada"), &SessionId::new("1")).await.unwrap();
    Migrator::with_migrations(vec![first, second]).run_direct(None, &mut app, false).await.unwrap();
    PostgresStore::connect(&server.url(&database)).await.unwrap();
    assert_eq!(store.find(&"acme".into(), &"ada".into()).await.unwrap(), Some(link("ada")));
}

#[tokio::test]
async fn a_user_who_may_not_create_tables_uses_those_that_are_there() {
    let server = Server::shared();
    let database = server.database().await;
    let mut admin = server.connection(&database).await;
    let user = format!("app_of_{database}");
    execute(&mut admin, &format!("create user {user}")).await;
    let url = server.url(&database).replace("postgres@", &format!("{user}@"));
    let refused = PostgresStore::connect(&url).await.unwrap_err();
    assert!(refused.to_string().starts_with("the PostgreSQL user may not do this"), "{refused}");
    PostgresStore::connect(&server.url(&database)).await.unwrap();
    execute(&mut admin, &format!("grant usage on schema tower_sso to {user}")).await;
    execute(&mut admin, &format!("grant all on all tables in schema tower_sso to {user}")).await;
    let store = PostgresStore::connect(&url).await.unwrap();
    store.link(&link("ada"), &SessionId::new("1")).await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused() {
    let server = Server::shared();
    let database = server.database().await;
    PostgresStore::connect(&server.url(&database)).await.unwrap().close().await;
    let mut admin = server.connection(&database).await;
    execute(&mut admin, "insert into tower_sso.migrations (version, name) values (99, 'later')").await;
    let refused = PostgresStore::connect(&server.url(&database)).await.unwrap_err();
    assert!(matches!(refused, PostgresError::Newer { found: 99, known: 1, .. }), "{refused:?}");
    assert!(refused.to_string().contains("expected tables of version 1 at most, found 99"), "{refused}");
}

#[tokio::test]
async fn a_replica_is_refused() {
    let primary = Server::new("primary");
    let database = primary.database().await;
    PostgresStore::connect(&primary.url(&database)).await.expect("the twin");
    let copy = directory("replica");
    let copied = as_postgres("pg_basebackup")
        .args([
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--no-sync",
            "--user=postgres",
            "--host=127.0.0.1",
        ])
        .args(["--port", &primary.port.to_string(), "--pgdata"])
        .arg(&copy)
        .output();
    succeeded("pg_basebackup", &copied.unwrap());
    let replica = Server::start(copy, free_port());
    drop(replica.connection(&database).await);
    let refused = PostgresStore::connect(&replica.url(&database)).await.unwrap_err();
    assert!(matches!(refused, PostgresError::Replica), "{refused:?}");
    replica.stop();
    primary.stop();
}
