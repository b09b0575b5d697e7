//! The server and the gate of one publisher, as the account tells them what to do.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use serde_json::Value;
use tokio::sync::watch;

use crate::{
    gate::Gate,
    model::{
        RunningSettings,
        catalog::{IAM_AUTH_FOR_REPLICATION, LOGICAL_REPLICATION},
        shared::{Backend, Boot},
    },
    postgres::{self, Server},
};

/// The pause before the slots are dropped that somebody used a moment ago.
const PAUSE: Duration = Duration::from_millis(50);

const LOSE_SLOTS: &str = "\
SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active_pid IS NOT NULL; \
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE active_pid IS NULL";

/// The server and the gate of a publisher.
pub(crate) struct Running {
    pub(crate) server: Arc<Server>,
    pub(crate) gate: Gate,
}

impl Backend for Running {
    fn disconnect_all(&self) {
        self.gate.disconnect_all();
    }

    fn restart(&self, boot: Boot) -> BoxFuture<'_, Result<(), String>> {
        async move {
            self.stop().await?;
            self.start(boot).await
        }
        .boxed()
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), String>> {
        let stop = async { self.server.stop().await.map_err(|error| error.to_string()) };
        stop.boxed()
    }

    fn start(&self, boot: Boot) -> BoxFuture<'_, Result<(), String>> {
        async move {
            let result = async {
                let parameters =
                    parameters(boot.logical_replication, boot.iam_auth_for_replication);
                self.server.set_parameters(&parameters).await?;
                self.server.start_again().await
            };
            result
                .await
                .map_err(|error: postgres::Error| error.to_string())
        }
        .boxed()
    }

    fn slots(&self) -> BoxFuture<'_, Result<Vec<String>, String>> {
        let slots = async {
            let client = self.server.superuser("postgres").await?;
            let rows = client
                .query("SELECT slot_name::text FROM pg_replication_slots", &[])
                .await?;
            Ok(rows.iter().map(|row| row.get(0)).collect())
        };
        slots
            .map(|result: Result<_, tokio_postgres::Error>| {
                result.map_err(|error| error.to_string())
            })
            .boxed()
    }

    fn lose_slots(&self) -> BoxFuture<'_, Result<(), String>> {
        let lose = async {
            let client = self.server.superuser("postgres").await?;
            loop {
                client.batch_execute(LOSE_SLOTS).await?;
                let left = client
                    .query_one("SELECT count(*) FROM pg_replication_slots", &[])
                    .await?;
                if left.get::<_, i64>(0) == 0 {
                    return Ok(());
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        lose.map(|result: Result<(), tokio_postgres::Error>| {
            result.map_err(|error| error.to_string())
        })
        .boxed()
    }

    fn take_snapshot(&self, boot: Boot) -> BoxFuture<'_, Result<(), String>> {
        async move {
            self.stop().await?;
            let taken = self.server.take_snapshot().await;
            self.start(boot).await?;
            taken.map_err(|error| error.to_string())
        }
        .boxed()
    }

    fn restore(&self, boot: Boot, with_slots: bool) -> BoxFuture<'_, Result<(), String>> {
        async move {
            self.stop().await?;
            let restored = self.server.restore(with_slots).await;
            restored.map_err(|error| error.to_string())?;
            self.start(boot).await
        }
        .boxed()
    }

    fn traffic(&self) -> Value {
        self.gate.traffic()
    }
}

/// Shows the values that run in SQL, for as long as anybody can change them.
pub(crate) async fn follow(server: Arc<Server>, mut settings: watch::Receiver<RunningSettings>) {
    loop {
        let now = settings.borrow_and_update().clone();
        if now.available {
            let parameters = parameters(now.logical_replication, now.iam_auth_for_replication);
            if let Err(error) = server.set_parameters(&parameters).await {
                tracing::warn!(%error, "a parameter cannot be seen in SQL");
            }
        }
        if settings.changed().await.is_err() {
            return;
        }
    }
}

/// What the server itself is told of the parameters of RDS.
fn parameters(
    logical_replication: bool,
    iam_auth_for_replication: bool,
) -> [(&'static str, &'static str); 3] {
    let switch = |on| if on { "on" } else { "off" };
    let wal_level = if logical_replication {
        "logical"
    } else {
        "replica"
    };
    [
        ("wal_level", wal_level),
        (LOGICAL_REPLICATION, switch(logical_replication)),
        (IAM_AUTH_FOR_REPLICATION, switch(iam_auth_for_replication)),
    ]
}
