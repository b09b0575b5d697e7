//! What an action is to its author.

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::{context::Context, diagnostic::Diagnostics, schema::Schema};

/// An action of a provider whose configured form is `P`: something that Terraform 1.14 and later
/// does on request, and that leaves no state.
#[async_trait]
pub trait Action<P: Send + Sync + 'static>: Send + Sync + 'static {
    /// The typed form of the `config` block: a struct of [`crate::Field`]s that derives [`Model`](trait@crate::Model),
    /// or serde's `Deserialize`. [`crate::Registry::action`] takes no other.
    type Config: Send + 'static;

    /// The full type name, such as `toaster_eject`.
    fn type_name(&self) -> &'static str;

    /// The schema of the `config` block, which holds what the practitioner sets and nothing else.
    fn schema(&self) -> Schema;

    /// Checks the configuration alone; values may be unknown. The schema's validators have run.
    async fn validate(&self, _context: &Context, _config: Self::Config) -> Diagnostics {
        Diagnostics::new()
    }

    /// Looks at what is going to be done; values may be unknown. An error fails the plan.
    async fn plan(&self, _context: &Context, _provider: &P, _config: Self::Config) -> Diagnostics {
        Diagnostics::new()
    }

    /// Does it; the configuration is wholly known. `Ok` may hold warnings.
    ///
    /// The context is cancelled when the practitioner interrupts, and when the client is gone:
    /// the action should then come to an end that it can vouch for.
    async fn invoke(
        &self,
        context: &Context,
        provider: &P,
        config: Self::Config,
        progress: &Progress,
    ) -> Result<Diagnostics, Diagnostics>;
}

/// Tells the practitioner how an action is getting on.
#[derive(Clone, Debug)]
pub struct Progress(pub(crate) mpsc::Sender<String>);

impl Progress {
    /// Shows a line, and waits while Terraform reads more slowly than the action tells. When
    /// Terraform is gone the line is lost, and the action goes on.
    pub async fn report(&self, message: impl Into<String>) {
        let gone = self.0.send(message.into()).await.is_err();
        if gone {
            tracing::debug!("nobody is there to be told of the progress");
        }
    }
}
