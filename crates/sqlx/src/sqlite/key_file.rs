//! The key file beside a database.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use tower_sso_core::{
    internal::random_token,
    keys::{Key, KeyRing},
};

use crate::sqlite::open::OpenError;

/// Reads the key ring of the database at this path: from the file of the same name with `.key` at its end, one key in a
/// line, the current one first. Makes the file, with a new key, if it does not exist.
pub(crate) fn key_ring(database: &Path) -> Result<KeyRing, OpenError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    let path = PathBuf::from(name);
    let failed = |found: String| OpenError::KeyFile { path: path.display().to_string(), problem: found };
    if let Err(error) = create(&path)
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        return Err(failed(error.to_string()));
    }
    check_mode(&path).map_err(failed)?;
    let text = fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
    let mut keys = text.lines().filter(|line| !line.trim().is_empty()).map(Key::parse);
    let current = keys.next().ok_or_else(|| failed("expected a key, found an empty file".to_owned()))?;
    let mut ring = KeyRing::new(current.map_err(|error| failed(error.to_string()))?);
    for former in keys {
        ring = ring.with_former(former.map_err(|error| failed(error.to_string()))?);
    }
    Ok(ring)
}

/// Makes the file with a new key. It appears with its contents: another process that starts now reads the same key.
fn create(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let key = Key::generate().map_err(|error| io::Error::other(error.to_string()))?;
    // A name that nobody else uses, not even in this process: the file of another would be emptied after it was linked.
    let unique = random_token().map_err(|error| io::Error::other(error.to_string()))?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", unique.expose()));
    let temporary = PathBuf::from(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    writeln!(file, "{}", key.to_text().expose())?;
    file.sync_all()?;
    let made = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    made?;
    // The entry of the file in its directory lasts, too.
    #[cfg(unix)]
    fs::File::open(path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new(".")))?
        .sync_all()?;
    Ok(())
}

/// Checks that only the owner can read the file.
#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map_err(|error| error.to_string())?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(format!("expected the mode 600, found {mode:o}")) }
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), String> {
    Ok(())
}
