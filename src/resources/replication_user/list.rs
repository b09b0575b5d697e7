//! The roles of a database that could be replication users, for a bulk import.

use std::time::Duration;

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, ListResource, Model as _,
    list_resource::{ListRequest, ListResults, Listed},
    schema::Schema,
};

use super::{
    Model, ReplicationUser,
    declared_privilege::live_privilege,
    identity::UserIdentity,
    model::check_name,
    target::{self, unread},
};
use crate::{
    connection::{DatabaseArguments, Named, OpenDatabase},
    diagnostics,
    name_regex::NameRegex,
    operation::Operation,
    postgres::rds_roles::RDS_IAM,
    provider::Configured,
    resources::account,
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
    fn named(&self) -> Named {
        let named = self.database.named();
        Named {
            identifier: named.identifier.map(|identifier| identifier.to_lowercase()),
            ..named
        }
    }
}

#[async_trait]
impl ListResource<Configured> for ReplicationUser {
    type ListConfig = ListConfig;

    fn list_schema(&self) -> Schema {
        ListConfig::schema()
    }

    async fn validate_list(&self, _context: &Context, config: ListConfig) -> Diagnostics {
        config.named().validate()
    }

    async fn list(
        &self,
        context: &Context,
        provider: &Configured,
        request: ListRequest<ListConfig>,
        results: &mut ListResults<'_, Listed<Model, UserIdentity>>,
    ) -> Result<(), Diagnostics> {
        let config = request.config;
        let operation = &Operation::new(context, "List Replication Users", TIMEOUT);
        let named = Named {
            // As an import by the identity names it, so that a generated configuration fits.
            region: account::imported_region(provider, operation, config.database.region.clone())?,
            ..config.named()
        };
        let OpenDatabase { database, endpoint } = provider.open(operation, &named).await?;
        let connector = &endpoint.connector;
        let snapshot = connector
            .snapshot(operation.scope())
            .await
            .map_err(|error| named.blame(diagnostics::server(operation, connector, &error)))?;
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
            let mut state = unread(provider, &database, named.clone(), name.clone());
            state.rds_iam = (!snapshot.direct(&name, RDS_IAM).is_empty()).into();
            state.replication_privilege = live_privilege(&state, &snapshot, &name).into();
            results
                .send(
                    Listed::new(
                        UserIdentity::of(provider, &database, &named.region, name.as_str().into()),
                        target::id(&database, &state),
                    )
                    .with_state(request.include_resource.then_some(state)),
                )
                .await;
        }
        Ok(())
    }
}
