//! How AWS is reached: what the practitioner configures, and where the rest comes from.
//!
//! Arguments come first, then the environment, then the shared files, as users of hashicorp/aws and
//! of the AWS CLI expect.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/creds-config-files.html>

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

#[allow(
    deprecated,
    reason = "the new names are in a crate that nothing else here needs"
)]
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
use aws_config::{
    BehaviorVersion, Region, SdkConfig, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig, timeout::TimeoutConfig,
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_rds::config::IdentityCache;

use super::{Error, credentials::Held, error::Cause};
use crate::secret::Secret;

/// Attempts at one call, unless configured: what users of hashicorp/aws have.
const MAX_ATTEMPTS: u32 = 25;
/// The SDK's own number of attempts, where nobody configured one.
const SDK_MAX_ATTEMPTS: u32 = 3;
/// How long one attempt at a call may take: none of those made here takes seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long credentials may take to come: a process may have to ask somebody.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(60);

/// What the practitioner configures. Absent values come from the environment and the shared files.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// AWS Region. Else `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, the instance's.
    pub region: Option<String>,
    /// Profile of the shared files. Its credentials then win over those of the environment. Else
    /// `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, `default`.
    pub profile: Option<String>,
    /// Access key ID. Else `AWS_ACCESS_KEY_ID`, then the profile's.
    pub access_key: Option<String>,
    /// Secret access key. Else `AWS_SECRET_ACCESS_KEY`, then the profile's.
    pub secret_key: Option<Secret>,
    /// Session token. Else `AWS_SESSION_TOKEN`, then the profile's.
    pub token: Option<Secret>,
    /// Shared configuration files; `~` is the home folder. Else `AWS_CONFIG_FILE`, `~/.aws/config`.
    pub shared_config_files: Option<Vec<PathBuf>>,
    /// Shared credentials files; `~` is the home folder. Else `AWS_SHARED_CREDENTIALS_FILE`,
    /// `~/.aws/credentials`.
    pub shared_credentials_files: Option<Vec<PathBuf>>,
    /// URLs in place of those of AWS.
    pub endpoints: Endpoints,
    /// Attempts at one call at most. Else `AWS_MAX_ATTEMPTS`, the profile's `max_attempts`, 25.
    pub max_retries: Option<u32>,
    /// Whether the credentials are used without a check.
    pub skip_credentials_validation: bool,
}

/// URLs in place of those of AWS. Else `AWS_ENDPOINT_URL_RDS` and its like, `AWS_ENDPOINT_URL`, the
/// profile's `services` and `endpoint_url`, unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is set.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// Amazon RDS.
    pub rds: Option<String>,
    /// AWS STS.
    pub sts: Option<String>,
    /// AWS Secrets Manager.
    pub secretsmanager: Option<String>,
}

/// A configuration with everything that the environment and the files add.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) sdk: SdkConfig,
    pub(super) region: String,
    pub(super) credentials: SharedCredentialsProvider,
    pub(super) max_attempts: u32,
}

impl Config {
    /// Reads the environment and the files. Credentials are looked for later, when they are needed.
    pub(super) async fn resolve(&self) -> Result<Resolved, Error> {
        let failed = |cause| Error::new("aws:Configure", "the provider", cause);
        for (name, url) in self.endpoints.given() {
            if !is_http_url(url) {
                return Err(failed(Cause::Configuration(format!(
                    "the endpoint {name} is {url:?}, which is not a URL such as https://HOST:PORT"
                ))));
            }
        }
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .identity_cache(
                IdentityCache::lazy()
                    .load_timeout(CREDENTIALS_TIMEOUT)
                    .build(),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            );
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = self.profile.clone().or_else(default_profile) {
            loader = loader.profile_name(profile);
        }
        let files = self.profile_files();
        if let Some(files) = &files {
            loader = loader.profile_files(files.clone());
        }
        let sdk = loader.load().await;
        let region = sdk
            .region()
            .cloned()
            .ok_or_else(|| failed(Cause::NoRegion))?;
        let credentials = match (&self.access_key, &self.secret_key) {
            (Some(key), Some(secret)) => Some(SharedCredentialsProvider::new(Credentials::new(
                key,
                secret.expose(),
                self.token.as_ref().map(|token| token.expose().to_owned()),
                None,
                "provider configuration",
            ))),
            (None, None) => self
                .profile_credentials(&region, files)
                .or_else(|| sdk.credentials_provider()),
            _ => {
                return Err(failed(Cause::Credentials(
                    "access_key and secret_key must be set together".to_owned(),
                )));
            }
        };
        let credentials = credentials
            .map(|provider| {
                SharedCredentialsProvider::new(Held::new(provider, self.credentials_place()))
            })
            .ok_or_else(|| failed(Cause::Credentials("none are configured".to_owned())))?;
        Ok(Resolved {
            max_attempts: self.max_attempts(&sdk),
            region: region.to_string(),
            sdk: sdk
                .into_builder()
                .credentials_provider(credentials.clone())
                .build(),
            credentials,
        })
    }

