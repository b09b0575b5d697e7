//! The options of `cargo xtask demo`.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use lexopt::{
    Arg::{Long, Short},
    Parser,
};

use super::{DEFAULT_MAJOR, Options, check_stage, major};
use crate::failure::{Context, Failure};

/// How the demo runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Whether the stand-in goes on at the end, until Ctrl-C.
    pub keep: bool,
    /// Where to write a picture of the screen, an SVG, once every step has passed.
    pub picture: Option<PathBuf>,
    /// The major version of PostgreSQL.
    pub postgres: u16,
}

impl Options for Demo {
    const HELP: &'static str = "\
Show the provider at work on a local stand-in for Aurora.

Builds the provider, starts the stand-in (real PostgreSQL behind a gate that authenticates as RDS does,
and the RDS API, all on loopback) and switches a replication user from its password to IAM tokens, proves
it, lets it drift, mends it and takes it back. Needs a C compiler and `terraform` or `tofu` (or what
TF_CLI names). Exits with 0 only if every step passed.

Usage: cargo xtask demo [--postgres MAJOR] [--picture FILE] [--keep]

  --keep             Leave the stand-in running at the end, until Ctrl-C, and name folders in which a
                     plan works with it at once.
  --picture FILE     Write what the screen shows as an SVG, once every step has passed.
  --postgres MAJOR   Major version of PostgreSQL, 11 to 18; 17 unless it is given. An installed one is
                     used; else it is fetched once and kept for this user.
";

    fn parse(mut arguments: Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            keep: false,
            picture: None,
            postgres: DEFAULT_MAJOR,
        };
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("keep") => options.keep = true,
                Long("picture") => options.picture = Some(arguments.value()?.into()),
                Long("postgres") => options.postgres = major(&arguments.value()?)?,
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }

    fn check(&self) -> Result<(), Failure> {
        if let Some(file) = &self.picture {
            check_writable(file).context(&format!("writing {}", file.display()))?;
        }
        check_stage()
    }
}

/// Opens a file as if to write to it. What is in it stays, and where there was none, there is none.
fn check_writable(file: &Path) -> io::Result<()> {
    let is_new = fs::symlink_metadata(file).is_err();
    // To open a pipe waits for its reader; a link to nothing would be left with a file.
    if !is_new && !fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    OpenOptions::new().append(true).create(true).open(file)?;
    if is_new {
        fs::remove_file(file)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{super::tests::parsed, Demo, check_writable};

    #[test]
    fn picture_is_refused_where_none_can_be_written_and_nothing_is_changed_where_one_can() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = |name: &str| folder.path().join(name);
        fs::write(file("old.svg"), "old").expect("a file can be written");
        assert!(check_writable(&file("old.svg")).is_ok());
        assert_eq!(fs::read(file("old.svg")).expect("it is there"), b"old");
        assert!(check_writable(&file("new.svg")).is_ok());
        assert!(!file("new.svg").exists());
        for bad in [&file("none/new.svg"), folder.path()] {
            assert!(check_writable(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn major_version_that_there_is_not_is_refused_and_named() {
        let demo = |keep, postgres| {
            Ok(Some(Demo {
                keep,
                picture: None,
                postgres,
            }))
        };
        assert_eq!(parsed(&[]), demo(false, 17));
        assert_eq!(parsed(&["--keep", "--postgres", "11"]), demo(true, 11));
        assert_eq!(parsed(&["--postgres=18"]), demo(false, 18));
        for bad in ["99", "10", "new", ""] {
            let error = parsed::<Demo>(&["--postgres", bad]).expect_err("there is none such");
            assert!(error.contains("11 to 18"), "{error}");
        }
        assert!(parsed::<Demo>(&["--postgres"]).is_err());
    }
}
