//! Identities, as Terraform carries them from operation to operation.

use serde_json::json;
use tfplugin::{
    schema::{IdentityAttribute, IdentitySchema},
    testing::{Action, State, unknown},
    value::{Type, Value},
};

use crate::{
    provider::messages,
    shelf::{BOOK, Quirk, shelf},
};

/// An identity with null for what is not given.
fn identity(room: &str, mark: i64) -> Value {
    Value::object([
        ("room", room.into()),
        ("mark", mark.into()),
        ("title", Value::Null),
    ])
}

async fn standing(quirk: Quirk) -> State {
    shelf(quirk)
        .await
        .apply_config(BOOK, None, json!({"title": "a", "room": "hall"}))
        .await
        .unwrap_state()
}

#[tokio::test]
async fn identity_of_a_create_is_not_planned_while_a_part_of_it_is_unknown() {
    let shelf = shelf(Quirk::None).await;
    let plan = shelf
        .plan(BOOK, None, json!({"title": "a", "room": unknown()}))
        .await
        .unwrap();
    assert_eq!(plan.identity, None);
}

#[tokio::test]
async fn plan_of_a_state_that_does_not_fit_the_model_is_one_error_at_the_attribute() {
    let mut state = standing(Quirk::None).await;
    state.value = Value::object([
        ("title", Value::from("a")),
        ("room", Value::from("hall")),
        ("mark", Value::from(1.5)),
    ]);
    let config = json!({"title": "b", "room": "hall"});
    let errors = shelf(Quirk::None)
        .await
        .plan(BOOK, Some(&state), config)
        .await
        .unwrap_err();
    assert_eq!(messages(&errors), ["Invalid Attribute Value @ mark"]);
}

#[tokio::test]
async fn identity_after_a_create_is_known_and_an_update_keeps_it() {
    let state = standing(Quirk::None).await;
    assert_eq!(state.identity, Some(identity("hall", 4)));
    let shelf = shelf(Quirk::None).await;
    let config = json!({"title": "b", "room": "hall"});
    let plan = shelf.plan(BOOK, Some(&state), config).await.unwrap();
    assert_eq!(plan.action, Action::Update);
    assert_eq!(plan.identity, state.identity);
    let updated = shelf.apply(plan).await.unwrap_state();
    assert_eq!(updated.get("title"), "b".into());
    assert_eq!(updated.identity, state.identity);
    assert!(shelf.destroy(&updated).await.state.is_none());
}

#[tokio::test]
async fn replacement_has_an_identity_of_its_own() {
    let shelf = shelf(Quirk::None).await;
    let state = standing(Quirk::None).await;
    let config = json!({"title": "a", "room": "kitchen"});
    let plan = shelf.plan(BOOK, Some(&state), config).await.unwrap();
    assert_eq!(plan.action, Action::Replace);
    let replaced = shelf.apply(plan).await.unwrap_state();
    assert_eq!(replaced.identity, Some(identity("kitchen", 7)));
}

#[tokio::test]
async fn read_gives_an_identity_to_a_state_without_one() {
    let shelf = shelf(Quirk::None).await;
    let mut state = standing(Quirk::None).await;
    state.identity = None;
    let read = shelf.refresh(&state).await.unwrap_state();
    assert_eq!(read.identity, Some(identity("hall", 4)));
}

#[tokio::test]
async fn import_by_id_or_by_a_part_of_the_identity_ends_with_the_whole() {
    let shelf = shelf(Quirk::None).await;
    let by_id = shelf.import(BOOK, "hall").await.unwrap_state();
    assert_eq!(by_id.identity, Some(identity("hall", 5)));
    let by_part = shelf
        .import_by_identity(BOOK, json!({"room": "hall"}))
        .await
        .unwrap_state();
    assert_eq!(by_part.identity, Some(identity("hall", 5)));
    let by_all = shelf
        .import_by_identity(BOOK, json!({"room": "hall", "mark": 8}))
        .await
        .unwrap_state();
    assert_eq!(by_all.identity, Some(identity("hall", 8)));
    assert_eq!(by_all.get("mark"), 8.into());
}

