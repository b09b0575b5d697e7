//! `rdsiam_replication_user`: for one role, membership in `rds_iam` and the right to replicate.

mod blast_radius;
mod declared_privilege;
mod identity;
mod list;
mod moved;
mod password;
mod proof;
mod schema;
mod target;

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tfplugin::{
    Context, Diagnostic, Diagnostics, Field, Private, Resource,
    resource::{
        Applied, CreateRequest, DeleteRequest, Failure, Imported, PlanRequest, PlanResponse,
        ReadRequest, ReadResponse, UpdateRequest,
    },
    schema::Schema,
    timeouts::{self, Timeouts},
};

use crate::{
    connection::{Connection, Endpoint},
    diagnostics,
    postgres::{
        Verifier,
        membership::RDS_IAM,
        replication_privilege::Parts,
        replication_user::{self, Desired, Revoke},
    },
    provider::Configured,
    scope::Scope,
    secret::Secret,
};

use self::{
    declared_privilege::{granted, live_privilege, owned, privilege, remember},
    proof::prove,
    target::{id, named, points_elsewhere},
};

/// How long any operation may take, unless configured.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);
/// How long a plan may look at what a grant reaches.
const LOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// The resource.
pub struct ReplicationUser;

/// Its configuration, plan and state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    id: Field<String>,
    cluster_identifier: Field<String>,
    db_instance_identifier: Field<String>,
    region: Field<String>,
    name: Field<String>,
    rds_iam: Field<bool>,
    replication_privilege: Field<String>,
    create_role: Field<bool>,
    #[serde(serialize_with = "password::write_nothing")]
    password_wo: Field<Secret>,
    password_wo_version: Field<i64>,
    allow_iam_for: Field<BTreeSet<String>>,
    on_destroy: Field<String>,
    force_destroy: Field<bool>,
    probe_authentication: Field<bool>,
    timeouts: Field<Timeouts>,
}

#[async_trait]
impl Resource<Configured> for ReplicationUser {
    type Model = Model;

    fn type_name(&self) -> &'static str {
        "rdsiam_replication_user"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    async fn validate(&self, _context: &Context, config: Model) -> Diagnostics {
        let mut diagnostics = named(&config).validate();
        diagnostics.extend(password::validate(&config));
        diagnostics
    }

    async fn plan(
        &self,
        context: &Context,
        provider: &Configured,
        request: PlanRequest<Model>,
    ) -> PlanResponse<Model> {
        let mut response = PlanResponse::keep(request.clone());
        if let Some(prior) = &request.prior {
            target::plan_update(&request.config, prior, &provider.connections, &mut response);
        }
        // A replacement is planned once more, as the creation that it is.
        if response.requires_replace.is_empty() && !response.diagnostics.has_errors() {
            let scope = Scope::new(context.cancellation(), LOOK_TIMEOUT);
            let prior = request.prior.as_ref();
            let found = blast_radius::at_plan(provider, &scope, &response.planned, prior).await;
            response.diagnostics.extend(found);
        }
        response
    }

    async fn create(
        &self,
        context: &Context,
        provider: &Configured,
        request: CreateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        const OPERATION: &str = "Create Replication User";
        let mut planned = request.planned;
        let named = named(&planned);
        let connection = provider.connections.of(&named);
        let database = connection.database(OPERATION)?;
        let timeout = timeouts::of(&planned.timeouts).create(TIMEOUT);
        let scope = Scope::new(context.cancellation(), timeout);
        let endpoint = database
            .endpoint(&scope, OPERATION)
            .await
            .map_err(|error| named.blame(error))?;
        let desired = desired(
            &planned,
            endpoint,
            Parts::default(),
            is_true(&planned.create_role),
            password::verifier(&request.config, None, &planned),
        );
        let (outcome, catalogue) = replication_user::apply(&endpoint.connector, &scope, &desired)
            .await
            .map_err(|error| failed(OPERATION, &planned, endpoint, &error))?;
        let mut private = request.private;
        let mut warnings = diagnostics::granted(&desired.name, &outcome);
        if desired.probe {
            let found = prove(database, endpoint, &scope, &desired.name, &catalogue).await;
            // What was done is recorded: Terraform would destroy it after an error.
            warnings.extend(found.map(Diagnostic::as_warning));
        }
        // A right that was there before is not this resource's to take, unless it is declared by name.
        remember(&mut private, owned(&planned, &outcome), &mut warnings);
        planned.id = id(database, &planned).into();
        Ok(Applied {
            state: planned,
            private,
            diagnostics: warnings,
        })
    }

