//! The arguments of the provider block that say how AWS is reached, and as whom.

use std::{collections::BTreeSet, path::PathBuf};

use tfplugin::{Diagnostics, Field, Model, schema::Validator, value::Value};

use super::assume_role::{AssumeRoleModel, WebIdentityModel};
use crate::{aws, region, secret::Secret};

/// The arguments.
#[derive(Clone, Debug, Default, Model)]
#[model(config_only, at_most_one_of = ["allowed_account_ids", "forbidden_account_ids"])]
pub(super) struct AwsModel {
    /// AWS Region. Defaults to `AWS_REGION`, `AWS_DEFAULT_REGION`, then the profile's.
    #[attribute(optional, validate = region::validator())]
    region: Field<String>,
    /// Profile of the shared configuration and credentials files. Defaults to `AWS_PROFILE`,
    /// `AWS_DEFAULT_PROFILE`, then `default`. Single sign-on and `credential_process` profiles
    /// work.
    #[attribute(optional)]
    profile: Field<String>,
    /// AWS access key ID. Defaults to `AWS_ACCESS_KEY_ID`.
    #[attribute(optional)]
    access_key: Field<String>,
    /// AWS secret access key. Defaults to `AWS_SECRET_ACCESS_KEY`.
    #[attribute(optional, sensitive)]
    secret_key: Field<Secret>,
    /// AWS session token. Defaults to `AWS_SESSION_TOKEN`.
    #[attribute(optional, sensitive)]
    token: Field<Secret>,
    /// Paths of shared configuration files. Defaults to `AWS_CONFIG_FILE`, then `~/.aws/config`.
    #[attribute(optional)]
    shared_config_files: Field<Vec<String>>,
    /// Paths of shared credentials files. Defaults to `AWS_SHARED_CREDENTIALS_FILE`, then
    /// `~/.aws/credentials`.
    #[attribute(optional)]
    shared_credentials_files: Field<Vec<String>>,
    /// How often a call to AWS is tried at most. Defaults to `AWS_MAX_ATTEMPTS`, then 25.
    #[attribute(optional, validate = Validator::between(0, 1000))]
    max_retries: Field<u32>,
    /// Whether to skip the check of the credentials with `sts:GetCallerIdentity` before the first
    /// call. Defaults to `false`.
    #[attribute(optional)]
    skip_credentials_validation: Field<bool>,
    /// Ids of the only AWS accounts that may be worked in. Conflicts with `forbidden_account_ids`.
    #[attribute(optional, validate = account_ids())]
    allowed_account_ids: Field<BTreeSet<String>>,
    /// Ids of AWS accounts that must not be worked in. Conflicts with `allowed_account_ids`.
    #[attribute(optional, validate = account_ids())]
    forbidden_account_ids: Field<BTreeSet<String>>,
    /// File with the PEM certificates to trust in calls to AWS, in place of the platform's.
    /// Defaults to `AWS_CA_BUNDLE`.
    #[attribute(optional)]
    custom_ca_bundle: Field<String>,
    /// URL of the proxy for calls to AWS by HTTP, and by HTTPS where `https_proxy` is not set.
    /// Defaults to `HTTP_PROXY` or `http_proxy`, for HTTP only.
    #[attribute(optional, validate = Validator::custom(check_proxy))]
    http_proxy: Field<Secret>,
    /// URL of the proxy for calls to AWS by HTTPS. Defaults to `HTTPS_PROXY` or `https_proxy`. The
    /// empty text keeps `http_proxy` from counting for HTTPS.
    #[attribute(optional, keeps_empty, validate = Validator::custom(check_proxy))]
    https_proxy: Field<Secret>,
    /// Hosts that are reached without a proxy, separated by commas: domains, addresses, networks,
    /// or `*`. Defaults to `NO_PROXY` or `no_proxy`.
    #[attribute(optional)]
    no_proxy: Field<String>,
    /// Whether to use FIPS endpoints, except for services with an endpoint of their own. Defaults
    /// to `AWS_USE_FIPS_ENDPOINT`, then to the profile's, then to `false`.
    #[attribute(optional)]
    use_fips_endpoint: Field<bool>,
    /// Whether to use endpoints for IPv4 and IPv6, except for services with an endpoint of their
    /// own. Defaults to `AWS_USE_DUALSTACK_ENDPOINT`, then to the profile's, then to `false`.
    #[attribute(optional)]
    use_dualstack_endpoint: Field<bool>,
    #[block]
    assume_role: Field<Vec<AssumeRoleModel>>,
    #[block]
    assume_role_with_web_identity: Field<WebIdentityModel>,
    #[block]
    endpoints: Field<EndpointsModel>,
}

