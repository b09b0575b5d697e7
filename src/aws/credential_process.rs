//! The `credential_process` of a profile: a program that prints credentials.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
//!
//! The provider of the SDK leaves the program to itself when nobody waits for it any more, and its error
//! does not say whose program it was. Here it ends with the wait for it.

use std::{
    fmt,
    process::{Output, Stdio},
};

use aws_config::profile::{Profile, ProfileSet};
use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, error::CredentialsError, future},
};
use aws_smithy_types::{DateTime, date_time::Format};
use serde_json::Value;
use tokio::process::{Child, Command};

use super::{
    AssumeRole,
    error::process_failure::{NAME, UNREADABLE},
};
use crate::secret::Secret;

/// How much of the program's standard error is shown, in characters.
const SHOWN: usize = 300;
/// Profiles in a chain at most, so that a circle ends.
const LONGEST_CHAIN: usize = 10;
/// What makes a profile one of another kind, before its `credential_process` is looked at.
const OTHER_SOURCES: [&str; 8] = [
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_start_url",
    "login_session",
];

/// The program of a profile.
#[derive(Clone, Debug)]
pub(super) struct CredentialProcess {
    profile: String,
    /// Its arguments may be secrets.
    command: Secret,
}

impl CredentialProcess {
    /// The program that a profile gets its credentials from, and the roles that are assumed with them, one
    /// after the other; `None` where they come from somewhere else.
    pub(super) fn find(profiles: &ProfileSet, profile: &str) -> Option<(Self, Vec<AssumeRole>)> {
        let mut roles = Vec::new();
        let mut profile = profiles.get_profile(profile)?;
        while let Some((role, source)) = role(profile) {
            roles.insert(0, role);
            if source == profile.name() {
                break;
            }
            profile = profiles.get_profile(source)?;
            let is_key = profile.get("aws_access_key_id").is_some();
            if is_key || roles.len() > LONGEST_CHAIN {
                return None;
            }
        }
        let command = profile.get("credential_process")?;
        let is_other = OTHER_SOURCES.iter().any(|name| profile.get(name).is_some());
        let process = Self {
            profile: profile.name().to_owned(),
            command: Secret::new(command),
        };
        (!is_other).then_some((process, roles))
    }

    async fn credentials(&self) -> Result<Credentials, String> {
        let failed = |reason: String| format!("{self} {reason}");
        tracing::debug!(self.profile, "run the credential_process");
        let output = self
            .run()
            .await
            .map_err(|error| failed(format!("could not be run: {error}")))?;
        if !output.status.success() {
            return Err(failed(format!(
                "failed ({}): {}",
                output.status,
                first_part(&output.stderr)
            )));
        }
        read(&output.stdout).map_err(|reason| failed(format!("{UNREADABLE}: {reason}")))
    }

    /// Runs the program to its end; it ends with this future as well.
    async fn run(&self) -> std::io::Result<Output> {
        let mut command = shell(self.command.expose());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let group = Group::lead(&mut command);
        let child = command.spawn()?;
        let group = group.of(&child);
        let output = child.wait_with_output().await;
        group.has_ended();
        output
    }
}

impl fmt::Display for CredentialProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{NAME} {:?}", self.profile)
    }
}

impl ProvideCredentials for CredentialProcess {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let given: provider::Result = self
                .credentials()
                .await
                .map_err(CredentialsError::provider_error);
            given
        })
    }
}

/// The role that a profile assumes, and the profile whose credentials may.
fn role(profile: &Profile) -> Option<(AssumeRole, &str)> {
    let text = |name| profile.get(name).map(str::to_owned);
    let role = AssumeRole {
        role_arn: text("role_arn")?,
        external_id: text("external_id"),
        session_name: text("role_session_name"),
        ..AssumeRole::default()
    };
    Some((role, profile.get("source_profile")?))
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

/// The shell of Windows takes the whole command in one more pair of quotes, as it is.
#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd.exe");
    shell.arg("/C").raw_arg(format!("\"{command}\""));
    shell
}

/// The process group of a program, which is killed as a whole: what the program has started would go on.
struct Group {
    is_own: bool,
    leader: Option<u32>,
}