    async fn read(
        &self,
        context: &Context,
        provider: &Configured,
        request: ReadRequest<Model>,
    ) -> Result<ReadResponse<Model>, Diagnostics> {
        const OPERATION: &str = "Read Replication User";
        let mut state = request.state;
        let private = request.private;
        let response = |state, private| ReadResponse {
            state,
            private,
            diagnostics: Diagnostics::new(),
        };
        let named = named(&state);
        let connection = provider.connections.of(&named);
        // What was moved here does not say yet which database it is in.
        let is_moved = state.id.is_null();
        match connection {
            Connection::Unknown => return Ok(response(Some(state), private)),
            Connection::NotConfigured if is_moved => return Ok(response(Some(state), private)),
            _ => {}
        }
        let database = connection.database(OPERATION)?;
        if let Some(diagnostic) = points_elsewhere(&state, database, OPERATION) {
            return Err(diagnostic.into());
        }
        let timeout = timeouts::of(&state.timeouts).read(TIMEOUT);
        let scope = Scope::new(context.cancellation(), timeout);
        let blame = |error| named.blame(error);
        if database.is_gone(&scope, OPERATION).await.map_err(blame)? {
            return Ok(response(None, private));
        }
        let endpoint = database.endpoint(&scope, OPERATION).await.map_err(blame)?;
        let name = state.name.known().cloned().unwrap_or_default();
        let snapshot = endpoint
            .connector
            .snapshot(&scope)
            .await
            .map_err(|error| failed(OPERATION, &state, endpoint, &error))?;
        if snapshot.role(&name).is_none() {
            return Ok(response(None, private));
        }
        state.id = id(database, &state).into();
        state.rds_iam = (!snapshot.direct(&name, RDS_IAM).is_empty()).into();
        state.replication_privilege = live_privilege(&state, &snapshot, &name).into();
        Ok(response(Some(state), private))
    }

    async fn update(
        &self,
        context: &Context,
        provider: &Configured,
        request: UpdateRequest<Model>,
    ) -> Result<Applied<Model>, Failure<Model>> {
        const OPERATION: &str = "Update Replication User";
        let (prior, mut planned) = (request.prior, request.planned);
        let mut private = request.private;
        let unchanged = !prior.id.is_null()
            && planned.rds_iam == prior.rds_iam
            && planned.replication_privilege == prior.replication_privilege
            && !password::changes(Some(&prior), &planned);
        if unchanged {
            // The other arguments say how to behave, and who owns the role: no SQL.
            return Ok(Applied {
                state: planned,
                private,
                diagnostics: Diagnostics::new(),
            });
        }
        let named = named(&planned);
        let connection = provider.connections.of(&named);
        let database = connection.database(OPERATION)?;
        if let Some(diagnostic) = points_elsewhere(&prior, database, OPERATION) {
            return Err(diagnostic.into());
        }
        let timeout = timeouts::of(&planned.timeouts).update(TIMEOUT);
        let scope = Scope::new(context.cancellation(), timeout);
        let endpoint = database
            .endpoint(&scope, OPERATION)
            .await
            .map_err(|error| named.blame(error))?;
        let before = granted(&private);
        let password = password::verifier(&request.config, Some(&prior), &planned);
        let desired = desired(&planned, endpoint, before, false, password);
        let (outcome, catalogue) = replication_user::apply(&endpoint.connector, &scope, &desired)
            .await
            .map_err(|error| failed(OPERATION, &planned, endpoint, &error))?;
        let mut diagnostics = diagnostics::granted(&desired.name, &outcome);
        if desired.probe {
            let found = prove(database, endpoint, &scope, &desired.name, &catalogue).await;
            diagnostics.extend(found);
        }
        let kept = before.and(outcome.found);
        remember(
            &mut private,
            kept.or(owned(&planned, &outcome)),
            &mut diagnostics,
        );
        if planned.id.is_unknown() {
            planned.id = id(database, &planned).into();
        }
        Ok(Applied {
            state: planned,
            private,
            diagnostics,
        })
    }

