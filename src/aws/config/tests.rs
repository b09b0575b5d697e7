//! Where the configuration comes from: each case is a process with an environment of its own.

use std::{collections::BTreeMap, fs, process::Stdio, time::Duration};

use tempfile::TempDir;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::aws::{
    Scope, auth_token,
    rds::db_cluster,
    testing::{Reply, Server, cluster, clusters, hasty, identity, scope, throttling},
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
        ..Config::default()
    });
    let scope = get("seconds").map_or_else(scope, |seconds| {
        let seconds = Duration::from_secs(seconds.parse().unwrap());
        Scope::new(&CancellationToken::new(), seconds)
    });
    let outcome = async {
        auth_token::sign(&clients, &scope, "host", 5432, None, "cdc").await?;
        db_cluster::find_now(&clients, &scope, "orders").await
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
    // An empty variable is as none.
    let setting = setting.variable("AWS_REGION", "");
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

#[cfg(unix)]
#[tokio::test]
async fn credential_process_of_a_source_profile_is_found_and_its_role_assumed() {
    use crate::aws::testing::ok;

    let server = Server::start(|request| match request.action.as_str() {
        "AssumeRole" => ok(
            "AssumeRole",
            "<Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>hush</SecretAccessKey>\
             <SessionToken>hush</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>",
        ),
        _ => clusters(&cluster("orders", &[]), None),
    })
    .await;
    let setting = Setting::new(&server)
        .variable("AWS_REGION", "eu-west-1")
        .file(
            ".aws/config",
            "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = keys\n\
             [profile keys]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"PROCESS\",\
             \"SecretAccessKey\":\"hush\"}'\n",
        );
    assert_eq!(setting.call("profile=p").await, "found");
    assert_eq!(signed(&server), "ROLE eu-west-1");
    let requests = server.requests();
    assert_eq!(
        requests[0].get("RoleArn"),
        Some("arn:aws:iam::123456789012:role/ops")
    );
    assert!(requests[0].authorization.contains("Credential=PROCESS/"));
    // Keys in the environment count before a profile that is not configured.
    let setting = setting.variable("AWS_PROFILE", "keys").keys("AKID");
    assert_eq!(setting.call("").await, "found");
    assert_eq!(signed(&server), "AKID eu-west-1");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn credential_process_that_hangs_ends_with_the_operation() {
    use std::time::Instant;

    let server = server().await;
    let setting = Setting::new(&server)
        .variable("AWS_REGION", "eu-west-1")
        .file(
            "keys.sh",
            "sleep 600 &\necho $$ $! > \"$HOME/pids\"\nwait\n",
        );
    let script = setting.home.path().join("keys.sh");
    let profile = format!(
        "[profile p]\ncredential_process = sh {}\n",
        script.display()
    );
    let setting = setting.file(".aws/config", &profile);
    let outcome = setting.call("profile=p,seconds=1").await;
    for said in [
        "timed out",
        "the credential_process of the profile \"p\" gave none",
    ] {
        assert!(outcome.contains(said), "{outcome}");
    }
    let pids = fs::read_to_string(setting.home.path().join("pids")).unwrap();
    assert_eq!(pids.split_whitespace().count(), 2);
    for pid in pids.split_whitespace() {
        // What was killed ends when it is next scheduled, and may wait to be reaped.
        let ended = || {
            let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            status.is_empty() || status.contains(") Z")
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while !ended() {
            assert!(Instant::now() < deadline, "{pid} runs on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn single_sign_on_profile_gets_its_role_with_the_cached_token() {
    // The name of the file is the SHA-1 of the start URL.
    const TOKEN_FILE: &str = ".aws/sso/cache/9ad544bfa11b39c042ecaec2e1b51e4dfb5ec648.json";
    let server = Server::start(|request| match request.action.as_str() {
        "/federation/credentials" => Reply::Answer(
            200,
            r#"{"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"hush","sessionToken":"hush",
                "expiration":4102444800000}}"#
                .to_owned(),
        ),
        _ => clusters(&cluster("orders", &[]), None),
    })
    .await;
    let setting = Setting::new(&server)
        .variable("AWS_REGION", "eu-west-1")
        .file(
            ".aws/config",
            "[profile p]\nsso_start_url = https://sso.example.com/start\nsso_region = eu-west-1\n\
             sso_account_id = 123456789012\nsso_role_name = ops\n",
        )
        .file(
            TOKEN_FILE,
            r#"{"accessToken":"hush","expiresAt":"2100-01-01T00:00:00Z","region":"eu-west-1",
                "startUrl":"https://sso.example.com/start"}"#,
        );
    assert_eq!(setting.call("profile=p").await, "found");
    assert_eq!(signed(&server), "SSO eu-west-1");
    assert_eq!(server.requests().len(), 2);
    // Not signed in: what to do about it is in the message.
    fs::remove_file(setting.home.path().join(TOKEN_FILE)).unwrap();
    let outcome = setting.call("profile=p").await;
    assert!(outcome.contains("no usable AWS credentials"), "{outcome}");
    assert!(outcome.contains("sso"), "{outcome}");
}

#[tokio::test]
async fn certificates_to_trust_come_from_the_environment() {
    let (server, certificate) =
        Server::start_with_tls(|_| clusters(&cluster("orders", &[]), None)).await;
    let setting = Setting::new(&server)
        .keys("AKID")
        .variable("AWS_REGION", "eu-west-1")
        .file("ca.pem", &certificate)
        .file(
            "junk.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .file("empty.pem", "");
    let outcome = setting.call("").await;
    assert!(outcome.contains("AWS could not be reached"), "{outcome}");
    assert!(outcome.contains("certificate"), "{outcome}");
    let path = |name: &str| setting.home.path().join(name).to_str().unwrap().to_owned();
    let (good, bad) = (
        path("ca.pem"),
        ["junk.pem", "empty.pem", "missing.pem"].map(path),
    );
    let mut setting = setting.variable("AWS_CA_BUNDLE", &good);
    assert_eq!(setting.call("").await, "found");
    for path in bad {
        setting = setting.variable("AWS_CA_BUNDLE", &path);
        let outcome = setting.call("").await;
        assert!(
            outcome.contains("the configuration cannot be used"),
            "{outcome}"
        );
        assert!(outcome.contains(&path), "{outcome}");
    }
    assert_eq!(server.requests().len(), 1);
}
