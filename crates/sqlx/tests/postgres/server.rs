//! A PostgreSQL server on a free port, with a database for each test.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use sqlx::{Connection as _, Executor as _, PgConnection};
use tower_sso_sqlx::PostgresStore;

/// How long the server may take to start. It is far more than it needs on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server. It ends with the thread that started it, and that ends with this process at the latest.
pub struct Server {
    pub port: u16,
    pub directory: PathBuf,
}

impl Server {
    /// Returns the server that all tests share.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| Self::new("shared"))
    }

    /// Starts a server with an empty cluster.
    pub fn new(name: &str) -> Self {
        let directory = directory(name);
        let initialized = as_postgres("initdb")
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "--pgdata"])
            .arg(&directory)
            .output();
        succeeded("initdb", &initialized.unwrap_or_else(|error| panic!("{error}: `tests/run` installs it")));
        Self::start(directory, free_port())
    }

    /// Starts a server on the files in a directory.
    pub fn start(directory: PathBuf, port: u16) -> Self {
        let (at, started) = (directory.clone(), Instant::now());
        // The server ends with the thread that started it.
        thread::spawn(move || {
            let log = fs::File::create(at.with_extension("log")).unwrap();
            let mut server = as_postgres("postgres")
                .arg("-D")
                .arg(&at)
                .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
                .args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=400"])
                .args(["-c", "wal_level=replica"])
                .stderr(log)
                .stdin(Stdio::null())
                .spawn()
                .unwrap();
            server.wait().unwrap();
        });
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(started.elapsed() < PATIENCE, "PostgreSQL does not start: {}", log(&directory));
            thread::sleep(Duration::from_millis(20));
        }
        Self { port, directory }
    }

    /// Stops the server at once, as a crash would, and waits until it is gone.
    pub fn stop(&self) {
        let mut stop = as_postgres("pg_ctl");
        let stopped = stop.args(["stop", "-w", "-m", "immediate", "-D"]).arg(&self.directory).output();
        succeeded("pg_ctl", &stopped.unwrap());
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// Connects to a database, as soon as the server accepts connections.
    pub async fn connection(&self, database: &str) -> PgConnection {
        let started = Instant::now();
        loop {
            match PgConnection::connect(&self.url(database)).await {
                Ok(connection) => return connection,
                Err(error) => assert!(started.elapsed() < PATIENCE, "{error}: {}", log(&self.directory)),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Makes an empty database, and returns its name.
    pub async fn database(&self) -> String {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut connection = self.connection("postgres").await;
        let create = sqlx::AssertSqlSafe(format!("create database {name}"));
        connection.execute(create).await.unwrap();
        name
    }

    /// Returns a store in a database of its own.
    pub async fn store(&self) -> PostgresStore {
        PostgresStore::connect(&self.url(&self.database().await)).await.unwrap()
    }
}

/// Returns a command of PostgreSQL. The server refuses to run as root.
pub fn as_postgres(program: &str) -> Command {
    let program = bin().join(program);
    let user = fs::metadata("/proc/self").map(|it| std::os::unix::fs::MetadataExt::uid(&it)).unwrap();
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig").arg("QUIT");
    if user == 0 {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg(program).current_dir("/").env_remove("PGDATA");
    command
}

/// Returns the directory of the newest version of PostgreSQL.
fn bin() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL: `tests/run` installs it");
    let newest =
        versions.map(|entry| entry.unwrap().path().join("bin")).filter(|it| it.join("initdb").exists());
    newest.max().expect("PostgreSQL: `tests/run` installs it")
}

/// Makes an empty directory that the server owns. Removes those of processes that are gone.
pub fn directory(name: &str) -> PathBuf {
    const PREFIX: &str = "tower-sso-postgres-";
    for entry in fs::read_dir(std::env::temp_dir()).unwrap().flatten() {
        let file = entry.file_name().into_string().unwrap_or_default();
        let process = file.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            drop(fs::remove_dir_all(entry.path()));
            drop(fs::remove_file(entry.path()));
        }
    }
    let directory = std::env::temp_dir().join(format!("{PREFIX}{}-{name}", std::process::id()));
    drop(fs::remove_dir_all(&directory));
    fs::create_dir(&directory).unwrap();
    let postgres = Command::new("id").args(["-u", "postgres"]).output().unwrap();
    if let Ok(user) = String::from_utf8_lossy(&postgres.stdout).trim().parse() {
        // Only root may, and only for root it is needed.
        drop(chown(&directory, Some(user), None));
    }
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(&directory, private).unwrap();
    directory
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn succeeded(what: &str, output: &Output) {
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
}

fn log(directory: &Path) -> String {
    fs::read_to_string(directory.with_extension("log")).unwrap_or_default()
}
