//! `rdsiam_replication_user`: for one role, membership in `rds_iam` and the right to replicate.

mod blast_radius;
mod declared_privilege;
mod desired;
mod destroy;
mod host;
mod iam_authentication;
mod identity;
mod list;
mod model;
mod moved;
mod object;
mod password;
mod upgrade;
mod verification;

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
    connection::{DatabaseLookup, OpenDatabase},
    diagnostics,
    operation::Operation,
    postgres::{
        rds_roles::RDS_IAM,
        replication_privilege::{PrivilegeSources, ReplicationPrivilege},
        replication_user::{self, Desired},
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
    declared_privilege::{
        adopted_by_import, adopts_rds_iam, live_privilege, managed_sources, privilege,
        store_granted, stored_granted,
    },
    desired::{desired, failed, is_role_exists},
    destroy::take_away,
    iam_authentication::no_tokens_because,
    model::{is_retained, is_true},
    object::Fate,
    verification::verify_authentication,
};

pub use self::model::Model;

/// What an import is called.
const IMPORT: &str = "Import Replication User";
/// How long any operation may take, unless configured.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// How long a plan may read what a grant reaches.
const PLAN_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The resource.
pub struct ReplicationUser;

#[async_trait]
impl Resource<Configured> for ReplicationUser {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_replication_user"
    }

    fn schema(&self) -> Schema {
        Model::schema()
    }

    async fn validate(&self, _context: &Context, config: Model) -> Diagnostics {
        let mut diagnostics = config.database_ref().validate();
        diagnostics.extend(password::validate(&config));
        diagnostics
    }

    async fn plan(
        &self,
        context: &Context,
        provider: &Configured,
        request: PlanRequest<Model>,
    ) -> PlanResponse<Model> {
        let operation = &Operation::look(context, "Plan Replication User", PLAN_READ_TIMEOUT);
        let mut response = PlanResponse::keep(request.clone());
        if let Some(prior) = &request.prior {
            match prior.id.is_null() {
                // It was moved here, from a resource whose state does not say which database it is in.
                true => response.planned.id = Field::Unknown,
                false => target::plan_update(
                    &request.config,
                    prior,
                    &provider.databases,
                    operation,
                    &mut response,
                ),
            }
            response
                .diagnostics
                .extend(another::warn(provider, &request.config, prior));
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
            let scope = operation.scope();
            let prior = request.prior.as_ref();
            let planned = &another::as_far_as_known(&response.planned, prior);
            if let Some(refused) = host::at_plan(provider, operation, planned, prior) {
                response.diagnostics.push(refused);
                return response;
            }
            let mut found = blast_radius::at_plan(provider, operation, planned, prior).await;
            found.extend(iam_authentication::at_plan(provider, scope, planned, prior).await);
            if prior.is_none() {
                found.extend(claimed::at_plan_of_create(provider, planned));
                if let DatabaseLookup::Known(database) =
                    provider.databases.lookup(&planned.database_ref())
                {
                    found.extend(diagnostics::overrides(scope, &database).await);
                }
            }
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
        match is_retained(&prior) {
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
        let database_ref = planned.database_ref();
        let timeout = timeouts::of(&planned.timeouts).create(TIMEOUT);
        let operation = &Operation::new(context, "Create Replication User", timeout);
        let scope = operation.scope();
        let opened = provider.open(operation, &database_ref).await?;
        let OpenDatabase { database, endpoint } = &opened;
        host::refuse(database, operation)?;
        // What a replaced object left in the private data is not this one's.
        let mut private = Private::default();
        let publisher = database.publisher(scope).await;
        let publisher = publisher
            .map_err(|error| database_ref.at_argument(diagnostics::aws(operation, &error)))?;
        if let Some(here) = publisher.and_then(|publisher| LastSeen::from_arn(&publisher.arn)) {
            here.record(&mut private);
        }
        let desired = Desired {
            create_role: is_true(&planned.create_role),
            password: password::verifier(&request.config, None, &planned),
            no_tokens_because: no_tokens_because(database, &planned, operation)
                .await
                .map_err(|error| database_ref.at_argument(error))?,
            ..desired(&planned, endpoint)
        };
        let claimed = Claimed::new(provider, operation, endpoint, &planned);
        let claim = claimed.claim().await?;
        let applied = replication_user::apply(&endpoint.connector, scope, &desired).await;
        let (outcome, catalog) = match applied {
            Ok(applied) => applied,
            Err(error) => {
                if is_role_exists(&error) {
                    claim.found();
                }
                return Err(failed(operation, &planned, database, endpoint, &error).into());
            }
        };
        match outcome.rds_iam_found {
            true => claim.keep_found(&mut private),
            false => claim.keep(&mut private),
        }
        if let Some(oid) = catalog.oid(&desired.name) {
            object::record_oid(&mut private, oid);
        }
        let adopted = adopts_rds_iam(None, &outcome).then_some(outcome.found);
        let mut warnings = diagnostics::granted(&desired.name, &outcome, adopted);
        if desired.probe {
            let found =
                verify_authentication(database, endpoint, scope, &desired.name, &catalog).await;
            // What was done is recorded: Terraform would destroy it after an error.
            warnings.extend(found.map(Diagnostic::into_warning));
        }
        let managed = managed_sources(None, &planned, &outcome, PrivilegeSources::default());
        store_granted(&mut private, managed, &mut warnings);
        planned.id = planned.id_in(database).into();
        Ok(Applied::new(planned).keeping(private).reporting(warnings))
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
        // What was moved here does not say yet which database it is in.
        let is_moved = state.id.is_null();
        match provider.databases.lookup(&state.database_ref()) {
            DatabaseLookup::Unknown => return Ok(response(Some(state), private)),
            DatabaseLookup::NotConfigured if is_moved => return Ok(response(Some(state), private)),
            _ => {}
        }
        let timeout = timeouts::of(&state.timeouts).read(TIMEOUT);
        let operation = &Operation::look(context, "Read Replication User", timeout);
        let is_imported = last_seen::is_imported(&private);
        let opened = open(provider, operation, &state, &state, &mut private).await?;
        let Some(OpenDatabase { database, endpoint }) = &opened else {
            return Ok(response(None, private));
        };
        let name = state.name.or_default();
        let snapshot = endpoint
            .connector
            .snapshot(operation.scope())
            .await
            .map_err(|error| failed(operation, &state, database, endpoint, &error))?;
        let mut warnings = diagnostics::overrides(operation.scope(), database).await;
        let fate = object::fate(&snapshot, &name, object::recorded(&private));
        if fate != Fate::There {
            warnings.extend(fate.warning(&name, &endpoint.connector.endpoint()));
            return Ok(response(None, private).reporting(warnings));
        }
        object::record(&mut private, &state, &snapshot, &name);
        last_seen::mark_read(&mut private);
        claims::number(&mut private);
        if is_imported {
            let sources = adopted_by_import(&snapshot, &name);
            store_granted(&mut private, sources, &mut warnings);
            if !sources.is_none() {
                warnings.push(diagnostics::adopted(&name, sources));
            }
        }
        state.id = state.id_in(database).into();
        state.rds_iam = (!snapshot.direct(&name, RDS_IAM).is_empty()).into();
        state.replication_privilege = live_privilege(&state, &snapshot, &name).into();
        if state.allow_without_iam_authentication.is_null() {
            // An earlier version of the provider wrote the state.
            state.allow_without_iam_authentication = false.into();
        }
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
        let operation = &Operation::new(context, "Update Replication User", timeout);
        let scope = operation.scope();
        another::refuse(&provider.databases, &planned, &prior, operation)?;
        if !host::changes_role(&prior, &planned) {
            return Ok(Applied::new(planned).keeping(private));
        }
        let database_ref = planned.database_ref();
        database_ref.refuse_arn(operation)?;
        let found = open(provider, operation, &planned, &prior, &mut private).await?;
        let opened = match found {
            Some(opened) => opened,
            // Where it was last seen there is none any more, and that is said.
            None => provider.open(operation, &database_ref).await?,
        };
        let OpenDatabase { database, endpoint } = &opened;
        host::refuse(database, operation)?;
        let connector = &endpoint.connector;
        let before = stored_granted(&private);
        let desired = Desired {
            oid: object::recorded(&private),
            password: password::verifier(&request.config, Some(&prior), &planned),
            take_back: match privilege(&planned) {
                ReplicationPrivilege::None => PrivilegeSources::default(),
                _ => before,
            },
            no_tokens_because: no_tokens_because(database, &planned, operation)
                .await
                .map_err(|error| database_ref.at_argument(error))?,
            ..desired(&planned, endpoint)
        };
        let claimed = Claimed::new(provider, operation, endpoint, &planned);
        let claim = claimed.claim_again(&private).await?;
        let applied = replication_user::apply(connector, scope, &desired).await;
        let (outcome, catalog) = match applied {
            Ok(applied) => applied,
            Err(error) => {
                let error = object::with_name_now(connector, scope, desired.oid, error).await;
                return Err(failed(operation, &planned, database, endpoint, &error).into());
            }
        };
        claim.keep(&mut private);
        object::record(&mut private, &prior, &catalog, &desired.name);
        let adopted = adopts_rds_iam(Some(&prior), &outcome).then_some(outcome.found);
        let mut diagnostics = diagnostics::granted(&desired.name, &outcome, adopted);
        if desired.probe {
            let found =
                verify_authentication(database, endpoint, scope, &desired.name, &catalog).await;
            diagnostics.extend(found);
        }
        let managed = managed_sources(Some(&prior), &planned, &outcome, before);
        store_granted(&mut private, managed, &mut diagnostics);
        if planned.id.is_unknown() {
            planned.id = planned.id_in(database).into();
        }
        Ok(Applied::new(planned)
            .keeping(private)
            .reporting(diagnostics))
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
            &Operation::new(context, "Destroy Replication User", timeout).on(prior.id.known());
        let opened = open(provider, operation, &prior, &prior, &mut private).await?;
        let Some(OpenDatabase { database, endpoint }) = &opened else {
            return Ok(Diagnostics::new());
        };
        let name = prior.name.or_default();
        let claimed = Claimed::new(provider, operation, endpoint, &prior);
        let release = match claimed
            .release(&private, ", with what it was granted")
            .await?
        {
            Ok(release) => release,
            Err(kept) => return Ok(kept.into()),
        };
        let destroyed = take_away(
            &endpoint.connector,
            operation.scope(),
            &prior,
            &name,
            &private,
        )
        .await
        .map_err(|error| failed(operation, &prior, database, endpoint, &error))?;
        release.done();
        Ok(destroyed)
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
            database: imported.database_ref.into(),
            ..Model::with_defaults(imported.rest)
        };
        let mut private = Private::default();
        last_seen::mark_imported(&mut private);
        Ok(Imported::new(state).keeping(private))
    }

    async fn upgrade(
        &self,
        _context: &Context,
        _version: i64,
        state: serde_json::Value,
    ) -> Result<Model, Diagnostics> {
        // There is one earlier version.
        upgrade::from_v0(state).map_err(|error| {
            Diagnostic::error(
                "Cannot Read The Stored State",
                format!("It does not fit: {error}."),
            )
            .into()
        })
    }
}
