//! Connections in a TOML file, which can be reloaded while the app is running. A reload is atomic: an invalid file
//! changes nothing. It cannot remove a connection that requires or offers SSO.

use std::{
    collections::HashSet,
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use tower_sso_core::{ConfigError, Lookup, OrgId};

use crate::connection::{
    ConnectionDocument, DeprecatedSetting,
    checked::{Connection, Connections},
    fixed::FixedConnections,
    mapping::role::Roles,
    policy::Enforcement,
    reloaded::Reloaded,
};

/// Connections in a TOML file of `[[connection]]` tables ([`ConnectionDocument`]).
///
/// [`reload`](Self::reload) reads the file again. Either all changes take effect at once, or no change does.
pub struct FileConnections {
    path: PathBuf,
    roles: Roles,
    current: ArcSwap<FixedConnections>,
    /// Held during a reload, so that the later of two reloads also reads the file later.
    reloading: Mutex<()>,
}

impl FileConnections {
    /// Reads the file. Secrets are read from the process's environment, or from files whose paths are relative to
    /// this file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be read, or if a setting is invalid. The error names the organization, the
    /// field and what was expected.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        Self::with_roles(path, Roles::default())
    }

    /// Reads the file for an app that has its own roles. The file's mappings name these roles. Otherwise it does the
    /// same as [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// Returns an error in the same cases as [`open`](Self::open).
    pub fn with_roles(path: impl Into<PathBuf>, roles: Roles) -> Result<Self, ConfigError> {
        let path = path.into();
        let (connections, _) = read(&path, &roles)?;
        let current = ArcSwap::from_pointee(connections);
        Ok(Self { path, roles, current, reloading: Mutex::default() })
    }

    /// Reads the file again and returns what changed. SSO sessions continue if the security settings of their
    /// connection did not change. Fetched metadata is kept if its address did not change.
    ///
    /// # Errors
    ///
    /// Returns an error in the same cases as [`open`](Self::open). Also returns an error if the file no longer
    /// contains the connection of an organization whose enforcement was `enforced` or `optional`. Without the
    /// connection, the organization's content would be open to members who never logged in with SSO. Under optional
    /// enforcement, this affects the members who are individually required to log in with SSO. To remove a
    /// connection, set its enforcement to `off` first.
    ///
    /// After an error the old connections stay in effect.
    pub fn reload(&self) -> Result<Reloaded, ConfigError> {
        // The lock guards no data that a panic could leave half changed.
        let _reloading = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let (old, (new, deprecated)) = (self.current.load(), read(&self.path, &self.roles)?);
        let there: HashSet<&OrgId> = new.iter().map(|connection| &connection.organization).collect();
        let gone = old.iter().find(|connection| {
            connection.enforcement != Enforcement::Off && !there.contains(&connection.organization)
        });
        if let Some(gone) = gone {
            let problem = "is not off and would be gone: set enforcement = \"off\" before removing it";
            return Err(ConfigError::new("enforcement", problem).of(gone.organization.as_str()));
        }
        let reloaded = Reloaded { deprecated, ..Reloaded::between(&old, &new) };
        for connection in new.iter() {
            if let Some(old) = old.get(&connection.organization) {
                connection.adopt(&old);
            }
        }
        self.current.store(Arc::new(new));
        Ok(reloaded)
    }
}

impl Connections for FileConnections {
    fn find(&self, organization: &OrgId) -> Lookup<Option<Arc<Connection>>> {
        Lookup::now(self.current.load().get(organization))
    }
}

