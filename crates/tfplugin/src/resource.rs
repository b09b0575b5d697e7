//! What a managed resource is to its author.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    path::AttributePath,
    private::Private,
    schema::Schema,
};

/// A managed resource of a provider whose configured form is `P`.
///
/// The framework decodes and encodes models, applies the schema's defaults and plan behaviour,
/// and guards the contract that Terraform enforces; see the crate documentation.
#[async_trait]
pub trait Resource<P: Send + Sync + 'static>: Send + Sync + 'static {
    /// The typed form of the resource: a struct of [`crate::Field`]s that derives [`Model`](trait@crate::Model),
    /// or serde's traits.
    type Model: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;

    /// The full type name, such as `rdsiam_replication_user`.
    fn type_name(&self) -> &'static str;

    /// The schema, with its version.
    fn schema(&self) -> Schema;

    /// Checks the configuration alone; values may be unknown. The schema's validators have run.
    async fn validate(&self, _context: &Context, _config: Self::Model) -> Diagnostics {
        Diagnostics::new()
    }

    /// Adjusts the plan of a create or update. Not called for a destroy.
    ///
    /// The default keeps what the framework proposes. Planned values must follow from the
    /// request alone: Terraform plans twice and compares. Nothing may be changed in the world.
    async fn plan(
        &self,
        _context: &Context,
        _provider: &P,
        request: PlanRequest<Self::Model>,
    ) -> PlanResponse<Self::Model> {
        PlanResponse::keep(request)
    }

    /// Looks at a planned destroy; an error blocks it.
    async fn plan_destroy(
        &self,
        _context: &Context,
        _provider: &P,
        _prior: Self::Model,
        _private: &Private,
    ) -> Diagnostics {
        Diagnostics::new()
    }

    /// Creates the object.
    async fn create(
        &self,
        context: &Context,
        provider: &P,
        request: CreateRequest<Self::Model>,
    ) -> Result<Applied<Self::Model>, Failure<Self::Model>>;

    /// Reads the object as it is now. `state: None` says that it is gone.
    async fn read(
        &self,
        context: &Context,
        provider: &P,
        request: ReadRequest<Self::Model>,
    ) -> Result<ReadResponse<Self::Model>, Diagnostics>;

    /// Changes the object in place.
    async fn update(
        &self,
        context: &Context,
        provider: &P,
        request: UpdateRequest<Self::Model>,
    ) -> Result<Applied<Self::Model>, Failure<Self::Model>>;

    /// Deletes the object; one that is gone already is success. `Ok` may hold warnings.
    async fn delete(
        &self,
        context: &Context,
        provider: &P,
        request: DeleteRequest<Self::Model>,
    ) -> Result<Diagnostics, Diagnostics>;

    /// Turns an import id into a state with enough in it for [`Resource::read`].
    async fn import(
        &self,
        _context: &Context,
        _provider: &P,
        id: &str,
    ) -> Result<Imported<Self::Model>, Diagnostics> {
        Err(Diagnostic::error(
            "Resource Import Not Supported",
            format!(
                "{} cannot be imported (the id was {id:?}).",
                self.type_name()
            ),
        )
        .into())
    }

    /// Converts a state written with an older schema version, given as its JSON.
    async fn upgrade(
        &self,
        _context: &Context,
        version: i64,
        _state: serde_json::Value,
    ) -> Result<Self::Model, Diagnostics> {
        Err(Diagnostic::error(
            "Resource State Cannot Be Upgraded",
            format!(
                "{} has no upgrade from schema version {version}.",
                self.type_name()
            ),
        )
        .into())
    }
}

/// What is planned: a create when `prior` is `None`, else an update.
#[derive(Clone, Debug)]
pub struct PlanRequest<M> {
    /// The configuration. May hold unknown values and, unlike everything else, write-only ones.
    pub config: M,
    /// The state before; wholly known.
    pub prior: Option<M>,
    /// What the framework proposes: defaults are in, computed values without a known prior are
    /// unknown, and write-only values are null.
    pub proposed: M,
    /// What was stored with the prior state.
    pub private: Private,
}

/// The plan of a create or update.
#[derive(Clone, Debug)]
pub struct PlanResponse<M> {
    /// The planned state.
    pub planned: M,
    /// Attributes whose change replaces the object, besides those that the schema names. Those
    /// whose value does not change are left out, but for write-only ones, whose change nobody sees.
    pub requires_replace: Vec<AttributePath>,
    /// What apply gets; starts as the prior private data.
    pub private: Private,
    /// Messages; an error fails the plan.
    pub diagnostics: Diagnostics,
}

impl<M> PlanResponse<M> {
    /// The framework's proposal as it stands.
    pub fn keep(request: PlanRequest<M>) -> Self {
        Self {
            planned: request.proposed,
            requires_replace: Vec::new(),
            private: request.private,
            diagnostics: Diagnostics::new(),
        }
    }
}

/// What is to be created.
#[derive(Clone, Debug)]
pub struct CreateRequest<M> {
    /// The configuration; wholly known, with write-only values.
    pub config: M,
    /// The planned state; what is unknown in it must be known in the result.
    pub planned: M,
    /// What the plan left for apply.
    pub private: Private,
}

/// What is to be changed.
#[derive(Clone, Debug)]
pub struct UpdateRequest<M> {
    /// The configuration; wholly known, with write-only values.
    pub config: M,
    /// The state before.
    pub prior: M,
    /// The planned state; what is unknown in it must be known in the result.
    pub planned: M,
    /// What the plan left for apply.
    pub private: Private,
}

/// The result of a create or update that was done.
#[derive(Clone, Debug)]
pub struct Applied<M> {
    /// The state that is really there; equals the plan wherever the plan was known.
    pub state: M,
    /// What to store with it.
    pub private: Private,
    /// Warnings. An error in here is shown with the state, which Terraform then keeps (and
    /// taints, after a create).
    pub diagnostics: Diagnostics,
}

/// The result of a create or update that failed.
#[derive(Clone, Debug)]
pub struct Failure<M> {
    /// What is really there after the failure. `None`: after a create nothing, after an update
    /// the prior state.
    pub state: Option<M>,
    /// What to store with the state; `None` keeps what was stored.
    pub private: Option<Private>,
    /// What failed.
    pub diagnostics: Diagnostics,
}

impl<M> From<Diagnostics> for Failure<M> {
    fn from(diagnostics: Diagnostics) -> Self {
        Self {
            state: None,
            private: None,
            diagnostics,
        }
    }
}

impl<M> From<Diagnostic> for Failure<M> {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics::from(diagnostic).into()
    }
}

/// What is to be read.
#[derive(Clone, Debug)]
pub struct ReadRequest<M> {
    /// The state as it was; wholly known.
    pub state: M,
    /// What was stored with it.
    pub private: Private,
}

/// What was read.
#[derive(Clone, Debug)]
pub struct ReadResponse<M> {
    /// The object as it is now; `None` when it is gone.
    pub state: Option<M>,
    /// What to store with it.
    pub private: Private,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

/// What is to be deleted.
#[derive(Clone, Debug)]
pub struct DeleteRequest<M> {
    /// The state before.
    pub prior: M,
    /// What the plan left for apply.
    pub private: Private,
}

/// What an import id stands for.
#[derive(Clone, Debug)]
pub struct Imported<M> {
    /// A state with enough in it for [`Resource::read`], which Terraform calls next.
    pub state: M,
    /// What to store with it.
    pub private: Private,
    /// Warnings.
    pub diagnostics: Diagnostics,
}
