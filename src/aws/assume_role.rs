//! Roles that are assumed with AWS STS: credentials that other credentials, or a web identity
//! token, are traded for.
//!
//! The SDK has such providers too; they know neither the source identity nor the transitive tags, no
//! duration for a web identity, and no token but that in a file.

use std::{collections::BTreeMap, env, path::PathBuf, time::Duration};

use aws_credential_types::{
    Credentials,
    provider::{
        self, ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future,
    },
};
use aws_sdk_sts::{
    Client,
    config::IdentityCache,
    types::{self, PolicyDescriptorType, Tag},
};

use super::{
    error::{
        Cause, Error,
        assumed_role::{ACTION, ACTION_WITH_WEB_IDENTITY, ROLE_ARN, object},
    },
    shared_files::expand_home,
};
use crate::secret::Secret;

/// The name of a session that nobody named; it is in CloudTrail and in the ARN of the caller.
const SESSION_NAME: &str = "terraform-provider-rdsiam";
/// The variables for a web identity, which the AWS SDKs read as well.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>
const ROLE_SESSION_NAME: &str = "AWS_ROLE_SESSION_NAME";
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// A role to assume, with the credentials that are there.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[derive(Clone, Debug, Default)]
pub struct AssumeRole {
    /// ARN of the role.
    pub role_arn: String,
    /// What the role's trust policy demands as `sts:ExternalId`.
    pub external_id: Option<String>,
    /// Name of the session; else `terraform-provider-rdsiam`.
    pub session_name: Option<String>,
    /// How long a session lasts, 15 minutes to 12 hours; else an hour.
    pub duration: Option<Duration>,
    /// IAM policy in JSON that restricts the session.
    pub policy: Option<String>,
    /// ARNs of IAM policies that restrict the session.
    pub policy_arns: Vec<String>,
    /// Tags of the session.
    pub tags: BTreeMap<String, String>,
    /// Keys of the tags that go on to further roles.
    pub transitive_tag_keys: Vec<String>,
    /// Who stands behind the session.
    pub source_identity: Option<String>,
}

