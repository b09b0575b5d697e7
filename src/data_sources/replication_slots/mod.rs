//! `rdsiam_replication_slots`: the replication slots of a server, how far their consumers lag, and who streams.

mod slot;

use std::time::Duration;

use async_trait::async_trait;
use tfplugin::{
    Context, DataSource, Diagnostics, Field, Model as _,
    data_source::DataSourceRead,
    schema::Schema,
    timeouts::{self, Timeouts},
};

use self::slot::SlotModel;
use crate::{
    connection::{DatabaseArguments, OpenDatabase},
    diagnostics,
    name_regex::NameRegex,
    operation::Operation,
    provider::Configured,
};

/// How long reading may take, unless configured.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// The data source.
pub struct ReplicationSlots;

/// The replication slots of a server: whether they can be streamed from, what they retain, how far
/// their consumers lag, and who streams now.
#[derive(Clone, Debug, tfplugin::Model)]
#[model(at_most_one_of = ["cluster_identifier", "db_instance_identifier"])]
pub struct Model {
    #[attributes]
    database: DatabaseArguments,
    #[attributes]
    name_regex: NameRegex,
    /// The slots, by name.
    #[attribute(computed)]
    slots: Field<Vec<SlotModel>>,
    #[block(schema = timeouts::block([(timeouts::Operation::Read, TIMEOUT)]))]
    timeouts: Field<Timeouts>,
}

#[async_trait]
impl DataSource<Configured> for ReplicationSlots {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_replication_slots"
    }

    fn schema(&self) -> Schema {
        Model::schema()
    }

    async fn validate(&self, _context: &Context, config: Model) -> Diagnostics {
        config.database.database_ref().validate()
    }

    async fn read(
        &self,
        context: &Context,
        provider: &Configured,
        config: Model,
    ) -> Result<DataSourceRead<Model>, Diagnostics> {
        let database_ref = config.database.database_ref();
        let timeout = timeouts::of(&config.timeouts).read(TIMEOUT);
        let operation = &Operation::look(context, "Read Replication Slots", timeout);
        let scope = operation.scope();
        let OpenDatabase { database, endpoint } = provider.open(operation, &database_ref).await?;
        let found = endpoint.connector.publications(scope).await;
        let found = found.map_err(|error| {
            database_ref.at_argument(diagnostics::server(operation, &endpoint, &error))
        })?;
        let matches = config.name_regex.compile(operation)?;
        let slots: Vec<SlotModel> = found
            .slots
            .iter()
            .filter(|(name, _)| matches.is_match(name))
            .map(|(name, slot)| SlotModel::new(name, slot))
            .collect();
        let warnings = diagnostics::overrides(scope, &database).await;
        Ok(DataSourceRead::new(Model {
            slots: slots.into(),
            ..config
        })
        .reporting(warnings))
    }
}
