//! What a data source is to its author.

use async_trait::async_trait;

use crate::{context::Context, diagnostic::Diagnostics, response::reporting, schema::Schema};

/// A data source of a provider whose configured form is `P`.
#[async_trait]
pub trait DataSource<P: Send + Sync + 'static>: Send + Sync + 'static {
    /// The typed form: a struct of [`crate::Field`]s that derives [`Model`](trait@crate::Model),
    /// or serde's `Serialize` and `Deserialize`. [`crate::Registry::data_source`] takes no other.
    type Model: Send + Sync + 'static;

    /// The full type name.
    fn type_name(&self) -> &'static str;

    /// The schema.
    fn schema(&self) -> Schema;

    /// Checks the configuration alone; values may be unknown.
    async fn validate(&self, _context: &Context, _config: Self::Model) -> Diagnostics {
        Diagnostics::new()
    }

    /// Reads; the configuration is wholly known. Configured values must come back unchanged.
    async fn read(
        &self,
        context: &Context,
        provider: &P,
        config: Self::Model,
    ) -> Result<DataSourceRead<Self::Model>, Diagnostics>;
}

/// What a data source read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DataSourceRead<M> {
    /// The whole object; wholly known.
    pub state: M,
    /// Warnings.
    pub diagnostics: Diagnostics,
}

impl<M> DataSourceRead<M> {
    /// An object, without warnings.
    pub fn new(state: M) -> Self {
        Self {
            state,
            diagnostics: Diagnostics::new(),
        }
    }

    reporting!();
}
