//! `rdsiam_replication_status`: what AWS demands of a cluster or instance, whether it holds, and what is in
//! effect.

mod found;

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, DataSource, Diagnostic, Diagnostics, Field,
    data_source::DataSourceRead,
    schema::{Attribute, Schema},
    timeouts::{self, Operation, Timeouts},
};

use self::found::{Found, Running};
use crate::{
    aws::rds::wait::is_down,
    connection, diagnostics,
    prerequisites::{self, Prerequisite, Verdict},
    provider::Configured,
    rds_name,
    scope::Scope,
};

const OPERATION: &str = "Read Replication Status";
/// How long reading may take, unless configured.
const TIMEOUT: Duration = Duration::from_secs(2 * 60);

/// The data source.
pub struct ReplicationStatus;

/// Its configuration and state.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Model {
    cluster_identifier: Field<String>,
    db_instance_identifier: Field<String>,
    region: Field<String>,
    ready: Field<bool>,
    prerequisites: Field<Vec<PrerequisiteModel>>,
    parameter_value: Field<String>,
    effective_value: Field<String>,
    in_effect: Field<bool>,
    members: Field<Vec<MemberModel>>,
    engine_version: Field<String>,
    iam_database_authentication: Field<bool>,
    iam_database_authentication_pending: Field<bool>,
    logical_replication: Field<bool>,
    resource_id: Field<String>,
    endpoint: Field<String>,
    port: Field<u16>,
    timeouts: Field<Timeouts>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PrerequisiteModel {
    name: Field<String>,
    required: Field<String>,
    actual: Field<String>,
    met: Field<bool>,
    detail: Field<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MemberModel {
    identifier: Field<String>,
    writer: Field<bool>,
    status: Field<String>,
    apply_status: Field<String>,
}

#[async_trait]
impl DataSource<Configured> for ReplicationStatus {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_replication_status"
    }

    fn schema(&self) -> Schema {
        Schema::new(0)
            .description(
                "What AWS demands of a cluster or instance before its replication users can be made to use IAM, \
                 whether it holds, and whether `rds.iam_auth_for_replication` is in effect. Needs no database.",
            )
            .attribute(
                rds_name::attribute("cluster_identifier")
                    .description(
                        "Identifier of the DB cluster (Aurora or Multi-AZ). Exactly one of `cluster_identifier` and \
                         `db_instance_identifier`.",
                    ),
            )
            .attribute(
                rds_name::attribute("db_instance_identifier")
                    .description(
                        "Identifier of the DB instance (RDS for PostgreSQL). One that is in a cluster is an error \
                         that names the cluster.",
                    ),
            )
            .attribute(connection::region_attribute().description(
                "AWS Region of the cluster or instance. Defaults to the provider's.",
            ))
            .attribute(Attribute::bool("ready").computed().description(
                "Whether every prerequisite is met.",
            ))
            .attribute(
                Attribute::nested_list(
                    "prerequisites",
                    [
                        Attribute::string("name")
                            .computed()
                            .description("What it is, such as `iam_database_authentication`."),
                        Attribute::string("required").computed().description("How it has to be."),
                        Attribute::string("actual").computed().description("How it is."),
                        Attribute::bool("met")
                            .computed()
                            .description("Whether it certainly holds. What is in doubt is not met."),
                        Attribute::string("detail")
                            .computed()
                            .description("What to do, or why there is doubt; null when it is met."),
                    ],
                )
                .computed()
                .description(
                    "What AWS demands. Of a cluster or instance that is not there it is one entry, `existence`.",
                ),
            )
            .attribute(Attribute::string("parameter_value").computed().description(
                "Value of `rds.iam_auth_for_replication` in the parameter group, `0` or `1`; null where the family \
                 lacks the parameter.",
            ))
            .attribute(Attribute::string("effective_value").computed().description(
                "Value of `rds.iam_auth_for_replication` in the running server, `0` or `1`; null where the provider \
                 has no `postgres` block for this database, where it cannot be reached, or does not show it.",
            ))
            .attribute(Attribute::bool("in_effect").computed().description(
                "Whether the parameter is 1, all available members have applied it, and the running server, where \
                 it is asked, shows the same.",
            ))
            .attribute(
                Attribute::nested_list(
                    "members",
                    [
                        Attribute::string("identifier")
                            .computed()
                            .description("`DBInstanceIdentifier`."),
                        Attribute::bool("writer").computed().description("Whether it is the writer."),
                        Attribute::string("status").computed().description(
                            "`DBInstanceStatus`; null where `rds:DescribeDBInstances` is denied.",
                        ),
                        Attribute::string("apply_status").computed().description(
                            "Whether it has applied the parameter group, such as `in-sync` or `pending-reboot`.",
                        ),
                    ],
                )
                .computed()
                .description("The instances of the cluster by identifier; of an instance, itself."),
            )
            .attribute(Attribute::string("engine_version").computed().description("`EngineVersion`."))
            .attribute(Attribute::bool("iam_database_authentication").computed().description(
                "`IAMDatabaseAuthenticationEnabled`.",
            ))
            .attribute(
                Attribute::bool("iam_database_authentication_pending").computed().description(
                    "What `IAMDatabaseAuthenticationEnabled` is going to be; null when no change is pending.",
                ),
            )
            .attribute(Attribute::bool("logical_replication").computed().description(
                "Whether `rds.logical_replication` is 1 in the parameter group.",
            ))
            .attribute(Attribute::string("resource_id").computed().description(
                "`DbClusterResourceId` or `DbiResourceId`, as IAM policies with `rds-db:connect` name it.",
            ))
            .attribute(Attribute::string("endpoint").computed().description(
                "Host name of the writer, or of the instance; null before there is one.",
            ))
            .attribute(Attribute::int64("port").computed().description("Port of the endpoint."))
            .block(timeouts::block([(Operation::Read, TIMEOUT)]))
            .exactly_one_of(["cluster_identifier", "db_instance_identifier"])
    }

    async fn read(
        &self,
        context: &Context,
        provider: &Configured,
        config: Model,
    ) -> Result<DataSourceRead<Model>, Diagnostics> {
        let named =
            connection::identifier(&config.cluster_identifier, &config.db_instance_identifier);
        let identifier = named.into_known().ok_or_else(|| {
            Diagnostic::error(OPERATION, "Neither a cluster nor an instance is named.")
        })?;
        rds_name::refuse_arn_of(OPERATION, &identifier)?;
        let clients = provider.clients_for(OPERATION, &config.region)?;
        let timeout = timeouts::of(&config.timeouts).read(TIMEOUT);
        let scope = Scope::new(context.cancellation(), timeout);
        let found = Found::look(&clients, &scope, &identifier)
            .await
            .map_err(|error| diagnostics::aws(OPERATION, &error).at(identifier.argument()))?;
        let Some(found) = found else {
            let absent = prerequisites::absent(&identifier, &clients.place());
            return Ok(DataSourceRead::new(config.with_prerequisites(vec![absent])));
        };
        let database = provider
            .connections
            .to_look_at(&found.publisher, &config.region)
            // A server that is stopped would only be waited for.
            .filter(|_| !is_down(&found.publisher.status));
        let (running, diagnostics) = match database {
            None => (Running::default(), Diagnostics::new()),
            Some(database) => match Running::look(&database, context, timeout).await {
                Ok(running) => (running, Diagnostics::new()),
                Err(error) => {
                    let warning = not_asked(&error).at(identifier.argument());
                    (Running::default(), warning.into())
                }
            },
        };
        Ok(DataSourceRead::new(found.into_state(config, running)).reporting(diagnostics))
    }
}

