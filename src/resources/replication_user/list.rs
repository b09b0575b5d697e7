//! The roles of a database that could be replication users, for a bulk import.

use std::time::Duration;

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, ListResource, Model as _,
    list_resource::{ListItem, ListRequest, ListResults},
    schema::Schema,
};

use super::{
    Model, ReplicationUser,
    declared_privilege::live_privilege,
    identity::UserIdentity,
    model::{check_name, unread},
};
use crate::{
    connection::{DatabaseArguments, DatabaseRef, OpenDatabase},
    diagnostics,
    name_regex::NameRegex,
    operation::Operation,
    postgres::rds_roles::RDS_IAM,
    provider::Configured,
    resources::{account, in_database::InDatabase as _},
};

/// How long a listing may take.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The roles of a database that can replicate or are in `rds_iam`, but for those of RDS and
/// PostgreSQL, superusers, the master user and the provider's own.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(config_only, at_most_one_of = ["cluster_identifier", "db_instance_identifier"])]
pub struct ListConfig {
    #[attributes]
    database: DatabaseArguments,
    #[attributes]
    name_regex: NameRegex,
}

impl ListConfig {
    /// The database, spelt as the imports of its users spell it.
    fn database_ref(&self) -> DatabaseRef {
        self.database.database_ref().to_lowercase()
    }
}

#[async_trait]
impl ListResource<Configured> for ReplicationUser {
    type ListConfig = ListConfig;

    fn list_schema(&self) -> Schema {
        ListConfig::schema()
    }

    async fn validate_list(&self, _context: &Context, config: ListConfig) -> Diagnostics {
        config.database_ref().validate()
    }

    async fn list(
        &self,
        context: &Context,
        provider: &Configured,
        request: ListRequest<ListConfig>,
        results: &mut ListResults<'_, ListItem<Model, UserIdentity>>,
    ) -> Result<(), Diagnostics> {
        let config = request.config;
        let operation = &Operation::look(context, "List Replication Users", TIMEOUT);
        let database_ref = DatabaseRef {
            // As an import by the identity names it, so that a generated configuration fits.
            region: account::imported_region(provider, operation, config.database.region.clone())?,
            ..config.database_ref()
        };
        let OpenDatabase { database, endpoint } = provider.open(operation, &database_ref).await?;
        let connector = &endpoint.connector;
        let snapshot = connector
            .snapshot(operation.scope())
            .await
            .map_err(|error| {
                database_ref.at_argument(diagnostics::server(operation, &endpoint, &error))
            })?;
        let matches = config.name_regex.compile(operation)?;
        for role in snapshot.replication_roles() {
            let name = role.name;
            let is_ours = matches.is_match(&name)
                && check_name(&name.as_str().into()).is_ok()
                && snapshot.role(&name).is_some_and(|role| !role.is_superuser)
                && name != connector.username()
                && Some(&name) != endpoint.master_username.as_ref();
            if !is_ours {
                continue;
            }
            let mut state = unread(provider, &database, database_ref.clone(), name.clone());
            state.rds_iam = (!snapshot.direct(&name, RDS_IAM).is_empty()).into();
            state.replication_privilege = live_privilege(&state, &snapshot, &name).into();
            results
                .send(
                    ListItem::new(
                        UserIdentity::new(
                            provider,
                            &database,
                            &database_ref.region,
                            name.as_str().into(),
                        ),
                        state.id_in(&database),
                    )
                    .with_state(request.include_resource.then_some(state)),
                )
                .await;
        }
        Ok(())
    }
}
