//! Clusters seen a moment ago, so that a refresh of many resources asks for each cluster once.
//!
//! The first cluster is asked for by its identifier: often it is the only one. A second one within
//! the cache's life shows that there are many, and from then on clusters are listed, a hundred to a
//! call. A page is read when a cluster is in none of those read so far; one that is in no page is
//! asked for by its identifier, since a list does not prove that something is gone.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex as StdMutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};

use super::db_cluster::{self, DbCluster};
use crate::aws::{Clients, Error, Scope, limits};

/// How long what was seen counts.
const LIFE: Duration = Duration::from_secs(10);

/// Clusters seen a moment ago.
#[derive(Debug, Default)]
pub(in crate::aws) struct Cache {
    seen: StdMutex<Seen>,
    listing_is_denied: AtomicBool,
}

/// What was seen since the last change. Replaced as a whole, so that an answer that was on its way
/// during a change ends up where nobody looks.
#[derive(Debug)]
struct Seen {
    since: Instant,
    by_identifier: HashMap<String, Arc<Mutex<Option<Answer>>>>,
    list: Arc<Mutex<List>>,
}

/// The answer to a question for one cluster.
#[derive(Clone, Debug)]
struct Answer(Option<DbCluster>);

/// The pages that were read.
#[derive(Debug, Default)]
struct List {
    clusters: Vec<DbCluster>,
    next: Next,
}

/// What comes after the pages that were read.
#[derive(Clone, Debug, Default)]
enum Next {
    #[default]
    First,
    Page(String),
    End,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            by_identifier: HashMap::new(),
            list: Arc::default(),
        }
    }
}

impl Cache {
    /// The cluster as it was at most ten seconds ago. Concurrent callers share calls.
    pub(super) async fn find(
        &self,
        clients: &Clients,
        scope: &Scope,
        identifier: &str,
    ) -> Result<Option<DbCluster>, Error> {
        let key = identifier.to_lowercase();
        let (own, list, is_alone) = {
            let mut seen = self.seen();
            if seen.since.elapsed() >= LIFE {
                *seen = Seen::default();
            }
            let is_alone = seen.by_identifier.keys().all(|other| *other == key);
            let own = seen.by_identifier.entry(key).or_default().clone();
            (own, seen.list.clone(), is_alone)
        };
        let ended = |cause| Error::new("rds:DescribeDBClusters", identifier, cause);
        let mut own = limits::limit(scope, own.lock()).await.map_err(ended)?;
        if let Some(Answer(cluster)) = own.as_ref() {
            return Ok(cluster.clone());
        }
        if !is_alone && !self.listing_is_denied.load(Ordering::Relaxed) {
            let mut list = limits::limit(scope, list.lock()).await.map_err(ended)?;
            if let Some(cluster) = self.find_in(&mut list, clients, scope, identifier).await? {
                *own = Some(Answer(Some(cluster.clone())));
                return Ok(Some(cluster));
            }
        }
        let cluster = db_cluster::find_now(clients, scope, identifier).await?;
        *own = Some(Answer(cluster.clone()));
        Ok(cluster)
    }

    /// Looks through the pages, after reading one more where that is needed.
    async fn find_in(
        &self,
        list: &mut List,
        clients: &Clients,
        scope: &Scope,
        identifier: &str,
    ) -> Result<Option<DbCluster>, Error> {
        if let Some(cluster) = list.find(identifier) {
            return Ok(Some(cluster));
        }
        let marker = match &list.next {
            Next::First => None,
            Next::Page(marker) => Some(marker.clone()),
            Next::End => return Ok(None),
        };
        match db_cluster::list_page(clients, scope, marker).await {
            Ok(page) => {
                list.clusters.extend(page.clusters);
                list.next = page.next.map_or(Next::End, Next::Page);
                Ok(list.find(identifier))
            }
            Err(error) if error.is_access_denied() => {
                tracing::debug!(%error, "clusters cannot be listed, so each is asked for by its identifier");
                self.listing_is_denied.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Forgets everything: something was changed.
    pub(super) fn clear(&self) {
        *self.seen() = Seen::default();
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl List {
    fn find(&self, identifier: &str) -> Option<DbCluster> {
        self.clusters
            .iter()
            .find(|cluster| cluster.is_named(identifier))
            .cloned()
    }
}
