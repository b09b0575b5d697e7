//! The options of `cargo xtask dist`.

use std::{ffi::OsString, path::PathBuf};

use lexopt::{
    Arg::{Long, Short},
    Parser, ValueExt,
};

use super::Options;
use crate::target::Target;

/// What is packed, and where to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dist {
    /// The folder for the assets of a release.
    pub out: Option<PathBuf>,
    /// The folder of a mirror.
    pub mirror: Option<PathBuf>,
    /// What is to be built.
    pub targets: Vec<Target>,
    /// What is built already.
    pub binaries: Vec<(Target, PathBuf)>,
    /// Whether each target is built a second time elsewhere, and compared.
    pub twice: bool,
    /// Whether the changelog's section is printed, and nothing else done.
    pub notes: bool,
}

impl Options for Dist {
    const HELP: &'static str = "\
Make the assets of a release, or a mirror that installs without a registry.

Without --target and --binary it builds for this machine, on Linux a static program for musl. What is for
another system than this one is built with cargo-zigbuild, which is installed from Python's package index
into target/dist; what is for macOS on macOS alone. Files have the time of the commit, or that of
SOURCE_DATE_EPOCH. The version of Cargo.toml must have a heading in CHANGELOG.md, and be that of the
commit's tag where it has one.

Usage: cargo xtask dist [--out DIR] [--mirror DIR] [--target TRIPLE].. [--binary TRIPLE=FILE].. [--twice]
       cargo xtask dist --notes

  --out DIR          Leave in this folder what a release consists of, but for the signature: zips, manifest,
                     bill of materials, checksums. It may be missing, or have these of an earlier time, which
                     are replaced: whatever else is in it, be it a signature, is refused.
  --mirror DIR       Add this version to a mirror, for Terraform and for OpenTofu.
  --target TRIPLE    Build for this target, such as aarch64-unknown-linux-musl; may be repeated.
  --binary TRIPLE=FILE
                     Pack this one, which is built already; may be repeated.
  --twice            Build each target a second time, elsewhere, and fail unless the bytes are the same.
  --notes            Print what the changelog says of this version.
";

    fn parse(mut arguments: Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("out") => options.out = Some(path(arguments.value()?)?),
                Long("mirror") => options.mirror = Some(path(arguments.value()?)?),
                Long("target") => options.targets.push(arguments.value()?.parse_with(target)?),
                Long("binary") => options
                    .binaries
                    .push(arguments.value()?.parse_with(binary)?),
                Long("twice") => options.twice = true,
                Long("notes") => options.notes = true,
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        let notes_alone = Self {
            notes: true,
            ..Self::default()
        };
        if options.notes && options != notes_alone {
            return Err("--notes makes nothing: it goes with no other option".into());
        }
        if options.out.is_none() && options.mirror.is_none() && !options.notes {
            return Err("--out, --mirror or --notes must say what is wanted".into());
        }
        if options.twice && options.targets.is_empty() && !options.binaries.is_empty() {
            return Err("--twice builds twice, and nothing is built: --target says what".into());
        }
        Ok(Some(options))
    }
}

fn path(value: OsString) -> Result<PathBuf, &'static str> {
    match value.is_empty() {
        true => Err("a path is empty"),
        false => Ok(value.into()),
    }
}

fn target(triple: &str) -> Result<Target, String> {
    Target::parse(triple).ok_or_else(|| {
        "no triple that a registry has a name for, such as x86_64-unknown-linux-musl".to_owned()
    })
}

fn binary(text: &str) -> Result<(Target, PathBuf), String> {
    let (triple, file) = text.split_once('=').ok_or("it is TRIPLE=FILE")?;
    Ok((target(triple)?, path(file.into())?))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{super::tests::parsed, Dist};
    use crate::target::Target;

    #[test]
    fn targets_and_binaries_of_a_release_are_all_taken() {
        let target = |triple| Target::parse(triple).expect("it is one");
        let arguments = "--out a --target x86_64-pc-windows-gnu --target=x86_64-unknown-freebsd --twice \
                         --binary aarch64-apple-darwin=b=c";
        let expected = Dist {
            out: Some("a".into()),
            targets: vec![
                target("x86_64-pc-windows-gnu"),
                target("x86_64-unknown-freebsd"),
            ],
            binaries: vec![(target("aarch64-apple-darwin"), PathBuf::from("b=c"))],
            twice: true,
            ..Dist::default()
        };
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        assert_eq!(parsed(&arguments), Ok(Some(expected)));
    }

    #[test]
    fn what_is_not_enough_or_no_target_is_refused_and_named() {
        for (arguments, says) in [
            (&[][..], "--out, --mirror or --notes"),
            (
                &["--target", "x86_64-unknown-linux-musl"],
                "--out, --mirror or --notes",
            ),
            (&["--out"], "missing argument"),
            (&["--out", ""], "a path is empty"),
            (&["--mirror="], "a path is empty"),
            (
                &["--out", "a", "--binary", "x86_64-unknown-linux-musl="],
                "a path is empty",
            ),
            (&["--notes", "--out", "a"], "with no other option"),
            (&["--twice", "--notes"], "with no other option"),
            (
                &["--out", "a", "--target", "mips"],
                "no triple that a registry has a name for",
            ),
            (
                &["--out", "a", "--binary", "x86_64-unknown-linux-musl"],
                "it is TRIPLE=FILE",
            ),
        ] {
            let error = parsed::<Dist>(arguments).expect_err(says);
            assert!(error.contains(says), "{error}");
        }
    }
}