impl Model {
    /// This configuration, with what is demanded; everything else is null.
    fn with_prerequisites(self, prerequisites: Vec<Prerequisite>) -> Self {
        let all_met = prerequisites.iter().all(|one| one.verdict == Verdict::Met);
        let models: Vec<PrerequisiteModel> = prerequisites.into_iter().map(Into::into).collect();
        Self {
            cluster_identifier: self.cluster_identifier,
            db_instance_identifier: self.db_instance_identifier,
            region: self.region,
            timeouts: self.timeouts,
            ready: all_met.into(),
            prerequisites: models.into(),
            ..Self::default()
        }
    }
}

impl From<Prerequisite> for PrerequisiteModel {
    fn from(one: Prerequisite) -> Self {
        Self {
            name: one.name.into(),
            required: one.required.into(),
            actual: one.actual.into(),
            // Who is on call must not be told that something holds which may not.
            met: (one.verdict == Verdict::Met).into(),
            detail: Some(one.detail).filter(|text| !text.is_empty()).into(),
        }
    }
}

/// That the running server could not be asked, and what that means for the result.
fn not_asked(error: &Diagnostic) -> Diagnostic {
    Diagnostic::warning(
        "Running Server Not Asked",
        format!(
            "{}\n\n`effective_value` is null, and `in_effect` is what AWS alone says.",
            error.detail
        ),
    )
}
