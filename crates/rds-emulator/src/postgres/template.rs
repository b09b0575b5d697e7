//! What initdb makes. It is made once for each build of PostgreSQL and kept; a copy takes a tenth of
//! the time.

use std::{fs, io, os::unix::fs::MetadataExt as _, path::Path};

use sha2::{Digest as _, Sha256};

use super::{
    Binaries, Error, cache,
    process::{give_away, unprivileged},
    roles::SUPERUSER,
};

/// The folder of the cache.
const CACHE: &str = "database-clusters";

/// What initdb is asked for. The superuser gets a password once the server runs.
const ARGUMENTS: &[&str] = &[
    "--username",
    SUPERUSER,
    "--encoding",
    "UTF8",
    "--no-locale",
    "--no-sync",
    "--auth",
    "trust",
    // In megabytes. Nothing here writes as much as fills the default's 16.
    "--wal-segsize",
    "1",
];

/// The free space maps and visibility maps, a quarter of the files: the server does without, and makes those that it
/// needs. <https://www.postgresql.org/docs/current/storage-fsm.html>
const LEFT_OUT: [&str; 2] = ["_fsm", "_vm"];

/// Makes `data` a database cluster of its own. It shares the system identifier with all others that
/// this build of PostgreSQL has on this machine.
///
/// # Errors
/// When the cache cannot be written, or initdb or the copy fails.
pub async fn make_data(binaries: &Binaries, data: &Path) -> Result<(), Error> {
    let name = name(binaries)?;
    let template = cache::directory(CACHE).join(&name);
    if !template.is_dir() {
        let lock = cache::lock(CACHE, &name).await?;
        if !template.is_dir() {
            make(binaries, &template).await?;
        }
        drop(lock);
    }
    copy_folder(&template, data).await
}

/// Copies a folder to a path that is free; the copy is theirs whom the server runs as.
///
/// # Errors
/// When it fails.
pub async fn copy_folder(from: &Path, to: &Path) -> Result<(), Error> {
    run("cp", unprivileged("cp").arg("-R").arg(from).arg(to)).await
}

/// Names what is asked for and the build: another one has another time or size.
fn name(binaries: &Binaries) -> Result<String, Error> {
    let program = binaries.program("postgres");
    let metadata = fs::metadata(&program).map_err(Error::file("looking at", &program))?;
    let build = format!(
        "{ARGUMENTS:?} {LEFT_OUT:?} {program:?} {} {}.{}",
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec()
    );
    let digest = Sha256::digest(build);
    Ok(digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

async fn make(binaries: &Binaries, template: &Path) -> Result<(), Error> {
    let cache = cache::directory(CACHE);
    let folder = tempfile::Builder::new()
        .prefix("making-")
        .tempdir_in(&cache)
        .map_err(Error::file("making a folder in the cache", cache))?;
    give_away(folder.path()).map_err(Error::file("giving away", folder.path()))?;
    let data = folder.path().join("data");
    let mut initdb = unprivileged(binaries.program("initdb"));
    run("initdb", initdb.arg("--pgdata").arg(&data).args(ARGUMENTS)).await?;
    leave_out(&data).map_err(Error::file("looking through", &data))?;
    fs::rename(&data, template).map_err(Error::file("keeping what initdb made", template))
}

/// Removes what is left out from a folder and those below.
fn leave_out(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            leave_out(&entry.path())?;
        } else if LEFT_OUT
            .iter()
            .any(|end| name.to_string_lossy().ends_with(end))
        {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

async fn run(program: &'static str, command: &mut tokio::process::Command) -> Result<(), Error> {
    let output = command
        .output()
        .await
        .map_err(Error::file("running", program))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Program {
        program,
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn copies_of_a_template_that_several_want_at_once_are_complete_and_the_servers_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let binaries = Binaries::of_major(15, &|_| {}).await.expect("PostgreSQL");
        let folder = tempfile::tempdir().expect("a temporary directory");
        give_away(folder.path()).expect("it can be given away");
        let copies = ["a", "b", "c"].map(|name| folder.path().join(name));
        for copied in
            futures::future::join_all(copies.iter().map(|to| make_data(&binaries, to))).await
        {
            copied.expect("it can be copied");
        }
        for copy in copies {
            assert!(copy.join("global/pg_control").is_file());
            let mode = fs::metadata(copy).expect("a folder").permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }

    #[test]
    fn name_differs_with_the_build() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let binaries = Binaries {
            directory: folder.path().to_owned(),
        };
        let names = ["1", "22"].map(|build| {
            fs::write(folder.path().join("postgres"), build).expect("a file");
            name(&binaries).expect("it is there")
        });
        assert_ne!(names[0], names[1]);
    }
}
