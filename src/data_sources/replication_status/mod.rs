//! `rdsiam_replication_status`: what AWS demands of a cluster or instance, whether it holds, and what is in
//! effect.

mod found;

use std::time::Duration;

use async_trait::async_trait;
use tfplugin::{
    Context, DataSource, Diagnostic, Diagnostics, Field, Model as _,
    data_source::DataSourceRead,
    schema::Schema,
    timeouts::{self, Timeouts},
};

use self::found::{Found, Running};
use crate::{
    aws::rds::wait::is_down,
    connection::DatabaseArguments,
    diagnostics,
    operation::Operation,
    prerequisites::{self, Prerequisite, Verdict},
    provider::Configured,
    rds_name,
};

/// How long reading may take, unless configured.
const TIMEOUT: Duration = Duration::from_secs(2 * 60);

/// The data source.
pub struct ReplicationStatus;

/// What AWS demands of a cluster or instance before its replication users can be made to use IAM,
/// whether it holds, and whether `rds.iam_auth_for_replication` is in effect. Needs no database.
#[derive(Clone, Debug, Default, tfplugin::Model)]
#[model(exactly_one_of = ["cluster_identifier", "db_instance_identifier"])]
pub struct Model {
    #[attributes(describe(
        cluster_identifier = "Identifier of the DB cluster (Aurora or Multi-AZ). Exactly one of \
                              `cluster_identifier` and `db_instance_identifier`.",
        db_instance_identifier = "Identifier of the DB instance (RDS for PostgreSQL). One that is in a \
                                  cluster is an error that names the cluster.",
        region = "AWS Region of the cluster or instance. Defaults to the provider's.",
    ))]
    database: DatabaseArguments,
    /// Whether every prerequisite is met.
    #[attribute(computed)]
    ready: Field<bool>,
    /// What AWS demands. Of a cluster or instance that is not there it is one entry, `existence`.
    #[attribute(computed)]
    prerequisites: Field<Vec<PrerequisiteModel>>,
    /// Value of `rds.iam_auth_for_replication` in the parameter group, `0` or `1`; null where the
    /// family lacks the parameter.
    #[attribute(computed)]
    parameter_value: Field<String>,
    /// Value of `rds.iam_auth_for_replication` in the running server, `0` or `1`; null where the
    /// provider has no `postgres` block for this database, where it cannot be reached, or does not
    /// show it.
    #[attribute(computed)]
    effective_value: Field<String>,
    /// Whether the parameter is 1, all available members have applied it, and the running server,
    /// where it is asked, shows the same.
    #[attribute(computed)]
    in_effect: Field<bool>,
    /// The instances of the cluster by identifier; of an instance, itself.
    #[attribute(computed)]
    members: Field<Vec<MemberModel>>,
    /// `EngineVersion`.
    #[attribute(computed)]
    engine_version: Field<String>,
    /// `IAMDatabaseAuthenticationEnabled`.
    #[attribute(computed)]
    iam_database_authentication: Field<bool>,
    /// What `IAMDatabaseAuthenticationEnabled` is going to be; null when no change is pending.
    #[attribute(computed)]
    iam_database_authentication_pending: Field<bool>,
    /// Whether `rds.logical_replication` is 1 in the parameter group.
    #[attribute(computed)]
    logical_replication: Field<bool>,
    /// `DbClusterResourceId` or `DbiResourceId`, as IAM policies with `rds-db:connect` name it.
    #[attribute(computed)]
    resource_id: Field<String>,
    /// Host name of the writer, or of the instance; null before there is one.
    #[attribute(computed)]
    endpoint: Field<String>,
    /// Port of the endpoint.
    #[attribute(computed)]
    port: Field<u16>,
    #[block(schema = timeouts::block([(timeouts::Operation::Read, TIMEOUT)]))]
    timeouts: Field<Timeouts>,
}

#[derive(Clone, Debug, PartialEq, Eq, tfplugin::Model)]
struct PrerequisiteModel {
    /// What it is, such as `iam_database_authentication`.
    #[attribute(computed)]
    name: Field<String>,
    /// How it has to be.
    #[attribute(computed)]
    required: Field<String>,
    /// How it is.
    #[attribute(computed)]
    actual: Field<String>,
    /// Whether it certainly holds. What is in doubt is not met.
    #[attribute(computed)]
    met: Field<bool>,
    /// What to do, or why there is doubt; null when it is met.
    #[attribute(computed)]
    detail: Field<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, tfplugin::Model)]
struct MemberModel {
    /// `DBInstanceIdentifier`.
    #[attribute(computed)]
    identifier: Field<String>,
    /// Whether it is the writer.
    #[attribute(computed)]
    writer: Field<bool>,
    /// `DBInstanceStatus`; null where `rds:DescribeDBInstances` is denied.
    #[attribute(computed)]
    status: Field<String>,
    /// Whether it has applied the parameter group, such as `in-sync` or `pending-reboot`.
    #[attribute(computed)]
    apply_status: Field<String>,
}

#[async_trait]
impl DataSource<Configured> for ReplicationStatus {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_replication_status"
    }

    fn schema(&self) -> Schema {
        Model::schema()
    }

    async fn read(
        &self,
        context: &Context,
        provider: &Configured,
        config: Model,
    ) -> Result<DataSourceRead<Model>, Diagnostics> {
        let timeout = timeouts::of(&config.timeouts).read(TIMEOUT);
        let operation = &Operation::look(context, "Read Replication Status", timeout);
        let identifier = config
            .database
            .identifier()
            .into_known()
            .ok_or_else(|| operation.error("Neither a cluster nor an instance is named."))?;
        rds_name::refuse_arn_of(operation, &identifier)?;
        let clients = provider.clients_for(operation, &config.database.region)?;
        let found = Found::read(&clients, operation.scope(), &identifier)
            .await
            .map_err(|error| {
                diagnostics::aws(operation, &error).at(rds_name::argument(&identifier))
            })?;
        let Some(found) = found else {
            let absent = prerequisites::absent(&identifier, &clients.location());
            return Ok(DataSourceRead::new(config.with_prerequisites(vec![absent])));
        };
        let database = provider
            .databases
            .visible_database(&found.publisher, &config.database.region)
            // A server that is stopped would only be waited for.
            .filter(|_| !is_down(&found.publisher.status));
        let (running, diagnostics) = match database {
            None => (Running::default(), Diagnostics::new()),
            Some(database) => match Running::read(&database, context, timeout).await {
                Ok(running) => (running, Diagnostics::new()),
                Err(error) => {
                    let warning = not_asked(&error).at(rds_name::argument(&identifier));
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
            database: self.database,
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
