//! Which databases are the same one, and how long one is looked up.

use std::time::Duration;

use tfplugin::Field;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    aws::{
        Config, Regions,
        testing::{Reply, Server},
    },
    connection::{DatabaseRef, Databases, Environment, PostgresModel},
    secret::Secret,
};

#[tokio::test]
async fn endpoint_that_another_operation_looks_up_is_waited_for_no_longer_than_allowed() {
    let silent = Server::start(|_| Reply::Silence).await;
    let regions = Arc::new(Regions::new(silent.config()));
    let model = PostgresModel {
        cluster_identifier: "orders".into(),
        ..PostgresModel::default()
    };
    let environment = Environment::default();
    let databases = Databases::new(&Field::Known(model), Some(&regions), &environment).unwrap();
    let database_ref = DatabaseRef::default();
    let scope = |timeout| Scope::new(&CancellationToken::new(), timeout);
    let (long, short) = (
        scope(Duration::from_secs(60)),
        scope(Duration::from_millis(50)),
    );
    let ended = tokio::select! {
        biased;
        _ = databases.open(&long, &database_ref) => panic!("nobody answers"),
        ended = databases.open(&short, &database_ref) => ended,
    };
    assert!(
        matches!(&ended, Err(Error::Aws(error)) if error.is_ended()),
        "{ended:?}"
    );
}

#[test]
fn database_of_another_name_in_the_same_cluster_is_another_one() {
    let regions = Arc::new(Regions::new(Config::default()));
    let model = PostgresModel {
        cluster_identifier: "orders".into(),
        database: "shop".into(),
        ..PostgresModel::default()
    };
    let environment = Environment::default();
    let databases = Databases::new(&Field::Known(model), Some(&regions), &environment).unwrap();
    let named = |name: Field<String>| {
        let database_ref = DatabaseRef::default().named(name);
        databases.lookup(&database_ref).database().unwrap()
    };
    assert!(Arc::ptr_eq(&named(Field::Null), &named("shop".into())));
    assert!(!Arc::ptr_eq(&named("other".into()), &named("shop".into())));
    assert!(Arc::ptr_eq(&named("other".into()), &named("other".into())));
    let unknown = DatabaseRef::default().named(Field::Unknown);
    assert!(databases.lookup(&unknown).database().is_err());
}

#[tokio::test]
async fn database_that_is_named_and_is_the_one_without_a_name_shares_its_endpoint() {
    let regions = Arc::new(Regions::new(Config::default()));
    let model = PostgresModel {
        host: "db.example.com".into(),
        username: "u".into(),
        password: Field::Known(Secret::new("p")),
        ..PostgresModel::default()
    };
    let environment = Environment::default();
    let databases = Databases::new(&Field::Known(model), Some(&regions), &environment).unwrap();
    let scope = Scope::new(&CancellationToken::new(), Duration::from_secs(60));
    let mut endpoints = Vec::new();
    for name in [Field::Null, DATABASE.into(), "other".into()] {
        let database_ref = DatabaseRef::default().named(name);
        let opened = databases.open(&scope, &database_ref).await.unwrap();
        endpoints.push(opened.endpoint);
    }
    assert!(Arc::ptr_eq(&endpoints[0], &endpoints[1]));
    assert_eq!(endpoints[1].database, DATABASE);
    assert_eq!(endpoints[2].database, "other");
}
