//! The provider: its block, its configured form, and the list of what it offers.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use serde::Deserialize;
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Provider, Registry,
    provider::ConfigureRequest,
    schema::{Attribute, Block, Schema, Validator},
    value::Type,
};

use crate::{
    aws,
    connection::{self, Connections, Environment, PostgresModel},
    data_sources::{ReplicationStatus, ReplicationUsers},
    resources::{ReplicationParameter, ReplicationUser},
    secret::Secret,
};

/// The provider, not configured yet.
#[derive(Clone, Copy, Debug)]
pub struct RdsIam;

/// What resources and data sources work with. Making it opens no connection and calls no API.
#[derive(Debug)]
pub struct Configured {
    /// The AWS control plane; `None` while its settings are not known before apply.
    pub aws: Option<Arc<aws::Regions>>,
    /// The databases.
    pub connections: Connections,
}

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
    endpoints: Field<EndpointsModel>,
    postgres: Field<PostgresModel>,
}

/// The `endpoints` block.
#[derive(Clone, Debug, Default, Deserialize)]
struct EndpointsModel {
    rds: Field<String>,
    sts: Field<String>,
    secretsmanager: Field<String>,
}

impl Configured {
    /// The AWS clients for what is in the given Region; `None` while that, or the provider's
    /// settings, are not known before apply.
    pub fn clients(&self, region: &Field<String>) -> Option<Arc<aws::Clients>> {
        let aws = self.aws.as_ref().filter(|_| !region.is_unknown())?;
        Some(aws.of(region.known().map(String::as_str)))
    }

    /// The AWS clients, for an operation that cannot do without.
    ///
    /// # Errors
    /// While they are not known.
    pub fn clients_for(
        &self,
        operation: &str,
        region: &Field<String>,
    ) -> Result<Arc<aws::Clients>, Diagnostic> {
        self.clients(region).ok_or_else(|| {
            Diagnostic::error(
                operation,
                "The Region or the provider's AWS settings depend on values that are still unknown. Apply the \
                 resources that they come from first.",
            )
        })
    }
}

#[async_trait]
impl Provider for RdsIam {
    type Config = ProviderModel;
    type Configured = Configured;

    fn name(&self) -> &'static str {
        "rdsiam"
    }

    fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .description(
                "IAM authentication of PostgreSQL replication connections on Amazon RDS and Aurora. \
                 Configuring the provider opens no connection and calls no API.",
            )
            .attribute(Attribute::string("region").optional().description(
                "AWS Region. Defaults to `AWS_REGION`, `AWS_DEFAULT_REGION`, then the profile's.",
            ))
            .attribute(Attribute::string("profile").optional().description(
                "Profile of the shared configuration and credentials files. Defaults to `AWS_PROFILE`, \
                 `AWS_DEFAULT_PROFILE`, then `default`. Single sign-on and `credential_process` profiles work.",
            ))
            .attribute(Attribute::string("access_key").optional().description(
                "AWS access key ID. Defaults to `AWS_ACCESS_KEY_ID`.",
            ))
            .attribute(Attribute::string("secret_key").optional().sensitive().description(
                "AWS secret access key. Defaults to `AWS_SECRET_ACCESS_KEY`.",
            ))
            .attribute(Attribute::string("token").optional().sensitive().description(
                "AWS session token. Defaults to `AWS_SESSION_TOKEN`.",
            ))
            .attribute(Attribute::list("shared_config_files", Type::String).optional().description(
                "Paths of shared configuration files. Defaults to `AWS_CONFIG_FILE`, then `~/.aws/config`.",
            ))
            .attribute(
                Attribute::list("shared_credentials_files", Type::String).optional().description(
                    "Paths of shared credentials files. Defaults to `AWS_SHARED_CREDENTIALS_FILE`, then \
                     `~/.aws/credentials`.",
                ),
            )
            .attribute(
                Attribute::int64("max_retries")
                    .optional()
                    .validate(Validator::between(0, 1000))
                    .description(
                        "How often a call to AWS is tried at most. Defaults to `AWS_MAX_ATTEMPTS`, then 25.",
                    ),
            )
            .attribute(Attribute::bool("skip_credentials_validation").optional().description(
                "Whether to skip the check of the credentials with `sts:GetCallerIdentity` before the \
                 first call. Defaults to `false`.",
            ))
            .block(
                Block::single("endpoints")
                    .description("URLs to use in place of those of AWS.")
                    .attribute(Attribute::string("rds").optional().description(
                        "URL of Amazon RDS. Defaults to `AWS_ENDPOINT_URL_RDS`, then `AWS_ENDPOINT_URL`.",
                    ))
                    .attribute(Attribute::string("sts").optional().description(
                        "URL of AWS STS. Defaults to `AWS_ENDPOINT_URL_STS`, then `AWS_ENDPOINT_URL`.",
                    ))
                    .attribute(Attribute::string("secretsmanager").optional().description(
                        "URL of AWS Secrets Manager. Defaults to `AWS_ENDPOINT_URL_SECRETS_MANAGER`, \
                         then `AWS_ENDPOINT_URL`.",
                    )),
            )
            .block(connection::block())
    }

    async fn validate(&self, _context: &Context, config: ProviderModel) -> Diagnostics {
        match &config.postgres {
            Field::Known(postgres) => connection::validate(postgres, &Environment::process()),
            Field::Null | Field::Unknown => Diagnostics::new(),
        }
    }

    async fn configure(
        &self,
        _context: &Context,
        request: ConfigureRequest<ProviderModel>,
    ) -> Result<(Configured, Diagnostics), Diagnostics> {
        let config = request.config;
        let postgres = config.postgres.clone();
        let aws = config
            .aws_is_known()
            .then(|| Arc::new(aws::Regions::new(config.into_aws())));
        let connections = Connections::new(&postgres, aws.as_ref(), &Environment::process())?;
        Ok((Configured { aws, connections }, Diagnostics::new()))
    }

    fn register(&self, registry: &mut Registry<Configured>) {
        registry
            .resource(ReplicationParameter)
            .resource(ReplicationUser)
            .data_source(ReplicationStatus)
            .data_source(ReplicationUsers);
    }
}

impl ProviderModel {
    /// Whether everything that says how to reach AWS is known.
    fn aws_is_known(&self) -> bool {
        let endpoints_known = match &self.endpoints {
            Field::Known(endpoints) => ![&endpoints.rds, &endpoints.sts, &endpoints.secretsmanager]
                .into_iter()
                .any(Field::is_unknown),
            Field::Null => true,
            Field::Unknown => false,
        };
        let strings_known = ![&self.region, &self.profile, &self.access_key]
            .into_iter()
            .any(Field::is_unknown);
        let secrets_known = !self.secret_key.is_unknown() && !self.token.is_unknown();
        let files_known =
            !self.shared_config_files.is_unknown() && !self.shared_credentials_files.is_unknown();
        endpoints_known && strings_known && secrets_known && files_known
    }

    fn into_aws(self) -> aws::Config {
        let endpoints = self.endpoints.into_known().unwrap_or_default();
        let paths = |files: Field<Vec<String>>| {
            files
                .into_known()
                .map(|files| files.into_iter().map(PathBuf::from).collect())
        };
        aws::Config {
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
        }
    }
}
