//! A URL and a file that no library should open because a message names them. Both report that they were opened.

use std::{
    fs,
    io::Write as _,
    net::TcpListener,
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::fixtures::Traps;

/// The traps, and whether one of them was opened.
pub struct Armed {
    pub traps: Traps,
    url: Arc<AtomicBool>,
    file: Arc<AtomicBool>,
    pipe: PathBuf,
}

impl Armed {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let pipe = std::env::temp_dir().join(format!("tower-sso-compared-{}", std::process::id()));
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
        let armed = Self {
            traps: Traps {
                url: format!("http://{address}/named-by-the-message"),
                file: format!("file://{}", pipe.display()),
            },
            url: Arc::default(),
            file: Arc::default(),
            pipe,
        };
        let url = armed.url.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                url.store(true, Ordering::SeqCst);
                let answer = b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n";
                let _ = stream.and_then(|mut stream| stream.write_all(answer));
            }
        });
        let (file, pipe) = (armed.file.clone(), armed.pipe.clone());
        thread::spawn(move || {
            // Opening a named pipe for writing blocks until somebody opens it for reading.
            while let Ok(mut writer) = fs::OpenOptions::new().write(true).open(&pipe) {
                file.store(true, Ordering::SeqCst);
                let _ = writer.write_all(b"content");
            }
        });
        armed
    }

    /// Returns what was opened since the last call.
    pub fn opened(&self) -> Option<&'static str> {
        let [url, file] = [&self.url, &self.file].map(|opened| opened.swap(false, Ordering::SeqCst));
        match (url, file) {
            (true, _) => Some("after it fetched the URL"),
            (false, true) => Some("after it opened the file"),
            (false, false) => None,
        }
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.pipe);
    }
}
