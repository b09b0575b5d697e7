//! `rdsiam_publication_grant`: for one role and database, that it can read what publications publish.

mod desired;
mod identity;
mod look;
mod model;
mod moved;
mod notice;
mod reading;
mod record;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

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
    connection::{DatabaseLookup, Endpoint, OpenDatabase},
    diagnostics,
    operation::Operation,
    postgres::{
        TableName,
        grant_publication::{Left, Tally, give, take_back},
        publication_grant::{Desired, Ours},
        snapshot::Oid,
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
    scope::Scope,
};

use self::{
    desired::{changes, desired, failed, is_another_role, is_database_gone, tables, texts},
    record::{Known, Managed},
};

pub use self::model::Model;

/// What an import is called.
const IMPORT: &str = "Import Publication Grant";
/// How long any operation may take, unless configured.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// How long a plan may look at what it is about.
const PLAN_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The resource.
pub struct PublicationGrant;

#[async_trait]
impl Resource<Configured> for PublicationGrant {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_publication_grant"
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
        let operation = &Operation::look(context, "Plan Publication Grant", PLAN_READ_TIMEOUT);
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
            if changes(prior, &response.planned) || look::follows(provider, &response.planned) {
                response.planned.granted_tables = Field::Unknown;
            }
            response
                .diagnostics
                .extend(another::warn(provider, config, prior));
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
        _context: &Context,
        provider: &Configured,
        prior: Model,
        private: &Private,
    ) -> Diagnostics {
        match prior.is_retained() {
            true => Diagnostics::new(),
            false => claimed::at_plan_of_destroy(provider, &prior, private)
                .into_iter()
                .collect(),
        }
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
        let operation = &Operation::new(context, "Create Publication Grant", timeout);
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
        let claimed = Claimed::new(provider, operation, endpoint, &planned);
        let claim = claimed.claim().await?;
        let mut tally = Tally::default();
        let given = give(&endpoint.connector, scope, &desired(&planned), &mut tally).await;
        let reported = match given {
            Ok(done) => {
                record::record_role(&mut private, done.role);
                let id = planned.id_to_import(database);
                let role = planned.role.or_default();
                let others = notice::given_by_others(&role, &id, &done.given_by_others);
                others.into_iter().collect()
            }
            Err(error) => {
                let error = failed(operation, &planned, endpoint, &error);
                if tally.ours.is_nothing() {
                    return Err(error.into());
                }
                // Terraform would destroy what came with an error, and with it all that was done.
                Diagnostics::from(notice::unfinished(&error))
            }
        };
        claim.keep(&mut private);
        record::record(&mut private, &tally.ours);
        Managed::record(&mut private, &planned);
        planned.granted_tables = texts(&tally.granted).into();
        planned.id = planned.id_in(database).into();
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
        let operation = &Operation::look(context, "Read Publication Grant", timeout);
        let is_imported = last_seen::is_imported(&private);
        let opened = open(provider, operation, &state, &state, &mut private).await?;
        let Some(OpenDatabase { database, endpoint }) = &opened else {
            return Ok(response(None, private));
        };
        let role = state.role.or_default();
        let scope = operation.scope();
        let known = Known::of(&private, is_imported || is_moved);
        let read = reading::read(
            &endpoint.connector,
            scope,
            &mut state,
            &known,
            record::role(&private),
        )
        .await;
        let reading = match read {
            Ok(reading) => reading,
            Err(error) if is_database_gone(&error) && !is_imported && !is_moved => {
                let gone = notice::database_gone(&role, &endpoint.database);
                return Ok(response(None, private).reporting(gone));
            }
            Err(error) => return Err(failed(operation, &state, endpoint, &error).into()),
        };
        let mut warnings = diagnostics::overrides(scope, database).await;
        if matches!(known, Known::Lost) {
            warnings.push(notice::lost(&role));
        }
        let Some((oid, standing)) = &reading.standing else {
            if !is_imported {
                let now_called = reading.now_called.as_deref();
                warnings.push(notice::role_gone(&role, &endpoint.database, now_called));
            }
            return Ok(response(None, private).reporting(warnings));
        };
        record::record(&mut private, &standing.ours);
        record::record_role(&mut private, *oid);
        reading::store(&mut state, standing, Managed::recorded(&private));
        warnings.extend(notice::of_standing(
            &role,
            standing,
            &reading.excess_places,
            &reading.not_there,
        ));
        let hidden = reading::newly_hidden(&state, standing);
        warnings.extend(notice::hidden(&role, &hidden));
        last_seen::mark_read(&mut private);
        claims::number(&mut private);
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
        let operation = &Operation::new(context, "Update Publication Grant", timeout);
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
        let blame = |error| failed(operation, &planned, endpoint, &error);
        let ours = match Known::of(&private, prior.id.is_null()) {
            Known::Recorded(ours) => ours,
            // It was not read yet.
            known => {
                let read = reading::read(connector, scope, &mut prior.clone(), &known, None).await;
                let standing = read.map_err(blame)?.standing;
                standing.map_or_else(Ours::default, |(_, standing)| standing.ours)
            }
        };
        let claimed = Claimed::new(provider, operation, endpoint, &planned);
        let claim = claimed.claim_again(&private).await?;
        let mut tally = Tally {
            ours,
            granted: tables(&prior.granted_tables),
        };
        let wanted = Desired {
            seen: record::role(&private),
            ..desired(&planned)
        };
        let mut given = give(connector, scope, &wanted, &mut tally).await;
        if given.as_ref().is_err_and(is_another_role) && look::is_role_expected(provider, &planned)
        {
            // This run has made it anew, and the rights of the former one went with that.
            tally = Tally::default();
            given = give(connector, scope, &desired(&planned), &mut tally).await;
        }
        claim.keep(&mut private);
        record::record(&mut private, &tally.ours);
        let done = match given {
            Ok(done) => done,
            Err(error) => {
                let mut left = prior;
                left.granted_tables = texts(&tally.granted).into();
                let failure = Failure::from(blame(error));
                return Err(failure.leaving(left).keeping(private));
            }
        };
        record::record_role(&mut private, done.role);
        Managed::record(&mut private, &planned);
        planned.database = endpoint.database.as_str().into();
        planned.granted_tables = texts(&tally.granted).into();
        if planned.id.is_unknown() {
            planned.id = planned.id_in(database).into();
        }
        let role = planned.role.or_default();
        let id = planned.id_to_import(database);
        let others = notice::given_by_others(&role, &id, &done.given_by_others);
        let others: Diagnostics = others.into_iter().collect();
        Ok(Applied::new(planned).keeping(private).reporting(others))
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
            &Operation::new(context, "Destroy Publication Grant", timeout).on(prior.id.known());
        let scope = operation.scope();
        let opened = open(provider, operation, &prior, &prior, &mut private).await?;
        let Some(OpenDatabase { endpoint, .. }) = &opened else {
            return Ok(Diagnostics::new());
        };
        let claimed = Claimed::new(provider, operation, endpoint, &prior);
        let release = match claimed.release(&private, "").await? {
            Ok(release) => release,
            Err(kept) => return Ok(kept.into()),
        };
        let role = prior.role.or_default();
        let mut tally = Tally {
            ours: record::recorded(&private),
            ..Tally::default()
        };
        let taken = take_back(
            &endpoint.connector,
            scope,
            &role,
            record::role(&private),
            &mut tally,
        )
        .await;
        let left = match taken {
            Ok(left) => named_grantors(endpoint, scope, left).await,
            Err(error) if is_database_gone(&error) => BTreeMap::new(),
            Err(error) => return Err(failed(operation, &prior, endpoint, &error).into()),
        };
        release.done();
        Ok(notice::left(&role, &left).into_iter().collect())
    }

    async fn import(
        &self,
        context: &Context,
        provider: &Configured,
        id: &str,
    ) -> Result<Imported<Model>, Diagnostics> {
        let operation = &Operation::look(context, IMPORT, TIMEOUT);
        let imported = target::find_imported::<Model>(provider, id, operation).await?;
        let (database, role) = imported
            .rest
            .split_once('/')
            .filter(|(database, role)| !database.is_empty() && !role.is_empty())
            .ok_or_else(|| target::wrong_form::<Model>(operation, id))?;
        let state = Model {
            id: imported.id.into(),
            publisher: imported.database_ref.into(),
            database: database.into(),
            ..Model::named(role.to_owned())
        };
        let mut private = Private::default();
        last_seen::mark_imported(&mut private);
        Ok(Imported::new(state).keeping(private))
    }
}

/// What a destroy has left, with the names of who gave that.
async fn named_grantors(
    endpoint: &Endpoint,
    scope: &Scope,
    left: Left,
) -> BTreeMap<TableName, BTreeSet<String>> {
    if left.tables.is_empty() {
        return BTreeMap::new();
    }
    let snapshot = endpoint.connector.snapshot(scope).await.ok();
    let name = |oid: Oid| {
        let snapshot = snapshot.as_ref();
        snapshot.map_or_else(|| format!("role {oid}"), |snapshot| snapshot.name(oid))
    };
    left.tables
        .into_iter()
        .map(|(table, grantors)| (table, grantors.into_iter().map(name).collect()))
        .collect()
}
