//! The publications of a database, for a bulk import.

use std::time::Duration;

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, ListResource, Model as _,
    list_resource::{ListItem, ListRequest, ListResults},
    schema::Schema,
};

use super::{
    Model, Publication, definition::store, filters::Filters, identity::PublicationIdentity,
};
use crate::{
    connection::{DatabaseArguments, OpenDatabase},
    diagnostics,
    name_regex::NameRegex,
    operation::Operation,
    postgres_name,
    provider::Configured,
    resources::{
        account,
        in_database::{InDatabase as _, target},
    },
};

/// How long a listing may take.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The publications of a database.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(config_only, at_most_one_of = ["cluster_identifier", "db_instance_identifier"])]
pub struct ListConfig {
    #[attributes]
    publisher: DatabaseArguments,
    /// The PostgreSQL database. Defaults to that of the provider's `postgres` block.
    #[attribute(optional, validate = postgres_name::validator())]
    database: Field<String>,
    #[attributes]
    name_regex: NameRegex,
}

#[async_trait]
impl ListResource<Configured> for Publication {
    type ListConfig = ListConfig;

    fn list_schema(&self) -> Schema {
        ListConfig::schema()
    }

    async fn validate_list(&self, _context: &Context, config: ListConfig) -> Diagnostics {
        config.publisher.database_ref().validate()
    }

    async fn list(
        &self,
        context: &Context,
        provider: &Configured,
        request: ListRequest<ListConfig>,
        results: &mut ListResults<'_, ListItem<Model, PublicationIdentity>>,
    ) -> Result<(), Diagnostics> {
        let config = request.config;
        let operation = &Operation::look(context, "List Publications", TIMEOUT);
        let mut database_ref = config.publisher.database_ref().to_lowercase();
        // As an import by the identity names it, so that a generated configuration fits.
        database_ref.region =
            account::imported_region(provider, operation, config.publisher.region.clone())?;
        let opened = database_ref.clone().named(config.database);
        let OpenDatabase { database, endpoint } = provider.open(operation, &opened).await?;
        let found = endpoint.connector.publications(operation.scope()).await;
        let found = found.map_err(|error| {
            database_ref.at_argument(diagnostics::server(operation, &endpoint, &error))
        })?;
        let matches = config.name_regex.compile(operation)?;
        for (name, live) in found.iter().filter(|(name, _)| matches.is_match(name)) {
            let mut state = Model {
                publisher: target::unread(provider, &database, database_ref.clone()),
                database: endpoint.database.as_str().into(),
                ..Model::named(name.clone())
            };
            state.id = state.id_in(&database).into();
            store(&mut state, live, &Filters::default(), &found.unread_filters);
            let identity = PublicationIdentity::of(provider, &state);
            let id = state.id.or_default();
            results
                .send(
                    ListItem::new(identity, id)
                        .with_state(request.include_resource.then_some(state)),
                )
                .await;
        }
        Ok(())
    }
}
