//! A change of the replication parameter that is on its way to a server.

use std::time::Duration;

use tokio::{sync::Mutex, time::Instant};

use crate::{
    aws::{
        self, Clients,
        rds::{
            parameter_group,
            publisher::Publisher,
            wait::{self, InSync},
        },
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
    /// wait, within limits of its own: when those of the one who looks end, the next one goes on. What AWS does not
    /// tell is not waited for.
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
        match arrive(clients, scope, publisher, running).await {
            Ok(waited) => tracing::debug!(?waited, "waited for the parameter"),
            Err(error) => tracing::debug!(%error, "whether a parameter changes is not known"),
        }
        if scope.ended().is_none() {
            *last = Some(Instant::now());
        }
    }
}

/// Waits where the value is on its way; `None` where it is not.
async fn arrive(
    clients: &Clients,
    scope: &Scope,
    publisher: &Publisher,
    running: bool,
) -> Result<Option<InSync>, aws::Error> {
    let group = &publisher.parameter_group;
    let parameters = parameter_group::find_replication_parameters(clients, scope, group).await?;
    let value = parameters.and_then(|found| found.iam_auth_for_replication);
    if value.is_some_and(|parameter| parameter.is_on()) == running {
        return Ok(None);
    }
    wait::wait_in_sync(clients, scope, &publisher.name())
        .await
        .map(Some)
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        aws::testing::{Reply, Server},
        prerequisites::tests::publisher,
    };

    #[tokio::test]
    async fn wait_for_the_parameter_goes_on_with_the_next_when_the_time_of_the_first_is_up() {
        let silent = Server::start(|_| Reply::Silence).await;
        let clients = silent.clients();
        let in_flight = InFlight::default();
        let wait = async |milliseconds| {
            let limit = Duration::from_millis(milliseconds);
            let scope = Scope::new(&CancellationToken::new(), limit);
            in_flight.wait(&clients, &scope, &publisher(), true).await;
            scope.ended().is_some()
        };
        let waited = tokio::join!(wait(50), wait(300), wait(100));
        assert_eq!(waited, (true, true, true));
    }
}