impl fmt::Debug for FileConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileConnections").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Returns the connections of the file, and the settings that it has under deprecated names.
fn read(path: &Path, roles: &Roles) -> Result<(FixedConnections, Vec<DeprecatedSetting>), ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|error| ConfigError::new("file", format!("{}: {error}", path.display())))?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let environment = |name: &str| std::env::var(name).ok();
    let documents = ConnectionDocument::parse_all(&text)?;
    let deprecated = documents.iter().flat_map(ConnectionDocument::deprecated).cloned().collect();
    let settings: Vec<_> = documents
        .into_iter()
        .map(|document| Ok(document.into_settings(&environment, directory)?.known_roles(roles.clone())))
        .collect::<Result<_, _>>()?;
    Ok((FixedConnections::build(settings)?, deprecated))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(organization: &str, enforcement: &str, issuer: &str) -> String {
        format!(
            "[[connection]]\norganization = \"{organization}\"\nenforcement = \"{enforcement}\"\n\
             [connection.oidc]\nissuer = \"{issuer}\"\nclient_id = \"hub\"\nclient_secret = \"s\"\n"
        )
    }

    fn issuer_version(connections: &FileConnections, organization: &str) -> Option<tower_sso_core::Digest> {
        let found = connections.current.load().get(&organization.into());
        found.map(|connection| *connection.versions.fingerprint())
    }

    fn reported(reloaded: &Reloaded) -> String {
        let Reloaded { added, changed, adjusted, removed, .. } = reloaded;
        let lists = [("added", added), ("changed", changed), ("adjusted", adjusted), ("removed", removed)];
        let each = lists.iter().flat_map(|(what, list)| list.iter().map(move |it| (what, it.organization())));
        each.map(|(what, organization)| format!("{what} {organization}")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_reload_is_atomic() {
        let directory = std::env::temp_dir().join(format!("tower-sso-file-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("connections.toml");
        let (one, two) =
            (table("1", "enforced", "https://a.example"), table("2", "optional", "https://b.example"));
        fs::write(&path, format!("{one}{two}")).unwrap();
        let connections = FileConnections::open(&path).unwrap();
        let first = issuer_version(&connections, "1");
        assert!(first.is_some());

        // An invalid file keeps the old set.
        fs::write(&path, format!("{}{two}", table("1", "enforced", "http://a.example"))).unwrap();
        assert_eq!(connections.reload().unwrap_err().field(), "oidc.issuer");
        assert_eq!(issuer_version(&connections, "1"), first);
        // The connection of an enforced organization cannot be removed.
        fs::write(&path, &two).unwrap();
        assert_eq!(connections.reload().unwrap_err().organization(), Some("1"));
        assert_eq!(issuer_version(&connections, "1"), first);
        // The same settings have the same version; another issuer has another version.
        fs::write(&path, format!("{two}{one}")).unwrap();
        assert_eq!(reported(&connections.reload().unwrap()), "");
        assert_eq!(issuer_version(&connections, "1"), first);
        let off = table("1", "off", "https://c.example");
        // An optional one cannot be removed either: some of its members may be required to log in with SSO.
        fs::write(&path, &off).unwrap();
        assert_eq!(connections.reload().unwrap_err().organization(), Some("2"));
        assert_eq!(issuer_version(&connections, "1"), first);
        let two_off = table("2", "off", "https://b.example");
        fs::write(&path, format!("{one}{two_off}")).unwrap();
        assert_eq!(reported(&connections.reload().unwrap()), "adjusted 2");
        fs::write(&path, &off).unwrap();
        assert_eq!(reported(&connections.reload().unwrap()), "changed 1, removed 2");
        assert_ne!(issuer_version(&connections, "1"), first);
        assert_eq!(issuer_version(&connections, "2"), None);
        // A change that ends no SSO session is reported, too.
        fs::write(&path, format!("{off}leeway = \"5s\"\n")).unwrap();
        assert_eq!(reported(&connections.reload().unwrap()), "adjusted 1");
        fs::write(&path, &off).unwrap();
        assert_eq!(reported(&connections.reload().unwrap()), "adjusted 1");
        let enforced = off.replace("off", "enforced");
        fs::write(&path, format!("{enforced}{}{two}", table("3", "off", "https://a.example"))).unwrap();
        assert_eq!(reported(&connections.reload().unwrap()), "added 2, added 3, adjusted 1");
        fs::write(&path, format!("{off}{}{two_off}", table("3", "off", "https://a.example"))).unwrap();
        connections.reload().unwrap();
        fs::write(&path, &off).unwrap();
        assert_eq!(reported(&connections.reload().unwrap()), "removed 2, removed 3");
        fs::write(&path, "").unwrap();
        connections.reload().unwrap();
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!(connections.reload().unwrap_err().field(), "file");
    }
}
