//! Publishers seen a moment ago, so that a refresh of many resources asks for each of them once.
//!
//! The first cluster is asked for by its identifier: often it is the only one. A second one within
//! the cache's life shows that there are many, and from then on clusters are listed, a hundred to a
//! call. A page is read when a cluster is in none of those read so far; one that is in no page is
//! asked for by its identifier, since a list does not prove that something is gone. Instances likewise.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex as StdMutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};

use super::{
    lookup,
    parameter_group::{self, GroupKind, GroupName, ReplicationParameters},
    publisher::{Identifier, Publisher},
};
use crate::{
    aws::{Clients, Error, Scope},
    scope::Ended,
};

/// How old a cached answer may be.
const MAX_AGE: Duration = Duration::from_secs(10);

/// Publishers seen a moment ago.
#[derive(Debug, Default)]
pub(in crate::aws) struct Cache {
    clusters: KindCache,
    instances: KindCache,
    parameters: StdMutex<Groups>,
}

/// The parameters seen in each group, replaced as a whole like [`Generation`].
#[derive(Debug)]
struct Groups {
    since: Instant,
    by_name: HashMap<GroupName, Arc<Mutex<Option<Option<ReplicationParameters>>>>>,
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            by_name: HashMap::new(),
        }
    }
}

/// The cache of one kind: of clusters, or of instances.
#[derive(Debug, Default)]
struct KindCache {
    generation: StdMutex<Generation>,
    listing_is_denied: AtomicBool,
}

/// A generation of the cache: what was seen since the last change. Replaced as a whole, so that an
/// answer that was on its way during a change ends up where nobody reads it.
#[derive(Debug)]
struct Generation {
    since: Instant,
    by_identifier: HashMap<String, Arc<Mutex<Option<Lookup>>>>,
    list: Arc<Mutex<List>>,
}

/// The answer to a question for one publisher.
#[derive(Clone, Debug)]
struct Lookup(Option<Publisher>);

/// The pages that were read.
#[derive(Debug, Default)]
struct List {
    publishers: Vec<Publisher>,
    next: Cursor,
}

/// The cursor of a list: what comes after the pages that were read.
#[derive(Clone, Debug, Default)]
enum Cursor {
    #[default]
    First,
    Page(String),
    End,
}

impl Cursor {
    /// The marker of the next page, which the first one lacks; `None` after the last page.
    fn marker(&self) -> Option<Option<String>> {
        match self {
            Self::First => Some(None),
            Self::Page(marker) => Some(Some(marker.clone())),
            Self::End => None,
        }
    }
}

impl Default for Generation {
    fn default() -> Self {
        Self {
            since: Instant::now(),
            by_identifier: HashMap::new(),
            list: Arc::default(),
        }
    }
}

impl Cache {
    /// The publisher as it was at most ten seconds ago. Concurrent callers share calls.
    pub(super) async fn find(
        &self,
        clients: &Clients,
        scope: &Scope,
        identifier: &Identifier,
    ) -> Result<Option<Publisher>, Error> {
        let cache = match identifier {
            Identifier::Cluster(_) => &self.clusters,
            Identifier::Instance(_) => &self.instances,
        };
        cache.find(clients, scope, identifier).await
    }

    /// The publishers that use a group as they were at most ten seconds ago. `None` when the caller
    /// may not list them.
    pub(super) async fn associated_with(
        &self,
        clients: &Clients,
        scope: &Scope,
        group: &GroupName,
    ) -> Result<Option<Vec<Publisher>>, Error> {
        let cache = match group.kind() {
            GroupKind::Cluster => &self.clusters,
            GroupKind::Instance => &self.instances,
        };
        let all = cache.all(clients, scope, group.kind()).await?;
        Ok(all.map(|mut all| {
            all.retain(|publisher| publisher.parameter_group.is_same(group));
            all
        }))
    }

