//! What takes replication slots away, and who may publish.

use rds_emulator::{
    client::{self, Connection, ControlError},
    majors,
};
use serde_json::{Value, json};

use crate::support::StandIn;

const SLOTS: &str = "SELECT count(*) FROM pg_replication_slots";

/// `DbClusterResourceId` of `orders`.
async fn resource_id(stand_in: &StandIn) -> String {
    let clusters = stand_in.rds.describe_db_clusters().send().await;
    let clusters = clusters.expect("it answers");
    let id = clusters.db_clusters()[0].db_cluster_resource_id();
    id.expect("it has one").to_owned()
}

async fn orders(stand_in: &StandIn) -> Option<String> {
    let rows = "SELECT string_agg(item, ',' ORDER BY id) FROM orders";
    stand_in.sql(rows).await
}

async fn insert(stand_in: &StandIn, item: &str) {
    let insert = format!("INSERT INTO orders (item) VALUES ('{item}')");
    stand_in.sql(&insert).await;
}

async fn post(stand_in: &StandIn, path: &str) {
    let path = format!("/clusters/orders/{path}");
    stand_in.control("POST", &path, Value::Null).await;
}

/// The message of a request that makes no sense now.
async fn refusal(stand_in: &StandIn, path: &str) -> String {
    let endpoint = &stand_in.connection().control_endpoint;
    match client::control(endpoint, "POST", path, &Value::Null).await {
        Err(ControlError::Refused {
            status: 400, body, ..
        }) => body["message"].as_str().expect("a message").to_owned(),
        other => panic!("{path}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_puts_the_data_back_under_another_resource_id_and_loses_the_slots_unless_told() {
    let stand_in = StandIn::start(15).await;
    let refused = refusal(&stand_in, "/clusters/orders/restore").await;
    assert!(refused.contains("no snapshot"), "{refused}");
    stand_in
        .sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')")
        .await;
    post(&stand_in, "snapshot").await;
    assert_eq!(stand_in.sql(SLOTS).await.as_deref(), Some("1"));
    let before = resource_id(&stand_in).await;
    for (restores_slots, slots) in [(false, "0"), (true, "1")] {
        insert(&stand_in, "later").await;
        assert_eq!(orders(&stand_in).await.as_deref(), Some("first,later"));
        let settings = json!({ "restores_slots": restores_slots });
        stand_in
            .control("POST", "/clusters/orders/settings", settings)
            .await;
        post(&stand_in, "restore").await;
        assert_eq!(orders(&stand_in).await.as_deref(), Some("first"));
        assert_eq!(stand_in.sql(SLOTS).await.as_deref(), Some(slots));
        assert_ne!(resource_id(&stand_in).await, before);
        let password = &stand_in.cluster().replication_password;
        stand_in.open("cdc", password).await.expect("it is up");
    }
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switchover_is_refused_to_who_has_slots_and_leads_to_another_resource_id() {
    let stand_in = StandIn::start(15).await;
    let before = resource_id(&stand_in).await;
    let password = stand_in.cluster().replication_password.clone();
    let mut stream = stand_in.open("cdc", &password).await.expect("it is up");
    stream
        .execute("CREATE_REPLICATION_SLOT s LOGICAL pgoutput NOEXPORT_SNAPSHOT")
        .await
        .expect("a slot can be made");
    let refused = refusal(&stand_in, "/clusters/orders/switchover").await;
    assert!(refused.contains("is a logical source"), "{refused}");
    assert_eq!(resource_id(&stand_in).await, before);
    post(&stand_in, "lose-slots").await;
    post(&stand_in, "switchover").await;
    assert_ne!(resource_id(&stand_in).await, before);
    assert!(stream.execute("IDENTIFY_SYSTEM").await.is_err());
    assert_eq!(orders(&stand_in).await.as_deref(), Some("first"));
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_from_16_are_for_the_master_user_whether_creators_rows_count_or_not() {
    let stand_in = StandIn::start(majors::from_16()).await;
    let cluster = stand_in.cluster();
    for counts in [true, false] {
        let settings = json!({ "creator_row_counts": counts });
        stand_in
            .control("POST", "/clusters/orders/settings", settings)
            .await;
        let (master, password) = (&cluster.master_username, &cluster.master_password);
        let ca_file = &stand_in.connection().ca_file;
        let session = Connection::open_for_sql(cluster, ca_file, master, password).await;
        let create = format!("SELECT pg_create_logical_replication_slot('s_{counts}', 'pgoutput')");
        let mut session = session.expect("the user may log in");
        session.execute(&create).await.expect("it may");
    }
    stand_in.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn publications_of_all_tables_are_for_rds_superuser_and_of_schemas_where_that_is_set() {
    let stand_in = StandIn::start(16).await;
    let cluster = stand_in.cluster().clone();
    let ca_file = &stand_in.connection().ca_file;
    let run = async |user: &str, password: &str, statement: &str| {
        let session = Connection::open_for_sql(&cluster, ca_file, user, password).await;
        session
            .expect("the user may log in")
            .execute(statement)
            .await
            .map_err(|error| error.to_string())
    };
    let (all, schema) = (
        "CREATE PUBLICATION everything FOR ALL TABLES",
        "CREATE PUBLICATION sales FOR TABLES IN SCHEMA public",
    );
    let (master, password) = (&cluster.master_username, &cluster.master_password);
    run(master, password, all).await.expect("it may");
    let refused = run(master, password, schema).await.expect_err("it may not");
    assert!(refused.contains("42501"), "{refused}");
    let settings = json!({"publishes_schemas": true});
    stand_in
        .control("POST", "/clusters/orders/settings", settings)
        .await;
    run(master, password, schema).await.expect("now it may");
    // Nobody else may, and nothing is kept.
    stand_in
        .sql("GRANT CREATE ON DATABASE shop TO cdc; DROP PUBLICATION everything, sales")
        .await;
    for statement in [all, schema] {
        let password = &cluster.replication_password;
        let refused = run("cdc", password, statement).await.expect_err(statement);
        assert!(refused.contains("42501"), "{refused}");
    }
    let attribute = "SELECT rolsuper FROM pg_roles WHERE rolname = 'master'";
    crate::support::eventually("the end of the loan", async || {
        stand_in.sql(attribute).await.as_deref() == Some("f")
    })
    .await;
    stand_in.stop().await;
}
