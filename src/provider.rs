//! The provider: its block, its configured form, and the list of what it offers.

mod assume_role;
mod aws;
mod model;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Model as _, Provider, Registry,
    provider::ConfigureRequest, schema::Schema,
};

pub use self::model::ProviderModel;
use crate::{
    actions::TerminateReplicationConnections,
    aws::{Clients, Regions},
    claims::Claims,
    connection::{self, Database, DatabaseRef, Databases, Environment, OpenDatabase},
    data_sources::{ReplicationSlots, ReplicationStatus, ReplicationUsers},
    diagnostics,
    ephemeral_resources::AuthToken,
    functions::DbUserArn,
    operation::Operation,
    resources::{
        Publication, PublicationGrant, ReplicationParameter, ReplicationSlot, ReplicationUser,
    },
};

/// The provider, not configured yet.
#[derive(Clone, Copy, Debug)]
pub struct RdsIam;

/// What resources and data sources work with. Making it opens no connection and calls no API.
#[derive(Debug)]
pub struct Configured {
    /// The AWS control plane; `None` while its settings are not known before apply.
    pub aws: Option<Arc<Regions>>,
    /// The databases.
    pub databases: Databases,
    /// What this process has created, adopted or switched on. Each configured provider begins with none.
    pub claims: Claims,
    has_refreshed: AtomicBool,
}

impl Configured {
    /// Notes that this process reads resources.
    pub fn note_refresh(&self) {
        self.has_refreshed.store(true, Ordering::Relaxed);
    }

    /// Whether this process has read resources. One that plans them without having read any either
    /// plans with `-refresh=false`, or applies: the CLI plans each change once more then, and does not
    /// say so.
    pub fn has_refreshed(&self) -> bool {
        self.has_refreshed.load(Ordering::Relaxed)
    }

    /// Opens the database that a resource names, or else the provider block. No connection is made yet.
    ///
    /// # Errors
    /// Why it cannot be opened, at the argument that names it.
    pub async fn open(
        &self,
        operation: &Operation,
        database_ref: &DatabaseRef,
    ) -> Result<OpenDatabase, Diagnostic> {
        database_ref.refuse_arn(operation)?;
        let opened = self.databases.open(operation.scope(), database_ref).await;
        opened.map_err(|error| diagnostics::connection(operation, database_ref, &error))
    }

    /// The database that a resource names, or else the provider block.
    ///
    /// # Errors
    /// When there is none, or it is not known yet.
    pub fn database(
        &self,
        operation: &Operation,
        database_ref: &DatabaseRef,
    ) -> Result<Arc<Database>, Diagnostic> {
        let database = self.databases.lookup(database_ref).database();
        database.map_err(|error| diagnostics::connection(operation, database_ref, &error))
    }

    /// The AWS clients for what is in the given Region; `None` while that, or the provider's
    /// settings, are not known before apply.
    pub fn clients(&self, region: &Field<String>) -> Option<Arc<Clients>> {
        let aws = self.aws.as_ref().filter(|_| !region.is_unknown())?;
        Some(aws.clients_in(region.known().map(String::as_str)))
    }

    /// The AWS clients, for an operation that cannot do without.
    ///
    /// # Errors
    /// While they are not known.
    pub fn clients_for(
        &self,
        operation: &Operation,
        region: &Field<String>,
    ) -> Result<Arc<Clients>, Diagnostic> {
        self.clients(region).ok_or_else(|| {
            operation.error(
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
        ProviderModel::schema()
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
        let aws = match config.aws.is_wholly_known() {
            true => Some(Arc::new(Regions::new(config.aws.into_aws()?))),
            false => None,
        };
        let databases = Databases::new(&postgres, aws.as_ref(), &Environment::process())?;
        let configured = Configured {
            aws,
            databases,
            claims: Claims::default(),
            has_refreshed: AtomicBool::new(false),
        };
        Ok((configured, Diagnostics::new()))
    }

    fn register(&self, registry: &mut Registry<Configured>) {
        registry
            .resource(ReplicationParameter)
            .resource(ReplicationUser)
            .resource(Publication)
            .resource(PublicationGrant)
            .resource(ReplicationSlot)
            .identity(ReplicationParameter)
            .identity(ReplicationUser)
            .identity(Publication)
            .identity(PublicationGrant)
            .identity(ReplicationSlot)
            .move_state(ReplicationUser)
            .move_state(Publication)
            .move_state(PublicationGrant)
            .move_state(ReplicationSlot)
            .list_resource(ReplicationUser)
            .list_resource(Publication)
            .list_resource(ReplicationSlot)
            .data_source(ReplicationSlots)
            .data_source(ReplicationStatus)
            .data_source(ReplicationUsers)
            .ephemeral_resource(AuthToken)
            .function(DbUserArn)
            .action(TerminateReplicationConnections);
    }
}
