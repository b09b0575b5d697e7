//! `rdsiam_replication_slot`: from where on a consumer can have the changes of a database; never made again in silence.

mod created;
mod evidence;
mod identity;
mod list;
mod look;
mod loss;
mod model;
mod moved;

use std::time::Duration;

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Model as _, Private, Resource,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::Schema,
    timeouts,
};

use crate::{
    claims,
    connection::{Database, DatabaseLookup, Endpoint, OpenDatabase},
    diagnostics,
    operation::Operation,
    postgres::{
        self,
        manage_slot::{Which, create, drop_slot, set_failover},
        replication_slot::{Condition, Desired, Refusal},
    },
    provider::Configured,
    resources::{
        in_database::{
            InDatabase as _, another,
            claimed::{self, Claimed},
            open::open,
            target,
        },
        last_seen::{self, LastSeen},
    },
};

use self::{
    evidence::Evidence,
    model::{MISSING, is_true},
};

pub use self::model::Model;

/// What an import is called.
const IMPORT: &str = "Import Replication Slot";
/// How long any operation may take, unless configured.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// How long a plan may look at what it is about.
const PLAN_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The resource.
pub struct ReplicationSlot;

#[async_trait]
impl Resource<Configured> for ReplicationSlot {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_replication_slot"
    }

    fn schema(&self) -> Schema {
        Model::schema()
    }

    async fn validate(&self, _context: &Context, config: Model) -> Diagnostics {
        config.database_ref().validate()
    }

    async fn plan(
        &self,
        context: &Context,
        provider: &Configured,
        request: PlanRequest<Model>,
    ) -> PlanResponse<Model> {
        let operation = &Operation::look(context, "Plan Replication Slot", PLAN_READ_TIMEOUT);
        let mut response = PlanResponse::keep(request.clone());
        let config = &request.config;
        if let Some(prior) = &request.prior {
            match prior.id.is_null() {
                // It was moved here, from a resource whose state does not say which cluster it is in.
                true => response.planned.id = Field::Unknown,
                false => target::plan_update(
                    config,
                    prior,
                    &provider.databases,
                    operation,
                    &mut response,
                ),
            }
            // Only a new slot has another one.
            response.planned.consistent_point = match loss::is_made_again(&response.planned, prior)
            {
                true => Field::Unknown,
                false => prior.consistent_point.clone(),
            };
            response
                .diagnostics
                .extend(another::warn(provider, config, prior));
            let is_replaced =
                !response.requires_replace.is_empty() || look::is_another(&response.planned, prior);
            if is_replaced && !prior.is_retained() {
                let found = look::at_plan_of_destroy(provider, operation, prior).await;
                response.diagnostics.extend(found);
            }
            if !is_replaced && !loss::is_made_again(&response.planned, prior) {
                let found = look::publication_after_the_slot(&response.planned, prior);
                response.diagnostics.extend(found);
            }
            if response.requires_replace.is_empty() {
                response.diagnostics.extend(claimed::at_plan_of_update(
                    provider,
                    prior,
                    &request.private,
                ));
            }
        } else if !response.diagnostics.has_errors() {
            // A replacement is planned once more, as the creation that it is.
            let mut planned = response.planned.clone();
            planned.database = config.database.clone();
            let found = claimed::at_plan_of_create(provider, &planned);
            response.diagnostics.extend(found);
            let found = look::at_plan_of_create(provider, operation, &planned).await;
            response.diagnostics.extend(found);
        }
        response
    }

    async fn plan_destroy(
        &self,
        context: &Context,
        provider: &Configured,
        prior: Model,
        private: &Private,
    ) -> Diagnostics {
        if prior.is_retained() {
            return Diagnostics::new();
        }
        let operation = &Operation::look(context, "Plan Replication Slot", PLAN_READ_TIMEOUT);
        let mut diagnostics = look::at_plan_of_destroy(provider, operation, &prior).await;
        diagnostics.extend(claimed::at_plan_of_destroy(provider, &prior, private));
        diagnostics
    }

    async fn create(
        &self,
        context: &Context,
        provider: &Configured,
        request: CreateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        let mut planned = request.planned;
        // Where none is named, it is known once the database is open.
        planned.database = request.config.database.clone();
        let database_ref = planned.own_database_ref();
        let timeout = timeouts::of(&planned.timeouts).create(TIMEOUT);
        let operation = &Operation::new(context, "Create Replication Slot", timeout);
        let scope = operation.scope();
        let opened = provider.open(operation, &database_ref).await?;
        let OpenDatabase { database, endpoint } = &opened;
        // What a replaced object left in the private data is not this one's.
        let mut private = Private::default();
        let publisher = database.publisher(scope).await;
        let publisher = publisher
            .map_err(|error| database_ref.at_argument(diagnostics::aws(operation, &error)))?;
        let publisher = publisher.as_ref();
        if let Some(here) = publisher.and_then(|publisher| LastSeen::from_arn(&publisher.arn)) {
            here.record(&mut private);
        }
        let claimed = Claimed::new(provider, operation, endpoint, &planned);
        let claim = claimed.claim().await?;
        let created = match create(&endpoint.connector, scope, &planned.desired()).await {
            Ok(created) => created,
            Err(error) => {
                if is_exists(&error) {
                    claim.found();
                }
                return Err(failed(operation, &planned, database, endpoint, &error).into());
            }
        };
        claim.keep(&mut private);
        let reported = created::store(&mut planned, &mut private, &opened, publisher, &created);
        Ok(Applied::new(planned).keeping(private).reporting(reported))
    }

    async fn read(
        &self,
        context: &Context,
        provider: &Configured,
        request: ReadRequest<Model>,
    ) -> Result<ReadResponse<Model>, Diagnostics> {
        provider.note_refresh();
        let (mut state, mut private) = (request.state, request.private);
        let response = |state, private| ReadResponse::from(state).keeping(private);
        // What was moved here does not say yet which cluster it is in.
        let is_moved = state.id.is_null();
        match provider.databases.lookup(&state.database_ref()) {
            DatabaseLookup::Unknown => return Ok(response(Some(state), private)),
            DatabaseLookup::NotConfigured if is_moved => return Ok(response(Some(state), private)),
            _ => {}
        }
        let timeout = timeouts::of(&state.timeouts).read(TIMEOUT);
        let operation = &Operation::look(context, "Read Replication Slot", timeout);
        let is_imported = last_seen::is_imported(&private);
        // Slots are the server's: each of its databases shows them all, and their own may be gone.
        let opened = open(provider, operation, &state, &state, &mut private).await?;
        let Some(OpenDatabase { database, endpoint }) = &opened else {
            return Ok(response(None, private));
        };
        let scope = operation.scope();
        let found = endpoint.connector.publications(scope).await;
        let found = found.map_err(|error| failed(operation, &state, database, endpoint, &error))?;
        let mut warnings = diagnostics::overrides(scope, database).await;
        let name = state.name.or_default();
        let now = Evidence::server(
            found.version,
            database.publisher(scope).await.ok().flatten().as_ref(),
        );
        let before = Evidence::recorded(&private);
        match found.slots.logical(&name) {
            None if is_imported => return Ok(response(None, private)),
            // It is somebody else's, who may give it up.
            Some(slot) if is_imported && slot.condition() == Condition::BeingCreated => {
                return Ok(response(None, private));
            }
            None => {
                warnings.push(loss::missing(&name, before.as_ref(), &now));
                state.status = MISSING.into();
            }
            Some(slot) if slot.condition() == Condition::BeingCreated => {
                warnings.push(look::being_created(&name, slot));
            }
            Some(slot) => {
                let now = now.with(slot);
                if slot.condition() == Condition::Lost {
                    warnings.push(loss::lost(&name, slot));
                } else if !state.is_usable() {
                    warnings.push(loss::another(&name, before.as_ref()));
                    state.consistent_point = Field::Null;
                } else if let Some(before) = &before {
                    warnings.extend(loss::in_doubt(&name, before, &now, slot));
                }
                state.store(slot);
                now.record(&mut private);
            }
        }
        last_seen::mark_read(&mut private);
        claims::number(&mut private);
        state.id = state.id_in(database).into();
        Ok(response(Some(state), private).reporting(warnings))
    }

    async fn update(
        &self,
        context: &Context,
        provider: &Configured,
        request: UpdateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        let (prior, mut planned) = (request.prior, request.planned);
        let mut private = request.private;
        let timeout = timeouts::of(&planned.timeouts).update(TIMEOUT);
        let operation = &Operation::new(context, "Update Replication Slot", timeout);
        let scope = operation.scope();
        another::refuse(&provider.databases, &planned, &prior, operation)?;
        if planned.database.is_unknown() {
            planned.database = prior.database.clone();
        }
        let is_moved = prior.id.is_null();
        if prior.is_usable() && !is_moved && planned.failover == prior.failover {
            return Ok(Applied::new(planned).keeping(private));
        }
        let name = planned.name.or_default();
        if !prior.is_usable() && !planned.is_recreated() {
            let before = Evidence::recorded(&private);
            return Err(loss::refused(operation, &prior, &name, before.as_ref()).into());
        }
        let database_ref = planned.own_database_ref();
        database_ref.refuse_arn(operation)?;
        if open(provider, operation, &planned, &prior, &mut private)
            .await?
            .is_none()
        {
            // Where it was last seen there is none any more, and that is said.
            provider.open(operation, &planned.database_ref()).await?;
        }
        let opened = provider.open(operation, &database_ref).await?;
        let OpenDatabase { database, endpoint } = &opened;
        let connector = &endpoint.connector;
        let blame = |error| failed(operation, &planned, database, endpoint, &error);
        if prior.is_usable() {
            let found = connector.publications(scope).await.map_err(blame)?;
            let Some(live) = found.slots.logical(&name) else {
                // It was moved here, and not read yet.
                return Err(loss::refused(operation, &prior, &name, None).into());
            };
            let failover = is_true(&planned.failover);
            if live.failover != failover {
                let set = set_failover(connector, scope, &name, failover).await;
                set.map_err(blame)?;
            }
            planned.database = live.database.clone().into();
            planned.id = planned.id_in(database).into();
            return Ok(Applied::new(planned).keeping(private));
        }
        let claimed = Claimed::new(provider, operation, endpoint, &planned);
        let claim = claimed.claim_again(&private).await?;
        let again = Desired {
            replaces_lost: true,
            ..planned.desired()
        };
        let created = create(connector, scope, &again).await;
        let created = created.map_err(blame)?;
        claim.keep(&mut private);
        let publisher = database.publisher(scope).await.ok().flatten();
        let publisher = publisher.as_ref();
        let mut reported = created::store(&mut planned, &mut private, &opened, publisher, &created);
        reported.push(loss::made_again(&name, &created.slot));
        Ok(Applied::new(planned).keeping(private).reporting(reported))
    }

    async fn delete(
        &self,
        context: &Context,
        provider: &Configured,
        request: DeleteRequest<Model>,
    ) -> Result<Diagnostics, Diagnostics> {
        let (prior, mut private) = (request.prior, request.private);
        if prior.is_retained() {
            return Ok(Diagnostics::new());
        }
        let timeout = timeouts::of(&prior.timeouts).delete(TIMEOUT);
        let operation =
            &Operation::new(context, "Destroy Replication Slot", timeout).on(prior.id.known());
        // From any database: its own is gone only together with it.
        let opened = open(provider, operation, &prior, &prior, &mut private).await?;
        let Some(OpenDatabase { database, endpoint }) = &opened else {
            return Ok(Diagnostics::new());
        };
        let claimed = Claimed::new(provider, operation, endpoint, &prior);
        let release = match claimed.release(&private, "").await? {
            Ok(release) => release,
            Err(kept) => return Ok(kept.into()),
        };
        let which = match is_true(&prior.force_destroy) {
            true => Which::Any,
            false => Which::Unused,
        };
        let name = prior.name.or_default();
        drop_slot(&endpoint.connector, operation.scope(), &name, which)
            .await
            .map_err(|error| failed(operation, &prior, database, endpoint, &error))?;
        release.done();
        Ok(Diagnostics::new())
    }

    async fn import(
        &self,
        context: &Context,
        provider: &Configured,
        id: &str,
    ) -> Result<Imported<Model>, Diagnostics> {
        let operation = &Operation::look(context, IMPORT, TIMEOUT);
        let imported = target::find_imported::<Model>(provider, id, operation).await?;
        let state = Model {
            id: imported.id.into(),
            publisher: imported.database_ref.into(),
            ..Model::named(imported.rest)
        };
        let mut private = Private::default();
        last_seen::mark_imported(&mut private);
        Ok(Imported::new(state).keeping(private))
    }
}

fn is_exists(error: &postgres::Error) -> bool {
    matches!(error, postgres::Error::SlotRefused(refusal) if matches!(**refusal, Refusal::Exists(_)))
}

/// An error of the PostgreSQL room, at the attribute to blame.
fn failed(
    operation: &Operation,
    model: &Model,
    database: &Database,
    endpoint: &Endpoint,
    error: &postgres::Error,
) -> Diagnostic {
    let name = model.name.or_default();
    let id = model.id_to_import(database);
    diagnostics::replication_slot(operation, &name, &id, endpoint, error)
}
