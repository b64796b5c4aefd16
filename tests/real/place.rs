//! A place for a hub that is killed and started again: its SQLite file, and an address that it has each time.

use std::{
    fs::{self, File, OpenOptions},
    path::PathBuf,
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tokio::{net::TcpListener, process::Command};

use crate::{example::built, hub::Hub};

/// Dropping this value removes the files.
pub struct Place {
    directory: TempDir,
    program: PathBuf,
    listen: String,
    has_config: bool,
}

impl Place {
    /// Returns a place for the demonstration.
    pub async fn new() -> Self {
        let (directory, program) = (tempfile::tempdir().unwrap(), built("hub").await);
        Self { directory, program, listen: format!("127.0.0.1:{}", free_port().await), has_config: false }
    }

    /// Returns a place for a hub with this configuration. `PORT` in it stands for a port for its provider.
    pub async fn with(config: &str) -> Self {
        let place = Self { has_config: true, ..Self::new().await };
        let config = config.replace("PORT", &free_port().await.to_string());
        fs::write(place.directory.path().join("hub.toml"), config).unwrap();
        place
    }

    pub fn file(&self) -> PathBuf {
        self.directory.path().join("hub.db")
    }

    /// Returns what the hubs here have logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("hub.log")).unwrap_or_default()
    }

    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.listen)
    }

    pub async fn start(&self) -> Hub {
        self.try_start().await.unwrap_or_else(|said| panic!("{said}"))
    }

    /// Starts it, or returns what it says when it refuses to run.
    pub async fn try_start(&self) -> Result<Hub, String> {
        self.try_run(Command::new(&self.program)).await
    }

    /// Starts it, or not, in a process that can write at most so many blocks of 512 bytes into one file. That looks like
    /// a disk that is full.
    pub async fn try_start_with_room_for(&self, blocks: u64) -> Result<Hub, String> {
        let mut shell = Command::new("sh");
        // A process that ignores the signal gets an error instead.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script]).arg(&self.program);
        self.try_run(shell).await
    }

    async fn try_run(&self, program: Command) -> Result<Hub, String> {
        let command = self.command(program);
        let before = self.log().len();
        Hub::try_run(command).await.map_err(|ended| {
            let said = self.log().split_off(before);
            assert_eq!(ended.code(), Some(2), "{said}");
            said
        })
    }

    /// Connects to the file, as another program does.
    pub async fn connect(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.file()).busy_timeout(Duration::from_secs(10));
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    fn command(&self, mut program: Command) -> Command {
        program.args(["--listen", &self.listen, "--store"]).arg(format!("sqlite:{}", self.file().display()));
        if self.has_config {
            program.arg("--config").arg(self.directory.path().join("hub.toml"));
        }
        program.stderr(self.log_file());
        program
    }

    fn log_file(&self) -> File {
        let path = self.directory.path().join("hub.log");
        OpenOptions::new().create(true).append(true).open(path).unwrap()
    }
}

/// Returns a port that is below those from which systems take a port for an outgoing connection: such a connection could
/// have the port while the hub is down.
async fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % 10_000) as u16;
    for _ in 0..10_000 {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return port;
        }
    }
    panic!("no port is free")
}
