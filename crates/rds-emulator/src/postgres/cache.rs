//! What takes long is done once for each user and kept: a folder with its final name is complete.

use std::{
    env,
    fs::{self, File},
    path::PathBuf,
};

use super::Error;

/// A folder of the user's cache. Root's is in the open, since the server runs as somebody else then.
pub fn directory(name: &str) -> PathBuf {
    let base = if rustix::process::geteuid().is_root() {
        PathBuf::from("/var/cache")
    } else {
        env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| env::home_dir().map(|home| home.join(".cache")))
            .unwrap_or_else(env::temp_dir)
    };
    base.join("rds-emulator").join(name)
}

/// Makes the folder if it is not there, and waits until nobody else adds what has this name. Others
/// wait until the file is dropped; look again what is there now.
///
/// # Errors
/// When the folder or the file cannot be made or locked.
pub async fn lock(directory: &str, name: &str) -> Result<File, Error> {
    let directory = self::directory(directory);
    fs::create_dir_all(&directory).map_err(Error::file("making the cache", &directory))?;
    let path = directory.join(format!("{name}.lock"));
    let locked = tokio::task::spawn_blocking(move || {
        File::create(&path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(Error::file("locking the cache", path))
    });
    locked.await.map_err(|error| Error::Program {
        program: "the wait for another process",
        output: error.to_string(),
    })?
}
