//! `rdsiam_publication`: which tables of a database are published for logical replication, and what of them.

mod definition;
mod desired;
mod filters;
mod identity;
mod list;
mod look;
mod model;
mod moved;
mod object;

use std::time::Duration;

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, Model as _, Private, Resource,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::Schema,
    timeouts,
};

use crate::{
    claims,
    connection::{DatabaseLookup, OpenDatabase},
    diagnostics,
    operation::Operation,
    postgres::publish,
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
    definition::store,
    desired::{
        changes, desired, failed, is_another, is_database_gone, is_exists, publishes_others,
    },
    filters::Filters,
    model::is_retained,
};

pub use self::model::Model;

/// What an import is called.
const IMPORT: &str = "Import Publication";
/// How long any operation may take, unless configured.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// How long a plan may look at what it is about.
const PLAN_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The resource.
pub struct Publication;

#[async_trait]
impl Resource<Configured> for Publication {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_publication"
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
        let operation = &Operation::look(context, "Plan Publication", PLAN_READ_TIMEOUT);
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
            if publishes_others(prior, &response.planned) {
                claimed::expect(provider, &response.planned);
            }
            response
                .diagnostics
                .extend(another::warn(provider, config, prior));
            let is_replaced = !response.requires_replace.is_empty() || config.names_another(prior);
            if is_replaced && !is_retained(prior) {
                let found = look::at_plan_of_destroy(provider, operation, prior).await;
                response.diagnostics.extend(found);
            }
            if response.requires_replace.is_empty() {
                response.diagnostics.extend(claimed::at_plan_of_update(
                    provider,
                    prior,
                    &request.private,
                ));
            }
        }
        // A replacement is planned once more, as the creation that it is.
        if response.requires_replace.is_empty() && !response.diagnostics.has_errors() {
            let prior = request.prior.as_ref();
            let mut planned = another::as_far_as_known(&response.planned, prior);
            if prior.is_none() {
                planned.database = config.database.clone();
                let found = claimed::at_plan_of_create(provider, &planned);
                response.diagnostics.extend(found);
            }
            let found = look::at_plan(provider, operation, &planned, prior).await;
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
        if is_retained(&prior) {
            return Diagnostics::new();
        }
        let operation = &Operation::look(context, "Plan Publication", PLAN_READ_TIMEOUT);
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
        let database_ref = planned.database_ref();
        let timeout = timeouts::of(&planned.timeouts).create(TIMEOUT);
        let operation = &Operation::new(context, "Create Publication", timeout);
        let scope = operation.scope();
        let opened = provider.open(operation, &database_ref).await?;
        let OpenDatabase { database, endpoint } = &opened;
        planned.database = endpoint.database.as_str().into();
        // What a replaced object left in the private data is not this one's.
        let mut private = Private::default();
        let publisher = database.publisher(scope).await;
        let publisher = publisher
            .map_err(|error| database_ref.at_argument(diagnostics::aws(operation, &error)))?;
        if let Some(here) = publisher.and_then(|publisher| LastSeen::from_arn(&publisher.arn)) {
            here.record(&mut private);
        }
        let desired = desired(&planned, &request.config, None, &private, operation)?;
        let claimed = Claimed::new(provider, operation, endpoint, &planned);
        let claim = claimed.claim().await?;
        let applied = match publish::apply(&endpoint.connector, scope, &desired).await {
            Ok(applied) => applied,
            Err(error) => {
                if is_exists(&error) {
                    claim.found();
                }
                return Err(failed(operation, &planned, database, endpoint, &error).into());
            }
        };
        claim.keep(&mut private);
        object::record(&mut private, applied.seen);
        Filters::record(&mut private, &applied.filters);
        planned.owner = applied.publication.owner.into();
        planned.id = planned.id_in(database).into();
        Ok(Applied::new(planned)
            .keeping(private)
            .reporting(look::faulty(&applied.faulty)))
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
        let operation = &Operation::look(context, "Read Publication", timeout);
        let is_imported = last_seen::is_imported(&private);
        let opened = open(provider, operation, &state, &state, &mut private).await?;
        let Some(OpenDatabase { database, endpoint }) = &opened else {
            return Ok(response(None, private));
        };
        let name = state.name.or_default();
        let found = match endpoint.connector.publications(operation.scope()).await {
            Ok(found) => found,
            Err(error) if is_database_gone(&error) && !is_imported && !is_moved => {
                let gone = object::gone_with_database(&name, &endpoint.database);
                return Ok(response(None, private).reporting(gone));
            }
            Err(error) => return Err(failed(operation, &state, database, endpoint, &error).into()),
        };
        let mut warnings = diagnostics::overrides(operation.scope(), database).await;
        let Some(live) = object::find(&found, &name, &private, is_imported || is_moved) else {
            if !is_imported {
                let seen = object::recorded(&private);
                warnings.push(object::gone(&name, &endpoint.database, &found, seen));
            }
            return Ok(response(None, private).reporting(warnings));
        };
        object::record(&mut private, live.seen(found.version));
        last_seen::mark_read(&mut private);
        claims::number(&mut private);
        let filters = Filters::recorded(&private);
        store(&mut state, live, &filters, &found.unread_filters);
        state.database = endpoint.database.as_str().into();
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
        let operation = &Operation::new(context, "Update Publication", timeout);
        let scope = operation.scope();
        another::refuse(&provider.databases, &planned, &prior, operation)?;
        if planned.database.is_unknown() {
            planned.database = prior.database.clone();
        }
        if !changes(&prior, &planned) {
            return Ok(Applied::new(planned).keeping(private));
        }
        planned.database_ref().refuse_arn(operation)?;
        let found = open(provider, operation, &planned, &prior, &mut private).await?;
        let opened = match found {
            Some(opened) => opened,
            // Where it was last seen there is none any more, and that is said.
            None => provider.open(operation, &planned.database_ref()).await?,
        };
        let OpenDatabase { database, endpoint } = &opened;
        let connector = &endpoint.connector;
        let blame = |error| failed(operation, &planned, database, endpoint, &error);
        let seen = match object::recorded(&private) {
            Some(seen) => Some(seen),
            // It was moved here, and not read yet.
            None => {
                let found = connector.publications(scope).await.map_err(blame)?;
                let name = planned.name.or_default();
                let live = object::find(&found, &name, &private, prior.id.is_null());
                live.map(|live| live.seen(found.version))
            }
        };
        let desired = desired(&planned, &request.config, seen, &private, operation)?;
        let claimed = Claimed::new(provider, operation, endpoint, &planned);
        let claim = claimed.claim_again(&private).await?;
        let applied = publish::apply(connector, scope, &desired).await;
        let applied = applied.map_err(blame)?;
        claim.keep(&mut private);
        object::record(&mut private, applied.seen);
        Filters::record(&mut private, &applied.filters);
        planned.database = endpoint.database.as_str().into();
        if planned.owner.is_unknown() {
            planned.owner = applied.publication.owner.into();
        }
        if planned.id.is_unknown() {
            planned.id = planned.id_in(database).into();
        }
        Ok(Applied::new(planned)
            .keeping(private)
            .reporting(look::faulty(&applied.faulty)))
    }

    async fn delete(
        &self,
        context: &Context,
        provider: &Configured,
        request: DeleteRequest<Model>,
    ) -> Result<Diagnostics, Diagnostics> {
        let (prior, mut private) = (request.prior, request.private);
        if is_retained(&prior) {
            return Ok(Diagnostics::new());
        }
        let timeout = timeouts::of(&prior.timeouts).delete(TIMEOUT);
        let operation =
            &Operation::new(context, "Destroy Publication", timeout).on(prior.id.known());
        let opened = open(provider, operation, &prior, &prior, &mut private).await?;
        let Some(OpenDatabase { database, endpoint }) = &opened else {
            return Ok(Diagnostics::new());
        };
        let claimed = Claimed::new(provider, operation, endpoint, &prior);
        let release = match claimed.release(&private, "").await? {
            Ok(release) => release,
            Err(kept) => return Ok(kept.into()),
        };
        let name = prior.name.or_default();
        let (connector, scope) = (&endpoint.connector, operation.scope());
        let mut seen = object::recorded(&private);
        if seen.is_none() {
            match connector.publications(scope).await {
                Ok(found) => match object::find(&found, &name, &private, prior.id.is_null()) {
                    Some(live) => seen = Some(live.seen(found.version)),
                    None if found.get(&name).is_some() => {
                        return Ok(object::left(&name, &endpoint.database).into());
                    }
                    None => {}
                },
                Err(error) if is_database_gone(&error) => {}
                Err(error) => {
                    return Err(failed(operation, &prior, database, endpoint, &error).into());
                }
            }
        }
        let dropped = publish::drop_publication(connector, scope, &name, seen).await;
        match dropped {
            Ok(()) => {}
            Err(error) if is_database_gone(&error) => {}
            Err(error) if is_another(&error) => {
                return Ok(object::left(&name, &endpoint.database).into());
            }
            Err(error) => return Err(failed(operation, &prior, database, endpoint, &error).into()),
        }
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
        let (database, name) = imported
            .rest
            .split_once('/')
            .filter(|(database, name)| !database.is_empty() && !name.is_empty())
            .ok_or_else(|| target::wrong_form::<Model>(operation, id))?;
        let state = Model {
            id: imported.id.into(),
            publisher: imported.database_ref.into(),
            database: database.into(),
            ..Model::named(name.to_owned())
        };
        let mut private = Private::default();
        last_seen::mark_imported(&mut private);
        Ok(Imported::new(state).keeping(private))
    }
}