    /// The parameters of a group as they were at most ten seconds ago. Concurrent callers share a
    /// call.
    pub(super) async fn parameters(
        &self,
        clients: &Clients,
        scope: &Scope,
        group: &GroupName,
    ) -> Result<Option<ReplicationParameters>, Error> {
        let asked = Instant::now();
        let own = {
            let mut groups = self.groups();
            if groups.since.elapsed() >= MAX_AGE {
                *groups = Groups::default();
            }
            groups
                .by_name
                .entry(group.to_lowercase())
                .or_default()
                .clone()
        };
        let ended =
            |ended: Ended| Error::new("rds:DescribeDBParameters", group.as_str(), ended.into());
        let mut own = scope.limit(own.lock()).await.map_err(ended)?;
        if let Some(answer) = own.as_ref() {
            return Ok(answer.clone());
        }
        let call = parameter_group::find_replication_parameters_now(clients, scope, group);
        let found = clients
            .unreached()
            .unless(scope, asked, group.as_str(), call)
            .await?;
        *own = Some(found.clone());
        Ok(found)
    }

    /// Forgets everything: something was changed.
    pub(super) fn clear(&self) {
        self.clusters.clear();
        self.instances.clear();
        *self.groups() = Groups::default();
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.parameters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl KindCache {
    async fn find(
        &self,
        clients: &Clients,
        scope: &Scope,
        identifier: &Identifier,
    ) -> Result<Option<Publisher>, Error> {
        let asked = Instant::now();
        let key = identifier.as_str().to_lowercase();
        let (own, list, is_alone) = {
            let mut generation = self.generation();
            let is_alone = generation.by_identifier.keys().all(|other| *other == key);
            let own = generation.by_identifier.entry(key).or_default().clone();
            (own, generation.list.clone(), is_alone)
        };
        let action = identifier.group_kind().describe_publishers();
        let ended = |ended: Ended| Error::new(action, identifier.as_str(), ended.into());
        let mut own = scope.limit(own.lock()).await.map_err(ended)?;
        if let Some(Lookup(publisher)) = own.as_ref() {
            return Ok(publisher.clone());
        }
        if !is_alone && !self.listing_is_denied.load(Ordering::Relaxed) {
            let mut list = scope.limit(list.lock()).await.map_err(ended)?;
            let call = self.find_in(&mut list, clients, scope, identifier);
            let found = clients
                .unreached()
                .unless(scope, asked, identifier.as_str(), call);
            if let Some(publisher) = found.await? {
                *own = Some(Lookup(Some(publisher.clone())));
                return Ok(Some(publisher));
            }
        }
        let call = lookup::find_now(clients, scope, identifier);
        let found = clients
            .unreached()
            .unless(scope, asked, identifier.as_str(), call);
        let publisher = found.await?;
        *own = Some(Lookup(publisher.clone()));
        Ok(publisher)
    }

    /// Looks through the pages, after reading one more where that is needed.
    async fn find_in(
        &self,
        list: &mut List,
        clients: &Clients,
        scope: &Scope,
        identifier: &Identifier,
    ) -> Result<Option<Publisher>, Error> {
        if let Some(publisher) = list.find(identifier.as_str()) {
            return Ok(Some(publisher));
        }
        let Some(marker) = list.next.marker() else {
            return Ok(None);
        };
        let kind = identifier.group_kind();
        let _allowed = self.read_page(list, clients, scope, kind, marker).await?;
        Ok(list.find(identifier.as_str()))
    }

    /// All there are; reads the pages that nobody has read. `None` when that is denied.
    async fn all(
        &self,
        clients: &Clients,
        scope: &Scope,
        kind: GroupKind,
    ) -> Result<Option<Vec<Publisher>>, Error> {
        let asked = Instant::now();
        if self.listing_is_denied.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let list = self.generation().list.clone();
        let ended = |ended: Ended| Error::new(kind.describe_publishers(), "all", ended.into());
        let mut list = scope.limit(list.lock()).await.map_err(ended)?;
        while let Some(marker) = list.next.marker() {
            let call = self.read_page(&mut list, clients, scope, kind, marker);
            if !clients
                .unreached()
                .unless(scope, asked, "all", call)
                .await?
            {
                return Ok(None);
            }
        }
        Ok(Some(list.publishers.clone()))
    }

    /// Reads a page; whether that is allowed.
    async fn read_page(
        &self,
        list: &mut List,
        clients: &Clients,
        scope: &Scope,
        kind: GroupKind,
        marker: Option<String>,
    ) -> Result<bool, Error> {
        match lookup::list_page(clients, scope, kind, marker).await {
            Ok(page) => {
                list.publishers.extend(page.publishers);
                list.next = page.next.map_or(Cursor::End, Cursor::Page);
                Ok(true)
            }
            Err(error) if error.is_access_denied() => {
                tracing::debug!(%error, "they cannot be listed, so each is asked for by its identifier");
                self.listing_is_denied.store(true, Ordering::Relaxed);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn clear(&self) {
        *self.generation() = Generation::default();
    }

    /// What was seen, while it counts.
    fn generation(&self) -> MutexGuard<'_, Generation> {
        let mut generation = self
            .generation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if generation.since.elapsed() >= MAX_AGE {
            *generation = Generation::default();
        }
        generation
    }
}

impl List {
    fn find(&self, identifier: &str) -> Option<Publisher> {
        self.publishers
            .iter()
            .find(|publisher| publisher.is_named(identifier))
            .cloned()
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::aws::{
        rds::parameter_group::{self, ApplyType, GroupName},
        testing::{Reply, Request, Server, cluster, clusters, ok, refusal, scope},
    };

    const DESCRIBE: &str = "DescribeDBClusters";

    /// An account with the clusters `c0`, `c1` and so on, listed a hundred to a page.
    fn account(size: usize) -> impl Fn(&Request) -> Reply + Send + Sync {
        move |request| {
            if request.action != DESCRIBE {
                return ok(&request.action, "");
            }
            if let Some(identifier) = request.get("DBClusterIdentifier") {
                let number: Option<usize> = identifier
                    .strip_prefix(['c', 'C'])
                    .and_then(|text| text.parse().ok());
                return match number {
                    Some(number) if number < size => clusters(&cluster(identifier, &[]), None),
                    _ => refusal(404, "DBClusterNotFoundFault", "not found"),
                };
            }
            let start: usize = request
                .get("Marker")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0);
            let end = (start + 100).min(size);
            let page: String = (start..end)
                .map(|number| cluster(&format!("c{number}"), &[]))
                .collect();
            let marker = end.to_string();
            clusters(&page, (end < size).then_some(marker.as_str()))
        }
    }

    async fn find(clients: &Clients, identifier: &str) -> Option<String> {
        let identifier = Identifier::Cluster(identifier.to_owned());
        let found = lookup::find(clients, &scope(), &identifier).await.unwrap();
        found.map(|cluster| cluster.identifier)
    }

    #[tokio::test]
    async fn cluster_read_by_many_at_once_is_asked_for_once() {
        let server = Server::start(account(3)).await;
        let clients = server.clients();
        let found = join_all((0..20).map(|_| find(&clients, "C1"))).await;
        assert_eq!(found, vec![Some("c1".to_owned()); 20]);
        assert_eq!(server.count(DESCRIBE), 1);
        assert_eq!(server.requests()[0].get("DBClusterIdentifier"), Some("C1"));
    }

    #[tokio::test]
    async fn hundred_clusters_take_two_calls() {
        let server = Server::start(account(100)).await;
        let clients = server.clients();
        let names: Vec<String> = (0..100).map(|number| format!("c{number}")).collect();
        let found = join_all(names.iter().map(|name| find(&clients, name))).await;
        assert_eq!(found, names.into_iter().map(Some).collect::<Vec<_>>());
        assert_eq!(server.count(DESCRIBE), 2);
    }

    #[tokio::test]
    async fn clusters_of_a_large_account_are_listed_as_far_as_needed() {
        let server = Server::start(account(1000)).await;
        let clients = server.clients();
        for name in ["c0", "c1", "c2", "c99"] {
            assert_eq!(find(&clients, name).await.as_deref(), Some(name));
        }
        assert_eq!(server.count(DESCRIBE), 2);
        // Not on the first two pages: read the second, then ask for it.
        assert_eq!(find(&clients, "c950").await.as_deref(), Some("c950"));
        assert_eq!(server.count(DESCRIBE), 4);
    }

    #[tokio::test]
    async fn cluster_missing_in_the_list_is_asked_for_before_it_counts_as_gone() {
        let server = Server::start(account(2)).await;
        let clients = server.clients();
        assert_eq!(find(&clients, "c0").await.as_deref(), Some("c0"));
        assert_eq!(find(&clients, "gone").await, None);
        assert_eq!(server.count(DESCRIBE), 3);
        assert_eq!(find(&clients, "gone").await, None);
        assert_eq!(server.count(DESCRIBE), 3);
    }

    #[tokio::test]
    async fn clusters_that_may_not_be_listed_are_asked_for_one_by_one() {
        let by_identifier = account(5);
        let server = Server::start(move |request| match request.get("DBClusterIdentifier") {
            Some(_) => by_identifier(request),
            None => refusal(403, "AccessDenied", "no"),
        })
        .await;
        let clients = server.clients();
        for name in ["c0", "c1", "c2", "c3"] {
            assert_eq!(find(&clients, name).await.as_deref(), Some(name));
        }
        assert_eq!(server.count(DESCRIBE), 5);
    }

    #[tokio::test]
    async fn api_that_gives_no_answer_is_asked_once_for_all_looks_and_again_for_a_change() {
        let server = Server::start(|_| Reply::Silence).await;
        let clients = server.clients();
        // Longer than a busy machine takes to send the call.
        let limit = Duration::from_secs(2);
        let change = || Scope::new(&CancellationToken::new(), limit);
        let find = async |scope: Scope, name: &str| {
            let identifier = Identifier::Cluster(name.to_owned());
            let found = lookup::find(&clients, &scope, &identifier).await;
            found.unwrap_err().to_string()
        };
        for name in ["orders", "billing", "orders"] {
            let told = find(change().of_look(), name).await;
            let expected = format!("rds:DescribeDBClusters on {name}: timed out");
            assert_eq!(told, expected);
        }
        assert_eq!(server.count(DESCRIBE), 1);
        find(change(), "orders").await;
        assert_eq!(server.count(DESCRIBE), 2);
    }

    #[tokio::test]
    async fn cluster_is_read_again_after_a_change_made_here() {
        let server = Server::start(account(2)).await;
        let clients = server.clients();
        find(&clients, "c0").await;
        parameter_group::modify(
            &clients,
            &scope(),
            &GroupName::cluster("g"),
            "p",
            true,
            ApplyType::Dynamic,
        )
        .await
        .unwrap();
        find(&clients, "c0").await;
        assert_eq!(server.count(DESCRIBE), 2);
    }

    #[tokio::test]
    async fn cluster_read_during_a_change_is_read_again_after_it() {
        let server = Server::start(|_| {
            Reply::Late(
                Duration::from_millis(100),
                Box::new(clusters(&cluster("c0", &[]), None)),
            )
        })
        .await;
        let clients = server.clients();
        let change = async {
            while server.requests().is_empty() {
                tokio::task::yield_now().await;
            }
            clients.cache().clear();
        };
        tokio::join!(find(&clients, "c0"), change);
        find(&clients, "c0").await;
        assert_eq!(server.count(DESCRIBE), 2);
    }

    #[tokio::test]
    async fn failure_is_not_remembered() {
        let server = Server::start(|request| match request.earlier {
            0 => refusal(400, "InvalidParameterValue", "no"),
            _ => clusters(&cluster("c0", &[]), None),
        })
        .await;
        let clients = server.clients();
        let c0 = Identifier::Cluster("c0".to_owned());
        assert!(lookup::find(&clients, &scope(), &c0).await.is_err());
        assert_eq!(find(&clients, "c0").await.as_deref(), Some("c0"));
    }
}
