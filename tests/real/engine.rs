//! A script under Node.js or Python that the tests start, ask and end. The other side is `engine.mjs` or `engine.py`.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::{Command as Blocking, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// How long an engine may take to be ready or to answer. This is far more than it needs on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running engine. Dropping this value ends the engine and everything that it started.
pub struct Engine {
    script: &'static str,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Arc<Mutex<String>>,
}

impl Engine {
    /// Starts `tests/real/<script>` with its settings, and returns the line with which it reported that it is ready.
    pub async fn start(script: &'static str, settings: &Value) -> (Self, Value) {
        let interpreter = if script.ends_with(".py") { python() } else { "node".into() };
        let mut child = Command::new(&interpreter)
            .arg(directory().join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{} does not start: {error}; `tests/run` installs it", interpreter.display())
            });
        let stderr = Arc::default();
        tokio::spawn(collect(child.stderr.take().unwrap(), Arc::clone(&stderr)));
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut engine = Self { script, child, stdin, stdout, stderr };
        let ready = engine.exchange(settings).await;
        (engine, ready)
    }

    /// Asks, and waits for the answer. Panics if the script refuses the question.
    pub async fn ask(&mut self, question: &Value) -> Value {
        match self.try_ask(question).await {
            Ok(answer) => answer,
            Err(error) => panic!("{}: {error}\n{self}", self.script),
        }
    }

    /// The same for a question that may be refused.
    ///
    /// # Errors
    ///
    /// Returns what the script said about the question.
    pub async fn try_ask(&mut self, question: &Value) -> Result<Value, String> {
        let mut answer = self.exchange(question).await;
        match (answer.get_mut("ok").map(Value::take), answer.get("error").and_then(Value::as_str)) {
            (Some(ok), None) => Ok(ok),
            (_, error) => Err(error.unwrap_or("an answer without sense").to_owned()),
        }
    }

    /// Ends it in good order. The engine has cleaned up when this returns.
    pub async fn close(mut self) {
        drop(self.stdin.take());
        let ended = timeout(PATIENCE, self.child.wait()).await;
        assert!(
            ended.is_ok_and(|status| status.is_ok_and(|s| s.success())),
            "the engine did not end cleanly: {self}"
        );
    }

    /// Returns the process ID, while the process runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    async fn exchange(&mut self, line: &Value) -> Value {
        let stdin = self.stdin.as_mut().unwrap();
        let sent = stdin.write_all(format!("{line}\n").as_bytes()).await;
        let answer = match sent {
            Ok(()) => timeout(PATIENCE, self.stdout.next_line()).await,
            Err(error) => Ok(Err(error)),
        };
        match answer {
            Ok(Ok(Some(answer))) => serde_json::from_str(&answer)
                .unwrap_or_else(|error| panic!("{}: {error} in {answer:?}\n{self}", self.script)),
            Ok(Ok(None) | Err(_)) => {
                // Its last output may still be on its way.
                let status = timeout(PATIENCE, self.child.wait()).await;
                panic!("{} ended ({status:?})\n{self}", self.script)
            }
            Err(_) => panic!("{} did not answer within {PATIENCE:?}\n{self}", self.script),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The engine leads a process group. Once it has been waited for, the group no longer exists.
        if let Some(leader) = self.child.id() {
            let kill = format!("kill -KILL -- -{leader}");
            let _already_gone = Blocking::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} said:\n{}", self.script, self.stderr.lock().unwrap())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("script", &self.script).finish_non_exhaustive()
    }
}

async fn collect(mut from: ChildStderr, into: Arc<Mutex<String>>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        into.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/real")
}

/// The environment that `tests/run` makes from `requirements.txt`.
fn python() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("real-python/bin/python")
}

#[tokio::test]
#[should_panic(expected = "Cannot find module")]
async fn an_engine_that_does_not_start_reports_the_reason() {
    Engine::start("missing.mjs", &Value::Null).await;
}

#[tokio::test]
async fn an_engine_ends_with_its_test() {
    let (engine, _) = Engine::start("mock-server.mjs", &serde_json::json!({})).await;
    let process = PathBuf::from(format!("/proc/{}", engine.pid().unwrap()));
    assert!(process.exists());
    drop(engine);
    let gone = async {
        while process.exists() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the engine still exists");
}
