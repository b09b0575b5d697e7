//! Finds publishers: as they are now, or as they were at most ten seconds ago, with calls that the reads
//! of a refresh share.

use std::{collections::BTreeMap, ops::ControlFlow};

use super::{
    db_cluster, db_instance, pages,
    parameter_group::{self, GroupName},
    publisher::{Identifier, Page, Publisher, PublisherKind},
};
use crate::aws::{Clients, Error, Scope};

/// The publisher as it was at most ten seconds ago, or since the last change made here; `None` when
/// it is not there. The reads of a refresh share their calls: a hundred clusters take two.
///
/// # Errors
/// When it cannot be read, or the instance is in a cluster ([`crate::aws::Cause::InCluster`]).
pub async fn find(
    clients: &Clients,
    scope: &Scope,
    identifier: &Identifier,
) -> Result<Option<Publisher>, Error> {
    // Boxed: the futures underneath are deeper than the compiler likes.
    let found = Box::pin(clients.cache().find(clients, scope, identifier)).await?;
    Ok(found.inspect(|publisher| clients.remember_account(&publisher.arn)))
}

/// The publisher as it is now; `None` when it is not there. For what is about to change something,
/// or waits for a change.
///
/// # Errors
/// As [`find`].
pub async fn find_now(
    clients: &Clients,
    scope: &Scope,
    identifier: &Identifier,
) -> Result<Option<Publisher>, Error> {
    let found = match identifier {
        Identifier::Cluster(identifier) => db_cluster::find_now(clients, scope, identifier).await?,
        Identifier::Instance(identifier) => {
            db_instance::find_now(clients, scope, identifier).await?
        }
    };
    Ok(found.inspect(|publisher| clients.remember_account(&publisher.arn)))
}

/// The `DBInstanceStatus` of each member as it is now, by identifier in lower case; that of an instance
/// is the publisher's own, and costs no call. `None` when the caller may not read instances.
///
/// # Errors
/// When they cannot be read for another reason.
pub async fn member_statuses(
    clients: &Clients,
    scope: &Scope,
    publisher: &Publisher,
) -> Result<Option<BTreeMap<String, String>>, Error> {
    let identifier = &publisher.identifier;
    match publisher.kind {
        PublisherKind::Instance => Ok(Some(BTreeMap::from([(
            identifier.clone(),
            publisher.status.clone(),
        )]))),
        PublisherKind::Aurora | PublisherKind::MultiAzCluster => {
            db_instance::statuses_in_cluster(clients, scope, identifier).await
        }
    }
}

/// The publishers that are associated with a parameter group, as they are now. `None` when the caller may not list
/// them.
///
/// # Errors
/// When they cannot be read for another reason.
pub async fn list_with_parameter_group(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
) -> Result<Option<Vec<Publisher>>, Error> {
    let mut users = Vec::new();
    let read = pages(
        |marker| list_page(clients, scope, group.kind(), marker),
        |page: Page| {
            let publishers = page.publishers.into_iter();
            users.extend(publishers.filter(|publisher| publisher.parameter_group.is_same(group)));
            ControlFlow::<(), _>::Continue(page.next)
        },
    );
    match read.await {
        Ok(_) => Ok(Some(users)),
        Err(error) if error.is_access_denied() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The publishers that are associated with a parameter group, as they were at most ten seconds ago. `None` when the
/// caller may not list them. All groups of a plan share the calls.
///
/// # Errors
/// When they cannot be read for another reason.
pub async fn associated_with(
    clients: &Clients,
    scope: &Scope,
    group: &GroupName,
) -> Result<Option<Vec<Publisher>>, Error> {
    clients.cache().associated_with(clients, scope, group).await
}

/// Reads a page of the publishers that use one kind of group: the first one without a marker.
pub(super) async fn list_page(
    clients: &Clients,
    scope: &Scope,
    kind: parameter_group::GroupKind,
    marker: Option<String>,
) -> Result<Page, Error> {
    match kind {
        parameter_group::GroupKind::Cluster => db_cluster::list_page(clients, scope, marker).await,
        parameter_group::GroupKind::Instance => {
            db_instance::list_page(clients, scope, marker).await
        }
    }
}
