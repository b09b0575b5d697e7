//! The Terraform or OpenTofu command line, apart from the caller's own settings.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{Error, plugin::is_foreign};

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
    /// `TF_CLI`, or `terraform`, or `tofu`.
    ///
    /// # Errors
    /// When there is none, with how to install one.
    pub fn find() -> Result<Self, Error> {
        let program = match env::var_os("TF_CLI").filter(|name| !name.is_empty()) {
            Some(name) => Some(PathBuf::from(name)),
            None => ["terraform", "tofu"].into_iter().find_map(on_path),
        };
        Ok(Self {
            program: program.ok_or(Error::NoCli)?,
        })
    }

    /// Such as `terraform`.
    pub fn name(&self) -> String {
        let name = self.program.file_stem().unwrap_or_default();
        name.to_string_lossy().into_owned()
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
        let output = self
            .command(&env::temp_dir(), &["version"])
            .output()
            .map_err(|source| Error::StartCli {
                program: self.program.clone(),
                source,
            })?;
        let said = String::from_utf8_lossy(&output.stdout);
        Version::parse(&said).ok_or_else(|| Error::NeitherCli {
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

fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::Version;

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
