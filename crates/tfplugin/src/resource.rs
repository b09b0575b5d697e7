//! What a managed resource is to its author.

use async_trait::async_trait;

use crate::{
    context::Context,
    diagnostic::{Diagnostic, Diagnostics},
    path::AttributePath,
    private::Private,
    response::{keeping, reporting},
    schema::Schema,
};

/// A managed resource of a provider whose configured form is `P`.
///
/// The framework decodes and encodes models, applies the schema's defaults and plan behaviour,
/// and guards the contract that Terraform enforces; see the crate documentation.
#[async_trait]
pub trait Resource<P: Send + Sync + 'static>: Send + Sync + 'static {
    /// The typed form of the resource: a struct of [`crate::Field`]s that derives [`Model`](trait@crate::Model),
    /// or serde's `Serialize` and `Deserialize`. [`crate::Registry::resource`] takes no other.
    type Model: Clone + Send + Sync + 'static;

    /// The full type name, such as `rdsiam_replication_user`.
    fn type_name(&self) -> &'static str;

    /// The schema, with its version.
    fn schema(&self) -> Schema;

    /// Checks the configuration alone; values may be unknown. The schema's validators have run.
    async fn validate(&self, _context: &Context, _config: Self::Model) -> Diagnostics {
        Diagnostics::new()
    }

    /// Adjusts the plan of a create or update; the default keeps what the framework proposes. Not
    /// called for a destroy, which [`Resource::plan_destroy`] looks at.
    ///
    /// A plan keeps to these rules, which Terraform enforces:
    ///
    /// 1. What the configuration sets is planned as configured, or as in the prior state where both
    ///    mean the same. What it does not set and is not computed is planned as null.
    /// 2. What is computed and not set may be planned as known, null or unknown.
    /// 3. A planned value that is known is a promise: the apply must leave exactly that. What an
    ///    apply may change is planned as unknown.
    /// 4. The plan follows from the request alone. Terraform plans again within the apply, when more
    ///    of the configuration is known, and what was known in the first plan must be the same then.
    /// 5. Write-only values are null in the plan. The object is replaced for one of them when it is
    ///    named in [`PlanResponse::requires_replace`].
    /// 6. For a replacement it is called twice: with the prior state, which shows that the object has
    ///    to be replaced, and without one, as for a create.
    ///
    /// Nothing may be changed in the world. An error in the response fails the plan.
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

    /// Reads the object as it is now, or says that it is gone.
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
#[non_exhaustive]
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
#[non_exhaustive]
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
#[non_exhaustive]
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
#[non_exhaustive]
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
#[non_exhaustive]
pub struct Applied<M> {
    /// The state that is really there; equals the plan wherever the plan was known.
    pub state: M,
    /// What to store with it; `None` stores what the plan left.
    pub private: Option<Private>,
    /// Warnings. An error in here is shown with the state, which Terraform then keeps (and
    /// taints, after a create).
    pub diagnostics: Diagnostics,
}

impl<M> Applied<M> {
    /// A state, with what the plan left stored beside it.
    pub fn new(state: M) -> Self {
        Self {
            state,
            private: None,
            diagnostics: Diagnostics::new(),
        }
    }

    keeping!();
    reporting!();
}

/// The result of a create or update that failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure<M> {
    /// What is really there after the failure. `None`: after a create nothing, after an update
    /// the prior state.
    pub state: Option<M>,
    /// What to store with the state; `None` stores what the plan left.
    pub private: Option<Private>,
    /// What failed.
    pub diagnostics: Diagnostics,
}

impl<M> Failure<M> {
    /// What is really there all the same.
    #[must_use]
    pub fn leaving(mut self, state: M) -> Self {
        self.state = Some(state);
        self
    }

    keeping!();
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
#[non_exhaustive]
pub struct ReadRequest<M> {
    /// The state as it was; wholly known.
    pub state: M,
    /// What was stored with it.
    pub private: Private,
}

/// What was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadResponse<M> {
    /// The object as it is now; `None` when it is gone.
    pub state: Option<M>,
    /// What to store with it; `None` keeps what was stored.
    pub private: Option<Private>,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl<M> ReadResponse<M> {
    /// The object as it is now.
    pub fn found(state: M) -> Self {
        Some(state).into()
    }

    /// The object is gone: it leaves the state, and is planned anew.
    pub fn gone() -> Self {
        None.into()
    }

    keeping!();
    reporting!();
}

impl<M> From<Option<M>> for ReadResponse<M> {
    /// The object as it is now; `None` when it is gone.
    fn from(state: Option<M>) -> Self {
        Self {
            state,
            private: None,
            diagnostics: Diagnostics::new(),
        }
    }
}

/// What is to be deleted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteRequest<M> {
    /// The state before.
    pub prior: M,
    /// What the plan left for apply.
    pub private: Private,
}

/// What an import id stands for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported<M> {
    /// A state with enough in it for [`Resource::read`], which Terraform calls next.
    pub state: M,
    /// What to store with it.
    pub private: Private,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl<M> Imported<M> {
    /// A state, with nothing stored beside it.
    pub fn new(state: M) -> Self {
        Self {
            state,
            private: Private::default(),
            diagnostics: Diagnostics::new(),
        }
    }

    keeping!();
    reporting!();
}
