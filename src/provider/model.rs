//! The typed form of the provider block, and what it means to AWS.

use std::path::PathBuf;

use serde::Deserialize;
use tfplugin::{Diagnostics, Field};

use super::assume_role::{AssumeRoleModel, WebIdentityModel};
use crate::{aws, connection::PostgresModel, secret::Secret};

/// The provider block.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ProviderModel {
    region: Field<String>,
    profile: Field<String>,
    access_key: Field<String>,
    secret_key: Field<Secret>,
    token: Field<Secret>,
    shared_config_files: Field<Vec<String>>,
    shared_credentials_files: Field<Vec<String>>,
    max_retries: Field<u32>,
    skip_credentials_validation: Field<bool>,
    allowed_account_ids: Field<Vec<String>>,
    forbidden_account_ids: Field<Vec<String>>,
    custom_ca_bundle: Field<String>,
    http_proxy: Field<Secret>,
    https_proxy: Field<Secret>,
    no_proxy: Field<String>,
    use_fips_endpoint: Field<bool>,
    use_dualstack_endpoint: Field<bool>,
    assume_role: Field<Vec<AssumeRoleModel>>,
    assume_role_with_web_identity: Field<WebIdentityModel>,
    endpoints: Field<EndpointsModel>,
    pub(super) postgres: Field<PostgresModel>,
}

/// The `endpoints` block.
#[derive(Clone, Debug, Default, Deserialize)]
struct EndpointsModel {
    rds: Field<String>,
    sts: Field<String>,
    secretsmanager: Field<String>,
}

impl ProviderModel {
    /// Whether everything that says how to reach AWS is known.
    pub(super) fn aws_is_known(&self) -> bool {
        let strings = [
            &self.region,
            &self.profile,
            &self.access_key,
            &self.custom_ca_bundle,
            &self.no_proxy,
        ];
        let secrets = [
            &self.secret_key,
            &self.token,
            &self.http_proxy,
            &self.https_proxy,
        ];
        let lists = [
            &self.shared_config_files,
            &self.shared_credentials_files,
            &self.allowed_account_ids,
            &self.forbidden_account_ids,
        ];
        let switches = [
            &self.skip_credentials_validation,
            &self.use_fips_endpoint,
            &self.use_dualstack_endpoint,
        ];
        let any_unknown = strings.into_iter().any(Field::is_unknown)
            || secrets.into_iter().any(Field::is_unknown)
            || lists.into_iter().any(Field::is_unknown)
            || switches.into_iter().any(Field::is_unknown)
            || self.max_retries.is_unknown()
            || is_unknown(&self.assume_role, |roles| {
                roles.iter().any(AssumeRoleModel::any_unknown)
            })
            || is_unknown(
                &self.assume_role_with_web_identity,
                WebIdentityModel::any_unknown,
            )
            || is_unknown(&self.endpoints, EndpointsModel::any_unknown);
        !any_unknown
    }

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
        let ids = |ids: Field<Vec<String>>| ids.into_known().filter(|ids| !ids.is_empty());
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

impl EndpointsModel {
    fn any_unknown(&self) -> bool {
        [&self.rds, &self.sts, &self.secretsmanager]
            .into_iter()
            .any(Field::is_unknown)
    }
}

/// Whether blocks, or anything in them, are known only after apply.
fn is_unknown<T>(blocks: &Field<T>, any_unknown: impl FnOnce(&T) -> bool) -> bool {
    blocks.is_unknown() || blocks.known().is_some_and(any_unknown)
}
