//! The server and the gate of one publisher, as the account tells them what to do.

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use serde_json::Value;
use tokio::sync::watch;

use crate::{
    gate::{Gate, GateSettings},
    model::{
        catalogue::{IAM_AUTH_FOR_REPLICATION, LOGICAL_REPLICATION},
        shared::{Backend, Boot},
    },
    postgres::{self, Server},
};

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
                let wal_level = wal_level(boot.logical_replication);
                self.server
                    .set_parameters(&[("wal_level", wal_level)])
                    .await?;
                self.server.start_again().await
            };
            result
                .await
                .map_err(|error: postgres::Error| error.to_string())
        }
        .boxed()
    }

    fn traffic(&self) -> Value {
        self.gate.traffic()
    }
}

/// Shows the values that run in SQL, for as long as anybody can change them.
pub(crate) async fn follow(server: Arc<Server>, mut settings: watch::Receiver<GateSettings>) {
    let switch = |on| if on { "on" } else { "off" };
    loop {
        let now = settings.borrow_and_update().clone();
        if now.available {
            let result = server
                .set_parameters(&[
                    ("wal_level", wal_level(now.logical_replication)),
                    (LOGICAL_REPLICATION, switch(now.logical_replication)),
                    (
                        IAM_AUTH_FOR_REPLICATION,
                        switch(now.iam_auth_for_replication),
                    ),
                ])
                .await;
            if let Err(error) = result {
                tracing::warn!(%error, "a parameter cannot be seen in SQL");
            }
        }
        if settings.changed().await.is_err() {
            return;
        }
    }
}

fn wal_level(logical_replication: bool) -> &'static str {
    if logical_replication {
        "logical"
    } else {
        "replica"
    }
}