impl Group {
    /// Makes a program lead a group of its own, unless there is a terminal: who asks for a password there
    /// must be in the terminal's group, which hears of Ctrl-C anyway.
    #[cfg(unix)]
    fn lead(command: &mut Command) -> Self {
        let is_own = std::fs::File::open("/dev/tty").is_err();
        if is_own {
            command.process_group(0);
        }
        Self {
            is_own,
            leader: None,
        }
    }

    #[cfg(windows)]
    fn lead(_command: &mut Command) -> Self {
        Self {
            is_own: false,
            leader: None,
        }
    }

    fn of(self, child: &Child) -> Self {
        let leader = child.id().filter(|_| self.is_own);
        Self { leader, ..self }
    }

    fn has_ended(mut self) {
        self.leader = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(leader) = self.leader.and_then(|id| i32::try_from(id).ok())
            && let Some(group) = rustix::process::Pid::from_raw(leader)
        {
            // It may have ended by itself.
            let _gone = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

/// The first part of what a program wrote to standard error, in one line. A program that tells what it does may tell
/// the credentials: lines that name them are left out.
fn first_part(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let tells = |line: &&str| {
        let line = line.to_lowercase().replace('_', "");
        !["secretaccesskey", "sessiontoken"]
            .iter()
            .any(|name| line.contains(name))
    };
    let text: String = text.lines().filter(tells).collect::<Vec<_>>().join(" ");
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = line
        .chars()
        .filter(|character| !character.is_control())
        .take(SHOWN)
        .collect();
    match shown.as_str() {
        "" => "it wrote nothing to standard error".to_owned(),
        shown if line.chars().count() > SHOWN => format!("{shown}.."),
        shown => shown.to_owned(),
    }
}

/// The credentials that a program printed; why there are none never quotes it. Names count in any case, as
/// for the SDK.
fn read(stdout: &[u8]) -> Result<Credentials, String> {
    let printed: Value = serde_json::from_slice(stdout).map_err(|_| "it is not JSON".to_owned())?;
    let printed = printed.as_object().ok_or("it is not a JSON object")?;
    let member = |name: &str| {
        let mut members = printed.iter();
        let found = members.find(|(given, _)| given.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    };
    let text = |name: &str| match member(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("its {name} is not a string")),
    };
    let needed = |name: &str| text(name)?.ok_or_else(|| format!("it has no {name}"));
    if member("Version").and_then(Value::as_i64) != Some(1) {
        return Err("its Version is not 1".to_owned());
    }
    let expiry = match text("Expiration")? {
        None => None,
        Some(time) => Some(
            DateTime::from_str(&time, Format::DateTimeWithOffset)
                .ok()
                .and_then(|time| time.try_into().ok())
                .ok_or("its Expiration is not a time")?,
        ),
    };
    Ok(Credentials::new(
        needed("AccessKeyId")?,
        needed("SecretAccessKey")?,
        text("SessionToken")?,
        expiry,
        "credential_process",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_from_what_is_printed() {
        let given = read(
            br#"{"Version":1,"accesskeyid":"AKID","SecretAccessKey":"hush","SessionToken":null,
                "Expiration":"2100-01-01T00:00:00+02:00","More":[]}"#,
        )
        .unwrap();
        assert_eq!(given.access_key_id(), "AKID");
        assert_eq!(given.session_token(), None);
        assert!(given.expiry().is_some());
    }

    #[test]
    fn credentials_that_cannot_be_read_are_not_quoted() {
        for (printed, reason) in [
            ("hush-hush", "not JSON"),
            ("[]", "not a JSON object"),
            (r#"{"AccessKeyId":"hush-hush"}"#, "Version"),
            (
                r#"{"Version":1,"AccessKeyId":"hush-hush"}"#,
                "no SecretAccessKey",
            ),
            (
                r#"{"Version":1,"AccessKeyId":["hush-hush"]}"#,
                "not a string",
            ),
            (r#"{"Version":1,"Expiration":"hush-hush"}"#, "not a time"),
        ] {
            let said = read(printed.as_bytes()).unwrap_err();
            assert!(said.contains(reason) && !said.contains("hush"), "{said}");
        }
    }

    #[test]
    fn standard_error_is_shown_in_one_line_that_is_not_long() {
        assert_eq!(first_part(b" no\n\tsession\x1b \n"), "no session");
        assert_eq!(first_part(b""), "it wrote nothing to standard error");
        let long = first_part("x y ".repeat(1000).as_bytes());
        assert_eq!(long.len(), SHOWN + 2);
    }
}