/// URLs to use in place of those of AWS.
#[derive(Clone, Debug, Default, Model)]
#[model(config_only)]
struct EndpointsModel {
    /// URL of Amazon RDS. Defaults to `AWS_ENDPOINT_URL_RDS`, then `AWS_ENDPOINT_URL`.
    #[attribute(optional)]
    rds: Field<String>,
    /// URL of AWS STS. Defaults to `AWS_ENDPOINT_URL_STS`, then `AWS_ENDPOINT_URL`.
    #[attribute(optional)]
    sts: Field<String>,
    /// URL of AWS Secrets Manager. Defaults to `AWS_ENDPOINT_URL_SECRETS_MANAGER`, then
    /// `AWS_ENDPOINT_URL`.
    #[attribute(optional)]
    secretsmanager: Field<String>,
}

impl AwsModel {
    /// The configuration of AWS, all of which is known.
    ///
    /// # Errors
    /// When the block and the environment together lack something, at the attribute to blame.
    pub(super) fn into_aws(self) -> Result<aws::Config, Diagnostics> {
        let endpoints = self.endpoints.into_known().unwrap_or_default();
        let paths = |files: Field<Vec<String>>| {
            files
                .into_known()
                .map(|files| files.into_iter().map(PathBuf::from).collect())
        };
        let ids = |ids: Field<BTreeSet<String>>| {
            let ids: Vec<String> = ids.into_known()?.into_iter().collect();
            Some(ids).filter(|ids| !ids.is_empty())
        };
        let accounts = match (
            ids(self.allowed_account_ids),
            ids(self.forbidden_account_ids),
        ) {
            (Some(ids), _) => aws::Accounts::Allowed(ids),
            (None, Some(ids)) => aws::Accounts::Forbidden(ids),
            (None, None) => aws::Accounts::Any,
        };
        let roles = self.assume_role.into_known().unwrap_or_default();
        Ok(aws::Config {
            region: self.region.into_known(),
            profile: self.profile.into_known(),
            access_key: self.access_key.into_known(),
            secret_key: self.secret_key.into_known(),
            token: self.token.into_known(),
            shared_config_files: paths(self.shared_config_files),
            shared_credentials_files: paths(self.shared_credentials_files),
            endpoints: aws::Endpoints {
                rds: endpoints.rds.into_known(),
                sts: endpoints.sts.into_known(),
                secretsmanager: endpoints.secretsmanager.into_known(),
            },
            max_retries: self.max_retries.into_known(),
            skip_credentials_validation: self
                .skip_credentials_validation
                .into_known()
                .unwrap_or_default(),
            assume_role: roles.into_iter().map(AssumeRoleModel::into_aws).collect(),
            assume_role_with_web_identity: self
                .assume_role_with_web_identity
                .into_known()
                .map(WebIdentityModel::into_aws)
                .transpose()?,
            accounts,
            custom_ca_bundle: self.custom_ca_bundle.into_known().map(PathBuf::from),
            proxies: aws::Proxies {
                http: self.http_proxy.into_known(),
                https: self.https_proxy.into_known(),
                no_proxy: self.no_proxy.into_known(),
            },
            use_fips_endpoint: self.use_fips_endpoint.into_known(),
            use_dualstack_endpoint: self.use_dualstack_endpoint.into_known(),
        })
    }
}

fn account_ids() -> Validator {
    Validator::each(Validator::matches(
        "^[0-9]{12}$",
        "be an account id: 12 digits",
    ))
}

/// The URL is not in the message: a password may be in it.
fn check_proxy(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(url) if url.is_empty() || aws::proxy_uri(url).is_some() => Ok(()),
        _ => Err("must be a URL such as \"http://HOST:PORT\"".to_owned()),
    }
}
