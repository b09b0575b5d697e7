//! DB clusters: Aurora, and Multi-AZ DB clusters.

use std::ops::ControlFlow;

use aws_sdk_rds::types::DbCluster as Described;

use super::{
    PAGE_SIZE, next_page, pages,
    parameter_group::GroupName,
    publisher::{
        MasterUserSecret, Member, Page, Publisher, PublisherKind, named_changes, not_empty,
    },
};
use crate::aws::{Clients, Error, Scope, call::Call};

/// The action that reads clusters.
const DESCRIBE: &str = "rds:DescribeDBClusters";

/// The cluster as it is now; `None` when it is not there. For what is about to change something, or
/// waits for a change.
///
/// # Errors
/// When it cannot be read.
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
                    .describe_db_clusters()
                    .db_cluster_identifier(identifier)
                    .set_marker(marker.clone())
                    .send()
            })
        },
        |output| {
            // An endpoint that ignores the identifier must not hand out another cluster.
            let mut found = output.db_clusters().iter().map(from_described);
            match found.find(|cluster| cluster.is_named(identifier)) {
                Some(cluster) => ControlFlow::Break(cluster),
                None => ControlFlow::Continue(next_page(output.marker())),
            }
        },
    );
    match found.await {
        Err(error) if error.is_not_found() => Ok(None),
        found => found,
    }
}

/// Reads a page: the first one without a marker.
pub(super) async fn list_page(
    clients: &Clients,
    scope: &Scope,
    marker: Option<String>,
) -> Result<Page, Error> {
    let client = clients.rds(scope).await?;
    let output = Call::read(DESCRIBE, "all clusters")
        .run(clients, scope, || {
            client
                .describe_db_clusters()
                .max_records(PAGE_SIZE)
                .set_marker(marker.clone())
                .send()
        })
        .await?;
    Ok(Page {
        publishers: output.db_clusters().iter().map(from_described).collect(),
        next: next_page(output.marker()),
    })
}

