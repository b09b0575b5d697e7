//! Listings.

use serde_json::json;
use tfplugin::{
    schema::{Attribute, Block, Schema},
    testing::{ListOptions, unknown},
    value::Value,
};

use crate::{
    provider::messages,
    shelf::{BOOK, Quirk, shelf},
};

#[tokio::test]
async fn listing_is_what_was_found_before_it_failed() {
    let listing = shelf(Quirk::None)
        .await
        .list(BOOK, json!({"room": "hall"}), ListOptions::default())
        .await;
    assert_eq!(messages(&listing.diagnostics), ["Locked"]);
    let names: Vec<_> = listing
        .objects
        .iter()
        .map(|one| &one.display_name)
        .collect();
    assert_eq!(names, ["hall/0", "hall/1", "hall/2"]);
    assert!(listing.objects.iter().all(|one| one.resource.is_none()));
    assert_eq!(listing.objects[1].identity.get("mark"), Some(&1.into()));
}

#[tokio::test]
async fn listing_ends_at_its_limit_and_has_the_states_that_are_wanted() {
    let options = ListOptions {
        include_resource: true,
        limit: Some(2),
    };
    let listing = shelf(Quirk::None)
        .await
        .list(BOOK, json!({"room": "hall"}), options)
        .await;
    assert_eq!(messages(&listing.diagnostics), [""; 0]);
    let states: Vec<_> = listing
        .objects
        .into_iter()
        .map(|object| object.resource.unwrap_or_default())
        .collect();
    let book = |mark: i64| {
        Value::object([
            ("title", format!("Volume {mark}").into()),
            ("room", Value::from("hall")),
            ("mark", mark.into()),
        ])
    };
    assert_eq!(states, [book(0), book(1)]);
}

#[tokio::test]
async fn listing_whose_configuration_is_wrong_finds_nothing() {
    let shelf = shelf(Quirk::None).await;
    for (type_name, config, expected) in [
        (BOOK, json!({}), "Missing Required Argument @ room"),
        (BOOK, json!({"room": unknown()}), "Configuration Not Known"),
        (BOOK, json!({"room": 1}), "Invalid Literal @ room"),
        ("shelf_board", json!({}), "Unknown Type"),
    ] {
        let listing = shelf.list(type_name, config, ListOptions::default()).await;
        assert_eq!(messages(&listing.diagnostics), [expected]);
        assert!(listing.objects.is_empty());
    }
}

#[tokio::test]
async fn configuration_with_more_than_a_practitioner_can_set_is_described() {
    let mut schema = shelf(Quirk::None).await.schema().clone();
    schema.list_resources.clear();
    let configuration = Schema::new(0)
        .attribute(Attribute::string("made").computed())
        .attribute(
            Attribute::nested_list("some", [Attribute::string("usual").optional().default("x")])
                .optional(),
        )
        .block(Block::list("more").attribute(Attribute::string("a_wo").optional().write_only()));
    schema.actions = [("shelf_fold".to_owned(), configuration)].into();
    assert_eq!(
        schema.problems(),
        [
            "the action shelf_fold: made is computed or has a default, and there is no state to \
             put it into",
            "the action shelf_fold: some.usual is computed or has a default, and there is no \
             state to put it into",
            "the action shelf_fold: more.a_wo is write-only, as everything here is",
        ]
    );
}