#[tokio::test]
async fn import_by_an_identity_in_another_spelling_ends_with_that_of_the_object() {
    let shelf = shelf(Quirk::None).await;
    let imported = shelf
        .import_by_identity(BOOK, json!({"room": "HALL"}))
        .await
        .unwrap_state();
    assert_eq!(imported.identity, Some(identity("hall", 5)));
}

#[tokio::test]
async fn import_by_an_identity_that_is_not_enough_is_an_error() {
    let shelf = shelf(Quirk::None).await;
    for (identity, expected) in [
        (json!({"mark": 8}), "Missing Identity Attribute @ room"),
        (json!({"room": unknown()}), "Identity Not Known @ room"),
        (
            json!({"room": "attic"}),
            "Cannot Import Non-Existent Remote Object",
        ),
    ] {
        let step = shelf.import_by_identity(BOOK, identity).await;
        assert_eq!(messages(&step.diagnostics), [expected]);
        assert!(step.state.is_none());
    }
}

#[tokio::test]
async fn identity_that_changes_is_an_error_at_the_attribute_unless_it_may() {
    let config = json!({"title": "b", "room": "hall"});
    let state = standing(Quirk::TitleInIdentity).await;
    let refused = shelf(Quirk::TitleInIdentity)
        .await
        .plan(BOOK, Some(&state), config.clone())
        .await
        .unwrap_err();
    assert_eq!(messages(&refused), ["Identity Changed @ title"]);

    let changed = shelf(Quirk::TitleInIdentityMayChange)
        .await
        .apply_config(BOOK, Some(&state), config)
        .await
        .unwrap_state();
    let title = changed.identity.and_then(|one| one.get("title").cloned());
    assert_eq!(title, Some("b".into()));
}

#[tokio::test]
async fn stored_identity_is_read_and_without_an_upgrade_an_older_one_is_refused() {
    let shelf = shelf(Quirk::None).await;
    let stored = json!({"room": "hall", "mark": 4, "gone": true});
    assert_eq!(
        shelf.upgrade_identity(BOOK, 1, &stored).await,
        Ok(identity("hall", 4))
    );
    let refused = shelf.upgrade_identity(BOOK, 0, &stored).await.unwrap_err();
    assert_eq!(messages(&refused), ["Resource Identity Cannot Be Upgraded"]);
}

#[test]
fn identity_schema_that_terraform_would_refuse_is_described() {
    let table = [
        (IdentitySchema::new(0), "there are no attributes"),
        (
            IdentitySchema::new(-1).attribute(IdentityAttribute::bool("a")),
            "the version is negative",
        ),
        (
            IdentitySchema::new(0).attribute(IdentityAttribute::string("A")),
            "A is not a name of lower-case letters, digits and underscores",
        ),
        (
            IdentitySchema::new(0)
                .attribute(IdentityAttribute::string("a"))
                .attribute(IdentityAttribute::list("a", Type::Number)),
            "a is there twice",
        ),
        (
            IdentitySchema::new(0).attribute(IdentityAttribute::new("a", Type::map(Type::String))),
            "a is neither a string, a number or a bool, nor a list of them",
        ),
        (
            IdentitySchema::new(0)
                .attribute(IdentityAttribute::list("a", Type::list(Type::String))),
            "a is neither a string, a number or a bool, nor a list of them",
        ),
    ];
    for (schema, problem) in table {
        assert_eq!(schema.problems(), [problem]);
    }
}

#[tokio::test]
async fn ability_without_its_resource_is_described() {
    let mut schema = shelf(Quirk::None).await.schema().clone();
    assert_eq!(schema.problems(), [""; 0]);
    schema.resources.clear();
    assert_eq!(
        schema.problems(),
        [
            "the identity of shelf_book: there is no such resource",
            "the list resource shelf_book: there is no resource of that name with an identity",
        ]
    );
}