    /// The credentials of the profile that is configured: the default chain would let those of the
    /// environment win over it.
    #[allow(deprecated, reason = "as the import of the type")]
    fn profile_credentials(
        &self,
        region: &Region,
        files: Option<ProfileFiles>,
    ) -> Option<SharedCredentialsProvider> {
        let profile = self.profile.as_ref()?;
        let context = ProviderConfig::without_region().with_region(Some(region.clone()));
        let mut builder = ProfileFileCredentialsProvider::builder()
            .configure(&context)
            .profile_name(profile);
        if let Some(files) = files {
            builder = builder.profile_files(files);
        }
        Some(SharedCredentialsProvider::new(builder.build()))
    }

    /// Where credentials are looked for, for a message.
    fn credentials_place(&self) -> String {
        match &self.profile {
            Some(profile) => format!("the profile {profile:?} of the shared files"),
            None => "the provider's arguments, the environment, the profile of the shared files and the \
                     metadata of a container or an instance"
                .to_owned(),
        }
    }

    /// Attempts at one call at most, at least one.
    fn max_attempts(&self, sdk: &SdkConfig) -> u32 {
        let of_the_profile = || {
            sdk.retry_config()
                .map(|retry| retry.max_attempts())
                .filter(|attempts| *attempts != SDK_MAX_ATTEMPTS)
        };
        self.max_retries
            .or_else(|| variable("AWS_MAX_ATTEMPTS")?.parse().ok())
            .or_else(of_the_profile)
            .unwrap_or(MAX_ATTEMPTS)
            .max(1)
    }

    /// The shared files, when the configuration names any.
    #[allow(deprecated, reason = "as the import of the types")]
    fn profile_files(&self) -> Option<ProfileFiles> {
        if self.shared_config_files.is_none() && self.shared_credentials_files.is_none() {
            return None;
        }
        let mut files = ProfileFiles::builder();
        files = match &self.shared_config_files {
            None => files.include_default_config_file(true),
            Some(paths) => paths.iter().fold(files, |files, path| {
                files.with_file(ProfileFileKind::Config, expand_home(path))
            }),
        };
        files = match &self.shared_credentials_files {
            None => files.include_default_credentials_file(true),
            Some(paths) => paths.iter().fold(files, |files, path| {
                files.with_file(ProfileFileKind::Credentials, expand_home(path))
            }),
        };
        Some(files.build())
    }
}

impl Endpoints {
    fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("rds", &self.rds),
            ("sts", &self.sts),
            ("secretsmanager", &self.secretsmanager),
        ]
        .into_iter()
        .filter_map(|(name, url)| Some((name, url.as_deref()?)))
    }
}

/// Whether a text is an `http` or `https` URL with a host; the SDK would say so only at the call.
fn is_http_url(text: &str) -> bool {
    ["http://", "https://"]
        .into_iter()
        .filter_map(|scheme| text.strip_prefix(scheme))
        .any(|rest| {
            !rest.is_empty() && !rest.starts_with(['/', ':']) && !rest.contains(char::is_whitespace)
        })
}

