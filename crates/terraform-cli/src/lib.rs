//! The Terraform or OpenTofu command line that is installed, apart from the caller's own settings.

mod error;

use std::{
    env,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

pub use error::Error;

/// What the variables begin with that people set for Terraform, its plugins, AWS and PostgreSQL.
pub const FOREIGN: [&str; 4] = ["TF_", "PLUGIN_", "AWS_", "PG"];

/// A provider's address is taken from the default registry, which differs between the CLIs.
pub const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// An installed CLI.
#[derive(Clone, Debug)]
pub struct Cli {
    program: PathBuf,
}

/// What a CLI says of itself.
#[derive(Clone, Debug)]
pub struct Version {
    /// Such as `Terraform v1.11.4`.
    pub text: String,
    /// Such as `(1, 11)`.
    pub minor: (u64, u64),
    /// Such as `linux_amd64`.
    pub platform: String,
}

impl Cli {
    /// What `TF_CLI` names, or `terraform`, or `tofu`. A path is one from the caller's folder, wherever the CLI runs.
    ///
    /// # Errors
    /// When there is none, with how to install one.
    pub fn find() -> Result<Self, Error> {
        let folder = env::current_dir().unwrap_or_default();
        let on_path = env::var_os("PATH").unwrap_or_default();
        Self::find_from(&folder, env::var_os("TF_CLI"), &on_path)
    }

    fn find_from(folder: &Path, named: Option<OsString>, path: &OsStr) -> Result<Self, Error> {
        let on_path = |name: &OsStr| {
            let mut file = name.to_owned();
            if !name.to_string_lossy().ends_with(env::consts::EXE_SUFFIX) {
                file.push(env::consts::EXE_SUFFIX);
            }
            env::split_paths(path)
                .map(|entry| folder.join(entry).join(&file))
                .find(|program| program.is_file())
        };
        let program = match named.filter(|name| !name.is_empty()) {
            Some(name) if Path::new(&name).components().count() > 1 => {
                Some(folder.join(name).components().collect())
            }
            // What is not on the PATH cannot be started, which is said then.
            Some(name) => Some(on_path(&name).unwrap_or_else(|| name.into())),
            None => ["terraform", "tofu"]
                .into_iter()
                .find_map(|name| on_path(name.as_ref())),
        };
        Ok(Self {
            program: program.ok_or(Error::NotInstalled)?,
        })
    }

    /// Such as `terraform`, or `terraform-1.11`.
    pub fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let suffix = env::consts::EXE_SUFFIX;
        name.strip_suffix(suffix).unwrap_or(&name).to_owned()
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// A command that runs in a directory: with pipes, without questions and colours, and without what the
    /// caller has set for Terraform, AWS and PostgreSQL.
    pub fn command(&self, directory: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os().filter(|(name, _)| is_foreign(name)) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(directory)
            // Hints on what to type next would be wrong here.
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("TF_CLI_ARGS", "-no-color")
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Asks which CLI this is.
    ///
    /// # Errors
    /// When it cannot be started, or is neither Terraform nor OpenTofu.
    pub fn version(&self) -> Result<Version, Error> {
        let mut command = self.command(&env::temp_dir(), &["version"]);
        // Ctrl-C is for whoever asks, and should not look like an answer.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let output = command.output().map_err(|source| Error::Start {
            program: self.program.clone(),
            source,
        })?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        Version::parse(&said).ok_or_else(|| Error::Neither {
            program: self.program.clone(),
            said: said.into_owned(),
        })
    }
}

impl Version {
    /// Whether it is that of OpenTofu.
    pub fn is_tofu(&self) -> bool {
        self.text.starts_with("OpenTofu")
    }

    fn parse(said: &str) -> Option<Self> {
        let lines = || said.lines().map(str::trim);
        let (text, number) = lines().find_map(|line| {
            let number = line
                .strip_prefix("Terraform v")
                .or_else(|| line.strip_prefix("OpenTofu v"))?;
            Some((line, number))
        })?;
        let mut numbers = number.split('.').map_while(|number| number.parse().ok());
        Some(Self {
            text: text.to_owned(),
            minor: (numbers.next()?, numbers.next()?),
            platform: lines()
                .find_map(|line| line.strip_prefix("on "))?
                .to_owned(),
        })
    }
}

