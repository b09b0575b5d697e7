//! A change of the replication parameter that is on its way to a server.

use std::time::Duration;

use tokio::{sync::Mutex, time::Instant};

use crate::{
    aws::{
        Clients,
        rds::{parameter_group, publisher::Publisher, wait},
    },
    scope::Scope,
};

/// How old an answer of AWS may be that everybody shares: many users are changed at once.
const MAX_AGE: Duration = Duration::from_secs(10);

/// When a change was last looked for, and waited for.
#[derive(Debug, Default)]
pub(super) struct InFlight(Mutex<Option<Instant>>);

impl InFlight {
    /// Waits until the available members have applied their parameter group, if its value is another
    /// than that of the running server. Whoever comes at the same time or a moment later shares the
    /// wait. What AWS does not tell is not waited for.
    pub(super) async fn wait(
        &self,
        clients: &Clients,
        scope: &Scope,
        publisher: &Publisher,
        running: bool,
    ) {
        let Ok(mut last) = scope.limit(self.0.lock()).await else {
            return;
        };
        if last.is_some_and(|at| at.elapsed() < MAX_AGE) {
            return;
        }
        let group = &publisher.parameter_group;
        match parameter_group::find_replication_parameters(clients, scope, group).await {
            Ok(parameters) => {
                let value = parameters.and_then(|found| found.iam_auth_for_replication);
                let is_on = value.is_some_and(|parameter| parameter.is_on());
                if is_on != running {
                    let waited = wait::wait_in_sync(clients, scope, &publisher.name()).await;
                    tracing::debug!(?waited, "waited for the parameter");
                }
            }
            Err(error) => tracing::debug!(%error, "whether a parameter changes is not known"),
        }
        *last = Some(Instant::now());
    }
}