fn from_described(described: &Described) -> Publisher {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    Publisher {
        kind: match described.db_cluster_instance_class() {
            // Aurora's instances have classes of their own.
            Some(_) => PublisherKind::MultiAzCluster,
            None => PublisherKind::Aurora,
        },
        identifier: text(described.db_cluster_identifier()).to_lowercase(),
        arn: text(described.db_cluster_arn()),
        resource_id: text(described.db_cluster_resource_id()),
        status: text(described.status()),
        engine: text(described.engine()),
        engine_version: text(described.engine_version()),
        endpoint: described.endpoint().map(str::to_owned),
        port: described.port().and_then(|port| u16::try_from(port).ok()),
        database_name: described.database_name().map(str::to_owned),
        master_username: described.master_username().map(str::to_owned),
        parameter_group: GroupName::cluster(text(described.db_cluster_parameter_group())),
        members: described
            .db_cluster_members()
            .iter()
            .map(|member| Member {
                identifier: text(member.db_instance_identifier()),
                is_writer: member.is_cluster_writer().unwrap_or_default(),
                parameter_group_status: text(member.db_cluster_parameter_group_status()),
            })
            .collect(),
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
            .replication_source_identifier()
            .and_then(not_empty),
        global_cluster: described.global_cluster_identifier().and_then(not_empty),
        master_user_secret: described
            .master_user_secret()
            .and_then(MasterUserSecret::from_described),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::rds::lookup::list_with_parameter_group;
    use crate::aws::testing::{Server, cluster, clusters, refusal, scope};

    #[tokio::test]
    async fn cluster_is_read_with_all_its_members() {
        let server = Server::start(|_| {
            let orders = cluster("Orders", &[("orders-1", "in-sync")]).replace(
                "</DBCluster>",
                "<Endpoint>orders.cluster-x.eu-central-1.rds.amazonaws.com</Endpoint><Port>5433</Port>\
                 <DatabaseName>shop</DatabaseName><MasterUsername>boss</MasterUsername>\
                 <IAMDatabaseAuthenticationEnabled>false</IAMDatabaseAuthenticationEnabled>\
                 <PendingModifiedValues><IAMDatabaseAuthenticationEnabled>true</IAMDatabaseAuthenticationEnabled>\
                 <EngineVersion>17.5</EngineVersion></PendingModifiedValues>\
                 <ReplicationSourceIdentifier>arn:source</ReplicationSourceIdentifier>\
                 <GlobalClusterIdentifier>world</GlobalClusterIdentifier><MasterUserSecret><SecretArn>arn:secret</SecretArn>\
                 <SecretStatus>active</SecretStatus></MasterUserSecret>\
                 <DBClusterInstanceClass>db.m6gd.large</DBClusterInstanceClass></DBCluster>",
            );
            clusters(&orders, None)
        })
        .await;
        let found = find_now(&server.clients(), &scope(), "ORDERS")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.region(), Some("eu-central-1"));
        assert_eq!(
            found,
            Publisher {
                kind: PublisherKind::MultiAzCluster,
                identifier: "orders".to_owned(),
                arn: "arn:aws:rds:eu-central-1:123456789012:cluster:Orders".to_owned(),
                resource_id: "cluster-Orders".to_owned(),
                status: "available".to_owned(),
                engine: "aurora-postgresql".to_owned(),
                engine_version: "17.4".to_owned(),
                endpoint: Some("orders.cluster-x.eu-central-1.rds.amazonaws.com".to_owned()),
                port: Some(5433),
                database_name: Some("shop".to_owned()),
                master_username: Some("boss".to_owned()),
                parameter_group: GroupName::cluster("group-of-Orders"),
                members: vec![Member {
                    identifier: "orders-1".to_owned(),
                    is_writer: true,
                    parameter_group_status: "in-sync".to_owned(),
                }],
                iam_database_authentication_enabled: false,
                pending_iam_database_authentication_enabled: Some(true),
                other_pending_changes: vec!["EngineVersion"],
                replica_of: Some("arn:source".to_owned()),
                global_cluster: Some("world".to_owned()),
                master_user_secret: Some(MasterUserSecret {
                    arn: "arn:secret".to_owned(),
                    status: "active".to_owned(),
                }),
            }
        );
    }

    #[tokio::test]
    async fn cluster_of_another_name_in_the_answer_does_not_count() {
        let server = Server::start(|_| clusters(&cluster("other", &[]), None)).await;
        let clients = server.clients();
        assert_eq!(find_now(&clients, &scope(), "orders").await.unwrap(), None);
        let arn = "arn:aws:rds:eu-central-1:123456789012:cluster:other";
        assert!(find_now(&clients, &scope(), arn).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn clusters_with_a_group_are_found_on_all_pages() {
        let server = Server::start(|request| match request.get("Marker") {
            None => clusters(&cluster("a", &[]), Some("2")),
            Some("2") => clusters("", Some("3")),
            _ => clusters(&(cluster("b", &[]) + &cluster("c", &[])), None),
        })
        .await;
        let clients = server.clients();
        let found =
            list_with_parameter_group(&clients, &scope(), &GroupName::cluster("Group-Of-B"))
                .await
                .unwrap();
        let names: Vec<String> = found
            .unwrap()
            .into_iter()
            .map(|cluster| cluster.identifier)
            .collect();
        assert_eq!(names, ["b"]);
        assert_eq!(server.requests().len(), 3);
        let none = list_with_parameter_group(&clients, &scope(), &GroupName::cluster("unused"))
            .await
            .unwrap();
        assert_eq!(none, Some(Vec::new()));
    }

    #[tokio::test]
    async fn clusters_that_may_not_be_listed_are_not_known() {
        let server = Server::start(|_| refusal(403, "AccessDenied", "no")).await;
        let found =
            list_with_parameter_group(&server.clients(), &scope(), &GroupName::cluster("g")).await;
        assert_eq!(found.unwrap(), None);
    }
}