/// A role to assume with a token of an OpenID Connect provider, in place of credentials.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
#[derive(Clone, Debug, Default)]
pub struct AssumeRoleWithWebIdentity {
    /// ARN of the role; else `AWS_ROLE_ARN`.
    pub role_arn: Option<String>,
    /// Name of the session; else `AWS_ROLE_SESSION_NAME`, `terraform-provider-rdsiam`.
    pub session_name: Option<String>,
    /// The token.
    pub web_identity_token: Option<Secret>,
    /// File with the token, which is read for each session; `~` is the home folder. Else
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`, where there is no token either.
    pub web_identity_token_file: Option<PathBuf>,
    /// How long a session lasts, 15 minutes to 12 hours; else an hour.
    pub duration: Option<Duration>,
    /// IAM policy in JSON that restricts the session.
    pub policy: Option<String>,
    /// ARNs of IAM policies that restrict the session.
    pub policy_arns: Vec<String>,
}

/// What an [`AssumeRoleWithWebIdentity`] lacks, in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// `role_arn`, and its variable.
    RoleArn,
    /// `web_identity_token` and `web_identity_token_file`, and its variable.
    Token,
}

impl AssumeRoleWithWebIdentity {
    /// What is neither configured nor in the environment.
    pub fn missing(&self) -> Option<Missing> {
        if self.role_arn().is_none() {
            Some(Missing::RoleArn)
        } else if self.web_identity_token.is_none() && self.token_file().is_none() {
            Some(Missing::Token)
        } else {
            None
        }
    }

    fn role_arn(&self) -> Option<String> {
        self.role_arn.clone().or_else(|| variable(ROLE_ARN))
    }

    fn token_file(&self) -> Option<PathBuf> {
        let configured = self.web_identity_token_file.as_deref().map(expand_home);
        configured.or_else(|| variable(TOKEN_FILE).map(PathBuf::from))
    }

    /// The token; a file may have changed since the last session.
    async fn token(&self) -> Result<Secret, String> {
        if let Some(token) = &self.web_identity_token {
            return Ok(token.clone());
        }
        let path = self
            .token_file()
            .ok_or("no web identity token is configured")?;
        let text = tokio::fs::read_to_string(&path)
            .await
            .map_err(|error| format!("the web identity token file {}: {error}", path.display()))?;
        Ok(Secret::new(text.trim()))
    }
}

/// Credentials of a role that other credentials may assume.
#[derive(Debug)]
pub(super) struct RoleProvider {
    client: Client,
    /// The credentials that may assume the role.
    base: SharedCredentialsProvider,
    role: AssumeRole,
}

/// Credentials of a role that a web identity may assume.
#[derive(Debug)]
pub(super) struct WebIdentityProvider {
    client: Client,
    role: AssumeRoleWithWebIdentity,
}

impl RoleProvider {
    /// A provider that asks STS with this configuration, and with credentials that may assume the role.
    pub(super) fn new(
        sts: aws_sdk_sts::config::Builder,
        base: SharedCredentialsProvider,
        role: AssumeRole,
    ) -> Self {
        let sts = sts.credentials_provider(base.clone());
        Self {
            // What is assumed is kept by whoever asks for it, see `credentials`.
            client: Client::from_conf(sts.identity_cache(IdentityCache::no_cache()).build()),
            base,
            role,
        }
    }

    async fn credentials(&self) -> Result<Credentials, Error> {
        let role = &self.role;
        let object = object(&role.role_arn);
        // Before the call, whose limit is not theirs.
        let given = self.base.provide_credentials().await;
        given.map_err(|error| Error::from_credentials(ACTION, &object, &error))?;
        tracing::debug!(role_arn = role.role_arn, "assume a role");
        let tags = role
            .tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| failed(ACTION, &object, Cause::Configuration(error.to_string())))?;
        let output = self
            .client
            .assume_role()
            .role_arn(&role.role_arn)
            .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
            .set_external_id(role.external_id.clone())
            .set_duration_seconds(seconds(role.duration))
            .set_policy(role.policy.clone())
            .set_policy_arns(descriptors(&role.policy_arns))
            .set_tags(some(tags))
            .set_transitive_tag_keys(some(role.transitive_tag_keys.clone()))
            .set_source_identity(role.source_identity.clone())
            .send()
            .await
            .map_err(|error| Error::from_sdk(ACTION, &object, &error))?;
        read(ACTION, &object, output.credentials)
    }
}

impl WebIdentityProvider {
    /// A provider that asks STS with this configuration, without credentials.
    pub(super) fn new(sts: aws_sdk_sts::config::Builder, role: AssumeRoleWithWebIdentity) -> Self {
        Self {
            client: Client::from_conf(sts.build()),
            role,
        }
    }

    async fn credentials(&self) -> Result<Credentials, Error> {
        const ACTION: &str = ACTION_WITH_WEB_IDENTITY;
        let role = &self.role;
        let role_arn = role.role_arn().unwrap_or_default();
        let object = object(&role_arn);
        tracing::debug!(role_arn, "assume a role with a web identity");
        let token = role
            .token()
            .await
            .map_err(|reason| failed(ACTION, &object, Cause::Credentials(reason)))?;
        let session_name = role
            .session_name
            .clone()
            .or_else(|| variable(ROLE_SESSION_NAME))
            .unwrap_or_else(|| SESSION_NAME.to_owned());
        let output = self
            .client
            .assume_role_with_web_identity()
            .role_arn(&role_arn)
            .role_session_name(session_name)
            .web_identity_token(token.expose())
            .set_duration_seconds(seconds(role.duration))
            .set_policy(role.policy.clone())
            .set_policy_arns(descriptors(&role.policy_arns))
            .send()
            .await
            .map_err(|error| Error::from_sdk(ACTION, &object, &error))?;
        read(ACTION, &object, output.credentials)
    }
}

impl ProvideCredentials for RoleProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { nested(self.credentials().await) })
    }
}

impl ProvideCredentials for WebIdentityProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { nested(self.credentials().await) })
    }
}

/// The SDK's form of an outcome, in which [`Error::from_credentials`] finds the error again.
fn nested(outcome: Result<Credentials, Error>) -> provider::Result {
    outcome.map_err(CredentialsError::provider_error)
}

fn failed(action: &'static str, object: &str, cause: Cause) -> Error {
    Error::new(action, object, cause)
}

fn read(
    action: &'static str,
    object: &str,
    credentials: Option<types::Credentials>,
) -> Result<Credentials, Error> {
    let given = credentials.and_then(|given| {
        let expiration = given.expiration.try_into().ok()?;
        Some(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            Some(expiration),
            "AWS STS",
        ))
    });
    given.ok_or_else(|| {
        let cause = Cause::Malformed("there are no credentials in it".to_owned());
        failed(action, object, cause)
    })
}

/// `DurationSeconds`; the schema lets no other durations through than fit.
fn seconds(duration: Option<Duration>) -> Option<i32> {
    duration.and_then(|duration| i32::try_from(duration.as_secs()).ok())
}

fn descriptors(arns: &[String]) -> Option<Vec<PolicyDescriptorType>> {
    let descriptor = |arn: &String| PolicyDescriptorType::builder().arn(arn).build();
    some(arns.iter().map(descriptor).collect())
}

/// A list that has anything in it: an empty one would be sent as a parameter without a value.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
