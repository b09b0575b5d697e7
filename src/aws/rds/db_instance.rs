//! DB instances: as publishers of their own, and as members of a cluster.

use std::{collections::BTreeMap, ops::ControlFlow};

use aws_sdk_rds::types::{DbInstance as Described, Filter};

use super::{
    PAGE_SIZE, next_page, pages,
    parameter_group::GroupName,
    publisher::{
        MasterUserSecret, Member, Page, Publisher, PublisherKind, named_changes, not_empty,
    },
};
use crate::aws::{Cause, Clients, Error, Scope, call::Call};

/// The action that reads instances.
const DESCRIBE: &str = "rds:DescribeDBInstances";

/// The instance as it is now; `None` when it is not there. For what is about to change something, or
/// waits for a change.
///
/// # Errors
/// When it cannot be read; [`Cause::InCluster`] when it is a member of a cluster, which is then what
/// publishes.
pub async fn find_now(
    clients: &Clients,
    scope: &Scope,
    identifier: &str,
) -> Result<Option<Publisher>, Error> {
    let client = clients.rds(scope).await?;
    let found = pages(
        |marker| {
            Call::read(DESCRIBE, identifier).run(clients, scope, move || {
                client
                    .describe_db_instances()
                    .db_instance_identifier(identifier)
                    .set_marker(marker.clone())
                    .send()
            })
        },
        |output| {
            // An endpoint that ignores the identifier must not hand out another instance.
            let mut found = output.db_instances().iter();
            match found.find(|instance| from_described(instance).is_named(identifier)) {
                Some(instance) => ControlFlow::Break(instance.clone()),
                None => ControlFlow::Continue(next_page(output.marker())),
            }
        },
    );
    let instance = match found.await {
        Ok(Some(instance)) => instance,
        Ok(None) => return Ok(None),
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    match instance.db_cluster_identifier() {
        None => Ok(Some(from_described(&instance))),
        Some(cluster) => Err(Error::new(
            DESCRIBE,
            identifier,
            Cause::InCluster(cluster.to_owned()),
        )),
    }
}

/// Reads a page of the instances that are in no cluster: the first one without a marker.
pub(super) async fn list_page(
    clients: &Clients,
    scope: &Scope,
    marker: Option<String>,
) -> Result<Page, Error> {
    let client = clients.rds(scope).await?;
    let output = Call::read(DESCRIBE, "all instances")
        .run(clients, scope, || {
            client
                .describe_db_instances()
                .max_records(PAGE_SIZE)
                .set_marker(marker.clone())
                .send()
        })
        .await?;
    Ok(Page {
        publishers: output
            .db_instances()
            .iter()
            .filter(|instance| instance.db_cluster_identifier().is_none())
            .map(from_described)
            .collect(),
        next: next_page(output.marker()),
    })
}

/// The `DBInstanceStatus` of each instance of a cluster, by identifier in lower case. `None` when
/// the caller may not read instances.
///
/// # Errors
/// When they cannot be read for another reason.
pub async fn statuses_in_cluster(
    clients: &Clients,
    scope: &Scope,
    cluster_identifier: &str,
) -> Result<Option<BTreeMap<String, String>>, Error> {
    let client = clients.rds(scope).await?;
    let filter = Filter::builder()
        .name("db-cluster-id")
        .values(cluster_identifier)
        .build();
    let mut statuses = BTreeMap::new();
    let read = pages(
        |marker| {
            let filter = filter.clone();
            Call::read(DESCRIBE, cluster_identifier).run(clients, scope, move || {
                client
                    .describe_db_instances()
                    .filters(filter.clone())
                    .set_marker(marker.clone())
                    .send()
            })
        },
        |output| {
            let identified = output.db_instances().iter().filter_map(|instance| {
                let identifier = instance.db_instance_identifier()?.to_lowercase();
                Some((identifier, instance.db_instance_status()?.to_owned()))
            });
            statuses.extend(identified);
            ControlFlow::<(), _>::Continue(next_page(output.marker()))
        },
    );
    match read.await {
        Ok(_) => Ok(Some(statuses)),
        Err(error) if error.is_access_denied() => Ok(None),
        Err(error) => Err(error),
    }
}

fn from_described(described: &Described) -> Publisher {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    // An instance has one group.
    let group = described.db_parameter_groups().first();
    let identifier = text(described.db_instance_identifier()).to_lowercase();
    let endpoint = described.endpoint();
    Publisher {
        kind: PublisherKind::Instance,
        members: vec![Member {
            identifier: identifier.clone(),
            is_writer: true,
            parameter_group_status: text(group.and_then(|group| group.parameter_apply_status())),
        }],
        identifier,
        arn: text(described.db_instance_arn()),
        resource_id: text(described.dbi_resource_id()),
        status: text(described.db_instance_status()),
        engine: text(described.engine()),
        engine_version: text(described.engine_version()),
        endpoint: endpoint
            .and_then(|endpoint| endpoint.address())
            .map(str::to_owned),
        port: endpoint
            .and_then(|endpoint| endpoint.port())
            .and_then(|port| u16::try_from(port).ok()),
        database_name: described.db_name().map(str::to_owned),
        master_username: described.master_username().map(str::to_owned),
        parameter_group: GroupName::instance(text(
            group.and_then(|group| group.db_parameter_group_name()),
        )),
        iam_database_authentication_enabled: described
            .iam_database_authentication_enabled()
            .unwrap_or_default(),
        pending_iam_database_authentication_enabled: described
            .pending_modified_values()
            .and_then(|pending| pending.iam_database_authentication_enabled()),
        other_pending_changes: described
            .pending_modified_values()
            .map_or_else(Vec::new, |pending| {
                named_changes(pending.engine_version(), pending.master_user_password())
            }),
        replica_of: described
            .read_replica_source_db_instance_identifier()
            .or(described.read_replica_source_db_cluster_identifier())
            .and_then(not_empty),
        global_cluster: None,
        master_user_secret: described
            .master_user_secret()
            .and_then(MasterUserSecret::from_described),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{
        rds::lookup::list_with_parameter_group,
        testing::{Server, instance, instances, refusal, scope},
    };

    #[tokio::test]
    async fn instance_is_read_as_a_publisher_with_itself_as_its_only_member() {
        let server = Server::start(|_| {
            let orders = instance("Orders", "applying", None).replace(
                "</DBInstance>",
                "<Endpoint><Address>orders.x.eu-central-1.rds.amazonaws.com</Address><Port>5433</Port></Endpoint>\
                 <DBName>shop</DBName><MasterUsername>boss</MasterUsername>\
                 <IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled></DBInstance>",
            );
            instances(&orders, None)
        })
        .await;
        let found = find_now(&server.clients(), &scope(), "ORDERS")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.kind, PublisherKind::Instance);
        assert_eq!(found.identifier, "orders");
        assert_eq!(found.resource_id, "db-Orders");
        assert_eq!(found.region(), Some("eu-central-1"));
        assert_eq!(
            found.endpoint.as_deref(),
            Some("orders.x.eu-central-1.rds.amazonaws.com")
        );
        assert_eq!(found.port, Some(5433));
        assert_eq!(found.database_name.as_deref(), Some("shop"));
        assert_eq!(
            found.parameter_group,
            GroupName::instance("group-of-Orders")
        );
        assert!(found.iam_database_authentication_enabled);
        assert_eq!(
            found.members,
            [Member {
                identifier: "orders".to_owned(),
                is_writer: true,
                parameter_group_status: "applying".to_owned(),
            }]
        );
    }

    #[tokio::test]
    async fn instance_in_a_cluster_is_an_error_that_names_the_cluster() {
        let server =
            Server::start(|_| instances(&instance("orders-1", "in-sync", Some("orders")), None))
                .await;
        let error = find_now(&server.clients(), &scope(), "orders-1")
            .await
            .unwrap_err();
        assert_eq!(*error.cause(), Cause::InCluster("orders".to_owned()));
    }

    #[tokio::test]
    async fn instance_that_is_not_there_or_is_another_one_is_none() {
        let server = Server::start(|request| match request.earlier {
            0 => refusal(404, "DBInstanceNotFound", "DBInstance orders not found."),
            _ => instances(&instance("other", "in-sync", None), None),
        })
        .await;
        let clients = server.clients();
        assert_eq!(find_now(&clients, &scope(), "orders").await.unwrap(), None);
        assert_eq!(find_now(&clients, &scope(), "orders").await.unwrap(), None);
    }

    #[tokio::test]
    async fn instances_with_a_group_are_found_without_those_of_clusters() {
        let server = Server::start(|request| match request.get("Marker") {
            None => instances(&instance("a", "in-sync", None), Some("2")),
            _ => instances(
                &(instance("b", "in-sync", Some("c")) + &instance("B", "in-sync", None)),
                None,
            ),
        })
        .await;
        let found = list_with_parameter_group(
            &server.clients(),
            &scope(),
            &GroupName::instance("group-of-b"),
        )
        .await
        .unwrap()
        .unwrap();
        let names: Vec<&str> = found
            .iter()
            .map(|instance| instance.identifier.as_str())
            .collect();
        assert_eq!(names, ["b"]);
        assert_eq!(server.requests().len(), 2);
    }
}