/// The profile that older tools read where `AWS_PROFILE` is not set.
fn default_profile() -> Option<String> {
    match variable("AWS_PROFILE") {
        Some(_) => None,
        None => variable("AWS_DEFAULT_PROFILE"),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The path with `~` at its start replaced by the home folder.
fn expand_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, process::Stdio};

    use tempfile::TempDir;
    use tokio::process::Command;

    use super::*;
    use crate::aws::{
        auth_token,
        rds::db_cluster,
        testing::{Server, cluster, clusters, hasty, identity, scope, throttling},
    };

    /// Says that this process is the child of a test, with the arguments of the provider block.
    const CHILD: &str = "RDSIAM_TEST_CHILD";
    const OUTCOME: &str = "the outcome: ";

    /// A home folder and an environment with nothing else in it, to run a call in. The environment
    /// belongs to the process, so each run is one of its own.
    struct Setting {
        home: TempDir,
        environment: BTreeMap<String, String>,
    }

    impl Setting {
        /// No instance metadata, no files, and the given server in place of AWS.
        fn new(server: &Server) -> Self {
            let home = TempDir::new().unwrap();
            fs::create_dir(home.path().join(".aws")).unwrap();
            Self {
                home,
                environment: BTreeMap::new(),
            }
            .variable("AWS_EC2_METADATA_DISABLED", "true")
            .variable("AWS_ENDPOINT_URL", &server.url)
        }

        fn variable(mut self, name: &str, value: &str) -> Self {
            self.environment.insert(name.to_owned(), value.to_owned());
            self
        }

        fn keys(self, access_key: &str) -> Self {
            self.variable("AWS_ACCESS_KEY_ID", access_key)
                .variable("AWS_SECRET_ACCESS_KEY", "hush")
        }

        fn file(self, path: &str, text: &str) -> Self {
            let path = self.home.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self
        }

        /// Signs a token and describes a cluster in another process, with arguments such as
        /// `region=eu-west-1,profile=p`; what came of it.
        async fn call(&self, arguments: &str) -> String {
            let output = Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "aws::config::tests::child_of_another_test",
                    "--nocapture",
                ])
                .env_clear()
                .envs(&self.environment)
                .env("HOME", self.home.path())
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .env(CHILD, arguments)
                .stdin(Stdio::null())
                .output()
                .await
                .unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let outcome = text
                .split_once(OUTCOME)
                .and_then(|(_, rest)| rest.lines().next());
            outcome.unwrap_or_else(|| panic!("{output:?}")).to_owned()
        }
    }

    /// Does nothing unless another test runs it, see [`Setting::call`].
    #[tokio::test]
    #[allow(clippy::print_stdout, reason = "the parent reads it")]
    async fn child_of_another_test() {
        let Ok(arguments) = std::env::var(CHILD) else {
            return;
        };
        let arguments: BTreeMap<&str, &str> = arguments
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let get = |name: &str| arguments.get(name).map(|value| (*value).to_owned());
        let files = |name: &str| get(name).map(|path| vec![PathBuf::from(path)]);
        let clients = hasty(Config {
            region: get("region"),
            profile: get("profile"),
            access_key: get("access_key"),
            secret_key: get("access_key").map(Secret::new),
            token: None,
            shared_config_files: files("shared_config_files"),
            shared_credentials_files: files("shared_credentials_files"),
            endpoints: Endpoints {
                rds: get("rds"),
                ..Endpoints::default()
            },
            max_retries: get("max_retries").and_then(|text| text.parse().ok()),
            skip_credentials_validation: true,
        });
        let outcome = async {
            auth_token::sign(&clients, &scope(), "host", 5432, None, "cdc").await?;
            db_cluster::find_now(&clients, &scope(), "orders").await
        };
        match outcome.await {
            Ok(found) => println!(
                "{OUTCOME}{}",
                if found.is_some() { "found" } else { "gone" }
            ),
            Err(error) => println!("{OUTCOME}{error} {:?}", error.cause()),
        }
    }

    async fn server() -> Server {
        Server::start(|request| match request.action.as_str() {
            "GetCallerIdentity" => identity(),
            _ => clusters(&cluster("orders", &[]), None),
        })
        .await
    }

    /// Access key and Region of the last call.
    fn signed(server: &Server) -> String {
        let requests = server.requests();
        let authorization = &requests.last().unwrap().authorization;
        let scope = authorization.split_once("Credential=").unwrap().1;
        let parts: Vec<&str> = scope.split('/').collect();
        format!("{} {}", parts[0], parts[2])
    }

    #[tokio::test]
    async fn region_comes_from_argument_then_environment_then_profile() {
        let server = server().await;
        let setting = Setting::new(&server)
            .keys("AKID")
            .file(".aws/config", "[default]\nregion = eu-north-1\n");
        assert_eq!(setting.call("").await, "found");
        assert_eq!(signed(&server), "AKID eu-north-1");
        let setting = setting.variable("AWS_DEFAULT_REGION", "eu-west-1");
        assert_eq!(setting.call("").await, "found");
        assert_eq!(signed(&server), "AKID eu-west-1");
        let setting = setting.variable("AWS_REGION", "eu-west-2");
        assert_eq!(setting.call("").await, "found");
        assert_eq!(signed(&server), "AKID eu-west-2");
        assert_eq!(setting.call("region=eu-west-3").await, "found");
        assert_eq!(signed(&server), "AKID eu-west-3");
    }

    #[tokio::test]
    async fn region_that_nobody_configures_is_an_error_and_never_a_default() {
        let server = server().await;
        let outcome = Setting::new(&server).keys("AKID").call("").await;
        assert!(outcome.contains("no AWS Region is configured"), "{outcome}");
        assert!(server.requests().is_empty());
    }

    const TWO_PROFILES: &str = "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = hush\n\
        [work]\naws_access_key_id = WORK\naws_secret_access_key = hush\n";

    #[tokio::test]
    async fn credentials_come_from_arguments_then_environment_then_files() {
        let server = server().await;
        let setting = Setting::new(&server)
            .variable("AWS_REGION", "eu-west-1")
            .file(".aws/credentials", TWO_PROFILES);
        for (arguments, key) in [
            ("", "DEFAULT"),
            ("profile=work", "WORK"),
            ("access_key=ARGUMENT", "ARGUMENT"),
        ] {
            assert_eq!(setting.call(arguments).await, "found");
            assert_eq!(signed(&server), format!("{key} eu-west-1"));
        }
        let setting = setting.variable("AWS_DEFAULT_PROFILE", "work");
        assert_eq!(setting.call("").await, "found");
        assert_eq!(signed(&server), "WORK eu-west-1");
        let setting = setting.variable("AWS_PROFILE", "default");
        assert_eq!(setting.call("").await, "found");
        assert_eq!(signed(&server), "DEFAULT eu-west-1");
        let setting = setting.keys("ENVIRONMENT");
        for (arguments, key) in [
            ("", "ENVIRONMENT"),
            ("profile=work", "WORK"),
            ("access_key=ARGUMENT,profile=work", "ARGUMENT"),
        ] {
            assert_eq!(setting.call(arguments).await, "found");
            assert_eq!(signed(&server), format!("{key} eu-west-1"));
        }
    }

    #[tokio::test]
    async fn credentials_that_nobody_configures_are_an_error() {
        let server = server().await;
        let setting = Setting::new(&server).variable("AWS_REGION", "eu-west-1");
        let outcome = setting.call("").await;
        assert!(
            outcome.contains("no usable AWS credentials: there are none in the provider's"),
            "{outcome}"
        );
        let outcome = setting.call("profile=missing").await;
        assert!(outcome.contains("no usable AWS credentials"), "{outcome}");
        assert!(
            outcome.contains("none in the profile \"missing\""),
            "{outcome}"
        );
        assert!(server.requests().is_empty());
    }

    #[tokio::test]
    async fn files_may_be_elsewhere() {
        let server = server().await;
        let setting = Setting::new(&server)
            .file(
                "other/credentials",
                "[default]\naws_access_key_id = A\naws_secret_access_key = hush\n",
            )
            .file("other/config", "[default]\nregion = eu-south-1\n");
        let arguments =
            "shared_config_files=~/other/config,shared_credentials_files=~/other/credentials";
        assert_eq!(setting.call(arguments).await, "found");
        assert_eq!(signed(&server), "A eu-south-1");
        let folder = setting.home.path().join("other");
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let setting = setting
            .variable("AWS_CONFIG_FILE", &path("config"))
            .variable("AWS_SHARED_CREDENTIALS_FILE", &path("credentials"));
        assert_eq!(setting.call("").await, "found");
        assert_eq!(signed(&server), "A eu-south-1");
    }

    #[tokio::test]
    async fn endpoint_comes_from_argument_then_environment_then_profile() {
        let (first, second, third) = (server().await, server().await, server().await);
        let mut setting = Setting::new(&first)
            .keys("AKID")
            .variable("AWS_REGION", "eu-west-1");
        assert_eq!(setting.call("").await, "found");
        setting = setting.variable("AWS_ENDPOINT_URL_RDS", &second.url);
        assert_eq!(setting.call("").await, "found");
        assert_eq!(setting.call(&format!("rds={}", third.url)).await, "found");
        let counts = [&first, &second, &third].map(|server| server.requests().len());
        assert_eq!(counts, [1, 1, 1]);
        // The profile's section counts where the environment names nothing.
        setting.environment.remove("AWS_ENDPOINT_URL");
        setting.environment.remove("AWS_ENDPOINT_URL_RDS");
        let profile = format!(
            "[profile p]\nservices = s\n[services s]\nrds =\n  endpoint_url = {}\n",
            second.url
        );
        setting = setting
            .file(".aws/config", &profile)
            .variable("AWS_PROFILE", "p");
        assert_eq!(setting.call("").await, "found");
        assert_eq!(second.requests().len(), 2);
        // Configured ones can be ignored, arguments cannot.
        setting = setting.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        assert_eq!(setting.call(&format!("rds={}", third.url)).await, "found");
        assert_eq!(third.requests().len(), 2);
    }

    #[tokio::test]
    async fn attempts_come_from_argument_then_environment_then_profile_then_25() {
        let server = Server::start(|_| throttling()).await;
        let attempts = async |setting: &Setting, arguments: &str| {
            let before = server.requests().len();
            let outcome = setting.call(arguments).await;
            assert!(outcome.contains("Rate exceeded"), "{outcome}");
            server.requests().len() - before
        };
        let setting = Setting::new(&server)
            .keys("AKID")
            .variable("AWS_REGION", "eu-west-1");
        assert_eq!(attempts(&setting, "").await, 25);
        let setting = setting.file(".aws/config", "[default]\nmax_attempts = 4\n");
        assert_eq!(attempts(&setting, "").await, 4);
        let setting = setting.variable("AWS_MAX_ATTEMPTS", "3");
        assert_eq!(attempts(&setting, "").await, 3);
        assert_eq!(attempts(&setting, "max_retries=2").await, 2);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn credential_process_of_a_profile_runs_once_for_calls_and_tokens() {
        let server = server().await;
        let setting = Setting::new(&server)
            .variable("AWS_REGION", "eu-west-1")
            .file(
                "keys.sh",
                "echo >> \"$HOME/runs\"\n\
                 echo '{\"Version\":1,\"AccessKeyId\":\"PROCESS\",\"SecretAccessKey\":\"hush\",\
                 \"Expiration\":\"2100-01-01T00:00:00Z\"}'\n",
            );
        let script = setting.home.path().join("keys.sh");
        let profile = format!(
            "[profile p]\ncredential_process = sh {}\n",
            script.display()
        );
        let setting = setting.file(".aws/config", &profile);
        assert_eq!(setting.call("profile=p").await, "found");
        assert_eq!(signed(&server), "PROCESS eu-west-1");
        let runs = fs::read_to_string(setting.home.path().join("runs")).unwrap();
        assert_eq!(runs.lines().count(), 1);
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
