//! A place for a hub that is killed and started again: its SQLite file, and an address that it has each time.

use std::{
    fs::{self, File, OpenOptions},
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{net::TcpListener, process::Command, time::timeout};

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
        Hub::run(self.command(Command::new(&self.program))).await
    }

    /// Starts it in a process that can write at most so many blocks of 512 bytes into a file. That looks like a disk that
    /// is full.
    pub async fn start_with_room_for(&self, blocks: u64) -> Hub {
        let mut shell = Command::new("sh");
        // A process that ignores the signal gets an error instead.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script]).arg(&self.program);
        Hub::run(self.command(shell)).await
    }

    /// Starts it and expects that it refuses to run. Returns what it says.
    pub async fn refused(&self) -> String {
        let mut command = self.command(Command::new(&self.program));
        let ended = command.stdin(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).output();
        let ended = timeout(Duration::from_secs(60), ended).await.expect("the hub runs").unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{said}");
        said
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
