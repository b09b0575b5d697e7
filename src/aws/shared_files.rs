//! The shared configuration and credentials files that the practitioner names.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>

use std::path::{Path, PathBuf};

#[allow(
    deprecated,
    reason = "the new names are in a crate that nothing else here needs"
)]
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};

/// The files, when any are named; then the default ones fill the other kind.
#[allow(deprecated, reason = "as the import of the types")]
pub(super) fn profile_files(
    config: Option<&[PathBuf]>,
    credentials: Option<&[PathBuf]>,
) -> Option<ProfileFiles> {
    // An empty list names nothing, as it does to users of hashicorp/aws.
    let config = config.filter(|paths| !paths.is_empty());
    let credentials = credentials.filter(|paths| !paths.is_empty());
    if config.is_none() && credentials.is_none() {
        return None;
    }
    let mut files = ProfileFiles::builder();
    files = match config {
        None => files.include_default_config_file(true),
        Some(paths) => paths.iter().fold(files, |files, path| {
            files.with_file(ProfileFileKind::Config, expand_home(path))
        }),
    };
    files = match credentials {
        None => files.include_default_credentials_file(true),
        Some(paths) => paths.iter().fold(files, |files, path| {
            files.with_file(ProfileFileKind::Credentials, expand_home(path))
        }),
    };
    Some(files.build())
}

/// The path with `~` at its start replaced by the home folder.
pub(super) fn expand_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profile_files_that_name_nothing_are_as_none() {
        assert!(profile_files(Some(&[]), Some(&[])).is_none());
        assert!(profile_files(Some(&["config".into()]), Some(&[])).is_some());
    }

    #[test]
    fn home_is_replaced_at_the_start_of_a_path_only() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(
            expand_home(Path::new("~/.aws/config")),
            home.join(".aws/config")
        );
        for path in ["/etc/~/config", "config", "~user/config"] {
            assert_eq!(expand_home(Path::new(path)), Path::new(path));
        }
    }
}
