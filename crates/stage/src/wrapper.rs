//! A script that runs the CLI as in a shell in which nothing is set that would lead it away from the stand-in.

use std::path::Path;

use terraform_client::cli::FOREIGN;
use xtask::failure::Failure;

use crate::private;

/// Writes it to a folder, under the name of the CLI: `./terraform plan` is then `terraform plan` without what the
/// caller has set for Terraform, AWS and PostgreSQL, in variables and in files of the home folder. Logs can be asked for as
/// ever, and a proxy leads to everything but this machine.
///
/// # Errors
/// When the file cannot be written.
pub fn write(folder: &Path, name: &str, program: &Path) -> Result<(), Failure> {
    private::write_script(&folder.join(name), &script(program))
}

fn script(program: &Path) -> String {
    let foreign = FOREIGN.join("|");
    let program = word(&program.to_string_lossy());
    format!(
        "#!/bin/sh
# The CLI, with nothing that is set for Terraform, AWS or PostgreSQL: it talks to the stand-in alone.
for name in $(env | LC_ALL=C sed -nE '/^TF_LOG/d; s/^(({foreign})[A-Za-z0-9_]*)=.*/\\1/p'); do
  unset \"$name\"
done
export TF_CLI_CONFIG_FILE=/dev/null
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
export NO_PROXY=\"${{NO_PROXY:+$NO_PROXY,}}localhost,127.0.0.1\"
export no_proxy=\"${{no_proxy:+$no_proxy,}}localhost,127.0.0.1\"
exec {program} \"$@\"
"
    )
}

/// A word of a shell's command, in quotes where it needs them.
pub fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::{env, ffi::OsStr, fs, os::unix::ffi::OsStrExt as _, process::Command};

    use super::{word, write};

    #[test]
    fn word_that_means_something_to_a_shell_is_in_quotes() {
        assert_eq!(word("/usr/bin/terraform-1.11"), "/usr/bin/terraform-1.11");
        assert_eq!(word("/a b/it's"), "'/a b/it'\\''s'");
        assert_eq!(word(""), "''");
    }

    #[test]
    fn cli_of_a_script_has_its_arguments_and_nothing_of_what_the_shell_sets_for_it() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let env = env::split_paths(&env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join("env"))
            .find(|program| program.is_file())
            .expect("every Unix has it");
        let place = folder.path().join("it's here");
        fs::create_dir(&place).expect("a folder can be made");
        let program = place.join("tofu 1");
        std::os::unix::fs::symlink(env, &program).expect("a link can be made");
        assert!(write(folder.path(), "tofu 1", &program).is_ok());

        let output = Command::new(folder.path().join("tofu 1"))
            .args(["sh", "-c", "env; echo \"$1\"", "sh", "an argument"])
            .envs([
                ("PGHOST", "elsewhere"),
                ("AWS_PROFILE", "work"),
                ("AWS_ENDPOINT_URL", "http://elsewhere"),
                ("TF_CLI_ARGS_plan", "-destroy"),
                ("TF_LOG", "trace"),
                ("TF_CLI_CONFIG_FILE", "mine"),
                ("HTTPS_PROXY", "http://proxy"),
                ("NO_PROXY", "example.com"),
            ])
            // No UTF-8.
            .env("PGAPPNAME", OsStr::from_bytes(b"caf\xe9"))
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<&str> = said.lines().collect();
        for line in [
            "TF_CLI_CONFIG_FILE=/dev/null",
            "AWS_CONFIG_FILE=/dev/null",
            "TF_LOG=trace",
            "HTTPS_PROXY=http://proxy",
            "NO_PROXY=example.com,localhost,127.0.0.1",
            "an argument",
        ] {
            assert!(lines.contains(&line), "{line}: {said}");
        }
        for name in [
            "PGHOST=",
            "PGAPPNAME=",
            "AWS_PROFILE=",
            "AWS_ENDPOINT_URL=",
            "TF_CLI_ARGS",
        ] {
            assert!(
                !lines.iter().any(|line| line.starts_with(name)),
                "{name}: {said}"
            );
        }
    }
}