    async fn delete(
        &self,
        context: &Context,
        provider: &Configured,
        request: DeleteRequest<Model>,
    ) -> Result<Diagnostics, Diagnostics> {
        const OPERATION: &str = "Destroy Replication User";
        let prior = request.prior;
        if prior.on_destroy.known().map(String::as_str) == Some("retain") {
            return Ok(Diagnostics::new());
        }
        let named = named(&prior);
        let connection = provider.connections.of(&named);
        let database = connection.database(OPERATION)?;
        if let Some(diagnostic) = points_elsewhere(&prior, database, OPERATION) {
            return Err(diagnostic.into());
        }
        let timeout = timeouts::of(&prior.timeouts).delete(TIMEOUT);
        let scope = Scope::new(context.cancellation(), timeout);
        let blame = |error| named.blame(error);
        if database.is_gone(&scope, OPERATION).await.map_err(blame)? {
            return Ok(Diagnostics::new());
        }
        let endpoint = database.endpoint(&scope, OPERATION).await.map_err(blame)?;
        let name = prior.name.known().cloned().unwrap_or_default();
        let connector = &endpoint.connector;
        if is_true(&prior.create_role) {
            let force = is_true(&prior.force_destroy);
            replication_user::drop_role(connector, &scope, &name, None, force)
                .await
                .map_err(|error| failed(OPERATION, &prior, endpoint, &error))?;
            return Ok(Diagnostics::new());
        }
        let what = Revoke {
            rds_iam: is_true(&prior.rds_iam),
            privilege: granted(&request.private),
        };
        let left = replication_user::revoke(connector, &scope, &name, None, what)
            .await
            .map_err(|error| failed(OPERATION, &prior, endpoint, &error))?;
        Ok(diagnostics::left(&name, &left))
    }

    async fn import(
        &self,
        context: &Context,
        provider: &Configured,
        id: &str,
    ) -> Result<Imported<Model>, Diagnostics> {
        const OPERATION: &str = "Import Replication User";
        let scope = Scope::new(context.cancellation(), TIMEOUT);
        let imported = target::find_imported(provider, &scope, id, OPERATION).await?;
        let state = Model {
            cluster_identifier: imported.named.argument("cluster_identifier"),
            db_instance_identifier: imported.named.argument("db_instance_identifier"),
            id: imported.id.into(),
            region: imported.named.region,
            ..Model::with_defaults(imported.name)
        };
        Ok(Imported {
            state,
            private: Private::default(),
            diagnostics: Diagnostics::new(),
        })
    }
}

impl Model {
    /// A state of which only the role is known: the arguments' defaults where the server has no say.
    fn with_defaults(name: String) -> Self {
        Self {
            id: Field::Null,
            cluster_identifier: Field::Null,
            db_instance_identifier: Field::Null,
            region: Field::Null,
            name: name.into(),
            rds_iam: Field::Null,
            replication_privilege: "auto".into(),
            create_role: false.into(),
            password_wo: Field::Null,
            password_wo_version: Field::Null,
            allow_iam_for: Field::Null,
            on_destroy: "revoke".into(),
            force_destroy: false.into(),
            probe_authentication: true.into(),
            timeouts: Field::Null,
        }
    }
}

fn is_true(field: &Field<bool>) -> bool {
    field.known() == Some(&true)
}

fn desired(
    planned: &Model,
    endpoint: &Endpoint,
    take_back: Parts,
    create_role: bool,
    password: Option<Verifier>,
) -> Desired {
    Desired {
        name: planned.name.known().cloned().unwrap_or_default(),
        rds_iam: is_true(&planned.rds_iam),
        privilege: privilege(planned),
        create_role,
        password,
        allow_iam_for: planned.allow_iam_for.known().cloned().unwrap_or_default(),
        master_username: endpoint.master_username.clone(),
        take_back,
        probe: is_true(&planned.probe_authentication),
        oid: None,
        no_tokens_because: None,
    }
}

/// An error of the PostgreSQL room, at the attribute to blame.
fn failed(
    operation: &str,
    model: &Model,
    endpoint: &Endpoint,
    error: &crate::postgres::Error,
) -> Diagnostic {
    let name = model.name.known().cloned().unwrap_or_default();
    diagnostics::postgres(operation, &name, &endpoint.connector, error)
}
