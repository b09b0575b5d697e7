//! The toolchain that the checkout names in `rust-toolchain.toml`, whichever one runs this.
//! <https://rust-lang.github.io/rustup/overrides.html>

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    Context, Failure,
    place::at,
    process::{command, output},
};

/// The compiler, in a folder of sources.
///
/// # Errors
/// When the folder does not name its toolchain.
pub fn rustc(folder: &Path) -> Result<Command, Failure> {
    of_toolchain("rustc", folder)
}

/// rustup, about the toolchain of a folder.
///
/// # Errors
/// As [`rustc`].
pub fn rustup(folder: &Path) -> Result<Command, Failure> {
    of_toolchain("rustup", folder)
}

/// Where its programs are.
///
/// # Errors
/// When there is no compiler, or rustup cannot install the one that is named.
pub fn programs(folder: &Path) -> Result<PathBuf, Failure> {
    let sysroot = output(rustc(folder)?.args(["--print", "sysroot"]))?;
    Ok(Path::new(sysroot.trim()).join("bin"))
}

/// What the compiler says of itself: lines such as `host: x86_64-unknown-linux-gnu`.
///
/// # Errors
/// When there is no compiler, or rustup cannot install the one that is named; when it does not say that.
pub fn says(folder: &Path, what: &str) -> Result<String, Failure> {
    let said = output(rustc(folder)?.arg("-vV"))?;
    let mut lines = said.lines();
    let found = lines.find_map(|line| line.strip_prefix(what)?.strip_prefix(": "));
    let found = found.map(str::to_owned);
    found.ok_or_else(|| Failure::new(format!("rustc -vV says no {what:?}")).with_output(said))
}

/// Holds the compiler against the one that a folder names: without rustup it may be any.
///
/// # Errors
/// When it is another one.
pub fn check(folder: &Path) -> Result<(), Failure> {
    refuse_other(&channel(folder)?, &says(folder, "release")?)
}

fn refuse_other(named: &str, found: &str) -> Result<(), Failure> {
    if named == found {
        return Ok(());
    }
    Err(Failure::new(format!(
        "rust-toolchain.toml names Rust {named}, and the compiler on the PATH is {found}: a release is made with that \
         one alone. rustup installs it: https://rustup.rs"
    )))
}

/// rustup takes this variable before what is set for a folder by `rustup override`, and before its files.
fn of_toolchain(program: &str, folder: &Path) -> Result<Command, Failure> {
    let mut command = command(Path::new(program), folder);
    command.env("RUSTUP_TOOLCHAIN", channel(folder)?);
    Ok(command)
}

fn channel(folder: &Path) -> Result<String, Failure> {
    let file = folder.join("rust-toolchain.toml");
    let text = fs::read_to_string(&file).map_err(at(&file))?;
    let named: toml::Table = text.parse().map_err(at(&file))?;
    let channel = named
        .get("toolchain")
        .and_then(|table| table.get("channel"));
    let channel = channel.and_then(toml::Value::as_str).map(str::to_owned);
    channel
        .ok_or_else(|| Failure::new("no toolchain.channel"))
        .context(&file.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{channel, refuse_other, rustc, says};

    const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

    #[test]
    fn compiler_is_asked_for_by_the_name_in_the_checkout_whatever_is_set_for_the_folder() {
        let root = Path::new(ROOT);
        let named = channel(root).expect("the checkout names one");
        let asked = rustc(root).expect("the checkout names one");
        let mut variables = asked.get_envs();
        assert!(variables.any(|(name, value)| name == "RUSTUP_TOOLCHAIN"
            && value.is_some_and(|value| value == named.as_str())));
    }

    #[test]
    fn compiler_that_is_not_the_named_one_is_refused_with_both() {
        let root = Path::new(ROOT);
        let found = says(root, "release").expect("there is a compiler");
        refuse_other(&found, &found).expect("it is the named one");
        // What rustup takes for the same compiler today may be another one tomorrow.
        let refused = refuse_other("stable", &found).expect_err("it is no version");
        let refused = refused.to_string();
        assert!(
            refused.contains("names Rust stable") && refused.contains(&found),
            "{refused}"
        );
    }

    #[test]
    fn folder_that_names_no_toolchain_is_an_error_with_the_file() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("rust-toolchain.toml");
        for text in ["", "[toolchain]\nprofile = \"minimal\"\n", "["] {
            fs::write(&file, text).expect("it can be written");
            let refused = channel(folder.path()).expect_err(text).to_string();
            assert!(refused.contains(&file.display().to_string()), "{refused}");
        }
    }
}