/// Writes a CLI configuration in which programs stand for the providers of source addresses such as
/// `rdsiam/rdsiam`. A program of another name than the provider's gets a link beside the file.
///
/// # Errors
/// When a file cannot be written.
pub fn write_dev_overrides(file: &Path, providers: &[(&str, &Path)]) -> io::Result<()> {
    let mut overrides = String::new();
    for (source, program) in providers {
        let folder = override_folder(file, source, program)?;
        for registry in REGISTRIES {
            overrides.push_str(&format!("    \"{registry}/{source}\" = {folder:?}\n"));
        }
    }
    fs::write(
        file,
        format!(
            "provider_installation {{\n  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n}}\n"
        ),
    )
}

/// A folder with the program under the name that the CLI looks for.
fn override_folder(file: &Path, source: &str, program: &Path) -> io::Result<PathBuf> {
    let provider = source.rsplit('/').next().unwrap_or(source);
    let name = format!("terraform-provider-{provider}{}", env::consts::EXE_SUFFIX);
    if let (Some(folder), true) = (program.parent(), program.ends_with(&name)) {
        return Ok(folder.to_owned());
    }
    let folder = file.with_extension("overrides").join(source);
    fs::create_dir_all(&folder)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(program, folder.join(name))?;
    #[cfg(not(unix))]
    fs::copy(program, folder.join(name))?;
    Ok(folder)
}

/// Whether somebody has set a variable for Terraform, its plugins, AWS or PostgreSQL.
pub fn is_foreign(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    FOREIGN.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use std::{env, env::consts::EXE_SUFFIX, ffi::OsStr, fs, path::Path};

    use super::{Cli, Error, Version};

    #[test]
    fn cli_that_is_named_or_on_a_path_is_one_from_the_callers_folder_and_keeps_its_name() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let bin = folder.path().join("bin");
        let program = |name: &str| bin.join(format!("{name}{EXE_SUFFIX}"));
        fs::create_dir(&bin).expect("a folder can be made");
        for name in ["tofu", "terraform-1.11"] {
            fs::write(program(name), "").expect("a file can be written");
        }
        let find = |named: Option<&str>, path: &str| {
            Cli::find_from(folder.path(), named.map(Into::into), OsStr::new(path))
        };
        for (named, path, name) in [
            (None, "bin", "tofu"),
            (Some(""), "bin", "tofu"),
            (Some("terraform-1.11"), "bin", "terraform-1.11"),
            (
                Some(&format!("./bin/terraform-1.11{EXE_SUFFIX}")),
                "",
                "terraform-1.11",
            ),
        ] {
            let cli = find(named, path).expect("there is one");
            assert_eq!(cli.program(), program(name));
            assert_eq!(cli.name(), name);
        }
        assert!(matches!(find(None, "."), Err(Error::NotInstalled)));
        let absent = find(Some("tofu-2"), "bin").expect("what is named is taken");
        assert_eq!(absent.program(), Path::new("tofu-2"));
    }

    #[test]
    fn cli_that_is_not_there_or_another_program_is_told_with_how_to_install_one() {
        // This program prints what tests it has.
        let tests = env::current_exe().expect("it has a path");
        let tests = tests.to_str().expect("its path is UTF-8");
        for (named, says) in [("no-such-cli", "cannot be started"), (tests, "is neither")] {
            let cli = Cli::find_from(Path::new(""), Some(named.into()), OsStr::new(""));
            let error = cli.and_then(|cli| cli.version()).expect_err("it is no CLI");
            let error = error.to_string();
            assert!(error.contains(says), "{error}");
            assert!(error.contains("install Terraform"), "{error}");
        }
    }

    #[test]
    fn version_of_either_cli_is_read() {
        let terraform = Version::parse("Terraform v1.11.4\non linux_amd64\n").expect("it is one");
        assert_eq!(terraform.text, "Terraform v1.11.4");
        assert_eq!(terraform.minor, (1, 11));
        assert_eq!(terraform.platform, "linux_amd64");
        assert!(!terraform.is_tofu());

        let tofu = Version::parse("OpenTofu v1.12.0-beta1\non darwin_arm64\n").expect("it is one");
        assert_eq!(tofu.minor, (1, 12));
        assert!(tofu.is_tofu());
    }

    #[test]
    fn version_of_something_else_is_none() {
        assert!(Version::parse("Packer v1.11.0\n").is_none());
    }
}
