//! Clusters seen a moment ago, so that a refresh of many resources asks for each cluster once.
//!
//! The first cluster is asked for by its identifier. A second one within the cache's life shows that
//! there are many, and all clusters are listed at once, a hundred to a call.

use std::{
    collections::BTreeMap,
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};

use super::db_cluster::{self, DbCluster};
use crate::aws::{Clients, Error, Scope};

/// How long what was seen counts.
const LIFE: Duration = Duration::from_secs(10);

/// Clusters seen a moment ago.
#[derive(Debug, Default)]
pub(in crate::aws) struct Cache(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    clusters: BTreeMap<String, (Instant, Option<DbCluster>)>,
    listed: Option<Instant>,
    listing_denied: bool,
}

impl Cache {
    /// The cluster as it was at most ten seconds ago. Concurrent callers share one call.
    pub(super) async fn find(
        &self,
        clients: &Clients,
        scope: &Scope,
        identifier: &str,
    ) -> Result<Option<DbCluster>, Error> {
        let key = identifier.to_lowercase();
        let mut seen = self.0.lock().await;
        if let Some((at, cluster)) = seen.clusters.get(&key)
            && at.elapsed() < LIFE
        {
            return Ok(cluster.clone());
        }
        let is_arn = key.contains(':');
        let others = seen.clusters.values().any(|(at, _)| at.elapsed() < LIFE);
        if others && !is_arn && !seen.listing_denied {
            if seen.listed.is_none_or(|at| at.elapsed() >= LIFE) {
                seen.list(clients, scope).await?;
            }
            if !seen.listing_denied {
                return Ok(seen
                    .clusters
                    .get(&key)
                    .and_then(|(_, cluster)| cluster.clone()));
            }
        }
        let cluster = db_cluster::describe(clients, scope, identifier).await?;
        seen.clusters.insert(key, (Instant::now(), cluster.clone()));
        Ok(cluster)
    }

    /// Forgets everything: something was changed.
    pub(super) async fn clear(&self) {
        let mut seen = self.0.lock().await;
        seen.clusters.clear();
        seen.listed = None;
    }
}

impl Seen {
    async fn list(&mut self, clients: &Clients, scope: &Scope) -> Result<(), Error> {
        let now = Instant::now();
        match db_cluster::list(clients, scope).await {
            Ok(clusters) => {
                self.clusters = clusters
                    .into_iter()
                    .map(|cluster| (cluster.identifier.to_lowercase(), (now, Some(cluster))))
                    .collect();
                self.listed = Some(now);
                Ok(())
            }
            Err(error) if error.is_access_denied() => {
                self.listing_denied = true;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
